import type { UnreadableLine } from '../../../jsonl/lineIndex';
import type { FileIdentity } from '../../../jsonl/sessionFiles';
import type { SqliteDatabase } from '../../../sqlite/binding';

/** A file in the index: [0, `end`) is indexed, `lines` of it. */
export interface FileRow {
  readonly id: number;
  readonly name: string;
  readonly dev: string;
  readonly ino: string;
  /** State in which the file was indexed to its end (a last line without a line feed apart); `modified` empty: it was not. */
  readonly size: number;
  readonly modified: string;
  /** As `FileIdentity.changedNs`. */
  readonly changed: string;
  readonly end: number;
  /** Of the first and the last bytes before `end`. */
  readonly fingerprint: string;
  readonly lines: number;
  readonly messages: number;
  readonly unreadable: number;
  /** JSON of `UnreadableLine[]`. */
  readonly listed: string;
  /** Lines that are too long to be indexed. */
  readonly long: number;
}

/** A place in a file from which reading can begin. */
export interface IndexedPlace {
  readonly line: number;
  readonly offset: number;
  readonly message: number;
}

/** Whether all of the file, but for a last line without a line feed, is in the index as it is now. */
export function isFresh(row: FileRow, { dev, ino, size, modifiedNs, changedNs }: FileIdentity): boolean {
  const isSame = row.ino === ino && row.size === size && row.modified === String(modifiedNs) && row.dev === dev;
  return isSame && row.changed === String(changedNs);
}

/**
 * It may have been appended to since; its fingerprint tells. One that was written to without getting longer was
 * rewritten, however much its ends look the same.
 */
export function mayHaveGrown(row: FileRow, identity: FileIdentity): boolean {
  const { dev, ino, size } = identity;
  if (row.ino !== ino || row.dev !== dev || size < row.end) return false;
  return size > row.size || isFresh(row, identity);
}

export function allFiles(database: SqliteDatabase): FileRow[] {
  return database.prepare('SELECT * FROM files').all() as FileRow[];
}

export function listedOf({ listed }: FileRow): UnreadableLine[] {
  return JSON.parse(listed) as UnreadableLine[];
}
