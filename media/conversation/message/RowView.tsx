/** One row of the list: the article element, its rule above, and what it holds. Drawn again only if that differs. */
import { Component, type ComponentChildren } from 'preact';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { spellHidden } from '../../../src/shared/hiddenCharacters';
import { Row } from '../context';
import type { RowInfo } from '../list/rowInfo';
import { Skeleton } from '../states';
import { strings } from '../strings';
import { messageTime, parseTime } from '../text/format';
import { ErrorBoundary } from './ErrorBoundary';
import { MessageView, roleLabel } from './Message';
import { BrokenMessage, Unloaded, Unreadable } from './otherRows';

interface Props {
  readonly id: number;
  readonly row: number;
  readonly data: ConversationRow | undefined;
  readonly info: RowInfo | undefined;
  /** Of the skeleton while there are no data. */
  readonly height: number;
  readonly total: number | null;
  /** The row that Tab reaches. */
  readonly active: boolean;
  /** Why the row could not be had. */
  readonly failure: string;
  readonly now: number;
}

export class RowView extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    for (const key of Object.keys(next) as (keyof Props)[]) if (next[key] !== this.props[key]) return true;
    return false;
  }

  override render({ id, row, data, info, height, total, active, failure, now }: Props): ComponentChildren {
    return (
      <article
        class={`row${info?.stacks ? ' stacks' : ''}${info?.continues ? ' continues' : ''}`}
        tabIndex={active ? 0 : -1}
        data-row={row}
        data-id={id}
        data-loaded={data ? '' : undefined}
        aria-posinset={row + 1}
        aria-setsize={total ?? -1}
        aria-label={labelOf(row, data, total, now)}
      >
        {info?.rule != null && (
          <div class="column">
            <div class="rule">
              <span>{info.rule}</span>
            </div>
          </div>
        )}
        <Row.Provider value={{ id, row }}>
          {data ? (
            <Content data={data} info={info} />
          ) : failure ? (
            <Unloaded height={height} reason={failure} row={row} />
          ) : (
            <Placeholder height={height} />
          )}
        </Row.Provider>
      </article>
    );
  }
}

function Placeholder({ height }: { height: number }): ComponentChildren {
  return (
    <div class="column">
      <Skeleton height={height} />
    </div>
  );
}

interface ContentProps {
  readonly data: ConversationRow;
  readonly info: RowInfo | undefined;
}

class Content extends Component<ContentProps> {
  override shouldComponentUpdate(next: ContentProps): boolean {
    return next.data !== this.props.data || next.info !== this.props.info;
  }

  override render({ data, info }: ContentProps): ComponentChildren {
    if (data.kind === 'blank') return null;
    return (
      <ErrorBoundary fallback={<BrokenMessage />}>
        {data.kind === 'unreadable' ? <Unreadable data={data} /> : <MessageView data={data} info={info} />}
      </ErrorBoundary>
    );
  }
}

function labelOf(row: number, data: ConversationRow | undefined, total: number | null, now: number): string {
  if (data?.kind === 'unreadable') return strings.unreadableLabel(data.place, row + 1);
  const time = data?.kind === 'message' ? parseTime(data.createdAt) : null;
  const role = data?.kind === 'message' ? spellHidden(roleLabel(data.role)) : '';
  return strings.rowLabel(role, row + 1, total, time === null ? '' : messageTime(time, now)).trim();
}
