import type { SearchHit } from '../../../shared/search/answer';
import type { FoundHit } from '../StoreSearch';
import type { RowId } from './taskTypes';
import type { Verdict, Verifier } from './Verifier';

/** A match that may be handed out, with all but its position. */
export interface Candidate {
  readonly key: string;
  readonly id: RowId;
  readonly rank: number | null;
  readonly time: number;
  readonly sequence: number;
  readonly hit: (store: string, number: number) => SearchHit;
}

/** The words of the hit are made now, so that its content need not be kept. */
export function candidate(verifier: Verifier, verdict: Verdict, rank: number | null, time: number): Candidate {
  const { row, kind } = verdict;
  const { part, tool, snippet, ranges } = verifier.hitText(verdict);
  const { id, key, role, createdAt } = row;
  const hit = (store: string, number: number): SearchHit =>
    kind === 'unreadable'
      ? { kind, store, key, snippet, ranges, row: number, place: `row ${id}` }
      : {
          kind,
          store,
          key,
          snippet,
          ranges,
          row: number,
          index: number,
          role,
          createdAt,
          part,
          ...(tool === undefined ? {} : { tool }),
        };
  return { key, id, rank, time, sequence: Number(id), hit };
}

export function foundHit({ hit, rank, time, sequence }: Candidate, store: string, number: number): FoundHit {
  return { hit: hit(store, number), rank, time, sequence };
}
