/**
 * The contract between the conversation panel (extension host) and its page (webview).
 * The page asks for rows by range; a whole conversation never crosses.
 */
import type { MessageContent } from './content';
import type { FindPattern, Found } from './search/answer';
import type { Problem, SessionOrigin, StoreKind } from './session';

/** One row of the page: one place of the store. `row` counts from 0. */
export type ConversationRow =
  | ({
      readonly kind: 'message';
      readonly row: number;
      readonly role: string;
      /** The store's own time, RFC 3339, or `null`. */
      readonly createdAt: string | null;
      /** Bytes in the store. */
      readonly size: number;
      /** "line 12" or "row 3401". */
      readonly place: string;
    } & MessageContent)
  | {
      readonly kind: 'unreadable';
      readonly row: number;
      readonly place: string;
      readonly reason: string;
      readonly size: number;
      readonly excerpt: string;
    }
  | { readonly kind: 'blank'; readonly row: number };

/** What the header shows. */
export interface ConversationHeader {
  readonly storeId: string;
  readonly storeKind: StoreKind;
  readonly storeLabel: string;
  /** Folder or database file, and for JSONL the session's own file. */
  readonly path: string;
  readonly key: string;
  readonly origin: SessionOrigin;
  /** Name, else title, else key. */
  readonly label: string;
  readonly name: string | null;
  /** idle, running, stuck, error, any other word of the store; `null`: the store keeps none. */
  readonly state: string | null;
  readonly turnStartedAt: string | null;
  readonly createdAt: string | null;
  readonly lastActivity: string | null;
  readonly messageCount: number | null;
  readonly size: number | null;
  /** "telegram", "discord.clamps": where the conversation took place, as far as the store tells. */
  readonly channel: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/** A place in the conversation that the page keeps: the end, or a row and how far (px) its top is below the view's top. */
export type Place = { readonly at: 'end' } | { readonly at: 'row'; readonly row: number; readonly offset: number };

/**
 * What the page marks in the messages that it draws: the texts of a search. Each entry is a pattern; the page unfolds
 * what hides a match in `row`, the row that it is opened at.
 */
export interface Highlight {
  readonly patterns: readonly FindPattern[];
  readonly row: number;
}

/** Rows of one answer: `rows[0]` is row number `first`. `generation` says which state of the file they belong to. */
export interface RowRange {
  readonly generation: number;
  /** Rows in the conversation. While `complete` is false only the last ones are known, and numbered from 0. */
  readonly total: number;
  readonly complete: boolean;
  readonly first: number;
  readonly rows: readonly ConversationRow[];
}

export type ToPage =
  /** A session to show, from nothing or in place of another. `show` numbers it; later messages about another show are stale. */
  | {
      readonly type: 'show';
      readonly show: number;
      readonly header: ConversationHeader;
      readonly range: RowRange;
      readonly place: Place;
      /** The session was opened at a hit of a search. */
      readonly highlight?: Highlight;
    }
  /** Go to a hit in the session that is shown already. */
  | { readonly type: 'goTo'; readonly show: number; readonly highlight: Highlight }
  /** Open the find bar (Ctrl+F in the panel). */
  | { readonly type: 'openFind'; readonly show: number }
  | { readonly type: 'found'; readonly show: number; readonly request: number; readonly found: Found }
  | { readonly type: 'findFailed'; readonly show: number; readonly request: number; readonly message: string }
  /** Loading takes longer than a moment, or failed. */
  | { readonly type: 'loading'; readonly show: number; readonly label: string }
  | {
      readonly type: 'failed';
      readonly show: number;
      readonly label: string;
      readonly message: string;
      /** One button under the sentence. */
      readonly action: 'retry' | 'showLog' | 'close';
    }
  | { readonly type: 'rows'; readonly show: number; readonly request: number; readonly range: RowRange }
  | { readonly type: 'rowsFailed'; readonly show: number; readonly request: number; readonly message: string }
  | { readonly type: 'image'; readonly show: number; readonly request: number; readonly uri: string | null }
  /** The store has changed: `range` holds the rows that are new or may differ, up to the end; same generation: all earlier rows still hold. */
  | { readonly type: 'changed'; readonly show: number; readonly header: ConversationHeader; readonly range: RowRange }
  | { readonly type: 'header'; readonly show: number; readonly header: ConversationHeader }
  /** First indexing of a big file, 0 to 1. */
  | { readonly type: 'indexing'; readonly show: number; readonly done: number }
  /** The session is gone from its store; what is on the page stays. */
  | { readonly type: 'gone'; readonly show: number; readonly message: string }
  /** The outcome of a `copy` request, for the button's feedback. */
  | { readonly type: 'copied'; readonly show: number; readonly request: number };

export type FromPage =
  /** The page is there; `saved` is what it kept when it was hidden or the window reloaded. */
  | { readonly type: 'ready'; readonly saved: SavedPage | null }
  | {
      readonly type: 'requestRows';
      readonly show: number;
      readonly request: number;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly type: 'requestImage';
      readonly show: number;
      readonly request: number;
      readonly row: number;
      readonly index: number;
    }
  /** Find every place of a text in the whole conversation; a newer request takes the place of the one before. */
  | { readonly type: 'find'; readonly show: number; readonly request: number; readonly pattern: FindPattern }
  | { readonly type: 'copy'; readonly show: number; readonly request: number; readonly text: string }
  /** Copy a message's whole content, whatever was cut for the screen. */
  | { readonly type: 'copyMessage'; readonly show: number; readonly request: number; readonly row: number }
  /** Opens the link outside after VS Code's own question; http, https and mailto only. */
  | { readonly type: 'openLink'; readonly show: number; readonly url: string }
  /** The whole message, or the exact record, as a text document. */
  | { readonly type: 'openMessage'; readonly show: number; readonly row: number }
  | { readonly type: 'openRaw'; readonly show: number; readonly row: number }
  | { readonly type: 'openFile'; readonly show: number; readonly path: string }
  | { readonly type: 'revealInTree'; readonly show: number }
  | { readonly type: 'action'; readonly show: number; readonly action: 'retry' | 'showLog' | 'close' }
  /** Milliseconds from the receipt of `show` or `changed` to the frame that draws it, for `Show Performance` and the tests. */
  | {
      readonly type: 'drawn';
      readonly show: number;
      readonly what: 'show' | 'changed';
      readonly milliseconds: number;
      readonly total: number;
    };

/** What the page saves with `setState`, so that a reload of the window restores panel and place. */
export interface SavedPage {
  readonly version: 1;
  readonly storeId: string;
  readonly key: string;
  readonly label: string;
  readonly place: Place;
  readonly find?: SavedFind;
}

/** The find bar, and the patterns of the search that the session was opened from. */
export interface SavedFind {
  readonly open: boolean;
  readonly pattern: FindPattern;
  readonly landed: readonly FindPattern[];
}
