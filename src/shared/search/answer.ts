/** What is asked of the search, and what it answers: the contract of the screen, the command line and the backend. */
import type { StoreLocation } from '../session';

export type SearchScope =
  | { readonly kind: 'stores'; readonly stores: readonly StoreLocation[] }
  /** One session; `fromRow`: only its rows from there on (what was added since an earlier answer). */
  | { readonly kind: 'session'; readonly store: StoreLocation; readonly key: string; readonly fromRow?: number };

export interface SearchRequest {
  readonly query: string;
  readonly scope: SearchScope;
  /** `rank`: best first (bm25), newer first among equals, what no index ranks behind it. `time`: newest first. */
  readonly order: 'rank' | 'time';
  /** Hits that are handed out at the most; the totals count all of them. */
  readonly limit: number;
}

/** Half-open stretch of UTF-16 units. */
export type TextRange = readonly [start: number, end: number];

/** In what part of a message the snippet stands. */
export type HitPart = 'text' | 'thinking' | 'tool' | 'arguments' | 'result' | 'marker' | 'attachment' | 'raw';

interface HitBase {
  /** `storeId` of its store. */
  readonly store: string;
  readonly key: string;
  /** One line, at most about 200 characters, cut ends marked with "…". */
  readonly snippet: string;
  /** What was found, in the snippet. Empty where nothing of the query is text (`has:image`). */
  readonly ranges: readonly TextRange[];
}

export type SearchHit =
  | (HitBase & {
      readonly kind: 'message';
      /** Place in the store, as `entries` numbers it. */
      readonly row: number;
      /** Position among the session's messages, as `load` numbers it. */
      readonly index: number;
      readonly role: string;
      readonly createdAt: string | null;
      readonly part: HitPart;
      /** The tool, where the part is one's. */
      readonly tool?: string;
    })
  /** The session's own name or key. */
  | (HitBase & { readonly kind: 'session' })
  /** A line or row that no reader can read; found by `has:problem` only. */
  | (HitBase & { readonly kind: 'unreadable'; readonly row: number; readonly place: string });

export interface SessionHits {
  readonly store: string;
  readonly key: string;
  /** Name, else title as far as it is known, else key. */
  readonly label: string;
  readonly lastActivity: string | null;
  readonly hits: number;
}

/** What an answer leaves out, with the reason. */
export interface Skipped {
  readonly store: string;
  readonly key?: string;
  /** "line 12", where it is one place. */
  readonly place?: string;
  readonly row?: number;
  readonly code: string;
  /** A sentence: what, where, why. */
  readonly message: string;
}

/** How a store was searched. */
export interface StoreCoverage {
  readonly store: string;
  readonly label: string;
  readonly messages: number;
  readonly sessions: number;
  /** `index`: all of the answer comes from an index that covers the store. `scan`: the index, if any, gave the first hits, the scan the totals. */
  readonly how: 'index' | 'scan';
  /** What a person should know: "The full-text index of this database is not in step with its messages ..." */
  readonly note?: string;
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[];
  /** Sessions with hits in the order of their first hit, then newest first; at most 1,000 of them. */
  readonly sessions: readonly SessionHits[];
  /** While `complete` is false: so many at least. */
  readonly totalHits: number;
  readonly totalSessions: number;
  /** True when the totals are exact for all that `coverage` names. */
  readonly complete: boolean;
  readonly coverage: readonly StoreCoverage[];
  /** Places left out; the first 1,000 of them. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** What a person should know of how the query was taken. */
  readonly notes: readonly string[];
  /** Milliseconds since the request came. */
  readonly elapsed: number;
  /** 0 to 1. */
  readonly progress: number;
}

/** A text to look for inside one conversation. */
export interface FindPattern {
  readonly text: string;
  readonly matchCase: boolean;
  readonly wholeWord: boolean;
  readonly regex: boolean;
  /** Flags of a regular expression that was written with its own; `matchCase` is then not looked at. */
  readonly flags?: string;
}

/** Every place of a pattern in one conversation. */
export interface Found {
  /** As in `EntryPage`: rows are numbered for that state of the session. */
  readonly generation: number;
  readonly total: number;
  /** Rows with a match, ascending, and how often it stands in each. */
  readonly rows: readonly number[];
  readonly counts: readonly number[];
  readonly matches: number;
  /** False when there were more than could be counted (more than 10 million places). */
  readonly complete: boolean;
}

/** How far the index of a store is. */
export interface IndexState {
  readonly store: string;
  readonly state: 'building' | 'ready' | 'paused' | 'failed';
  /** 0 to 1, by bytes. */
  readonly done: number;
  readonly message?: string;
}
