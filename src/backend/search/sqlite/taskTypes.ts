/** What crosses between the service and the search threads for a database. */
import type { FindPattern, Skipped } from '../../../shared/search/answer';
import type { FoundHit } from '../StoreSearch';

/** A row id; text beyond 2^53. */
export type RowId = number | string;

/** How a thread opens the database. */
export interface StoreParams {
  /** `storeId`, for hits. */
  readonly store: string;
  readonly file: string;
  readonly sqliteBinding: string | undefined;
  /** Folder for private copies. */
  readonly copyFolder: string;
  /** Milliseconds for which a lock of another program is waited for. */
  readonly busyTimeout: number;
  /** [0]: connections that threads hold open now. */
  readonly holders: SharedArrayBuffer;
}

/** A query and the sessions that it may hold for, sent as bytes: a thread unpacks them once, not for each task. */
export interface SharedQuery {
  readonly id: number;
  /** `v8.serialize` of `PackedQuery`. */
  readonly bytes: SharedArrayBuffer;
}

/** Rows that one task looks through, newest first: of the whole database, or of one session. Both ids belong to it. */
export interface Slice {
  readonly key?: string;
  readonly from: RowId;
  readonly to: RowId;
  /** Ids beyond 2^53 are among them. */
  readonly far: boolean;
  /** Its part of the whole; all slices together are 1. */
  readonly weight: number;
}

/** Hits older than this can no longer be among the first ones. */
export interface Floor {
  readonly time: number;
  readonly sequence: number;
}

export interface PlanParams {
  readonly store: StoreParams;
  readonly keys: readonly string[];
  /** The newest row that belongs to the snapshot. */
  readonly newest: RowId;
  /** Position of the first row, with exactly one key. */
  readonly fromRow: number | undefined;
  readonly far: boolean;
  /** Rows of the whole database, roughly: where most of them would be read, that is quicker in the order of ids. */
  readonly span: number;
}

/** `slices` undefined: the sessions hold so much that the whole database is looked through. */
export interface Plan {
  readonly slices: readonly Slice[] | undefined;
}

export interface ScanParams {
  readonly store: StoreParams;
  readonly shared: SharedQuery;
  readonly slice: Slice;
  readonly limit: number;
  readonly floor: Floor | undefined;
}

export interface ScanResult {
  readonly hits: readonly FoundHit[];
  readonly counts: readonly (readonly [key: string, hits: number])[];
  /** Readable rows that were looked at. */
  readonly messages: number;
  /** The same by session, where only some sessions are searched. */
  readonly messagesOf: readonly (readonly [key: string, rows: number])[];
  readonly skipped: readonly Skipped[];
  readonly skippedCounts: readonly (readonly [key: string, rows: number])[];
  /** What there was no time for: another task's. */
  readonly rest: Slice | undefined;
}

export interface RankedParams {
  readonly store: StoreParams;
  readonly shared: SharedQuery;
  readonly order: 'rank' | 'time';
  readonly limit: number;
}

export interface RankedResult {
  readonly hits: readonly FoundHit[];
  readonly note: string | undefined;
}

export interface SizeParams {
  readonly store: StoreParams;
  /** The newest row that belongs to the snapshot. */
  readonly newest: RowId;
  readonly far: boolean;
}

export interface StoreSize {
  /** Rows up to the newest one. */
  readonly rows: number;
  /** Sessions with messages or metadata. */
  readonly sessions: number;
}

export interface FindPlanParams {
  readonly store: StoreParams;
  readonly key: string;
  readonly far: boolean;
}

export interface FindPlan {
  readonly total: number;
  readonly slices: readonly Slice[];
}

export interface FindParams {
  readonly store: StoreParams;
  readonly pattern: FindPattern;
  readonly slice: Slice;
  /** Places that are counted at the most. */
  readonly most: number;
}

export interface FindResult {
  /** Positions in the session, ascending. */
  readonly rows: readonly number[];
  readonly counts: readonly number[];
  readonly matches: number;
  readonly rest: Slice | undefined;
}
