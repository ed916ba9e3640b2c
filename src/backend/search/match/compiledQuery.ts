/** A query that is ready to be held against messages. `compileQuery` makes it; it is made anew in each worker. */
import type { HitPart, TextRange } from '../../../shared/search/answer';
import type { Query, Term } from '../../../shared/search/query';

/** A message as it stands in its store. */
export interface StoredMessage {
  readonly role: string;
  /** For `in:raw` queries of a JSONL store: the line. */
  readonly content: string;
  /** RFC 3339, or `null` where the store keeps none; then the session's bits answer `after:` and `before:`. */
  readonly createdAt: string | null;
  /** Truth of the session terms for its session (`StoreQuery.sessions`); 0 where there are none. */
  readonly bits: number;
  /** Name of the tool that a result answers: of the nearest earlier call with that id in its session. Asked for `tool:` only. */
  toolOfCall(id: string): string | null;
}

/** The words of a hit. */
export interface HitText {
  readonly part: HitPart;
  readonly tool?: string;
  readonly snippet: string;
  readonly ranges: readonly TextRange[];
}

export interface CompiledQuery {
  readonly query: Query;
  /** True when only unreadable rows can match (`has:problem`). */
  readonly wantsUnreadable: boolean;
  /**
   * False only when no message with this stored content can match: a fast look before the content is parsed. `content` is
   * what a row or a line's `content` holds.
   */
  mayMatch(content: string): boolean;
  /**
   * For text with many JSONL lines: a global regular expression with at least one match in each line that may match (none
   * of its matches holds a line feed); `null`: each line must be looked at.
   */
  readonly lineFilter: RegExp | null;
  matches(message: StoredMessage): boolean;
  /** Of a message that matches. */
  hitText(message: StoredMessage): HitText;
  /** Raw text of an unreadable line or row. */
  matchesUnreadable(text: string, bits: number): boolean;
  hitTextOfUnreadable(text: string): HitText;
  /** The session itself: its name and key as texts. False for queries that ask for something only messages have. */
  matchesSession(name: string | null, key: string, bits: number): boolean;
  hitTextOfSession(name: string | null, key: string): HitText;
}

/** What session terms are held against. */
export interface SessionFacts {
  readonly key: string;
  /** Stored or local name. Not the title: a list may not know it. */
  readonly name: string | null;
  readonly storeLabel: string;
  readonly storePath: string;
  readonly state: string | null;
  readonly createdAt: string | null;
  readonly lastActivity: string | null;
  /** Whether messages of this store carry their own time. */
  readonly messageTimes: boolean;
}

/** Terms that a session decides, in the order of the query; at most 30 are allowed. */
export type SessionTerms = readonly Term[];
