/** What the rows around it decide about how a row is drawn. Worked out over the rows at hand, at each change. */
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { type CallOutcome, isHidden, joinTools, type RowJoin } from './joinTools';
import { Timeline } from './timeline';

export interface RowInfo {
  /** Takes no space: blank, or drawn in another row's card. */
  readonly hidden: boolean;
  /** Label of the rule above it. */
  readonly rule: string | null;
  /** Goes on where the row above stopped: same speaker, no rule between. No name line of its own. */
  readonly continues: boolean;
  /** A tool card right below a tool card. */
  readonly stacks: boolean;
  readonly join: RowJoin | undefined;
}

const plain: RowInfo = { hidden: false, rule: null, continues: false, stacks: false, join: undefined };

export function rowInfos(
  rows: Iterable<ConversationRow>,
  old: ReadonlyMap<number, RowInfo>,
  start: boolean,
  total: number,
): Map<number, RowInfo> {
  const list = [...rows];
  const joins = joinTools(list, start, total);
  const infos = new Map<number, RowInfo>();
  const timeline = new Timeline();
  let above: { row: ConversationRow; info: RowInfo } | null = null;
  let next = start ? 0 : -1;
  for (const row of list) {
    if (row.row !== next) {
      timeline.gap();
      above = null;
    }
    next = row.row + 1;
    const join = joins.get(row.row);
    const hidden = isHidden(row, join);
    const rule = timeline.next(row, hidden);
    const continues = !hidden && rule === null && above !== null && speaksOn(above.row, row);
    const stacks = continues && above !== null && endsWithCall(above.row) && startsWithCall(row);
    const info = keep(old.get(row.row), { ...plain, hidden, rule, continues, stacks, join });
    infos.set(row.row, info);
    if (!hidden) above = { row, info };
  }
  return infos;
}

function speaksOn(above: ConversationRow, row: ConversationRow): boolean {
  return above.kind === 'message' && row.kind === 'message' && above.role === 'assistant' && row.role === 'assistant';
}

function endsWithCall(row: ConversationRow): boolean {
  return row.kind === 'message' && row.blocks.at(-1)?.type === 'toolCall';
}

function startsWithCall(row: ConversationRow): boolean {
  return row.kind === 'message' && row.blocks[0]?.type === 'toolCall';
}

/** The old object where nothing differs, so that the row is not drawn again. */
function keep(old: RowInfo | undefined, info: RowInfo): RowInfo {
  const same =
    old !== undefined &&
    old.hidden === info.hidden &&
    old.rule === info.rule &&
    old.continues === info.continues &&
    old.stacks === info.stacks &&
    sameJoin(old.join, info.join);
  return same ? old : info;
}

function sameJoin(a: RowJoin | undefined, b: RowJoin | undefined): boolean {
  if (!a || !b) return a === b;
  if (a.unresolved !== b.unresolved || a.joined.size !== b.joined.size || a.outcomes.size !== b.outcomes.size)
    return false;
  for (const index of a.joined) if (!b.joined.has(index)) return false;
  for (const [index, outcome] of a.outcomes) if (!sameOutcome(outcome, b.outcomes.get(index))) return false;
  return true;
}

function sameOutcome(a: CallOutcome, b: CallOutcome | undefined): boolean {
  if (b === undefined || a.kind !== b.kind) return false;
  return a.kind !== 'result' || (b.kind === 'result' && a.result === b.result && a.row === b.row);
}
