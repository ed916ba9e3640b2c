/** What crosses between the service and the threads that make and ask the index of a folder. */
import type { Query } from '../../../../shared/search/query';
import type { FoundHit, Ranked } from '../../StoreSearch';

export interface IndexParams {
  /** The index. */
  readonly file: string;
  readonly sqliteBinding: string | undefined;
  /** The store. */
  readonly folder: string;
}

/** A file that the index does not hold as it is. */
export interface IndexWork {
  readonly name: string;
  /** To be read, roughly. */
  readonly bytes: number;
}

export interface IndexPlan {
  /** Names this making of the index: another one begins with nothing. */
  readonly build: string;
  /** Newest first. */
  readonly work: readonly IndexWork[];
}

export interface IndexStepParams extends IndexParams {
  readonly build: string;
  readonly names: readonly string[];
}

export interface IndexStep {
  /** The index is not the one that the plan was made for. */
  readonly lost: boolean;
  /** Bytes that were read. */
  readonly bytes: number;
  /** What was not done; the first of them may have been begun. */
  readonly left: readonly string[];
}

export interface IndexQueryParams extends IndexParams {
  readonly store: string;
  readonly query: Query;
  readonly sessions: ReadonlyMap<string, number> | undefined;
  readonly order: 'rank' | 'time';
  readonly limit: number;
}

/** `damaged`: the index must be made anew. */
export type RankedResult = { readonly hits: readonly FoundHit[]; readonly damaged: boolean };

/** `hits`: those in what the index lacks. `null`: the index cannot count this. */
export type ExactResult = { readonly exact: NonNullable<Ranked['exact']>; readonly hits: readonly FoundHit[] } | null;
