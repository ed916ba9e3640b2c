import type * as vscode from 'vscode';
import type { HistoryEntry } from '../shared/operations';
import { isReversible } from '../tree/historyEntries';

const KEY = 'undone';
/** As deep as Redo goes. */
const MOST = 100;

interface Undone {
  readonly entry: number;
  /** The newest entry of the workspace when it was undone: a newer one ends the row of redos, as in an editor. */
  readonly newest: number;
}

/** The order in which changes of this workspace were undone, which the journal does not know. Outlives the window. */
export class UndoneEntries {
  constructor(private readonly state: Pick<vscode.Memento, 'get' | 'update'>) {}

  private get all(): readonly Undone[] {
    const known = this.state.get<unknown>(KEY);
    return Array.isArray(known) ? known.filter(isUndone) : [];
  }

  async push(entry: number, newest: number): Promise<void> {
    const others = this.all.filter((each) => each.entry !== entry);
    await this.state.update(KEY, [...others, { entry, newest }].slice(-MOST));
  }

  async remove(entry: number): Promise<void> {
    const known = this.all;
    const rest = known.filter((each) => each.entry !== entry);
    if (rest.length < known.length) await this.state.update(KEY, rest);
  }

  /** What Redo makes again: what was undone last, unless something has been changed since. `entries`: newest first. */
  last(entries: readonly HistoryEntry[]): HistoryEntry | undefined {
    const newest = entries[0]?.id ?? 0;
    const candidates = this.all.filter((each) => each.newest >= newest).reverse();
    for (const { entry } of candidates) {
      const found = entries.find(({ id }) => id === entry);
      if (found && isReversible(found, 'redo')) return found;
    }
    return undefined;
  }
}

function isUndone(value: unknown): value is Undone {
  if (typeof value !== 'object' || value === null || !('entry' in value) || !('newest' in value)) return false;
  return Number.isSafeInteger(value.entry) && Number.isSafeInteger(value.newest);
}
