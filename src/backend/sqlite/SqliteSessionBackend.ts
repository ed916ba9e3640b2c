import * as os from 'node:os';
import * as path from 'node:path';
import type { SessionMetadata, SessionState, StoreLocation } from '../../shared/session';
import { StoreError } from '../errors';
import type {
  BackendContext,
  EntryPage,
  IndexProgress,
  ListOptions,
  LoadedMessages,
  Range,
  RawEntry,
  SessionReader,
  StoreCapabilities,
  StoreChange,
} from '../SessionBackend';
import { loadSqlite } from './binding';
import { DatabaseConnection, type Reader, type Work } from './connection';
import { DatabaseWatcher } from './databaseWatcher';
import { keyParameter } from './keys';
import { Messages } from './messages';
import { type MetadataEntry, readMetadata } from './metadataRows';
import { Positions } from './positions';
import { SessionCache } from './sessionCache';
import { SessionList } from './sessionList';
import { messageExists, metadataExists } from './statements';

export interface SqliteOptions {
  /** The user's own build of the native binding; empty or absent: the one that ships with the extension. */
  readonly bindingPath?: string;
  /** Milliseconds for which a database that another program has locked is waited for (default 5000, as zeroclaw). */
  readonly busyTimeout?: number;
}

const defaultBusyTimeout = 5000;

/**
 * The read side of zeroclaw's `sessions.db` (0.4.3 and newer). Changes no byte of the store; beside a running agent
 * it sees every committed row, those in the write-ahead log too. How that is done: openDatabase.ts.
 */
export class SqliteSessionBackend implements SessionReader {
  readonly capabilities: StoreCapabilities = {
    write: true,
    search: true,
    names: true,
    states: true,
    messageTimes: true,
  };
  private readonly cache: SessionCache;
  private readonly list: SessionList;
  private readonly messages: Messages;
  private readonly watcher: DatabaseWatcher;

  private constructor(
    readonly location: StoreLocation,
    private readonly context: BackendContext,
    private readonly connection: DatabaseConnection,
  ) {
    this.cache = new SessionCache(Math.floor(context.now()));
    this.list = new SessionList(connection, this.cache);
    this.messages = new Messages(connection, this.cache, new Positions(this.cache));
    this.watcher = new DatabaseWatcher(location.path, connection, this.cache, context);
  }

  /**
   * Loads SQLite and prepares the backend; rejects with `sqlite-unavailable` where that cannot be. The file is opened
   * by the first method that needs it: a database that is busy, missing or damaged now may be right a moment later.
   */
  static async open(
    location: StoreLocation,
    context: BackendContext,
    options: SqliteOptions = {},
  ): Promise<SqliteSessionBackend> {
    const library = await loadSqlite(options.bindingPath);
    const connection = new DatabaseConnection(location.path, {
      library,
      copyFolder: context.dataFolder ? path.join(context.dataFolder, 'copies') : os.tmpdir(),
      busyTimeout: options.busyTimeout ?? defaultBusyTimeout,
    });
    return new SqliteSessionBackend(location, context, connection);
  }

  /** What has been asked of the database so far. */
  get work(): Readonly<Work> {
    return this.connection.work;
  }

  listSessions(): Promise<string[]> {
    this.watcher.ensure();
    return this.list.keys();
  }

  listSessionsWithMetadata(options: ListOptions = {}): Promise<SessionMetadata[]> {
    this.watcher.ensure();
    return options.detail === 'quick' ? this.list.quick(options) : this.list.full(options);
  }

  /** True for a session with metadata or with messages; zeroclaw asks for the former only. */
  exists(key: string): Promise<boolean> {
    return this.connection.run((reader) => exists(reader, key));
  }

  load(key: string, range?: Range): Promise<LoadedMessages> {
    return this.messages.load(key, range);
  }

  /** `null` where there is none, or where it is not text. */
  async getSessionName(key: string): Promise<string | null> {
    return (await this.metadata(key, true))?.session.name ?? null;
  }

  /** `null` for an unknown key, without metadata, and in a database older than 0.6.5. */
  async getSessionState(key: string): Promise<SessionState | null> {
    const entry = await this.metadata(key, false);
    if (!entry || entry.session.state === null) return null;
    const { state, turnId, turnStartedAt } = entry.session;
    return { state, turnId, turnStartedAt };
  }

  listRunningSessions(): Promise<SessionMetadata[]> {
    return this.list.running();
  }

  listStuckSessions(thresholdSeconds: number): Promise<SessionMetadata[]> {
    return this.list.stuck(thresholdSeconds, this.context.now());
  }

  getSession(key: string): Promise<SessionMetadata | null> {
    this.watcher.ensure();
    return this.list.one(key);
  }

  entries(key: string, range: Range): Promise<EntryPage> {
    return this.messages.entries(key, range);
  }

  rawEntry(key: string, row: number): Promise<RawEntry> {
    return this.messages.raw(key, row);
  }

  /** A database needs no index of ours: there is no progress to report. */
  watch(listener: (change: StoreChange) => void, _onProgress?: (progress: IndexProgress) => void): { dispose(): void } {
    return this.watcher.watch(listener);
  }

  /** Closes the file for now, for who needs it alone; the next read opens it again. */
  release(): void {
    this.connection.release();
  }

  async close(): Promise<void> {
    this.watcher.dispose();
    this.connection.close();
  }

  private metadata(key: string, mustExist: boolean): Promise<MetadataEntry | undefined> {
    return this.connection.run((reader) => {
      const entry = readMetadata(reader, keyParameter(key));
      if (mustExist && !entry && !exists(reader, key)) {
        throw new StoreError('no-such-session', `There is no session ${key} in ${this.location.path}.`);
      }
      return entry;
    });
  }
}

function exists(reader: Reader, key: string): boolean {
  const parameter = keyParameter(key);
  const { schema } = reader;
  if (schema.metadata && reader.get(metadataExists(parameter), parameter.value)) return true;
  return schema.messages && reader.get(messageExists(parameter), parameter.value) !== undefined;
}
