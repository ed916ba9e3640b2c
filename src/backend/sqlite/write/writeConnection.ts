import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../errors';
import type { SqliteDatabase, SqliteLibrary } from '../binding';
import { isBusy, isSchemaError } from '../sqliteErrors';
import { toWriteError } from './writeErrors';
import { checkUserVersion, probeWriteSchema, type WriteSchema } from './writeSchema';

/*
 * How a store is written beside a running agent:
 *
 * - Every change is one IMMEDIATE transaction. SQLite's own waiting would block this process, so it waits 20 ms at a
 *   time and the rest is waited for between attempts.
 * - An agent that waits for us asks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100, 100 ... ms (SQLite's busy
 *   handler). Transactions one right after the other would look like one long lock to it, so after a while without a
 *   pause that is long enough for it to ask, the next one waits.
 * - The journal mode is the database's own; settings of a connection (`trusted_schema`: FTS5 counts as innocuous, its
 *   triggers work without; `mmap_size` 0: a file that is cut short is an error, not a SIGBUS) leave nothing in the file.
 * - A link to a database is followed, as zeroclaw and SQLite do: the file is changed in place, never replaced.
 * - The last connection to close moves the log into the main file and removes it, as zeroclaw's does. One that has
 *   written nothing leaves both as they were: a second, read-only connection is open while it closes.
 */

export interface WriteConnectionOptions {
  readonly library: SqliteLibrary;
  /** Milliseconds for which a lock of another program is waited for (default 10,000). */
  readonly busyTimeout?: number;
  /** Milliseconds after the last use at which the file is closed (default 1,000): we keep no log alive for longer. */
  readonly idleTimeout?: number;
}

/** What the work in a transaction gets. */
export type Work<T> = (database: SqliteDatabase, schema: WriteSchema) => T;

export interface TransactionOptions {
  /** Value of `epoch` when what is changed was looked at: another file by now rejects with `replaced`. */
  readonly epoch?: number;
}

interface Session {
  readonly database: SqliteDatabase;
  readonly identity: string;
  schemaVersion: number | undefined;
  schema: WriteSchema | undefined;
  wrote: boolean;
  /** We move the log into the main file ourselves when it has grown, instead of SQLite within COMMIT. */
  readonly keepsLog: boolean;
}

const lockTimeout = 20;
const firstPause = 2;
const longestPause = 25;
/** Milliseconds of locking without a pause after which the next transaction waits. */
const longestStreak = 40;
/** Milliseconds for which a commit waits for readers, in a database without a write-ahead log. */
const commitPatience = 100;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** How long an agent that has waited for `streak` ms may take until it asks again. */
function pauseAfter(streak: number): number {
  if (streak < 120) return 30;
  return streak < 220 ? 60 : 110;
}

function identityOf(file: string): string {
  const stats = fs.statSync(file, { bigint: true });
  return `${stats.dev}:${stats.ino}`;
}

/** Refuses what cannot be written before SQLite makes files beside it. */
function checkWritable(file: string): void {
  const stats = fs.statSync(file);
  if (!stats.isFile())
    throw new StoreError('not-a-database', `${file} is not a regular file, so it is not a database.`);
  for (const [target, what] of [
    [file, 'the file'],
    [path.dirname(fs.realpathSync(file)), 'its folder'],
  ] as const) {
    try {
      fs.accessSync(target, fs.constants.W_OK);
    } catch (error) {
      throw new StoreError('read-only', `${file} cannot be changed: ${what} is read-only for this user.`, {
        cause: error,
      });
    }
  }
}

/** The connection through which a store is changed: opened when it is needed, closed when it is not used for a while. */
export class WriteConnection {
  /** Longest time for which the write lock was held, in milliseconds. */
  longestHold = 0;
  /** Changes when the file has been opened again: it may be another one. */
  epoch = 0;
  #session: Session | undefined;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;
  #identity: string | undefined;
  #openings = 0;
  #commits = 0;
  #streak = 0;
  #released = 0;

  constructor(
    readonly file: string,
    private readonly options: WriteConnectionOptions,
  ) {}

  /**
   * Runs `change` in one IMMEDIATE transaction and commits. It is synchronous, holds the write lock (250 ms at the most,
   * aim at 40) and may be called again when a commit had to be taken back. Whatever it throws is rolled back and passed
   * on, as a `StoreError`.
   */
  async transaction<T>(change: Work<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#patiently(async () => {
      await this.#givePrecedence();
      return this.#write(this.#current(options), change);
    });
  }

  /** Runs `read` in one transaction that sees a single state of the database. It must not write. */
  async read<T>(read: Work<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#patiently(async () => {
      const session = this.#current(options);
      session.database.exec('BEGIN');
      try {
        return read(session.database, this.#schema(session));
      } finally {
        if (session.database.inTransaction) session.database.exec('ROLLBACK');
      }
    });
  }

  /** Inside `read` or `transaction`: the same as before exactly when nothing at all has been committed since. */
  stamp(): string {
    const version = this.#session?.database.pragma('data_version', { simple: true });
    return `${this.#openings}:${this.#commits}:${version}`;
  }

  /** Writes the database as it is now, log included, to a new file. Takes no lock that a writer would wait for. */
  async copyTo(target: string): Promise<void> {
    await this.#patiently(async () => {
      // All pages in one step: in several it would begin anew whenever an agent writes between two of them.
      await this.#current({}).database.backup(target, { progress: () => 0x7fffffff });
    });
  }

  /** Closes the file for now; the next use opens it again. */
  release(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    const session = this.#session;
    this.#session = undefined;
    if (!session) return;
    let guard: SqliteDatabase | undefined;
    if (!session.wrote) {
      try {
        guard = this.options.library.open(this.file, { readonly: true, timeout: lockTimeout });
        guard.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
      } catch {
        // Replaced or deleted meanwhile, or never a database: then there is nothing to protect.
      }
    }
    session.database.close();
    guard?.close();
  }

  close(): void {
    this.#closed = true;
    this.release();
  }

  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + (this.options.busyTimeout ?? 10_000);
    let probedAgain = false;
    clearTimeout(this.#idle);
    try {
      for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
        try {
          return await attempt();
        } catch (error) {
          if (isBusy(error) && performance.now() + wait < deadline) await pause(wait);
          else if (isSchemaError(error) && !probedAgain) {
            probedAgain = true;
            if (this.#session) this.#session.schemaVersion = undefined;
          } else throw toWriteError(error, this.file);
        }
      }
    } finally {
      this.#closeWhenIdle();
    }
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.release(), this.options.idleTimeout ?? 1000);
    this.#idle.unref();
  }

  async #givePrecedence(): Promise<void> {
    const since = performance.now() - this.#released;
    const needed = pauseAfter(this.#streak);
    if (since >= needed) this.#streak = 0;
    else if (this.#streak > longestStreak) {
      await pause(needed - since);
      this.#streak = 0;
    }
  }

  #write<T>(session: Session, change: Work<T>): T {
    const { database } = session;
    database.exec('BEGIN IMMEDIATE');
    const began = performance.now();
    try {
      const before = totalChanges(database);
      const result = change(database, this.#schema(session));
      this.#checkIdentity(session);
      const changes = totalChanges(database);
      this.#commit(database);
      // A transaction that has changed nothing is none.
      if (changes !== before) {
        session.wrote = true;
        this.#commits++;
      }
      return result;
    } finally {
      // An error of SQLite's may have ended it already.
      if (database.inTransaction) database.exec('ROLLBACK');
      this.#released = performance.now();
      const held = this.#released - began;
      this.#streak += held;
      this.longestHold = Math.max(this.longestHold, held);
      if (session.keepsLog) moveLog(database);
    }
  }

  #commit(database: SqliteDatabase): void {
    const deadline = performance.now() + commitPatience;
    for (;;) {
      try {
        database.exec('COMMIT');
        return;
      } catch (error) {
        // Without a write-ahead log a commit waits for readers.
        if (!isBusy(error) || !database.inTransaction || performance.now() > deadline) throw error;
      }
    }
  }

  #current({ epoch }: TransactionOptions): Session {
    if (this.#closed) throw new StoreError('write-failed', `${this.file} has been closed.`);
    if (this.#session && this.#session.identity !== identityOf(this.file)) this.release();
    // Opened again is not yet replaced: it may have been closed for having been idle.
    const before = this.#identity;
    this.#session ??= this.#open();
    if (before !== undefined && before !== this.#session.identity) this.epoch++;
    this.#identity = this.#session.identity;
    if (epoch !== undefined && epoch !== this.epoch) throw replaced(this.file);
    return this.#session;
  }

  #open(): Session {
    checkWritable(this.file);
    const identity = identityOf(this.file);
    this.#openings++;
    const database = this.options.library.open(this.file, { readonly: false, timeout: lockTimeout });
    try {
      for (const pragma of ['trusted_schema = 0', 'mmap_size = 0', 'cell_size_check = 1', 'temp_store = 2']) {
        database.exec(`PRAGMA ${pragma}`);
      }
      const mode = database.pragma('journal_mode', { simple: true });
      // As zeroclaw. Without a log it would risk the file when the power fails.
      database.exec(`PRAGMA synchronous = ${mode === 'wal' ? 'NORMAL' : 'FULL'}`);
      const keepsLog = mode === 'wal' && canMeasureLog(database);
      if (keepsLog) database.exec('PRAGMA wal_autocheckpoint = 0');
      const session = { database, identity, schemaVersion: undefined, schema: undefined, wrote: false, keepsLog };
      if (database.readonly) throw new StoreError('read-only', `${this.file} can only be read.`);
      this.#checkIdentity(session);
      return session;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #checkIdentity(session: Session): void {
    if (identityOf(this.file) !== session.identity) throw replaced(this.file);
  }

  #schema(session: Session): WriteSchema {
    const { database } = session;
    const version = Number(database.pragma('schema_version', { simple: true }));
    if (session.schema && session.schemaVersion === version) {
      checkUserVersion(database, this.file);
      return session.schema;
    }
    session.schema = probeWriteSchema(database, this.file);
    session.schemaVersion = version;
    return session.schema;
  }
}

/** `wal_checkpoint(NOOP)` came with 3.51; an older binding of the user's own would move the log each time. */
function canMeasureLog(database: SqliteDatabase): boolean {
  const [major = 0, minor = 0] = String(database.prepare('SELECT sqlite_version()').pluck().get())
    .split('.')
    .map(Number);
  return major > 3 || (major === 3 && minor >= 51);
}

/**
 * What SQLite does after a commit by which the log has come to 1,000 pages, at the same size and in the same way (nobody
 * waits for it), but after the time for which the write lock is held has been taken.
 */
function moveLog(database: SqliteDatabase): void {
  try {
    const [state] = database.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[];
    if (state && state.log >= 1000 && state.log > state.checkpointed) database.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // As SQLite: the change is made, and another commit tries again.
  }
}

function totalChanges(database: SqliteDatabase): number {
  return Number(database.prepare('SELECT total_changes()').pluck().get());
}

function replaced(file: string): StoreError {
  return new StoreError(
    'replaced',
    `${file} was replaced by another file in the middle of it, so nothing was changed. Look at it again first.`,
  );
}
