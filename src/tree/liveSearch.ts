import type { SearchAnswer, SearchScope, SessionHits } from '../shared/search/answer';
import { type StoreLocation, storeId } from '../shared/session';

/** What is asked of the search: how many hits there are in which sessions. */
export type CountHits = (query: string, scope: SearchScope) => Promise<SearchAnswer | undefined>;

/** Milliseconds in which changes are gathered. */
const GATHER = 300;
/** A search that takes its time rests so many times as long, so that a busy agent does not keep it running. */
const REST = 4;

/** Newest activity first, as in the tree. */
function newestFirst(a: SessionHits, b: SessionHits): number {
  const left = a.lastActivity ?? '';
  const right = b.lastActivity ?? '';
  return left < right ? 1 : left > right ? -1 : 0;
}

const sessionId = ({ store, key }: { store: string; key: string }) => `${store}\n${key}`;

/** A store that has been counted, beside its sessions with hits. */
interface CountedStore {
  /** Hits of sessions beyond those that the answer named. */
  readonly unnamedHits: number;
  readonly unnamedSessions: number;
  /** Places that could not be searched, by session; under '' those of no session and those that were not named. */
  readonly leftOut: Map<string, number>;
}

function leftOutOf({ skipped, skippedCount }: SearchAnswer): Map<string, number> {
  const places = new Map<string, number>();
  const add = (key: string, count: number) => void (count > 0 && places.set(key, (places.get(key) ?? 0) + count));
  for (const { key } of skipped) add(key ?? '', 1);
  add('', skippedCount - skipped.length);
  return places;
}

/**
 * The sessions with hits of one query, kept right while the stores change: only the sessions that changed are searched
 * again. Nothing runs while nothing changes.
 */
export class LiveSearch {
  private readonly counts = new Map<string, SessionHits>();
  private readonly stores = new Map<string, CountedStore>();
  /** What has changed since: keys of a store, `undefined` for all of it. */
  private changes = new Map<string, Set<string> | undefined>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private lastTook = 0;
  private isDisposed = false;
  /** Why the last search could not be run. */
  failure: Error | undefined;

  constructor(
    private readonly query: string,
    private readonly count: CountHits,
    private readonly locations: () => readonly StoreLocation[],
    private readonly onChange: () => void,
  ) {}

  /** True once all stores have been counted. */
  get isKnown(): boolean {
    return this.locations().every((location) => this.stores.has(storeId(location)));
  }

  get isSearching(): boolean {
    return this.running !== undefined;
  }

  /** Sessions with hits, newest first; of a query with hits in very many sessions the first ones of each store. */
  get sessions(): readonly SessionHits[] {
    return [...this.counts.values()].sort(newestFirst);
  }

  get totalHits(): number {
    const named = [...this.counts.values()].reduce((sum, { hits }) => sum + hits, 0);
    return [...this.stores.values()].reduce((sum, { unnamedHits }) => sum + unnamedHits, named);
  }

  get totalSessions(): number {
    return [...this.stores.values()].reduce((sum, { unnamedSessions }) => sum + unnamedSessions, this.counts.size);
  }

  /** Places that could not be searched. */
  get leftOut(): number {
    const places = [...this.stores.values()].flatMap(({ leftOut }) => [...leftOut.values()]);
    return places.reduce((sum, count) => sum + count, 0);
  }

  /** Counts what has not been counted, and forgets stores that are gone. Again after a failure. */
  async update(): Promise<void> {
    while (this.running) await this.running;
    const there = new Set(this.locations().map(storeId));
    for (const id of [...this.stores.keys()]) if (!there.has(id)) this.forget(id);
    for (const id of there) if (!this.stores.has(id)) this.changes.set(id, undefined);
    if (this.changes.size > 0) await this.run();
  }

  /** Sessions of a store have changed; without keys: any of them. */
  changed(store: string, keys: readonly string[] | undefined): void {
    // What has not been counted yet will be.
    if (!this.stores.has(store)) return;
    const known = this.changes.get(store);
    if (!keys || (this.changes.has(store) && !known)) this.changes.set(store, undefined);
    else this.changes.set(store, new Set([...(known ?? []), ...keys]));
    this.schedule();
  }

  private schedule(): void {
    if (this.timer || this.running || this.isDisposed) return;
    this.timer = setTimeout(() => void this.run(), Math.max(GATHER, this.lastTook * REST));
  }

  private run(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.work().finally(() => {
      this.running = undefined;
      if (this.changes.size > 0 && !this.failure) this.schedule();
      if (!this.isDisposed) this.onChange();
    });
    return this.running;
  }

  private async work(): Promise<void> {
    const started = Date.now();
    const changes = this.changes;
    this.changes = new Map();
    const locations = new Map(this.locations().map((location) => [storeId(location), location]));
    try {
      this.failure = undefined;
      for (const [id, keys] of changes) {
        const store = locations.get(id);
        if (!store) continue;
        if (keys && (await this.countSessions(store, [...keys]))) continue;
        await this.countStore(store);
        if (!this.isDisposed) this.onChange();
      }
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      for (const [id] of changes) this.forget(id);
    }
    this.lastTook = Date.now() - started;
  }

  private async countStore(store: StoreLocation): Promise<void> {
    const answer = await this.count(this.query, { kind: 'stores', stores: [store] });
    if (!answer) return;
    const id = storeId(store);
    this.forget(id);
    for (const session of answer.sessions) this.counts.set(sessionId(session), session);
    this.stores.set(id, {
      unnamedHits: answer.totalHits - answer.sessions.reduce((sum, { hits }) => sum + hits, 0),
      unnamedSessions: answer.totalSessions - answer.sessions.length,
      leftOut: leftOutOf(answer),
    });
  }

  /** False when the store has to be counted as a whole. */
  private async countSessions(store: StoreLocation, keys: readonly string[]): Promise<boolean> {
    const id = storeId(store);
    const state = this.stores.get(id);
    // Of a session that is not named nobody knows how many of the hits are its own.
    const isNamed = (key: string) => this.counts.has(sessionId({ store: id, key }));
    if (!state || state.leftOut.has('') || (state.unnamedSessions > 0 && !keys.every(isNamed))) return false;
    for (const key of keys) {
      const answer = await this.count(this.query, { kind: 'session', store, key });
      if (!answer) return true;
      if (answer.skippedCount > 0) state.leftOut.set(key, answer.skippedCount);
      else state.leftOut.delete(key);
      const [session] = answer.sessions;
      if (session) this.counts.set(sessionId(session), session);
      else this.counts.delete(sessionId({ store: id, key }));
    }
    return true;
  }

  private forget(store: string): void {
    this.stores.delete(store);
    for (const [id, session] of this.counts) if (session.store === store) this.counts.delete(id);
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.timer);
  }
}
