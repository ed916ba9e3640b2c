/**
 * What a store, a session and its messages are, in the words that every part uses.
 * Types and small constants only: this folder imports nothing.
 */

/** How a store keeps its sessions. */
export type StoreKind = 'jsonl' | 'sqlite';

/** One place that holds sessions. `path` is absolute: a folder (jsonl) or a database file (sqlite). */
export interface StoreLocation {
  readonly kind: StoreKind;
  readonly path: string;
  /** `archive`: what the agent's own clean-up moved away and will delete later. */
  readonly role: 'live' | 'archive';
}

/** Stable text for a store, used in ids and in the webview's saved state. */
export function storeId(location: StoreLocation): string {
  return `${location.kind}:${location.path}`;
}

/** The store that an id names, `null` when it is none. The role is not in the id: it is taken as `live`. */
export function storeOfId(id: string): StoreLocation | null {
  const match = /^(jsonl|sqlite):(.+)$/s.exec(id);
  if (!match?.[2]) return null;
  return { kind: match[1] === 'sqlite' ? 'sqlite' : 'jsonl', path: match[2], role: 'live' };
}

export type Severity = 'error' | 'warning' | 'info';

/** What can be wrong with a store, a session or a message. Codes are stable: scripts read them from `list --json`. */
export type ProblemCode =
  | 'unreadable-line' // a JSONL line that the agent rejects
  | 'unreadable-row' // a database row whose role or content is not text
  | 'torn-line' // the last line has no line feed: the next append would glue on to it
  | 'more-problems' // the list of problems was cut; the message says how many there are
  | 'not-a-file' // a directory, FIFO, socket or device named like a session
  | 'dangling-link' // a symbolic link whose target does not exist
  | 'no-permission'
  | 'read-failed' // any other input/output error
  | 'not-loaded-by-agent' // a file name that zeroclaw lists and then loads nothing from
  | 'no-metadata' // messages without a row in session_metadata: zeroclaw hides them
  | 'count-mismatch' // session_metadata.message_count is not the number of messages
  | 'unreadable-date'
  | 'unreadable-metadata'; // a metadata row that zeroclaw drops from its list

/** Something that is on disk and could not be taken at face value: where, and why. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** A sentence for the user: what, where, what it means. */
  readonly message: string;
  /** 1-based line of a JSONL file. */
  readonly line?: number;
  /** Byte offset of that line in its file. */
  readonly offset?: number;
  /** Row id in `sessions` of a database. */
  readonly rowId?: number;
}

/** Where a JSONL session stands in zeroclaw's import into SQLite; `live` for everything else. */
export type SessionOrigin = 'live' | 'migrated' | 'importing';

/** One line of the list. A field that is `undefined` is not known yet (a quick list); `null` means the store holds none. */
export interface SessionMetadata {
  readonly key: string;
  readonly origin: SessionOrigin;
  readonly name: string | null;
  /** The name is ours, kept in the data folder: the store has no place for one, and the agent does not know it. */
  readonly nameIsLocal?: true;
  /** Pinned: never cleaned up. */
  readonly kept?: true;
  /** First words of the first user message, prefixes and markers removed. */
  readonly title?: string | null;
  /** The store's own text (RFC 3339), or `null`. A JSONL file has none and gives its modification time. */
  readonly createdAt: string | null;
  readonly lastActivity: string | null;
  /** Messages that really are there, whatever a counter in the store says. */
  readonly messageCount?: number;
  /** The store's word (`idle`, `running`, `error`, or any other); `null` where the store keeps none. */
  readonly state: string | null;
  readonly turnId: string | null;
  readonly turnStartedAt: string | null;
  /** Bytes of the session's file; `null` in a database. */
  readonly size: number | null;
  /** `agent_alias`, `channel_id`, `room_id`, `sender_id`, as far as the store has them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

export interface SessionState {
  readonly state: string;
  readonly turnId: string | null;
  readonly turnStartedAt: string | null;
}

/** A message as the store holds it. `index` is its position among the session's messages, from 0. */
export interface Message {
  readonly index: number;
  readonly role: string;
  readonly content: string;
  /** The store's own text, `null` where it keeps none (JSONL). */
  readonly createdAt: string | null;
}
