import type { SearchHit, Skipped } from '../shared/search/answer';
import type { HitGroup } from './hitGroups';

/** Rows of the Search Results view. The same object stands for the same row as long as it is there. */
export interface SessionHitsNode {
  readonly kind: 'sessionHits';
  readonly id: string;
  group: HitGroup;
  hits: HitNode[];
}

export interface HitNode {
  readonly kind: 'hit';
  readonly id: string;
  readonly parent: SessionHitsNode;
  hit: SearchHit;
}

/** Stands for what the search had to leave out. */
export interface LeftOutNode {
  readonly kind: 'leftOut';
  readonly id: string;
  words: string;
  places: LeftOutPlaceNode[];
}

export interface LeftOutPlaceNode {
  readonly kind: 'leftOutPlace';
  readonly id: string;
  readonly parent: LeftOutNode;
  readonly skipped: Skipped;
}

/** Stands for the hits beyond those that are listed. */
export interface MoreHitsNode {
  readonly kind: 'moreHits';
  readonly id: string;
  readonly listed: number;
  readonly total: number;
}

/** A sentence in place of hits, or beside them. */
export interface NoticeNode {
  readonly kind: 'notice';
  readonly id: string;
  readonly icon: 'info' | 'error';
  readonly label: string;
  readonly description?: string;
}

export type ResultNode = SessionHitsNode | HitNode | LeftOutNode | LeftOutPlaceNode | MoreHitsNode | NoticeNode;
