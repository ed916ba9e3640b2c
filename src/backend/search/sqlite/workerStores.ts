/** The databases that this thread has open. */
import { BroadcastChannel } from 'node:worker_threads';
import { loadSqlite } from '../../sqlite/binding';
import { DatabaseConnection } from '../../sqlite/connection';
import type { StoreParams } from './taskTypes';

/** Milliseconds for which a connection is kept for the next task. */
const IDLE = 10_000;
/** On this channel the threads are told to let go of a file. */
export const RELEASE_CHANNEL = 'agent-session-inspector.search.release';

/** What `RELEASE_CHANNEL` carries. */
export interface ReleaseMessage {
  readonly file: string;
}

interface Kept {
  readonly connection: DatabaseConnection;
  readonly holders: Int32Array;
  inUse: boolean;
  /** To be closed as soon as its task has ended. */
  unwanted: boolean;
  idle: NodeJS.Timeout | undefined;
}

const kept = new Map<string, Kept>();
let channel: BroadcastChannel | undefined;

function drop(file: string, store: Kept): void {
  clearTimeout(store.idle);
  if (kept.get(file) === store) kept.delete(file);
  store.connection.close();
  Atomics.sub(store.holders, 0, 1);
}

function release(file: string): void {
  const store = kept.get(file);
  if (!store) return;
  if (store.inUse) store.unwanted = true;
  else drop(file, store);
}

function listen(): void {
  if (channel) return;
  channel = new BroadcastChannel(RELEASE_CHANNEL);
  channel.onmessage = (event) => release((event as { data: ReleaseMessage }).data.file);
  channel.unref();
}

async function openStore({ file, sqliteBinding, copyFolder, busyTimeout, holders }: StoreParams): Promise<Kept> {
  const library = await loadSqlite(sqliteBinding);
  listen();
  const store: Kept = {
    connection: new DatabaseConnection(file, { library, copyFolder, busyTimeout }),
    holders: new Int32Array(holders),
    inUse: true,
    unwanted: false,
    idle: undefined,
  };
  Atomics.add(store.holders, 0, 1);
  kept.set(file, store);
  return store;
}

/**
 * Runs a task on this thread's connection to a database. It is kept for the next task, and closed after ten seconds
 * without one or when the service asks for the file.
 */
export async function withStore<T>(
  params: StoreParams,
  task: (connection: DatabaseConnection) => Promise<T>,
): Promise<T> {
  const { file } = params;
  const store = kept.get(file) ?? (await openStore(params));
  store.inUse = true;
  clearTimeout(store.idle);
  try {
    return await task(store.connection);
  } finally {
    store.inUse = false;
    if (store.unwanted) drop(file, store);
    else store.idle = setTimeout(() => drop(file, store), IDLE).unref();
  }
}
