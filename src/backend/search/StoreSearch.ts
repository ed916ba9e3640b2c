/** How one store is searched. jsonl/ and sqlite/ implement it; Search.ts puts the stores together. */
import type { FindPattern, Found, IndexState, SearchHit, Skipped, StoreCoverage } from '../../shared/search/answer';
import type { Query } from '../../shared/search/query';

/** A query as one store gets it. */
export interface StoreQuery {
  readonly query: Query;
  /**
   * The sessions that may hold hits, each with the truth of the query's session terms (`in:`, `store:`, `state:`, and
   * `after:`/`before:` where messages carry no time): bit n for the n-th of `sessionTerms(query)`. Undefined: the query
   * has none, and all sessions are searched.
   */
  readonly sessions?: ReadonlyMap<string, number>;
  readonly order: 'rank' | 'time';
  readonly limit: number;
  /** With exactly one session: its rows from there on. */
  readonly fromRow?: number;
}

/** A hit with what it is ordered by. */
export interface FoundHit {
  readonly hit: SearchHit;
  /** bm25, smaller is better; `null`: no index ranks it. */
  readonly rank: number | null;
  /** Milliseconds since the epoch: the message's own time, else the session's last activity. */
  readonly time: number;
  /** Newer among equals: row id, or line number. */
  readonly sequence: number;
}

/** The first hits of an index: each has been read from the store and matches there. */
export interface Ranked {
  readonly hits: readonly FoundHit[];
  /**
   * Present when the index alone can count: its coverage is all of the store as it is now and the query asks for nothing
   * that it cannot see. The scan is then not needed.
   */
  readonly exact?: {
    readonly counts: readonly (readonly [key: string, hits: number])[];
    readonly coverage: ScanCoverage;
  };
  /** Why there is no index to ask, or why it is not trusted; for `StoreCoverage.note`. */
  readonly note?: string;
}

/** What a scan has found since its last part. */
export interface ScanPart {
  /** Newest first within the part; at most `limit` of them, and only those that may belong to the first `limit` of all. */
  readonly hits: readonly FoundHit[];
  /** Hits of each session in this part, exact. Negative where an earlier part has counted what is gone since (see `rewritten`). */
  readonly counts: readonly (readonly [key: string, hits: number])[];
  /**
   * Sessions that were rewritten meanwhile and have been looked through again: what earlier parts, and the index, handed
   * out as hits in them is void. `hits` has those that hold now, `counts` the difference.
   */
  readonly rewritten?: readonly string[];
  /** 0 to 1: how much of the store has been looked through. */
  readonly progress: number;
}

export interface ScanCoverage {
  readonly messages: number;
  readonly sessions: number;
  /** Places left out: the first 1,000, and how many there are. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  readonly note?: string;
}

/**
 * The search of one store. Methods reject with a `StoreError`: `cancelled` once the signal has fired, `bad-query` for a
 * regular expression that does not end, and the store's own codes.
 */
export interface StoreSearch {
  /** The first hits in milliseconds, from an index; `hits` is empty where there is none yet. */
  ranked(query: StoreQuery, signal: AbortSignal): Promise<Ranked>;
  /**
   * Looks through the whole store as it is at the time of the call (what is appended later is not in the answer), newest
   * first, in worker threads. All parts together are exact.
   */
  scan(query: StoreQuery, onPart: (part: ScanPart) => void, signal: AbortSignal): Promise<ScanCoverage>;
  /** Every place of a pattern in what a person sees of one session. */
  find(key: string, pattern: FindPattern, signal: AbortSignal): Promise<Found>;
  /** Sessions of the store have changed (undefined: any of them). An index takes up what is new, in the background. */
  changed(keys: readonly string[] | undefined): void;
  /** Brings the index up to date now (it is built in the background after the first search); a store without one of ours resolves at once. */
  updateIndex(signal?: AbortSignal): Promise<void>;
  /** Stops and resumes the building of the index. */
  pauseIndex(paused: boolean): void;
  close(): Promise<void>;
}

/** What every store's search is given. */
export interface SearchContext {
  /** `storeId` and what the screen calls the store. */
  readonly store: string;
  readonly onIndexState: (state: IndexState) => void;
}

export type { StoreCoverage };
