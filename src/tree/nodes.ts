import type { FoundStore } from '../service/protocol';
import type { HistoryEntry, TrashItem } from '../shared/operations';
import type { SessionHits } from '../shared/search/answer';
import { type SessionMetadata, type StoreLocation, storeId } from '../shared/session';
import type { LiveSearch } from './liveSearch';
import type { SavedSearch } from './savedSearches';

/** Rows of the tree. The same object stands for the same row as long as it is there, so that `reveal` and refresh work. */
export interface StoreNode {
  readonly kind: 'store';
  readonly id: string;
  found: FoundStore;
  /** True when a setting names it, so that it can be taken out again. */
  named: boolean;
  /** Sessions of the newest list, by key; `undefined` until the first list. */
  sessions: Map<string, SessionNode> | undefined;
  /** False while only the newest are listed. */
  isComplete: boolean;
  /** Settles when the first rows are there; `undefined` until they are asked for. */
  opened: Promise<void> | undefined;
  /** Settles when the first full list is there. */
  complete: Promise<void> | undefined;
  /** Those rows in the order in which they are shown. */
  order: SessionNode[];
  failure: FailureNode | undefined;
}

export interface SessionNode {
  readonly kind: 'session';
  readonly id: string;
  readonly store: StoreNode;
  metadata: SessionMetadata;
}

/** A store, path or part of the journal that cannot be read: says why. */
export interface FailureNode {
  readonly kind: 'failure';
  readonly id: string;
  /** The store that it is about; `undefined`: a named path that is no store at all, or the journal. */
  readonly store: StoreNode | undefined;
  readonly path: string;
  /** The error's code: it chooses the few words of the row. */
  readonly code: string;
  /** What happened, where, and what to do. */
  readonly message: string;
}

/** What was done in this workspace, newest first. */
export interface HistoryNode {
  readonly kind: 'history';
  readonly id: string;
}

/** Deleted sessions of this workspace. */
export interface TrashNode {
  readonly kind: 'trash';
  readonly id: string;
  /** Sessions in it, and the bytes that they had. */
  count: number;
  bytes: number;
}

export interface EntryNode {
  readonly kind: 'entry';
  readonly id: string;
  readonly parent: HistoryNode;
  entry: HistoryEntry;
}

export interface TrashedNode {
  readonly kind: 'trashed';
  readonly id: string;
  readonly parent: TrashNode;
  item: TrashItem;
}

/** Stands for the older entries of the history. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly parent: HistoryNode;
}

/** A saved search: a folder of the sessions that it finds. */
export interface SavedSearchNode {
  readonly kind: 'savedSearch';
  readonly id: string;
  saved: SavedSearch;
  readonly live: LiveSearch;
}

/** A session that a saved search finds. */
export interface SavedSessionNode {
  readonly kind: 'savedSession';
  readonly id: string;
  readonly parent: SavedSearchNode;
  session: SessionHits;
}

export type SearchNode = SavedSearchNode | SavedSessionNode;
export type JournalNode = HistoryNode | TrashNode | EntryNode | TrashedNode | MoreNode;
export type TreeNode = StoreNode | SessionNode | FailureNode | JournalNode | SearchNode;

/** Id of a session's row. */
export function sessionNodeId(store: StoreLocation, key: string): string {
  return `${storeId(store)}\n${key}`;
}
