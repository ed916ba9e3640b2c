import type { OperationResult } from '../shared/operations';
import type { Message, Problem, ProblemCode, SessionMetadata, SessionState, StoreLocation } from '../shared/session';
import type { EditReport, StoreWriter } from './StoreWriter';

/** Which of a backend's methods mean something for its store. The screen offers what is `true`. */
export interface StoreCapabilities {
  /** append, rename, compact, delete, ... */
  readonly write: boolean;
  readonly search: boolean;
  /** The store itself keeps a name for each session. */
  readonly names: boolean;
  /** The store itself keeps idle / running / error for each session. */
  readonly states: boolean;
  /** Each message carries the time at which it was written. */
  readonly messageTimes: boolean;
}

/** Part of a session by position. A negative `from` counts from the end (-100: the last hundred). */
export interface Range {
  readonly from: number;
  readonly count: number;
}

export interface LoadedMessages {
  /** Number of messages in the whole session. */
  readonly total: number;
  readonly messages: readonly Message[];
  readonly problems: readonly Problem[];
}

/** What stands at one place of the store, readable or not. `row` counts places from 0 (JSONL: lines, SQLite: rows). */
export type StoreEntry =
  | {
      readonly kind: 'message';
      readonly row: number;
      readonly role: string;
      readonly content: string;
      readonly createdAt: string | null;
      /** Bytes of the line, or of role and content. */
      readonly size: number;
      /** How a person finds it: "line 12", "row 3401". */
      readonly place: string;
    }
  | {
      readonly kind: 'unreadable';
      readonly row: number;
      readonly code: ProblemCode;
      readonly reason: string;
      readonly size: number;
      readonly place: string;
      /** Byte offset in the file, where there is one. */
      readonly offset?: number;
      /** The first characters as far as they can be decoded; at most 300. */
      readonly excerpt: string;
    }
  /** A line with nothing but white space: every reader skips it; it only keeps the numbering. */
  | { readonly kind: 'blank'; readonly row: number };

export interface EntryPage {
  /** Changes when rows that were handed out before may no longer be what the store holds (rewritten, shortened, replaced). */
  readonly generation: number;
  /** Number of rows in the session. While `complete` is false: of those known so far, which are the last ones. */
  readonly total: number;
  /** False while a big file is still being indexed: rows are then numbered from the first one known. */
  readonly complete: boolean;
  readonly entries: readonly StoreEntry[];
}

/** How far the first reading of a big file has come. */
export interface IndexProgress {
  readonly key: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** The bytes of one row, as they are on disk. */
export interface RawEntry {
  readonly place: string;
  readonly text: string;
  /** False when the bytes are no valid UTF-8 and were decoded with replacement characters. */
  readonly exact: boolean;
}

/** `keys` undefined: anything may have changed. */
export interface StoreChange {
  readonly keys?: readonly string[];
}

export interface ListOptions {
  /** `quick`: what costs nothing per message. `full` (default): titles, counts and problems too. */
  readonly detail?: 'quick' | 'full';
  /** At most so many sessions, the newest. A quick list of a few may know less than one of all. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** Called during a full list with sessions as they become known, so that a screen need not wait for the last one. */
  readonly onBatch?: (sessions: readonly SessionMetadata[]) => void;
}

/**
 * The read side of one store. Every method rejects with a `StoreError` (errors.ts) when the store itself cannot be read;
 * what is wrong with one session or one message is a `Problem` in the answer and never stops the rest.
 * No method of the read side changes a byte of the store.
 */
export interface SessionReader {
  readonly location: StoreLocation;
  readonly capabilities: StoreCapabilities;

  /** Keys of all sessions. */
  listSessions(): Promise<string[]>;
  /** All sessions, newest activity first. */
  listSessionsWithMetadata(options?: ListOptions): Promise<SessionMetadata[]>;
  exists(key: string): Promise<boolean>;
  /** Messages in store order, just as zeroclaw loads them; without a range all of them. A missing session loads as empty. */
  load(key: string, range?: Range): Promise<LoadedMessages>;
  /** The stored name. Rejects with `no-such-session` for an unknown key. */
  getSessionName(key: string): Promise<string | null>;
  /** `null` for an unknown key and in a store that keeps no states. */
  getSessionState(key: string): Promise<SessionState | null>;
  /** Running sessions, latest start first. */
  listRunningSessions(): Promise<SessionMetadata[]>;
  /** Sessions that have been running for longer than `thresholdSeconds`, oldest start first. */
  listStuckSessions(thresholdSeconds: number): Promise<SessionMetadata[]>;

  /** Metadata of one session, `null` when it does not exist. `quick` never waits for a big file to be indexed. */
  getSession(key: string, detail?: 'quick' | 'full'): Promise<SessionMetadata | null>;
  /** What the page shows: rows of the store, readable or not. Never reads what lies outside the range, an index apart. */
  entries(key: string, range: Range): Promise<EntryPage>;
  /** The exact record behind one row of `entries`. */
  rawEntry(key: string, row: number): Promise<RawEntry>;

  /** Tells of changes by any process, from file events. `onProgress` reports the first indexing of big files. */
  watch(listener: (change: StoreChange) => void, onProgress?: (progress: IndexProgress) => void): { dispose(): void };
  close(): Promise<void>;
}

/**
 * One store: what the reference programs call their storage interface, with their names. Every change is journaled
 * before it is made (undo: operations/), and every method rejects with a `StoreError`, the store then being as it was.
 * An unknown key is `no-such-session`, except where it says otherwise.
 */
export interface SessionBackend extends SessionReader {
  /** The changes themselves, for operations on many sessions. */
  readonly writer: StoreWriter;
  /** Adds a message; makes the session where there is none. */
  append(key: string, message: { readonly role: string; readonly content: string }): Promise<EditReport>;
  /** Removes the last message, and with a tool call's result the call and its other results. */
  removeLast(key: string): Promise<EditReport>;
  /** Replaces role and content of the last message. */
  updateLast(key: string, message: { readonly role: string; readonly content: string }): Promise<EditReport>;
  /** Removes all messages; the session stays. */
  clearMessages(key: string): Promise<EditReport>;
  /** Drops what no reader can read, and repeated blocks where `duplicates` asks for it. */
  compact(key: string, options?: { readonly duplicates?: boolean }): Promise<EditReport>;
  /**
   * Sessions with messages or names in which all words of a query occur (the whole query language), best first; at most
   * `limit` of them (default 50, as zeroclaw). A blank query lists all sessions. Messages and totals: search/Search.ts.
   */
  search(query: string, limit?: number): Promise<SessionMetadata[]>;
  /** Deletes sessions idle for longer than that, by text comparison of their last activity; never a running or kept one. */
  cleanupStale(ttlHours: number): Promise<OperationResult>;
  /** True if it existed. */
  deleteSession(key: string): Promise<boolean>;
  /** `null` or empty takes the name away. A store without names: kept in the data folder. */
  setSessionName(key: string, name: string | null): Promise<EditReport>;
  /** As zeroclaw: `turnStartedAt` becomes now for `running`, else none. */
  setSessionState(key: string, state: string, turnId?: string | null): Promise<EditReport>;
}

/** What a backend gets from outside, so that it never reaches for it. */
export interface BackendContext {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (level: 'info' | 'warning' | 'error', message: string) => void;
  /** Folder for indexes and caches; `undefined`: keep none (nothing outside the store is written). */
  readonly dataFolder: string | undefined;
}
