/** Rows that are no messages: unreadable ones, ones that could not be fetched or drawn. */
import type { ComponentChildren } from 'preact';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { usePage, useRow } from '../context';
import { Icon } from '../parts';
import { strings } from '../strings';
import { formatSize } from '../text/format';
import { Text, WithCode } from '../text/Text';

type UnreadableRow = Extract<ConversationRow, { kind: 'unreadable' }>;

function RawButton(): ComponentChildren {
  const { store, conversation } = usePage();
  const { row } = useRow();
  return (
    <button
      type="button"
      class="text-button"
      tabIndex={-1}
      onClick={() => store.post({ type: 'openRaw', show: conversation.show, row })}
    >
      {strings.showRaw}
    </button>
  );
}

export function Unreadable({ data }: { data: UnreadableRow }): ComponentChildren {
  return (
    <div class="column unreadable">
      <div class="rule">
        <span>
          <Icon name="warning" />
          {strings.unreadable(data.place, formatSize(data.size))}
          <WithCode value={data.reason} />
        </span>
      </div>
      <div class="indented">
        {data.excerpt !== '' && (
          <pre class="excerpt" tabIndex={-1}>
            <Text value={data.excerpt} />
          </pre>
        )}
        <RawButton />
      </div>
    </div>
  );
}

export function BrokenMessage(): ComponentChildren {
  return (
    <div class="column">
      <div class="indented broken">
        <Icon name="error" />
        <span>{strings.renderFailed}</span>
        <RawButton />
      </div>
    </div>
  );
}

export function Unloaded({ height, reason, row }: { height: number; reason: string; row: number }): ComponentChildren {
  const { store, conversation } = usePage();
  const again = (): void => {
    conversation.requests.failed.clear();
    store.notify();
  };
  const first = row % 50 === 0 || row === conversation.scroll.rows(0, 0).first;
  return (
    <div class="column" style={{ height: `${height}px` }}>
      {first && (
        <div class="indented broken">
          <Icon name="error" />
          <span>
            <Text value={strings.loadFailed(reason)} />
          </span>
          <button type="button" class="text-button" tabIndex={-1} onClick={again}>
            {strings.tryAgain}
          </button>
        </div>
      )}
    </div>
  );
}
