import type { FindPattern } from '../../../shared/search/answer';
import type { FileIdentity } from '../../jsonl/sessionFiles';

export interface FindParams {
  readonly folder: string;
  readonly name: string;
  readonly identity: FileIdentity;
  /** Moved on to where a line begins. */
  readonly from: number;
  readonly end: number;
  readonly pattern: FindPattern;
}

/** Rows count from the part's beginning. `null`: the file has changed. */
export type FindResult = {
  readonly lines: number;
  readonly rows: readonly number[];
  readonly counts: readonly number[];
} | null;
