import type { Direction, HistoryEntry, HistoryItem } from '../shared/operations';

/** `done`: all of it holds; `purged`: what it took away is gone for good; `unfinished`: a process was killed in it, or works on it. */
export type EntryState = 'done' | 'undone' | 'partly-undone' | 'purged' | 'unfinished';

const isOpen = ({ status }: HistoryItem) => status !== 'done' && status !== 'undone';

export function entryState({ items }: HistoryEntry): EntryState {
  if (items.some(isOpen)) return 'unfinished';
  const undone = items.filter(({ status }) => status === 'undone').length;
  if (undone > 0) return undone === items.length ? 'undone' : 'partly-undone';
  return items.every(({ purged }) => purged) ? 'purged' : 'done';
}

/** Whether any session of it can be undone, or made again. */
export function isReversible({ items }: HistoryEntry, direction: Direction): boolean {
  const status = direction === 'undo' ? 'done' : 'undone';
  return items.some((item) => item.status === status && !item.purged);
}

/** What Undo without a row takes back: the newest change that still holds. `entries`: newest first. */
export function nextUndo(entries: readonly HistoryEntry[]): HistoryEntry | undefined {
  return entries.find((entry) => isReversible(entry, 'undo'));
}
