import type * as vscode from 'vscode';

const KEY = 'searchHistory';
const MOST = 50;

/** The last queries of this workspace, newest first. */
export class QueryHistory {
  constructor(private readonly state: Pick<vscode.Memento, 'get' | 'update'>) {}

  get queries(): readonly string[] {
    const known = this.state.get<unknown>(KEY);
    return Array.isArray(known) ? known.filter((query) => typeof query === 'string') : [];
  }

  /** Puts a query first. */
  async add(query: string): Promise<void> {
    const text = query.trim();
    if (text === '' || this.queries[0] === text) return;
    await this.state.update(KEY, [text, ...this.queries.filter((other) => other !== text)].slice(0, MOST));
  }

  async remove(query: string): Promise<void> {
    await this.state.update(
      KEY,
      this.queries.filter((other) => other !== query),
    );
  }
}
