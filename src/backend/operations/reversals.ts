import type { Direction, FailedSession, ReversalChoiceId, SessionResult } from '../../shared/operations';
import type { StoreLocation } from '../../shared/session';
import { errorText, StoreError } from '../errors';
import type { Journal, JournalItem } from '../journal/Journal';
import type { Reversal, StoreWriter } from '../StoreWriter';
import type { OperationDeps } from './BatchOperation';
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
  item: JournalItem,
  direction: Direction,
  choice: ReversalChoiceId | undefined,
  deps: OperationDeps,
): Promise<ReversalOutcome> {
  const { key, label, messages, bytes } = item;
  if (item.purged) {
    throw new StoreError('purged', `What "${label}" held before is purged from the trash: it cannot be brought back.`);
  }
  const changes = await changesOf(item, deps);
  for (let attempt = 1; ; attempt++) {
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
  journal.setStatus(item.id, during);
  try {
    const { newKey } = await changes.reverse(item, direction, choice);
    journal.setStatus(item.id, after);
    return { newKey, notes: [] };
  } catch (error) {
    const marked = journal.item(item.id) ?? item;
    const side = await changes.recover(marked);
    const isMade = side === (direction === 'undo' ? 'before' : 'after');
    journal.setStatus(item.id, isMade ? after : before);
    if (!isMade) throw error;
    return { notes: [errorText(error)] };
  }
}
