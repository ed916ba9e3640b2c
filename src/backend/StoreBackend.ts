import type { OperationRequest, OperationResult } from '../shared/operations';
import type { SearchAnswer, SearchRequest } from '../shared/search/answer';
import type { SessionMetadata, SessionState, StoreLocation } from '../shared/session';
import { StoreError, type StoreErrorCode } from './errors';
import type { LabelFiles } from './journal/labels';
import type {
  EntryPage,
  IndexProgress,
  ListOptions,
  LoadedMessages,
  Range,
  RawEntry,
  SessionBackend,
  SessionReader,
  StoreCapabilities,
  StoreChange,
} from './SessionBackend';
import type { EditReport, StoreWriter } from './StoreWriter';

/** Runs a request with its journal; `Operations` does. */
export type RunOperation = (request: OperationRequest) => Promise<OperationResult>;

/** Answers a search; `Search` does. */
export type RunSearch = (request: SearchRequest) => Promise<SearchAnswer>;

/** Messages that a search of sessions hands out at the most: enough to find the sessions in the order of rank. */
const SEARCHED_HITS = 1000;

type NewMessage = { readonly role: string; readonly content: string };

/** A store as a whole: what its reader reads, with our own names and pins, and changes that go through the journal. */
export class StoreBackend implements SessionBackend {
  readonly location: StoreLocation;
  readonly capabilities: StoreCapabilities;

  constructor(
    private readonly reader: SessionReader,
    readonly writer: StoreWriter,
    private readonly labels: LabelFiles,
    private readonly run: RunOperation,
    private readonly searchFor: RunSearch,
  ) {
    this.location = reader.location;
    this.capabilities = reader.capabilities;
  }

  listSessions(): Promise<string[]> {
    return this.reader.listSessions();
  }

  async listSessionsWithMetadata(options: ListOptions = {}): Promise<SessionMetadata[]> {
    const { onBatch } = options;
    const labelled = onBatch && { onBatch: (batch: readonly SessionMetadata[]) => onBatch(this.withLabels(batch)) };
    return this.withLabels(await this.reader.listSessionsWithMetadata({ ...options, ...labelled }));
  }

  exists(key: string): Promise<boolean> {
    return this.reader.exists(key);
  }

  load(key: string, range?: Range): Promise<LoadedMessages> {
    return this.reader.load(key, range);
  }

  async getSessionName(key: string): Promise<string | null> {
    return (await this.reader.getSessionName(key)) ?? this.labels.of(this.location).get(key)?.name ?? null;
  }

  getSessionState(key: string): Promise<SessionState | null> {
    return this.reader.getSessionState(key);
  }

  async listRunningSessions(): Promise<SessionMetadata[]> {
    return this.withLabels(await this.reader.listRunningSessions());
  }

  async listStuckSessions(thresholdSeconds: number): Promise<SessionMetadata[]> {
    return this.withLabels(await this.reader.listStuckSessions(thresholdSeconds));
  }

  async getSession(key: string, detail?: 'quick' | 'full'): Promise<SessionMetadata | null> {
    const session = await this.reader.getSession(key, detail);
    return session && (this.withLabels([session])[0] ?? null);
  }

  entries(key: string, range: Range): Promise<EntryPage> {
    return this.reader.entries(key, range);
  }

  rawEntry(key: string, row: number): Promise<RawEntry> {
    return this.reader.rawEntry(key, row);
  }

  watch(listener: (change: StoreChange) => void, onProgress?: (progress: IndexProgress) => void): { dispose(): void } {
    return this.reader.watch(listener, onProgress);
  }

  async close(): Promise<void> {
    await this.writer.close();
    await this.reader.close();
  }

  append(key: string, message: NewMessage): Promise<EditReport> {
    const { role, content } = message;
    return this.edit({ operation: 'append', store: this.location, key, role, content });
  }

  removeLast(key: string): Promise<EditReport> {
    return this.edit({ operation: 'remove-last', store: this.location, key });
  }

  updateLast(key: string, message: NewMessage): Promise<EditReport> {
    const { role, content } = message;
    return this.edit({ operation: 'update-last', store: this.location, key, role, content });
  }

  clearMessages(key: string): Promise<EditReport> {
    return this.edit({ operation: 'clear', store: this.location, keys: [key] });
  }

  compact(key: string, { duplicates = false }: { readonly duplicates?: boolean } = {}): Promise<EditReport> {
    return this.edit({ operation: 'compact', store: this.location, keys: [key], duplicates });
  }

  async search(query: string, limit = 50): Promise<SessionMetadata[]> {
    if (query.trim() === '') return this.listSessionsWithMetadata();
    const scope = { kind: 'stores', stores: [this.location] } as const;
    const answer = await this.searchFor({ query, scope, order: 'rank', limit: SEARCHED_HITS });
    const [failure] = answer.skipped.filter(({ key }) => key === undefined);
    // One store only: what keeps it from being searched is this call's failure, not an empty list.
    if (failure) throw new StoreError(failure.code as StoreErrorCode, failure.message);
    const sessions = await Promise.all(answer.sessions.slice(0, limit).map(({ key }) => this.getSession(key)));
    return sessions.filter((session) => session !== null);
  }

  cleanupStale(ttlHours: number): Promise<OperationResult> {
    return this.run({ operation: 'cleanup', store: this.location, idleHours: ttlHours });
  }

  async deleteSession(key: string): Promise<boolean> {
    if (!(await this.reader.exists(key))) return false;
    return (await this.edit({ operation: 'delete', store: this.location, keys: [key] })).changed;
  }

  setSessionName(key: string, name: string | null): Promise<EditReport> {
    return this.edit({ operation: 'rename', store: this.location, key, name });
  }

  setSessionState(key: string, state: string, turnId: string | null = null): Promise<EditReport> {
    return this.edit({ operation: 'state', store: this.location, keys: [key], state, turnId });
  }

  /** A request about one session; its failure is this call's. */
  private async edit(request: OperationRequest & ({ key: string } | { keys: readonly string[] })): Promise<EditReport> {
    const { sessions, failures, skipped, dropped, droppedCount } = await this.run(request);
    const [failure] = failures;
    if (failure) throw new StoreError(failure.code as StoreErrorCode, failure.message);
    const [session] = sessions;
    if (session) {
      const { messages, bytes, notes } = session;
      return { changed: true, messages, bytes, notes, dropped, droppedCount };
    }
    const key = 'key' in request ? request.key : (request.keys[0] ?? '');
    if (!(await this.reader.exists(key))) {
      throw new StoreError('no-such-session', `There is no session ${key} in ${this.location.path}.`);
    }
    const notes = skipped.map(({ reason }) => reason);
    return { changed: false, messages: 0, bytes: 0, notes, dropped: [], droppedCount: 0 };
  }

  private withLabels(sessions: readonly SessionMetadata[]): SessionMetadata[] {
    const labels = this.labels.of(this.location);
    if (labels.size === 0) return [...sessions];
    return sessions.map((session) => {
      const label = labels.get(session.key);
      if (!label) return session;
      const name = session.name === null && label.name !== undefined;
      return {
        ...session,
        ...(name ? { name: label.name, nameIsLocal: true as const } : {}),
        ...(label.kept ? { kept: true as const } : {}),
      };
    });
  }
}
