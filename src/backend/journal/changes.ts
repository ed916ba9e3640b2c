/** What the journal records of a change, apart from the bytes of its images. Written and read by the store's writer. */

/** One state of a session's JSONL file. */
export interface JsonlFileState {
  readonly size: number;
  /** Nanoseconds since the epoch, decimal: a bigint in JSON. */
  readonly modifiedNs: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** SHA-256 over the first and the last 64 KiB; it and the size tell one state from another. */
  readonly ends: string;
}

/** At `at` of the file before the change, `removed` bytes make place for `inserted` ones. */
export interface Splice {
  readonly at: number;
  readonly removed: number;
  readonly inserted: number;
}

/**
 * A change of one JSONL file. Images: `removed` holds the removed bytes of all splices one after the other, `inserted`
 * the inserted ones. `before` null: there was no file; `after` null: there is none any more.
 */
export interface JsonlChange {
  readonly kind: 'jsonl';
  /** Name of the file in its folder. */
  readonly file: string;
  readonly before: JsonlFileState | null;
  readonly after: JsonlFileState | null;
  readonly splices: readonly Splice[];
  /** Names (in the same folder) of what exists beside the file while the change is made. */
  readonly scratch: readonly string[];
}

/**
 * A value of a column. Blobs as `{ base64 }`, text that is not valid UTF-8 as `{ text }` (base64 of its bytes), integers
 * beyond 2^53 as `{ integer }` (decimal) and what JSON has no number for as `{ real }`.
 */
export type ColumnValue =
  | string
  | number
  | null
  | { readonly base64: string }
  | { readonly text: string }
  | { readonly integer: string }
  | { readonly real: string };
export type MetadataRow = Readonly<Record<string, ColumnValue>>;

/**
 * A change of one session in a database. Images `removed` and `added` hold message rows, one JSON line each:
 * `[id, session_key, role, content, created_at]` with blobs as `{ "base64": ... }`. A row that is in both was updated.
 * The metadata row is given in full on both sides; `null` where there is none. Undoing restores the columns that
 * differ, and recounts `message_count`.
 */
export interface SqliteChange {
  readonly kind: 'sqlite';
  readonly key: string;
  readonly removedRows: number;
  readonly addedRows: number;
  /** Highest row id of the session on either side; 0 without rows. */
  readonly lastIdBefore: number;
  readonly lastIdAfter: number;
  readonly metadataBefore: MetadataRow | null;
  readonly metadataAfter: MetadataRow | null;
}

/** A change of what we keep about a session in the data folder. */
export interface LabelChange {
  readonly kind: 'label';
  readonly key: string;
  readonly before: { readonly name?: string; readonly kept?: true };
  readonly after: { readonly name?: string; readonly kept?: true };
}

/** How far a migration of one session has come when it is recorded is told by the stores themselves; see operations/. */
export interface MigrateChange {
  readonly kind: 'migrate';
  /** Folder and name of the JSONL file, without what is added while and after it is imported. */
  readonly folder: string;
  readonly file: string;
  readonly database: string;
  readonly key: string;
  readonly targetKey: string;
  /** SHA-256 of the file, lower-case hex, and its length. */
  readonly hash: string;
  readonly length: number;
  /** Row ids written; 0 and 0 when none were. */
  readonly firstId: number;
  readonly lastId: number;
  readonly rows: number;
  /** Whether the session was in the database before. */
  readonly existed: boolean;
  readonly metadataBefore: MetadataRow | null;
}

export type Change = JsonlChange | SqliteChange | LabelChange | MigrateChange;
