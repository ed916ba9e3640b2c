import type { StoreLocation } from '../shared/session';
import { sessionNodeId } from './nodes';

/** A row that something is being done to: a session, or a whole store where there is no key. */
export interface BusyRow {
  readonly store: StoreLocation;
  readonly key?: string;
}

const rowId = ({ store, key }: BusyRow) =>
  key === undefined ? `${store.kind}:${store.path}` : sessionNodeId(store, key);

/** What is being done to which rows, in a word ("compacting"). Plain data: the tree draws it. */
export class RunningOperations {
  private readonly words = new Map<string, string[]>();
  private readonly listeners = new Set<(rows: readonly BusyRow[]) => void>();

  /** Marks rows until `done` is called. */
  start(rows: readonly BusyRow[], word: string): { done(): void } {
    for (const row of rows) this.words.set(rowId(row), [...(this.words.get(rowId(row)) ?? []), word]);
    this.tell(rows);
    let isDone = false;
    return {
      done: () => {
        if (isDone) return;
        isDone = true;
        for (const row of rows) this.remove(rowId(row), word);
        this.tell(rows);
      },
    };
  }

  private remove(id: string, word: string): void {
    const words = this.words.get(id) ?? [];
    const rest = words.toSpliced(words.indexOf(word), 1);
    if (rest.length > 0) this.words.set(id, rest);
    else this.words.delete(id);
  }

  /** The newest of what is being done to a row, by its id. */
  wordOf(id: string): string | undefined {
    return this.words.get(id)?.at(-1);
  }

  onDidChange(listener: (rows: readonly BusyRow[]) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  private tell(rows: readonly BusyRow[]): void {
    for (const listener of this.listeners) listener(rows);
  }
}
