/**
 * Brings tool results to their calls. Walking forward, an assistant's calls wait for results; the rows after it answer
 * them by id, or by name and order where calls have none. Ids repeat within a session, so only the latest calls count.
 */
import type { ToolCallBlock, ToolResultBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';

export type CallOutcome =
  | {
      readonly kind: 'result';
      readonly row: number;
      /** Place of the result among that row's blocks. */
      readonly block: number;
      readonly createdAt: string | null;
      readonly result: ToolResultBlock;
    }
  /** The conversation went on without one. */
  | { readonly kind: 'none' }
  /** The rows that would tell are not at hand. */
  | { readonly kind: 'unknown' };

export interface RowJoin {
  /** By place of the call among the row's blocks. */
  readonly outcomes: ReadonlyMap<number, CallOutcome>;
  /** Places of results that are drawn in their call's card. */
  readonly joined: ReadonlySet<number>;
  /** Results whose call is not at hand; the others without a call have none. */
  readonly unresolved: boolean;
}

interface Pending {
  readonly row: number;
  readonly block: number;
  readonly call: ToolCallBlock;
}

interface Draft {
  outcomes: Map<number, CallOutcome>;
  joined: Set<number>;
  unresolved: boolean;
}

/** `rows` by rising number, gaps allowed. `start`: row 0 is the conversation's first. */
export function joinTools(rows: Iterable<ConversationRow>, start: boolean, total: number): Map<number, RowJoin> {
  const joins = new Map<number, Draft>();
  let pending: Pending[] = [];
  let next = 0;
  let known = start;

  const draft = (row: number): Draft => {
    const found = joins.get(row) ?? { outcomes: new Map(), joined: new Set(), unresolved: false };
    joins.set(row, found);
    return found;
  };
  const leave = (kind: 'none' | 'unknown'): void => {
    for (const { row, block } of pending) draft(row).outcomes.set(block, { kind });
    pending = [];
  };

  for (const row of rows) {
    if (row.row !== next) {
      leave('unknown');
      known = false;
    }
    next = row.row + 1;
    if (row.kind !== 'message') continue;
    const answers = row.blocks.some((block) => block.type === 'toolResult');
    if (row.role === 'assistant' || (row.role === 'user' && !answers)) {
      leave('none');
      known = true;
    }
    row.blocks.forEach((block, index) => {
      if (block.type === 'toolCall') pending.push({ row: row.row, block: index, call: block });
      if (block.type !== 'toolResult') return;
      const at = findCall(pending, block);
      const match = pending[at];
      if (!match) {
        draft(row.row).unresolved = !known;
        return;
      }
      pending.splice(at, 1);
      draft(row.row).joined.add(index);
      const outcome: CallOutcome = {
        kind: 'result',
        row: row.row,
        block: index,
        createdAt: row.createdAt,
        result: block,
      };
      draft(match.row).outcomes.set(match.block, outcome);
    });
  }
  leave(next >= total ? 'none' : 'unknown');
  return joins;
}

function findCall(pending: readonly Pending[], result: ToolResultBlock): number {
  if (result.callId !== null) {
    const byId = pending.findIndex(({ call }) => call.id === result.callId);
    if (byId >= 0) return byId;
  }
  const open = (one: Pending): boolean => one.call.id === null || result.callId === null;
  if (result.name !== null) return pending.findIndex((one) => open(one) && one.call.name === result.name);
  return pending.findIndex(open);
}

/** Whether all that the row holds is drawn in other rows' cards. */
export function isHidden(row: ConversationRow, join: RowJoin | undefined): boolean {
  if (row.kind === 'blank') return true;
  if (row.kind !== 'message' || !join || join.joined.size === 0) return false;
  return row.blocks.every(
    (block, index) => join.joined.has(index) || (block.type === 'text' && block.text.trim() === ''),
  );
}
