import type { Direction, FailedSession, ItemStatus, ReversalChoiceId, SessionResult } from '../../shared/operations';
import type { StoreLocation } from '../../shared/session';
import { StoreError } from '../errors';
import type { Journal, JournalItem } from '../journal/Journal';
import type { ChangeSide, Reversal, StoreWriter } from '../StoreWriter';
import type { OperationDeps } from './BatchOperation';
import { leftHalfMade, trouble } from './interrupted';
import { LabelChanges } from './labelEdits';
import { MigrationChanges } from './migration/MigrationChanges';

type Changes = Pick<StoreWriter, 'check' | 'reverse' | 'recover'>;

/** Who knows how to take a change back. */
export async function changesOf(item: JournalItem, deps: OperationDeps): Promise<Changes> {
  switch (item.change.kind) {
    case 'label':
      return new LabelChanges(deps.labels);
    case 'migrate':
      return new MigrationChanges(deps);
    case 'jsonl':
    case 'sqlite':
      return (await deps.open(item.store)).writer;
  }
}

/** The stores that a change has touched. */
export function storesOf(item: JournalItem): StoreLocation[] {
  if (item.change.kind !== 'migrate') return [item.store];
  return [
    { kind: 'jsonl', path: item.change.folder, role: 'live' },
    { kind: 'sqlite', path: item.change.database, role: 'live' },
  ];
}

export type ReversalOutcome =
  | { readonly kind: 'reversed'; readonly session: SessionResult }
  | {
      readonly kind: 'conflict';
      readonly conflict: FailedSession & Omit<Extract<Reversal, { kind: 'conflict' }>, 'kind'>;
    };

/** An agent that writes between the look and the deed is met again, so many times. */
const ATTEMPTS = 5;

/** Takes one change back, or makes it again. The caller holds the locks of its stores. */
export async function reverseItem(
  journal: Journal,
  id: number,
  direction: Direction,
  choice: ReversalChoiceId | undefined,
  deps: OperationDeps,
): Promise<ReversalOutcome> {
  for (let attempt = 1; ; attempt++) {
    // Each time as it is now: another window may have reversed or purged it while the lock was waited for.
    const item = reversibleItem(journal, id, direction);
    const { key, label, messages, bytes } = item;
    const changes = await changesOf(item, deps);
    const check = await changes.check(item, direction);
    const isChosen = check.kind === 'conflict' && check.choices.some(({ id }) => id === choice);
    if (check.kind === 'conflict' && !isChosen) {
      const { message, choices } = check;
      return { kind: 'conflict', conflict: { key, label, code: 'conflict', message, choices } };
    }
    try {
      const { newKey, notes } = await attemptReversal(journal, item, direction, isChosen ? choice : undefined, changes);
      return { kind: 'reversed', session: { key, label, messages, bytes, notes, newKey } };
    } catch (error) {
      const isConflict = error instanceof StoreError && error.code === 'conflict';
      if (!isConflict || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What is done or undone, in words for an item that is so already. */
export function madeAlready(direction: Direction): StoreError {
  return new StoreError('conflict', `It has been ${direction === 'undo' ? 'undone' : 'made again'} already.`);
}

function reversibleItem(journal: Journal, id: number, direction: Direction): JournalItem {
  const item = journal.item(id);
  if (item?.status !== (direction === 'undo' ? 'done' : 'undone')) throw madeAlready(direction);
  if (!item.purged) return item;
  const words = `What "${item.label}" held before is purged from the trash: it cannot be brought back.`;
  throw new StoreError('purged', words);
}

/** Between its two marks in the journal; an attempt that fails leaves the mark that fits the store. */
async function attemptReversal(
  journal: Journal,
  item: JournalItem,
  direction: Direction,
  choice: ReversalChoiceId | undefined,
  changes: Changes,
): Promise<{ readonly newKey?: string; readonly notes: readonly string[] }> {
  const [before, during, after] =
    direction === 'undo' ? (['done', 'undoing', 'undone'] as const) : (['undone', 'redoing', 'done'] as const);
  if (!journal.claim(item.id, before, during))
    throw new StoreError('conflict', `"${item.label}" was changed meanwhile.`);
  try {
    const { newKey } = await changes.reverse(item, direction, choice);
    journal.setStatus(item.id, after);
    return { newKey, notes: [] };
  } catch (error) {
    const marked = journal.item(item.id) ?? item;
    const isMade = await settled(journal, marked, changes, direction === 'undo' ? 'before' : 'after', before, after);
    if (!isMade) throw error;
    return { newKey: marked.newKey, notes: trouble(error) };
  }
}

/** After an error: whether the reversal was made all the same. The item gets the mark that fits the store. */
async function settled(
  journal: Journal,
  item: JournalItem,
  changes: Changes,
  target: ChangeSide,
  before: ItemStatus,
  after: ItemStatus,
): Promise<boolean> {
  try {
    const isMade = (await changes.recover(item)) === target;
    journal.setStatus(item.id, isMade ? after : before);
    return isMade;
  } catch (error) {
    throw leftHalfMade(item, error);
  }
}
