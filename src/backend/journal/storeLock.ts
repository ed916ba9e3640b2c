import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type StoreLocation, storeId } from '../../shared/session';
import { StoreError } from '../errors';
import { loadSqlite, type SqliteDatabase } from '../sqlite/binding';
import { isBusy } from '../sqlite/sqliteErrors';
import { identityOf } from './fileIdentity';

const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 20;
/** Milliseconds of holding a lock again and again, as an operation on many sessions does, after which others are let in. */
const STREAK = 1000;
/** For so long: more than the longest pause between two tries of theirs. */
const GIVING_WAY = 25;
/** Milliseconds for which another window's operation is waited for. */
const PATIENCE = 30_000;

export interface HoldOptions {
  readonly signal?: AbortSignal;
  readonly patience?: number;
}

/** For how long a lock has been held without a pause, and when it was let go of last. */
interface Streak {
  held: number;
  released: number;
}

/**
 * One change at a time in each store, over all processes that use the same data folder. The lock is SQLite's own on an
 * empty file in `locks/`: the system lets go of it when the process dies, so none is ever left behind.
 */
export class StoreLocks {
  readonly #databases = new Map<string, { readonly database: SqliteDatabase; readonly identity: string }>();
  readonly #queues = new Map<string, Promise<void>>();
  readonly #streaks = new Map<string, Streak>();

  constructor(
    private readonly dataFolder: string,
    private readonly sqliteBinding?: string,
  ) {}

  /**
   * Runs `work` alone in these stores. Rejects with `busy` when another window has not let go of one after `patience`
   * milliseconds, and with `cancelled` when `signal` is aborted before `work` has begun.
   */
  async hold<T>(
    stores: readonly StoreLocation[],
    work: () => Promise<T>,
    { signal, patience = PATIENCE }: HoldOptions = {},
  ): Promise<T> {
    // Always in the same order, so that two who want both cannot wait for each other.
    const ids = [...new Set(stores.map(storeId))].sort();
    const enter = async (index: number): Promise<T> => {
      const id = ids[index];
      return id === undefined
        ? work()
        : this.#inTurn(id, () => this.#locked(id, () => enter(index + 1), signal, patience));
    };
    return enter(0);
  }

  async #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(id) ?? Promise.resolve();
    const own = before.then(work);
    const settled = own.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(id, settled);
    try {
      return await own;
    } finally {
      if (this.#queues.get(id) === settled) this.#queues.delete(id);
    }
  }

  async #locked<T>(id: string, work: () => Promise<T>, signal: AbortSignal | undefined, patience: number): Promise<T> {
    await this.#giveWay(id);
    const database = await this.#database(id);
    const deadline = performance.now() + patience;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      if (signal?.aborted) throw new StoreError('cancelled', 'Cancelled before anything was changed.');
      try {
        database.exec('BEGIN EXCLUSIVE');
        break;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw lockError(error, id);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    const begin = performance.now();
    try {
      return await work();
    } finally {
      if (database.inTransaction) database.exec('ROLLBACK');
      const released = performance.now();
      this.#streaks.set(id, { held: (this.#streaks.get(id)?.held ?? 0) + released - begin, released });
    }
  }

  /** Who asks now and then would never find the lock free between two sessions of a long operation. */
  async #giveWay(id: string): Promise<void> {
    const streak = this.#streaks.get(id);
    if (!streak) return;
    const needed = GIVING_WAY - (performance.now() - streak.released);
    if (needed > 0 && streak.held < STREAK) return;
    if (needed > 0) await new Promise((resolve) => setTimeout(resolve, needed));
    this.#streaks.delete(id);
  }

  async #database(id: string): Promise<SqliteDatabase> {
    const library = await loadSqlite(this.sqliteBinding);
    const folder = path.join(this.dataFolder, 'locks');
    const file = path.join(folder, `${crypto.createHash('sha256').update(id).digest('hex').slice(0, 32)}.lock`);
    const known = this.#databases.get(id);
    if (known && known.identity === identityOf(file)) return known.database;
    // Deleted or replaced: nobody else would meet us at the open one.
    known?.database.close();
    this.#databases.delete(id);
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      const database = library.open(file, { readonly: false, timeout: 0, create: true });
      this.#databases.set(id, { database, identity: identityOf(file) });
      return database;
    } catch (error) {
      throw lockError(error, id);
    }
  }

  close(): void {
    for (const { database } of this.#databases.values()) database.close();
    this.#databases.clear();
  }
}

function lockError(error: unknown, id: string): StoreError {
  const store = id.replace(/^\w+:/, '');
  if (isBusy(error)) {
    return new StoreError(
      'busy',
      `Another window is changing ${store}. Nothing was changed; try again when it has finished.`,
      { cause: error },
    );
  }
  return new StoreError(
    'journal-unavailable',
    `The data folder cannot be written, so nothing was changed in ${store}: ${error instanceof Error ? error.message : String(error)}.`,
    { cause: error },
  );
}
