import * as fs from 'node:fs';
import * as path from 'node:path';
import type { BackendContext } from '../../../../src/backend/SessionBackend';
import { JsonlSearch } from '../../../../src/backend/search/jsonl/JsonlSearch';
import type { FoundHit, Ranked, ScanCoverage, StoreQuery } from '../../../../src/backend/search/StoreSearch';
import { SearchPool } from '../../../../src/backend/search/workers/SearchPool';
import { searchWorkerModule } from '../../../../src/backend/search/workers/workerModule';
import type { IndexState } from '../../../../src/shared/search/answer';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import { temporaryFolder } from '../../../support/project';

export function line(role: string, content: string): string {
  return `${JSON.stringify({ role, content })}\n`;
}

/** What a scan has found, all parts together. */
export interface Scanned {
  readonly hits: FoundHit[];
  readonly counts: Map<string, number>;
  readonly total: number;
  readonly coverage: ScanCoverage;
  readonly parts: number;
}

/** A folder of sessions and its search. */
export class Folder {
  readonly root = temporaryFolder('jsonl-search');
  readonly sessions = path.join(this.root, 'sessions');
  readonly data = path.join(this.root, 'data');
  readonly log: string[] = [];
  readonly states: IndexState[] = [];
  readonly pool = new SearchPool({
    module: searchWorkerModule(),
    log: (level, text) => this.log.push(`${level}: ${text}`),
  });
  private readonly searches: JsonlSearch[] = [];

  constructor() {
    fs.mkdirSync(this.sessions);
  }

  file(name: string): string {
    return path.join(this.sessions, name);
  }

  write(name: string, data: string | Buffer, secondsAgo?: number): void {
    fs.writeFileSync(this.file(name), data);
    if (secondsAgo === undefined) return;
    const time = Date.now() / 1000 - secondsAgo;
    fs.utimesSync(this.file(name), time, time);
  }

  open(dataFolder: string | undefined = this.data): JsonlSearch {
    const context: BackendContext = {
      now: Date.now,
      log: (level, text) => this.log.push(`${level}: ${text}`),
      dataFolder,
    };
    const search = new JsonlSearch({
      location: { kind: 'jsonl', path: this.sessions, role: 'live' },
      context,
      sqliteBinding: undefined,
      pool: this.pool,
      search: { store: `jsonl:${this.sessions}`, onIndexState: (state) => this.states.push(state) },
    });
    this.searches.push(search);
    return search;
  }

  async close(): Promise<void> {
    for (const search of this.searches) await search.close();
    await this.pool.close();
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

export const never = new AbortController().signal;

export function asked(source: string, more: Partial<StoreQuery> = {}): StoreQuery {
  return { query: parseQuery(source, Date.now()), order: 'rank', limit: 100, ...more };
}

export async function scan(search: JsonlSearch, source: string, more: Partial<StoreQuery> = {}): Promise<Scanned> {
  const hits: FoundHit[] = [];
  const counts = new Map<string, number>();
  let parts = 0;
  const coverage = await search.scan(
    asked(source, more),
    (part) => {
      parts++;
      hits.push(...part.hits);
      for (const [key, count] of part.counts) counts.set(key, (counts.get(key) ?? 0) + count);
    },
    never,
  );
  return { hits, counts, total: [...counts.values()].reduce((sum, count) => sum + count, 0), coverage, parts };
}

export function ranked(search: JsonlSearch, source: string, more: Partial<StoreQuery> = {}): Promise<Ranked> {
  return search.ranked(asked(source, more), never);
}

/** "key row" of each hit. */
export function places(hits: readonly FoundHit[]): string[] {
  return hits.map(({ hit }) => (hit.kind === 'session' ? hit.key : `${hit.key} ${hit.row}`));
}

export function exactTotal({ exact }: Ranked): number | undefined {
  return exact?.counts.reduce((sum, [, count]) => sum + count, 0);
}

/** Waits until something is so, at most `milliseconds`. */
export async function until(condition: () => boolean | Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it was not so after ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
