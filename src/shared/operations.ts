/**
 * What can be done to a store, what it will do, what it has done and how it is taken back: the words that backend,
 * service, commands and command line share. Types only.
 */
import type { StoreLocation } from './session';

export type OperationKind =
  | 'rename'
  | 'keep'
  | 'append'
  | 'update-last'
  | 'remove-last'
  | 'remove-messages'
  | 'clear'
  | 'state'
  | 'compact'
  | 'compact-store'
  | 'migrate'
  | 'export'
  | 'cleanup'
  | 'delete';

/** What becomes of a session whose key the target of a migration has already. */
export type ExistingKey = 'skip' | 'append-missing' | 'other-key';
/** What becomes of messages without a row in `session_metadata`, which zeroclaw does not list. */
export type OrphanChoice = 'leave' | 'adopt' | 'remove';

interface OfStore {
  readonly store: StoreLocation;
}
interface OfSession extends OfStore {
  readonly key: string;
}
interface OfSessions extends OfStore {
  readonly keys: readonly string[];
}

/** One operation as it is asked for. */
export type OperationRequest =
  /** `null` takes the name away. In a store that keeps no names it is kept in the data folder. */
  | ({ readonly operation: 'rename'; readonly name: string | null } & OfSession)
  /** A kept (pinned) session is never cleaned up. */
  | ({ readonly operation: 'keep'; readonly kept: boolean } & OfSessions)
  | ({ readonly operation: 'append'; readonly role: string; readonly content: string } & OfSession)
  | ({ readonly operation: 'update-last'; readonly role: string; readonly content: string } & OfSession)
  /** A tool call goes together with its results. */
  | ({ readonly operation: 'remove-last' } & OfSession)
  /** `positions` count messages from 0. A tool call goes together with its results. */
  | ({ readonly operation: 'remove-messages'; readonly positions: readonly number[] } & OfSession)
  | ({ readonly operation: 'clear' } & OfSessions)
  /** zeroclaw's `set_session_state`; `idle` resets turn and start too. */
  | ({ readonly operation: 'state'; readonly state: string; readonly turnId: string | null } & OfSessions)
  /** JSONL: drops unreadable lines, and repeated blocks where `duplicates` asks for it. */
  | ({ readonly operation: 'compact'; readonly duplicates: boolean } & OfSessions)
  /** JSONL: every session of the folder. SQLite: counts, orphans, full-text index, on request the file itself. */
  | ({
      readonly operation: 'compact-store';
      readonly duplicates: boolean;
      readonly orphans: OrphanChoice;
      readonly vacuum: boolean;
    } & OfStore)
  /** JSONL to SQLite. `keys` undefined: every session. `target` undefined: `sessions.db` in the same folder. */
  | ({
      readonly operation: 'migrate';
      readonly keys: readonly string[] | undefined;
      readonly target: string | undefined;
      readonly existing: ExistingKey;
    } & OfStore)
  /** SQLite to JSONL. `target` undefined: the folder of the database. */
  | ({
      readonly operation: 'export';
      readonly keys: readonly string[] | undefined;
      readonly target: string | undefined;
      readonly existing: ExistingKey;
    } & OfStore)
  /** Deletes what has been idle for longer, never what is running or kept. */
  | ({ readonly operation: 'cleanup'; readonly idleHours: number } & OfStore)
  | ({ readonly operation: 'delete' } & OfSessions);

/** One session of a preview. */
export interface PlannedSession {
  readonly key: string;
  /** Name, else first words, else key. */
  readonly label: string;
  /** Messages that will be removed, or that will be written. */
  readonly messages: number;
  readonly bytes: number;
  /** What else there is to say of it: "2 unreadable lines", "a tool call with its 2 results". */
  readonly notes: readonly string[];
  /** Why care is due: it is running, or an agent holds it in memory. */
  readonly warnings: readonly string[];
}

export interface SkippedSession {
  readonly key: string;
  readonly label: string;
  /** Why, in words: "running", "kept", "in the target already". */
  readonly reason: string;
}

/** What an operation would do. Making one changes nothing. */
export interface OperationPlan {
  readonly operation: OperationKind;
  readonly sessions: readonly PlannedSession[];
  readonly skipped: readonly SkippedSession[];
  readonly messages: number;
  readonly bytes: number;
  /** What concerns the operation as a whole, each a sentence. */
  readonly warnings: readonly string[];
  /** Further facts for the question: "3 message counts are wrong", each a sentence. */
  readonly notes: readonly string[];
}

export interface OperationProgress {
  /** Sessions finished, of how many. */
  readonly done: number;
  readonly total: number;
  /** The session that is worked on. */
  readonly key: string;
}

/** A line or row that a compaction dropped. */
export interface DroppedLine {
  readonly key: string;
  /** "line 12", "row 3401" */
  readonly place: string;
  readonly bytes: number;
  readonly reason: string;
}

export interface SessionResult {
  readonly key: string;
  readonly label: string;
  readonly messages: number;
  readonly bytes: number;
  readonly notes: readonly string[];
  /** Key under which it is found afterwards, where that is another one. */
  readonly newKey?: string;
  /** Hash over all messages (role and content), read back from where they were written: the receipt of a migration. */
  readonly hash?: string;
}

export interface FailedSession {
  readonly key: string;
  readonly label: string;
  readonly code: string;
  readonly message: string;
}

export interface OperationResult {
  readonly operation: OperationKind;
  /** Journal entry that takes it back; `null` when nothing has changed. */
  readonly entry: number | null;
  readonly sessions: readonly SessionResult[];
  readonly skipped: readonly SkippedSession[];
  readonly failures: readonly FailedSession[];
  readonly messages: number;
  readonly bytes: number;
  /** The first 1,000. */
  readonly dropped: readonly DroppedLine[];
  readonly droppedCount: number;
  readonly notes: readonly string[];
  /** True when it was cancelled: the sessions above are finished, the others untouched. */
  readonly cancelled: boolean;
  /** One sentence for the notification. */
  readonly summary: string;
}

export type Direction = 'undo' | 'redo';

/** `keep-new`: take the change back and keep what has come since. `other-key`: under a new key. `overwrite`: anyhow. */
export type ReversalChoiceId = 'keep-new' | 'other-key' | 'overwrite';

export interface ReversalChoice {
  readonly id: ReversalChoiceId;
  readonly label: string;
  readonly description: string;
}

export interface ReverseRequest {
  readonly entry: number;
  /** One session of the entry; absent: all of them. */
  readonly item?: number;
  readonly choice?: ReversalChoiceId;
}

/** What came of an undo or redo. A conflict has changed nothing for that session. */
export interface ReverseResult {
  readonly direction: Direction;
  readonly entry: number;
  readonly reversed: readonly SessionResult[];
  readonly conflicts: readonly (FailedSession & { readonly choices: readonly ReversalChoice[] })[];
  readonly failures: readonly FailedSession[];
  readonly summary: string;
}

export type ItemStatus = 'prepared' | 'started' | 'done' | 'undoing' | 'undone' | 'redoing';

/** One changed session of a journal entry. */
export interface HistoryItem {
  readonly id: number;
  readonly key: string;
  readonly label: string;
  readonly status: ItemStatus;
  readonly messages: number;
  readonly bytes: number;
  /** The before-image has been purged: it cannot be undone any more. */
  readonly purged: boolean;
}

export interface HistoryEntry {
  readonly id: number;
  /** RFC 3339. */
  readonly at: string;
  readonly operation: OperationKind;
  readonly store: StoreLocation;
  /** What was done, in words. */
  readonly summary: string;
  /** How many sessions were meant; more than there are items when it was cut short. */
  readonly planned: number;
  readonly items: readonly HistoryItem[];
}

/** A deleted session that can be restored. */
export interface TrashItem {
  readonly entry: number;
  readonly item: number;
  readonly at: string;
  readonly store: StoreLocation;
  readonly key: string;
  readonly label: string;
  readonly messages: number;
  readonly bytes: number;
}

/** Something left over by a process that was killed, and what became of it. */
export interface Recovery {
  readonly entry: number;
  readonly store: StoreLocation;
  readonly key: string;
  readonly operation: OperationKind;
  readonly outcome: 'completed' | 'rolled-back';
  readonly message: string;
}
