import { conversationRow } from '../backend/content/rows';
import { StoreError } from '../backend/errors';
import type { EntryPage, Range, SessionBackend } from '../backend/SessionBackend';
import type { ConversationHeader, RowRange } from '../shared/conversationProtocol';
import type { SessionMetadata, StoreLocation } from '../shared/session';

/** After these pauses (milliseconds) a change that could not be read is tried again: no other event may come. */
const RETRIES = [500, 1000, 2000, 4000, 8000, 16_000];

/** Rows that one notice of a change carries at most; the page asks for the others when it shows them. */
const ROWS_PER_CHANGE = 200;

/** What a feed tells its viewer. */
export interface FeedEvents {
  changed(header: ConversationHeader, range: RowRange): void;
  indexing(done: number): void;
  gone(message: string): void;
  /** A change that could not be read. */
  failed(error: unknown): void;
}

export function rowRange(page: EntryPage, requested: number): RowRange {
  return {
    generation: page.generation,
    total: page.total,
    complete: page.complete,
    first: page.entries[0]?.row ?? Math.max(0, Math.min(requested, page.total)),
    rows: page.entries.map(conversationRow),
  };
}

/**
 * Keeps one viewer's page in step with the store. After a change it reads from the last row that the viewer knows
 * (which an agent may have rewritten) to the end, so that one appended message costs one message.
 */
export class ConversationFeed {
  private total = 0;
  private generation = 0;
  private complete = true;
  private closed = false;
  private isGone = false;
  private reading = false;
  private readAgain = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private stateTimer: NodeJS.Timeout | undefined;

  /** `backend` is asked anew for each reading: a store may be closed and opened again under an open page. */
  constructor(
    readonly location: StoreLocation,
    readonly key: string,
    private readonly backend: () => Promise<SessionBackend>,
    private readonly events: FeedEvents,
    private readonly header: (session: SessionMetadata) => ConversationHeader,
    /** Milliseconds until the header says something else though nothing has changed; `null`: never. */
    private readonly headerLasts: (session: SessionMetadata) => number | null,
  ) {}

  private describe(session: SessionMetadata): ConversationHeader {
    clearTimeout(this.stateTimer);
    const wait = this.closed ? null : this.headerLasts(session);
    if (wait !== null) this.stateTimer = setTimeout(() => void this.refresh(), wait).unref();
    return this.header(session);
  }

  /** First rows of the page. `null`: there is no such session. */
  async open(range: Range): Promise<{ header: ConversationHeader; range: RowRange } | null> {
    // What changes meanwhile is told after the answer: before it, the answer would put the page back.
    this.reading = true;
    try {
      const backend = await this.backend();
      const session = await backend.getSession(this.key, 'quick');
      if (!session) return null;
      const page = await backend.entries(this.key, range);
      this.remember(page);
      return { header: this.describe(session), range: rowRange(page, range.from) };
    } finally {
      this.reading = false;
      if (this.readAgain) setImmediate(() => void this.refresh());
    }
  }

  private remember(page: EntryPage): void {
    this.total = page.total;
    this.generation = page.generation;
    this.complete = page.complete;
  }

  /** The store says that this session may have changed. Calls that come while one is read are one more read. */
  async refresh(): Promise<void> {
    this.readAgain = true;
    if (this.reading) return;
    this.reading = true;
    clearTimeout(this.retry);
    try {
      while (this.readAgain && !this.closed) {
        this.readAgain = false;
        await this.readChange().then(
          () => (this.failures = 0),
          (error: unknown) => this.fail(error),
        );
      }
    } finally {
      this.reading = false;
    }
  }

  private fail(error: unknown): void {
    if (this.closed) return;
    this.events.failed(error);
    const pause = RETRIES[this.failures++];
    clearTimeout(this.retry);
    if (pause !== undefined) this.retry = setTimeout(() => void this.refresh(), pause).unref();
  }

  /** The session, `null` when it or its store is not there. */
  private async session(backend: SessionBackend): Promise<SessionMetadata | null> {
    try {
      return await backend.getSession(this.key, 'quick');
    } catch (error) {
      if (error instanceof StoreError && error.code === 'not-found') return null;
      throw error;
    }
  }

  private async readChange(): Promise<void> {
    const backend = await this.backend();
    const session = await this.session(backend);
    if (this.closed) return;
    if (!session) {
      if (!this.isGone) this.events.gone('This session is no longer in its store. What is shown here was read before.');
      this.isGone = true;
      return;
    }
    this.isGone = false;
    const wasComplete = this.complete;
    let page = wasComplete
      ? await backend.entries(this.key, { from: Math.max(0, this.total - 1), count: ROWS_PER_CHANGE })
      : await backend.entries(this.key, { from: -ROWS_PER_CHANGE, count: ROWS_PER_CHANGE });
    // Rewritten or shortened: what the viewer knows is void, and its end is what it most likely wants.
    if (wasComplete && (page.generation !== this.generation || page.total < this.total)) {
      page = await backend.entries(this.key, { from: -ROWS_PER_CHANGE, count: ROWS_PER_CHANGE });
    }
    if (this.closed) return;
    const requested = Math.max(0, this.total - 1);
    this.remember(page);
    this.events.changed(this.describe(session), rowRange(page, requested));
  }

  progress(done: number): void {
    if (!this.closed) this.events.indexing(done);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.stateTimer);
  }
}
