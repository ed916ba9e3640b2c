import { setTimeout } from 'node:timers/promises';
import type { FindPattern, Found, IndexState, SearchAnswer, SearchRequest } from '../../shared/search/answer';
import { type SessionMetadata, type StoreLocation, storeId } from '../../shared/session';
import { errorText, StoreError } from '../errors';
import type { BackendContext, SessionBackend } from '../SessionBackend';
import { loadSqlite } from '../sqlite/binding';
import { storeLabel } from '../storeLabel';
import { AnswerBuilder } from './AnswerBuilder';
import { mayHoldHits, sessionBits } from './match/sessionTerms';
import { openStoreSearch } from './openStoreSearch';
import type { ScanPart, StoreQuery, StoreSearch } from './StoreSearch';
import { reading, type SearchedQuery, searchedQuery } from './searchedQuery';
import { SearchedSessions } from './searchedSessions';
import { type FactsContext, sessionFacts, sessionHits } from './sessionFacts';
import { Updates } from './Updates';
import { SearchPool } from './workers/SearchPool';
import { searchWorkerModule } from './workers/workerModule';

/** Sessions whose titles are read for an answer; a screen shows fewer at a time. */
const TITLES = 60;
/** Milliseconds between the first hits and the scan, where somebody types: about the time between two keys. */
const SCAN_AFTER = 200;

export interface SearchOptions {
  readonly context: BackendContext;
  readonly sqliteBinding?: string;
  readonly open: (location: StoreLocation) => Promise<SessionBackend>;
  /** From when on a running session counts as stuck, for `state:`. */
  readonly stuckAfterSeconds: () => number;
  /** `changed` is called for every change of a store: lists are then kept between searches. */
  readonly watched: boolean;
  readonly onIndexState?: (state: IndexState) => void;
}

interface OpenSearch {
  readonly location: StoreLocation;
  readonly search: StoreSearch;
  readonly sessions: SearchedSessions;
}

/** A query and what one run of it needs. */
interface Run extends SearchedQuery {
  readonly request: SearchRequest;
  readonly answer: AnswerBuilder;
  readonly update: () => void;
  readonly signal: AbortSignal;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch {
    throw new StoreError('cancelled', 'Cancelled.');
  }
}

/**
 * Searches stores: the first hits come from an index, a scan of the whole stores behind it makes the totals exact, and
 * every answer says what it covers.
 */
export class Search {
  private readonly stores = new Map<string, OpenSearch>();
  private readonly pool: SearchPool;
  private paused = false;
  private closed = false;

  constructor(private readonly options: SearchOptions) {
    this.pool = new SearchPool({ module: searchWorkerModule(), log: options.context.log });
  }

  /**
   * Answers a request; `onUpdate` gets what is known in between, each time the whole of it. Rejects with `BadQuery` for a
   * query that means nothing, and with `cancelled`. A store that cannot be searched is named in `skipped`.
   */
  async run(
    request: SearchRequest,
    onUpdate: (answer: SearchAnswer) => void = () => undefined,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<SearchAnswer> {
    const started = performance.now();
    const searched = await searchedQuery(request.query, this.options.context.now());
    const { query } = searched;
    const answer = new AnswerBuilder({
      order: request.order,
      limit: request.limit,
      notes: query.notes,
      started,
      label: (store, key) => this.stores.get(store)?.sessions.label(key) ?? key,
      lastActivity: (store, key) => this.stores.get(store)?.sessions.lastActivity(key) ?? null,
    });
    if (query.clauses.length === 0) return answer.answer(true);
    const updates = new Updates(() => onUpdate(answer.answer(false)));
    let found = false;
    const update = (): void => {
      const first = !found && !answer.empty;
      found ||= first;
      if (first) updates.urgent();
      else updates.note();
    };
    // A query that one store finds to be wrong is wrong for all: the others need not go on.
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const run: Run = { ...searched, request, answer, update, signal: both };
    const stores = request.scope.kind === 'stores' ? request.scope.stores : [request.scope.store];
    try {
      const byId = new Map(stores.map((location) => [storeId(location), location]));
      for (const [id, location] of byId) answer.addStore(id, storeLabel(location));
      await Promise.all([...byId.values()].map((location) => this.searchStore(location, run)));
    } finally {
      updates.stop();
      failed.abort();
    }
    if (signal.aborted) throw new StoreError('cancelled', 'Cancelled.');
    await this.learnTitles(answer.answer(true));
    return answer.answer(true);
  }

  /** Every place of a pattern in one conversation. Rejects with `BadQuery` for a wrong regular expression. */
  async find(store: StoreLocation, key: string, pattern: FindPattern, signal: AbortSignal): Promise<Found> {
    const { search } = await this.searchOf(store);
    return reading(() => search.find(key, pattern, signal));
  }

  /** Starts a thread and reads the lists of sessions, so that the first key stroke finds them ready. */
  async prepare(stores: readonly StoreLocation[]): Promise<void> {
    this.pool.warm();
    for (const location of stores) {
      try {
        await (await this.searchOf(location)).sessions.all(await this.options.open(location));
      } catch (error) {
        // The search itself will name it.
        this.options.context.log('info', `${location.path} could not be prepared for the search: ${errorText(error)}`);
      }
    }
  }

  /** Sessions of a store have changed; undefined: any of them. */
  changed(store: string, keys: readonly string[] | undefined): void {
    const open = this.stores.get(store);
    open?.sessions.changed(keys);
    open?.search.changed(keys);
  }

  /** Brings the index of a store up to date now. */
  async updateIndex(location: StoreLocation, signal?: AbortSignal): Promise<void> {
    await (await this.searchOf(location)).search.updateIndex(signal);
  }

  /** Stops or resumes the building of indexes. */
  pauseIndexing(paused: boolean): void {
    this.paused = paused;
    for (const { search } of this.stores.values()) search.pauseIndex(paused);
  }

  /** Lets go of a store; the next question opens it anew. */
  async closeStore(store: string): Promise<void> {
    const open = this.stores.get(store);
    this.stores.delete(store);
    await open?.search.close();
  }

  async close(): Promise<void> {
    this.closed = true;
    const open = [...this.stores.values()];
    this.stores.clear();
    await Promise.all(open.map(({ search }) => search.close()));
    await this.pool.close();
  }

  private async searchOf(location: StoreLocation): Promise<OpenSearch> {
    const id = storeId(location);
    const sqliteBinding = await this.binding();
    const known = this.stores.get(id);
    if (known) return known;
    const { context, open, watched, onIndexState } = this.options;
    const search = openStoreSearch({
      location,
      context,
      sqliteBinding,
      pool: this.pool,
      search: { store: id, onIndexState: (state) => onIndexState?.(state) },
      generation: async (key) => (await (await open(location)).entries(key, { from: 0, count: 0 })).generation,
    });
    if (this.paused) search.pauseIndex(true);
    const opened = { location, search, sessions: new SearchedSessions(watched) };
    this.stores.set(id, opened);
    return opened;
  }

  /**
   * The file of the SQLite library that this thread uses: the others must use the same one. Two copies of the library in
   * one process would drop each other's file locks. Undefined where it cannot run; who needs it says so.
   */
  private async binding(): Promise<string | undefined> {
    const { sqliteBinding } = this.options;
    try {
      return (await loadSqlite(sqliteBinding)).file;
    } catch {
      return sqliteBinding;
    }
  }

  /** A failure of the store becomes part of the answer; a query that cannot be run is the whole search's failure. */
  private async searchStore(location: StoreLocation, run: Run): Promise<void> {
    const id = storeId(location);
    try {
      await this.search(location, id, run);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'cancelled' && !run.signal.aborted && !this.closed) {
        // Let go of meanwhile: somebody needs it for himself.
        const words = 'It was closed while it was searched, to be opened anew or rewritten. Search again.';
        return run.answer.fail(id, 'busy', words);
      }
      if (error instanceof StoreError && (error.code === 'cancelled' || error.code === 'bad-query')) throw error;
      run.answer.fail(id, error instanceof StoreError ? error.code : 'internal', errorText(error));
    }
  }

  private async search(location: StoreLocation, id: string, run: Run): Promise<void> {
    const { answer, signal, update, request } = run;
    const { scope } = request;
    const backend = await this.options.open(location);
    const { search, sessions } = await this.searchOf(location);
    const all = await sessions.all(backend);
    const one = scope.kind === 'session' ? all.get(scope.key) : undefined;
    const searched = scope.kind === 'stores' ? [...all.values()] : one ? [one] : [];
    const bits = this.bits(run, location, backend, searched);
    const query: StoreQuery = {
      query: run.query,
      ...(scope.kind === 'session' || run.terms.length > 0 ? { sessions: bits } : {}),
      order: request.order,
      limit: request.limit,
      ...(scope.kind === 'session' && scope.fromRow !== undefined ? { fromRow: scope.fromRow } : {}),
    };
    if (query.fromRow === undefined) {
      answer.addSessionHits(id, sessionHits(location, run.compiled, searched, bits));
    }
    let note: string | undefined;
    if (scope.kind === 'stores') {
      const ranked = await search.ranked(query, signal);
      answer.addRanked(id, ranked);
      note = ranked.note;
      await sessions.learn(backend, new Set(ranked.hits.slice(0, TITLES).map(({ hit }) => hit.key)));
      if (ranked.exact) {
        answer.addScanned(id, { hits: [], counts: ranked.exact.counts, progress: 1 });
        answer.finish(id, 'index', ranked.exact.coverage, note);
        return;
      }
      update();
      // The next key stroke may be about to come: what is shown already need not compete with a scan for nothing.
      if (this.options.watched && ranked.hits.length > 0) await pause(SCAN_AFTER, signal);
    }
    const onPart = (part: ScanPart): void => {
      answer.addScanned(id, part);
      update();
    };
    answer.finish(id, 'scan', await search.scan(query, onPart, signal), note);
  }

  /** The sessions that may hold hits, each with the truth of the query's session terms. */
  private bits(
    { terms, query }: Run,
    location: StoreLocation,
    backend: SessionBackend,
    sessions: readonly SessionMetadata[],
  ): ReadonlyMap<string, number> {
    const { context, stuckAfterSeconds } = this.options;
    const facts: FactsContext = {
      location,
      messageTimes: backend.capabilities.messageTimes,
      now: context.now(),
      stuckAfterSeconds: stuckAfterSeconds(),
    };
    const bits = new Map<string, number>();
    for (const session of sessions) {
      const truth = terms.length === 0 ? 0 : sessionBits(terms, sessionFacts(session, facts));
      if (mayHoldHits(query, terms, truth)) bits.set(session.key, truth);
    }
    return bits;
  }

  /** Titles of the sessions that a screen shows first. */
  private async learnTitles({ sessions }: SearchAnswer): Promise<void> {
    for (const { store, key } of sessions.slice(0, TITLES)) {
      const open = this.stores.get(store);
      // A store that is gone by now leaves its sessions without titles.
      const backend = open && (await this.options.open(open.location).catch(() => null));
      if (open && backend) await open.sessions.learn(backend, [key]);
    }
  }
}
