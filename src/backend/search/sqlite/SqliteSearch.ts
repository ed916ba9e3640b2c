import * as os from 'node:os';
import * as path from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import type { FindPattern, Found } from '../../../shared/search/answer';
import { compilePattern } from '../../../shared/search/textPattern';
import type { StoreLocation } from '../../../shared/session';
import { StoreError } from '../../errors';
import type { BackendContext } from '../../SessionBackend';
import { loadSqlite } from '../../sqlite/binding';
import { DatabaseConnection } from '../../sqlite/connection';
import { hasExpression } from '../match/compileQuery';
import type { Ranked, ScanCoverage, ScanPart, SearchContext, StoreQuery, StoreSearch } from '../StoreSearch';
import type { SearchPool } from '../workers/SearchPool';
import { Find } from './Find';
import { Scan } from './Scan';
import { StoreChanges } from './StoreChanges';
import { shareQuery } from './sharedQuery';
import type { RankedParams, RankedResult, StoreParams } from './taskTypes';
import { RELEASE_CHANNEL, type ReleaseMessage } from './workerStores';

export interface SqliteSearchOptions {
  readonly location: StoreLocation;
  readonly context: BackendContext;
  readonly sqliteBinding: string | undefined;
  readonly pool: SearchPool;
  readonly search: SearchContext;
  /** The generation in which the rows of a session are numbered now, for `Found`; 0 without it. */
  readonly generation?: (key: string) => Promise<number>;
  /** Milliseconds for which a database that another program has locked is waited for (default 5000). */
  readonly busyTimeout?: number;
}

const BUSY_TIMEOUT = 5000;
/** Milliseconds for which `close` waits until the threads have let go of the file. */
const RELEASE_PATIENCE = 1000;

interface Opened {
  readonly connection: DatabaseConnection;
  readonly changes: StoreChanges;
}

/**
 * The search of zeroclaw's `sessions.db`: first hits from its own full-text table, the truth from a scan of its rows in the
 * search threads. There is no index of ours. Changes no byte of the store.
 */
export class SqliteSearch implements StoreSearch {
  private readonly store: StoreParams;
  private readonly closing = new AbortController();
  private opened: Promise<Opened> | undefined;

  constructor(private readonly options: SqliteSearchOptions) {
    const { location, context, sqliteBinding, search, busyTimeout } = options;
    this.store = {
      store: search.store,
      file: location.path,
      sqliteBinding,
      copyFolder: context.dataFolder ? path.join(context.dataFolder, 'copies') : os.tmpdir(),
      busyTimeout: busyTimeout ?? BUSY_TIMEOUT,
      holders: new SharedArrayBuffer(4),
    };
  }

  async ranked(query: StoreQuery, signal: AbortSignal): Promise<Ranked> {
    const { order, limit } = query;
    const params: RankedParams = { store: this.store, shared: shareQuery(query), order, limit };
    const { hits, note } = await this.options.pool.run<RankedResult>('sqliteRanked', params, {
      signal: this.both(signal),
      watched: hasExpression(query.query),
      urgent: true,
    });
    return { hits, ...(note === undefined ? {} : { note }) };
  }

  async scan(query: StoreQuery, onPart: (part: ScanPart) => void, signal: AbortSignal): Promise<ScanCoverage> {
    const { pool } = this.options;
    return this.whole(signal, async (both) => {
      const { changes } = await this.open();
      return new Scan({ pool, store: this.store, changes, query, signal: both, onPart }).run();
    });
  }

  async find(key: string, pattern: FindPattern, signal: AbortSignal): Promise<Found> {
    // A wrong expression is told with its place before any thread starts.
    compilePattern(pattern);
    const { pool, generation = async () => 0 } = this.options;
    return this.whole(signal, async (both) => {
      const { changes } = await this.open();
      return new Find({ pool, store: this.store, changes, key, pattern, generation, signal: both }).run();
    });
  }

  /** zeroclaw keeps the index of its database; there is none of ours to bring up to date. */
  changed(): void {}

  async updateIndex(): Promise<void> {}

  pauseIndex(): void {}

  /** Ends what is going on, and lets go of the file in all threads. */
  async close(): Promise<void> {
    this.closing.abort();
    const channel = new BroadcastChannel(RELEASE_CHANNEL);
    const message: ReleaseMessage = { file: this.store.file };
    channel.postMessage(message);
    const holders = new Int32Array(this.store.holders);
    const end = performance.now() + RELEASE_PATIENCE;
    while (Atomics.load(holders, 0) > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    channel.close();
    // Last: while it is open, no other connection is the last one of this process.
    const opened = await this.opened?.catch(() => undefined);
    opened?.connection.close();
  }

  private both(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.closing.signal]);
  }

  /** Work of several tasks: when one of them fails, the others are no longer wanted. */
  private async whole<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const failed = new AbortController();
    const both = AbortSignal.any([signal, this.closing.signal, failed.signal]);
    if (both.aborted) throw new StoreError('cancelled', 'Cancelled.');
    try {
      const result = await work(both);
      if (both.aborted) throw new StoreError('cancelled', 'Cancelled.');
      return result;
    } finally {
      failed.abort();
    }
  }

  /** The connection that tells what has changed while the threads looked. */
  private open(): Promise<Opened> {
    const { file, sqliteBinding, copyFolder, busyTimeout } = this.store;
    this.opened ??= (async () => {
      const library = await loadSqlite(sqliteBinding);
      const connection = new DatabaseConnection(file, { library, copyFolder, busyTimeout });
      return { connection, changes: new StoreChanges(connection) };
    })();
    // A setting that is put right later works without a restart.
    this.opened.catch(() => {
      this.opened = undefined;
    });
    return this.opened;
  }
}
