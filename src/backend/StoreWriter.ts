import type { Direction, DroppedLine, OrphanChoice, ReversalChoice, ReversalChoiceId } from '../shared/operations';
import type { ItemRecorder, JournalItem } from './journal/Journal';

export interface NewMessage {
  readonly role: string;
  readonly content: string;
  /** RFC 3339; `null`: the store's default (now, or none). */
  readonly createdAt: string | null;
}

/** One change of one session, in the store's own terms. */
export type SessionEdit =
  | { readonly kind: 'append'; readonly key: string; readonly role: string; readonly content: string }
  | { readonly kind: 'update-last'; readonly key: string; readonly role: string; readonly content: string }
  | { readonly kind: 'remove-last'; readonly key: string }
  | { readonly kind: 'remove-messages'; readonly key: string; readonly positions: readonly number[] }
  | { readonly kind: 'clear'; readonly key: string }
  /** `idleBefore`: only while its last activity lies before this (text comparison) and it is not running. */
  | { readonly kind: 'delete'; readonly key: string; readonly idleBefore?: string }
  | { readonly kind: 'compact'; readonly key: string; readonly duplicates: boolean }
  /** Stores with `capabilities.names` only. */
  | { readonly kind: 'rename'; readonly key: string; readonly name: string | null }
  /** Stores with `capabilities.states` only. */
  | { readonly kind: 'state'; readonly key: string; readonly state: string; readonly turnId: string | null }
  /** A session that must not exist yet. `lastActivity`: RFC 3339. Batches are asked for one after the other. */
  | {
      readonly kind: 'create';
      readonly key: string;
      readonly lastActivity: string | null;
      readonly name: string | null;
      readonly messages: () => AsyncIterable<readonly NewMessage[]>;
    }
  /** SQLite: one session's share of "compact store": its count, its orphans. */
  | { readonly kind: 'repair'; readonly key: string; readonly orphans: OrphanChoice };

/** What an edit did, or would do. */
export interface EditReport {
  /** False: there was nothing to do, and nothing was written. */
  readonly changed: boolean;
  /** Messages removed or written. */
  readonly messages: number;
  /** Bytes by which the session's content shrinks or grows. */
  readonly bytes: number;
  readonly notes: readonly string[];
  /** The first 1,000. */
  readonly dropped: readonly DroppedLine[];
  readonly droppedCount: number;
}

export interface EditOptions {
  readonly signal?: AbortSignal;
}

/** Whether a journaled change can be taken back (or made again) as the store is now. */
export type Reversal =
  | { readonly kind: 'ready' }
  /** The store is not as the change left it. Without choices nothing is safe. */
  | { readonly kind: 'conflict'; readonly message: string; readonly choices: readonly ReversalChoice[] };

/** Which side of a change a store is on. */
export type ChangeSide = 'before' | 'after';

/**
 * The write side of one store. Callers hold the store's lock (journal/storeLock.ts) around every call but `plan` and
 * `check`, so that no two processes of ours write one store at the same time; agents do not know of that lock.
 * All methods reject with a `StoreError` in words for a user; then nothing has changed.
 */
export interface StoreWriter {
  /** What `apply` would do. Reads only. */
  plan(edit: SessionEdit, options?: EditOptions): Promise<EditReport>;
  /**
   * Journals the before-image through `recorder` (flushed by its `start`), then changes the store, then calls `finish`.
   * An edit that has nothing to do starts nothing. Aborting leaves the session as it was.
   */
  apply(edit: SessionEdit, recorder: ItemRecorder, options?: EditOptions): Promise<EditReport>;
  check(item: JournalItem, direction: Direction): Promise<Reversal>;
  /**
   * Takes a change back (undo) or makes it again (redo). Rejects with code `conflict` when `check` would not say `ready`
   * and `choice` is none of its choices. The caller has set the item's status to `undoing` / `redoing` and sets it to
   * `undone` / `done` afterwards. Resolves to the new key where `other-key` was chosen.
   */
  reverse(item: JournalItem, direction: Direction, choice?: ReversalChoiceId): Promise<{ readonly newKey?: string }>;
  /**
   * After a crash in the middle of `apply` or `reverse` (status `started`, `undoing`, `redoing`): completes or rolls back,
   * removes what was left beside the store, and says on which side of the change the session is now.
   */
  recover(item: JournalItem): Promise<ChangeSide>;
  close(): Promise<void>;
}
