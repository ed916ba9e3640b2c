/**
 * What the extension host may ask of the backend's process, and what that tells by itself.
 * Carried by vscode-jsonrpc, which brings cancellation; every answer is typed here once.
 */
import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { ConversationHeader, RowRange } from '../shared/conversationProtocol';
import type {
  Direction,
  HistoryEntry,
  OperationPlan,
  OperationProgress,
  OperationRequest,
  OperationResult,
  Recovery,
  ReverseRequest,
  ReverseResult,
  TrashItem,
} from '../shared/operations';
import type { FindPattern, Found, IndexState, SearchAnswer, SearchRequest } from '../shared/search/answer';
import type { Span } from '../shared/search/query';
import type { SessionMetadata, StoreLocation } from '../shared/session';

/** Sent with every failed request, so that the host can show words and tell the cases apart. */
export interface ErrorData {
  readonly code: string;
  /** Where in a query the fault is. */
  readonly span?: Span;
}

/** First message to a new process. */
export interface Settings {
  /** Folder for indexes and caches. */
  readonly dataFolder: string;
  /** A user's own build of the SQLite binding; empty: the one that ships. */
  readonly sqliteBinding: string;
  readonly stuckAfterSeconds: number;
  /** False in an untrusted workspace: nothing is changed then. */
  readonly trusted: boolean;
  /** How long what a change took away can be brought back, and how much of it (compressed bytes) is kept. */
  readonly trashDays: number;
  readonly trashBytes: number;
}

export interface DiscoverParams {
  /** Workspace folders. */
  readonly folders: readonly string[];
  /** Paths from the settings. */
  readonly paths: readonly string[];
}

export interface FoundStore {
  readonly location: StoreLocation;
  /** The workspace folder or named path through which it was found. */
  readonly foundIn: string;
}

export interface DiscoverResult {
  readonly stores: readonly FoundStore[];
  /** Named paths and folders that cannot be read, each with words for the user. */
  readonly failures: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

export interface KnownHomeInfo {
  readonly agent: string;
  readonly folder: string;
  readonly stores: readonly StoreLocation[];
}

export interface ListParams {
  readonly store: StoreLocation;
  readonly detail: 'quick' | 'full';
  /** At most so many sessions, the newest; all of them by default. */
  readonly limit?: number;
}

export interface ListResult {
  readonly sessions: readonly SessionMetadata[];
  /** False when there may be more than were asked for. */
  readonly complete: boolean;
}

export interface SessionParams {
  readonly store: StoreLocation;
  readonly key: string;
}

export interface OpenParams extends SessionParams {
  /** Chosen by the caller; names the viewer in `ConversationChanged` and `CloseConversation`. */
  readonly viewer: number;
  /** First row wanted; negative: from the end. */
  readonly from: number;
  readonly count: number;
}

export interface Opened {
  readonly header: ConversationHeader;
  readonly range: RowRange;
}

export interface RowsParams extends SessionParams {
  readonly first: number;
  readonly count: number;
}

export interface RowParams extends SessionParams {
  readonly row: number;
}

export interface RowText {
  /** "line 12", "row 3401" */
  readonly place: string;
  readonly text: string;
  readonly role: string;
  /** False when the bytes were no valid UTF-8. */
  readonly exact: boolean;
}

export interface RunParams {
  /** Chosen by the caller; names the operation in `OperationProgressed`. */
  readonly id: number;
  readonly request: OperationRequest;
}

export interface ReverseParams {
  readonly id: number;
  readonly direction: Direction;
  readonly request: ReverseRequest;
}

export interface Trash {
  readonly items: readonly TrashItem[];
  /** Compressed bytes of everything that the journal keeps. */
  readonly bytes: number;
}

export interface SearchParams {
  /** Chosen by the caller; names the search in `SearchUpdated`. */
  readonly id: number;
  readonly request: SearchRequest;
}

export interface FindParams extends SessionParams {
  readonly pattern: FindPattern;
}

export const Configure = new RequestType<Settings, void, ErrorData>('configure');
export const Discover = new RequestType<DiscoverParams, DiscoverResult, ErrorData>('stores/discover');
export const KnownHomes = new RequestType<Record<string, never>, KnownHomeInfo[], ErrorData>('stores/knownHomes');
/** Forgets a store, so that the next use opens it anew. */
export const Retry = new RequestType<StoreLocation, void, ErrorData>('stores/retry');
export const ListSessions = new RequestType<ListParams, ListResult, ErrorData>('sessions/list');
export const GetSession = new RequestType<SessionParams, SessionMetadata | null, ErrorData>('sessions/get');
export const OpenConversation = new RequestType<OpenParams, Opened, ErrorData>('conversation/open');
export const CloseConversation = new NotificationType<{ viewer: number }>('conversation/close');
export const GetRows = new RequestType<RowsParams, RowRange, ErrorData>('conversation/rows');
export const GetImage = new RequestType<RowParams & { index: number }, string | null, ErrorData>('conversation/image');
/** The whole content of a message. */
export const GetMessage = new RequestType<RowParams, RowText, ErrorData>('conversation/message');
/** The exact record behind a row. */
export const GetRaw = new RequestType<RowParams, RowText, ErrorData>('conversation/raw');

/** What an operation would do; changes nothing. */
export const PlanOperation = new RequestType<OperationRequest, OperationPlan, ErrorData>('operation/plan');
/** Cancelling leaves whole sessions: those that are finished stay changed, and the answer says which. */
export const RunOperation = new RequestType<RunParams, OperationResult, ErrorData>('operation/run');
export const Reverse = new RequestType<ReverseParams, ReverseResult, ErrorData>('operation/reverse');
/** Newest first; `before`: entries older than that one. */
export const GetHistory = new RequestType<{ limit: number; before?: number }, HistoryEntry[], ErrorData>(
  'journal/list',
);
export const GetTrash = new RequestType<Record<string, never>, Trash, ErrorData>('journal/trash');
/** Items of the trash, or all of it. Answers how many went and how many bytes that set free. */
export const PurgeTrash = new RequestType<
  { items: readonly number[] | 'all' },
  { items: number; bytes: number },
  ErrorData
>('journal/purge');

export const OperationProgressed = new NotificationType<{ id: number; progress: OperationProgress }>(
  'operation/progress',
);
/** History or trash are not what they were. */
export const JournalChanged = new NotificationType<Record<string, never>>('journal/changed');
/** What a killed process had left half done was completed or rolled back. */
export const Recovered = new NotificationType<{ recoveries: readonly Recovery[] }>('journal/recovered');

/**
 * The whole answer; what is known in between comes as `SearchUpdated`, each in place of the one before. Fails with
 * `bad-query` and the place of the fault. Cancel it when a new query comes.
 */
export const Search = new RequestType<SearchParams, SearchAnswer, ErrorData>('search/run');
/** Every place of a text in one conversation. */
export const FindInConversation = new RequestType<FindParams, Found, ErrorData>('search/find');
/** Starts threads and reads lists, so that the first key stroke finds them ready. */
export const PrepareSearch = new NotificationType<{ stores: readonly StoreLocation[] }>('search/prepare');
/** Stops or resumes the building of indexes in this window. */
export const PauseIndexing = new NotificationType<{ paused: boolean }>('search/pauseIndexing');

export const SearchUpdated = new NotificationType<{ id: number; answer: SearchAnswer }>('search/updated');
export const SearchIndexing = new NotificationType<IndexState>('search/indexing');

/** The set of stores below the discovered folders may have changed. */
export const StoresChanged = new NotificationType<Record<string, never>>('stores/changed');
/** Sessions of a store have changed; without keys: any of them. */
export const SessionsChanged = new NotificationType<{ storeId: string; keys?: readonly string[] }>('sessions/changed');
/** Part of a full list that takes its time. */
export const SessionsListed = new NotificationType<{ storeId: string; sessions: readonly SessionMetadata[] }>(
  'sessions/listed',
);
export const ConversationChanged = new NotificationType<{
  viewer: number;
  header: ConversationHeader;
  range: RowRange;
}>('conversation/changed');
export const ConversationIndexing = new NotificationType<{ viewer: number; done: number }>('conversation/indexing');
export const ConversationGone = new NotificationType<{ viewer: number; message: string }>('conversation/gone');
export const Log = new NotificationType<{ level: 'info' | 'warning' | 'error'; message: string }>('log');
