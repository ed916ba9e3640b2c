import type * as vscode from 'vscode';

const KEY = 'savedSearches';

/** A query that the tree keeps as a folder. */
export interface SavedSearch {
  readonly id: string;
  readonly name: string;
  readonly query: string;
}

function isSaved(value: unknown): value is SavedSearch {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, query } = value as Record<string, unknown>;
  return [id, name, query].every((text) => typeof text === 'string');
}

/** The saved searches of this workspace, in the order in which they were saved. */
export class SavedSearches {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly state: Pick<vscode.Memento, 'get' | 'update'>) {}

  get all(): readonly SavedSearch[] {
    const known = this.state.get<unknown>(KEY);
    return Array.isArray(known) ? known.filter(isSaved) : [];
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Saves a query; one that is saved already gets the new name. */
  async add(name: string, query: string): Promise<void> {
    const { all } = this;
    const known = all.find((saved) => saved.query === query);
    if (known) return this.rename(known.id, name);
    const next = 1 + Math.max(0, ...all.map(({ id }) => Number(id) || 0));
    await this.replace([...all, { id: String(next), name, query }]);
  }

  async rename(id: string, name: string): Promise<void> {
    await this.replace(this.all.map((saved) => (saved.id === id ? { ...saved, name } : saved)));
  }

  async remove(id: string): Promise<void> {
    await this.replace(this.all.filter((saved) => saved.id !== id));
  }

  private async replace(all: readonly SavedSearch[]): Promise<void> {
    await this.state.update(KEY, all);
    for (const listener of this.listeners) listener();
  }
}
