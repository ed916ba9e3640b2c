/** What crosses between the scan of a folder and its threads. */
import type { Skipped } from '../../../shared/search/answer';
import type { Query } from '../../../shared/search/query';
import type { UnreadableLine } from '../../jsonl/lineIndex';
import type { FileIdentity } from '../../jsonl/sessionFiles';
import type { FoundHit } from '../StoreSearch';

/** Numbers of a file's lines, a last one without a line feed included. */
export interface LineCounts {
  readonly lines: number;
  readonly messages: number;
  readonly unreadable: number;
  /** The first unreadable lines; `line` from 0. */
  readonly listed: readonly UnreadableLine[];
}

/** A stretch of a big file that begins where a line begins, and what lies before it. */
export interface FilePart {
  readonly from: number;
  readonly end: number;
  readonly line: number;
  readonly message: number;
}

/** A file, or a part of one, as it was when the scan began. */
export interface ScanFile {
  readonly name: string;
  readonly key: string;
  readonly bits: number;
  readonly identity: FileIdentity;
  /** `null`: nobody has counted its lines yet. */
  readonly known: Pick<LineCounts, 'lines' | 'messages' | 'unreadable'> | null;
  readonly part?: FilePart;
  /** Of the whole file; with `part` only. */
  readonly fingerprint?: string;
}

export interface ScanParams {
  readonly folder: string;
  readonly store: string;
  readonly query: Query;
  readonly limit: number;
  /** Hits that are older than this are counted and not handed out (milliseconds). */
  readonly oldest: number;
  readonly fromRow: number;
  readonly files: readonly ScanFile[];
}

/** What was found in one file or part. */
export interface FileFound {
  readonly name: string;
  readonly key: string;
  readonly hits: number;
  /** Present when the lines were counted: of the whole file, or with `fromRow` of the rows from there on. */
  readonly counts?: LineCounts;
  /** The state of the file that was read. */
  readonly identity: FileIdentity;
  /** Lines that are too long, or why the file could not be read at all. */
  readonly skipped: readonly Skipped[];
  readonly state: 'read' | 'gone' | 'failed' | 'changed';
}

export interface ScanTaskPart {
  readonly files: readonly FileFound[];
  readonly hits: readonly FoundHit[];
}

export interface CountParams {
  readonly folder: string;
  readonly name: string;
  readonly identity: FileIdentity;
  readonly fingerprint: string;
  /** Not where a line begins: moved on to the next beginning of one. */
  readonly from: number;
  readonly end: number;
}

/** `null`: the file has changed. `listed` counts lines from the part's beginning. */
export type CountResult = (LineCounts & { readonly from: number; readonly end: number }) | null;
