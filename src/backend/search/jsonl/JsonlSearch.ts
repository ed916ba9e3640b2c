import * as path from 'node:path';
import type { FindPattern, Found } from '../../../shared/search/answer';
import { compilePattern } from '../../../shared/search/textPattern';
import type { StoreLocation } from '../../../shared/session';
import { StoreError } from '../../errors';
import type { BackendContext } from '../../SessionBackend';
import { hasExpression } from '../match/compileQuery';
import type { FoundHit, Ranked, ScanCoverage, ScanPart, SearchContext, StoreQuery, StoreSearch } from '../StoreSearch';
import type { SearchPool } from '../workers/SearchPool';
import { FolderScan } from './FolderScan';
import { findInSession } from './findInSession';
import { IndexBuilder } from './index/IndexBuilder';
import { indexFileOf } from './index/indexDatabase';
import type { ExactResult, IndexQueryParams, RankedResult } from './index/indexTypes';
import { indexQuery } from './index/matchExpression';
import { KnownLines } from './knownLines';

/** Rows of a session that is rewritten meanwhile are looked for again, so many times in all. */
const FIND_ATTEMPTS = 4;

export interface JsonlSearchOptions {
  readonly location: StoreLocation;
  readonly context: BackendContext;
  readonly sqliteBinding: string | undefined;
  readonly pool: SearchPool;
  readonly search: SearchContext;
  /** The generation in which the rows of a session are numbered now, for `Found`; 0 without it. */
  readonly generation?: (key: string) => Promise<number>;
}

/**
 * The search of a folder of JSONL sessions: the first hits from an index of ours in the data folder, the truth from a
 * scan of the files in worker threads. Opens session files only to read. `scan` takes counts back (a negative number)
 * when a big file is rewritten while it is looked through.
 */
export class JsonlSearch implements StoreSearch {
  private readonly folder: string;
  private readonly known: KnownLines;
  private readonly index: IndexBuilder | undefined;
  private readonly indexFile: string | undefined;

  constructor(private readonly options: JsonlSearchOptions) {
    const { location, context, sqliteBinding, pool, search } = options;
    const { dataFolder, log } = context;
    this.folder = path.resolve(location.path);
    this.known = new KnownLines(this.folder, context, pool);
    if (dataFolder === undefined || isWithin(this.folder, dataFolder)) return;
    this.indexFile = indexFileOf(search.store, dataFolder);
    if (this.indexFile === undefined) return;
    const place = { location, folder: this.folder, dataFolder, file: this.indexFile, store: search.store };
    this.index = new IndexBuilder({ ...place, sqliteBinding, pool, log, onState: search.onIndexState });
  }

  async ranked(query: StoreQuery, signal: AbortSignal): Promise<Ranked> {
    if (signal.aborted) throw new StoreError('cancelled', 'Cancelled.');
    const asked = indexQuery(query.query);
    const note = this.index?.note === undefined ? {} : { note: this.index.note };
    if (!asked || this.indexFile === undefined || query.fromRow !== undefined) return { hits: [], ...note };
    const { pool, sqliteBinding, search } = this.options;
    const { sessions, order, limit } = query;
    const params: IndexQueryParams = {
      file: this.indexFile,
      sqliteBinding,
      folder: this.folder,
      store: search.store,
      query: query.query,
      sessions,
      order,
      limit,
    };
    const options = { signal, watched: hasExpression(query.query), urgent: true };
    const [{ hits, damaged }, exact] = await Promise.all([
      pool.run<RankedResult>('jsonl.ranked', params, options),
      asked.exact ? pool.run<ExactResult>('jsonl.exact', params, options) : null,
    ]);
    if (damaged) this.index?.discard();
    if (!exact || damaged) return { hits, ...note };
    const all = distinct([...hits, ...exact.hits]);
    const total = exact.exact.counts.reduce((sum, [, count]) => sum + count, 0);
    // Counted, but not all read that are to be handed out, or one of the two has seen a later state: the scan does that.
    const isOdd = total <= limit ? all.length !== total : all.length < limit;
    if (isOdd) return { hits, ...note };
    // No scan follows that would ask for an index.
    this.index?.want();
    return { hits: all, exact: exact.exact, ...note };
  }

  async scan(query: StoreQuery, onPart: (part: ScanPart) => void, signal: AbortSignal): Promise<ScanCoverage> {
    const { pool, search } = this.options;
    const { folder, known } = this;
    try {
      return await new FolderScan({ folder, store: search.store, pool, known, query, onPart, signal }).run();
    } finally {
      this.index?.want();
    }
  }

  async find(key: string, pattern: FindPattern, signal: AbortSignal): Promise<Found> {
    // A wrong expression is told before any file is opened.
    compilePattern(pattern);
    const { pool, generation = async () => 0 } = this.options;
    for (let attempt = 1; ; attempt++) {
      const before = await generation(key);
      const found = await findInSession({ folder: this.folder, key, pattern, pool, signal });
      // Rewritten all the time: whoever asked sees from the generation that its rows are others by now.
      if (attempt === FIND_ATTEMPTS || (await generation(key)) === before) return { generation: before, ...found };
    }
  }

  changed(keys: readonly string[] | undefined): void {
    this.index?.changed(keys);
  }

  async updateIndex(signal?: AbortSignal): Promise<void> {
    await this.index?.update(signal);
  }

  pauseIndex(paused: boolean): void {
    this.index?.pause(paused);
  }

  async close(): Promise<void> {
    await this.index?.close();
  }
}

/** A line may have got into the index between the two questions. */
function distinct(hits: readonly FoundHit[]): FoundHit[] {
  const byPlace = new Map<string, FoundHit>();
  for (const found of hits) {
    const { hit } = found;
    const place = hit.kind === 'session' ? hit.key : `${hit.row} ${hit.key}`;
    if (!byPlace.has(place)) byPlace.set(place, found);
  }
  return [...byPlace.values()];
}

/** Nothing of ours is ever written into a store. */
function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, path.resolve(file));
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
