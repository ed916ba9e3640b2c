import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import type { FoundHit, Ranked, ScanCoverage, StoreQuery } from '../../../../src/backend/search/StoreSearch';
import { SqliteSearch, type SqliteSearchOptions } from '../../../../src/backend/search/sqlite/SqliteSearch';
import { SearchPool } from '../../../../src/backend/search/workers/SearchPool';
import { searchWorkerModule } from '../../../../src/backend/search/workers/workerModule';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import { projectRoot } from '../../../support/project';
import type { Sqlite } from '../../../support/zeroclawSchema';
import { context } from '../../sqlite/support';

export const never = new AbortController().signal;

const opened: SqliteSearch[] = [];
let pool: SearchPool | undefined;

/** One pool for all tests of a file, as the service has one. */
export function searchPool(): SearchPool {
  pool ??= new SearchPool({ module: searchWorkerModule(), log: () => undefined, threads: 2 });
  return pool;
}

export function openSearch(file: string, options: Partial<SqliteSearchOptions> = {}): SqliteSearch {
  const search = new SqliteSearch({
    location: { kind: 'sqlite', path: file, role: 'live' },
    context: context(),
    sqliteBinding: undefined,
    pool: searchPool(),
    search: { store: 'the store', onIndexState: () => undefined },
    ...options,
  });
  opened.push(search);
  return search;
}

/** For `teardown`. */
export async function closeSearches(): Promise<void> {
  for (const search of opened.splice(0)) await search.close();
}

/** For `suiteTeardown`. */
export async function closePool(): Promise<void> {
  await pool?.close();
  pool = undefined;
}

export function storeQuery(source: string, options: Partial<StoreQuery> = {}): StoreQuery {
  const query = parseQuery(source, Date.parse('2026-11-20T12:00:00Z'));
  return { query, order: 'rank', limit: 50, ...options };
}

/** What a scan has handed out, put together as the answer is. */
export interface Scanned {
  readonly coverage: ScanCoverage;
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  /** Newest first. */
  readonly hits: readonly FoundHit[];
  readonly parts: number;
}

export async function scan(
  search: SqliteSearch,
  source: string,
  options: Partial<StoreQuery> = {},
  onPart: (part: number) => void = () => undefined,
  signal: AbortSignal = never,
): Promise<Scanned> {
  const query = storeQuery(source, options);
  const counts = new Map<string, number>();
  let hits: FoundHit[] = [];
  let parts = 0;
  const coverage = await search.scan(
    query,
    (part) => {
      for (const [key, count] of part.counts) counts.set(key, (counts.get(key) ?? 0) + count);
      const void_ = new Set(part.rewritten);
      hits = [...hits.filter(({ hit }) => !void_.has(hit.key)), ...part.hits];
      onPart(++parts);
    },
    signal,
  );
  hits.sort((a, b) => b.time - a.time || b.sequence - a.sequence);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const left = [...counts].filter(([, count]) => count !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return { coverage, counts: Object.fromEntries(left), total, hits: hits.slice(0, query.limit), parts };
}

export function ranked(search: SqliteSearch, source: string, options: Partial<StoreQuery> = {}): Promise<Ranked> {
  return search.ranked(storeQuery(source, options), never);
}

/** "key row" of each hit. */
export function places(hits: readonly FoundHit[]): string[] {
  return hits.map(({ hit }) => (hit.kind === 'session' ? hit.key : `${hit.key} ${hit.row}`));
}

/** A row as it is, whatever its values are. */
export function insertRow(database: Sqlite, values: Readonly<Record<string, unknown>>): void {
  const row = { session_key: 'k', role: 'user', content: '', created_at: '2026-01-01T00:00:00+00:00', ...values };
  const names = Object.keys(row);
  database
    .prepare(`INSERT INTO sessions (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
    .run(...Object.values(row));
}

/** Many rows in one transaction: `text` gives the content of each. */
export function fill(
  database: Sqlite,
  count: number,
  text: (number: number) => string,
  key = (n: number) => `s${n % 10}`,
): void {
  const insert = database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)');
  database.transaction(() => {
    for (let number = 0; number < count; number++) {
      const at = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString().replace('Z', '000000+00:00');
      insert.run(key(number), number % 2 ? 'assistant' : 'user', text(number), at);
    }
  })();
}

/** Another process changes the database, while this one stands still: the rest of a scan then comes after the change. */
export function changeMeanwhile(file: string, sql: string): void {
  const script =
    'const database = new (require(process.argv[1]))(process.argv[2], { timeout: 5000 }); database.exec(process.argv[3]);';
  execFileSync(process.execPath, ['-e', script, path.join(projectRoot, 'node_modules', 'better-sqlite3'), file, sql]);
}
