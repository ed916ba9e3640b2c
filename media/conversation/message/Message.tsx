/** A message: who and when, then its blocks. */
import type { ComponentChildren } from 'preact';
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { spellHidden } from '../../../src/shared/hiddenCharacters';
import { usePage, useRow, useStoreChange } from '../context';
import { partKey } from '../find/parts';
import type { RowInfo } from '../list/rowInfo';
import { CopyButton, Icon, IconButton, Time } from '../parts';
import { strings } from '../strings';
import { formatSize, parseStatedTime, shortTime } from '../text/format';
import { Text } from '../text/Text';
import { Attachment } from './Attachment';
import { Image } from './Image';
import { Markdown } from './Markdown';
import { Marker } from './Marker';
import { Thinking } from './Thinking';
import { LoneResult, ToolCall } from './ToolCall';

export type MessageRow = Extract<ConversationRow, { kind: 'message' }>;

const icons: Readonly<Record<string, string>> = {
  user: 'account',
  assistant: 'sparkle',
  tool: 'tools',
  system: 'gear',
};

export function roleLabel(role: string): string {
  return Object.hasOwn(strings.roles, role) ? (strings.roles[role] ?? role) : role || strings.noRole;
}

function roleClass(role: string): string {
  return Object.hasOwn(icons, role) ? role : 'other';
}

export function MessageView({ data, info }: { data: MessageRow; info: RowInfo | undefined }): ComponentChildren {
  const drawn = data.blocks
    .map((block, index) => ({ block, index }))
    .filter(({ index }) => !info?.join?.joined.has(index));
  const continues = info?.continues ?? false;
  return (
    <div class={`column message role-${roleClass(data.role)}`}>
      <div class="gutter">{!continues && <Icon name={icons[roleClass(data.role)] ?? 'comment'} />}</div>
      <div class="body">
        {!continues && <Byline data={data} />}
        {drawn.length === 0 && <p class="dimmed small">{strings.empty}</p>}
        {drawn.map(({ block, index }) => (
          <Block key={index} block={block} index={index} data={data} info={info} />
        ))}
      </div>
      <Actions data={data} showTime={continues} />
    </div>
  );
}

function Byline({ data }: { data: MessageRow }): ComponentChildren {
  return (
    <div class="byline">
      <span class="who" dir="auto" data-part={data.sender === undefined ? undefined : partKey(-1, 'sender')}>
        <Text value={data.sender ?? roleLabel(data.role)} />
      </span>
      <MessageTime data={data} />
    </div>
  );
}

function MessageTime({ data }: { data: MessageRow }): ComponentChildren {
  if (data.createdAt !== null) return <Time text={data.createdAt} />;
  if (data.statedTime === undefined) return null;
  const time = parseStatedTime(data.statedTime);
  return (
    <time title={strings.statedTime(spellHidden(data.statedTime))}>
      {time === null ? <Text value={data.statedTime} /> : shortTime(time)}
    </time>
  );
}

function Actions({ data, showTime }: { data: MessageRow; showTime: boolean }): ComponentChildren {
  const { store, conversation } = usePage();
  const { row } = useRow();
  const { show } = conversation;
  return (
    <div class="actions" role="toolbar" aria-label={strings.messageActions}>
      {showTime && <MessageTime data={data} />}
      <CopyButton inList label={strings.copyMessage} copy={() => store.copyMessage(row)} />
      <IconButton
        inList
        icon="go-to-file"
        label={strings.openMessage}
        onClick={() => store.post({ type: 'openMessage', show, row })}
      />
      <IconButton
        inList
        icon="json"
        label={strings.showRaw}
        onClick={() => store.post({ type: 'openRaw', show, row })}
      />
    </div>
  );
}

interface BlockProps {
  readonly block: ContentBlock;
  readonly index: number;
  readonly data: MessageRow;
  readonly info: RowInfo | undefined;
}

function Block({ block, index, data, info }: BlockProps): ComponentChildren {
  switch (block.type) {
    case 'text':
      return (
        <>
          <Markdown block={block} part={partKey(index, 'text')} />
          {block.cut && <ShowAll bytes={block.cut.totalBytes} block={index} />}
        </>
      );
    case 'thinking':
      return <Thinking block={block} index={index} />;
    case 'toolCall':
      return (
        <ToolCall
          block={block}
          index={index}
          createdAt={data.createdAt}
          outcome={info?.join?.outcomes.get(index) ?? { kind: 'unknown' }}
        />
      );
    case 'toolResult':
      return <LoneResult block={block} index={index} orphan={info?.join?.unresolved === false} />;
    case 'image':
      return <Image block={block} index={index} />;
    case 'attachment':
      return <Attachment block={block} index={index} />;
    case 'marker':
      return <Marker block={block} index={index} />;
  }
}

interface ShowAllProps {
  readonly bytes: number;
  /** Place of the block that was cut among its message's. */
  readonly block: number;
  /** The result's own row where a card shows it elsewhere. */
  readonly row?: number;
}

/** What was cut for the screen is a click away; where a match is in it, that is said. */
export function ShowAll({ bytes, block, row }: ShowAllProps): ComponentChildren {
  const { store, conversation } = usePage();
  useStoreChange(store);
  const own = useRow();
  const shown = row ?? own.row;
  const { beyond } = conversation.find;
  const open = (): void => store.post({ type: 'openMessage', show: conversation.show, row: shown });
  return (
    <div class="show-all" data-cut={block} data-owner={row}>
      {beyond?.row === shown && beyond.block === block && <span class="beyond">{strings.matchBeyond} </span>}
      <button type="button" class="text-button" tabIndex={-1} onClick={open}>
        {strings.showAll(formatSize(bytes))}
      </button>
    </div>
  );
}
