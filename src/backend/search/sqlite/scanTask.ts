/** One thread's share of a scan. */
import type { Skipped } from '../../../shared/search/answer';
import type { DatabaseConnection } from '../../sqlite/connection';
import type { Task, TaskContext } from '../workers/tasks';
import { Newest } from './firstHits';
import { type Candidate, candidate, foundHit } from './hits';
import { rowNumbers } from './rowNumbers';
import { RowWalk, type StoredRow } from './rowWalk';
import { preparedQuery } from './sharedQuery';
import type { RowId, ScanParams, ScanResult } from './taskTypes';
import { note, Verifier } from './Verifier';
import { withStore } from './workerStores';

/** Milliseconds after which a task hands over what it has, and the rest of its rows to another task. */
const TASK_TIME = 40;
/** Places left out that one answer names. */
const MOST_SKIPPED = 1000;

/** A sign of life while a lock is waited for: that is no expression without an end. */
const SIGN_INTERVAL = 500;

export async function withSigns<T>(context: TaskContext, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => context.cancelled(), SIGN_INTERVAL);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Of a search that nobody wants any more. */
const NOTHING: ScanResult = {
  hits: [],
  counts: [],
  messages: 0,
  messagesOf: [],
  skipped: [],
  skippedCounts: [],
  rest: undefined,
};

async function scan(connection: DatabaseConnection, params: ScanParams, context: TaskContext): Promise<ScanResult> {
  const { slice, limit, floor, shared, store } = params;
  const started = performance.now();
  const query = preparedQuery(shared);
  const verifier = new Verifier(connection, query, context);
  const walk = new RowWalk(connection, slice);
  const newest = new Newest<Candidate>(limit, floor);
  const counts = new Map<string, number>();
  const skippedCounts = new Map<string, number>();
  const unreadable: StoredRow[] = [];
  let messages = 0;
  while (walk.position !== undefined) {
    const rows = await walk.next();
    const verified = await verifier.verify(rows);
    if (!verified) return NOTHING;
    messages += verified.messages;
    for (const row of verified.unreadable) {
      note(skippedCounts, row.key);
      if (unreadable.length < MOST_SKIPPED) unreadable.push(row);
    }
    for (const verdict of verified.matching) {
      const { row } = verdict;
      note(counts, row.key);
      const place = { time: await verifier.time(row), sequence: Number(row.id) };
      if (newest.takes(place)) newest.add(candidate(verifier, verdict, null, place.time));
    }
    if (performance.now() - started > TASK_TIME) break;
  }
  const found = newest.sorted();
  const number = await rowNumbers(connection, [...found, ...unreadable]);
  const skipped = unreadable.map((row) => leftOut(store.store, row, number(row)));
  for (const range of walk.damaged) {
    note(skippedCounts, slice.key ?? '');
    skipped.unshift(damage(store.store, slice.key, range));
  }
  return {
    hits: found.map((one) => foundHit(one, store.store, number(one))),
    counts: [...counts],
    messages,
    messagesOf: [...verifier.messagesOf],
    skipped,
    skippedCounts: [...skippedCounts],
    rest: walk.rest(),
  };
}

function leftOut(store: string, { id, key, reason }: StoredRow, row: number): Skipped {
  const message = `Row ${id} of ${key} was left out: ${reason}.`;
  return { store, key, place: `row ${id}`, row, code: 'unreadable-row', message };
}

function damage(store: string, key: string | undefined, { from, to }: { from: RowId; to: RowId }): Skipped {
  const place = from === to ? `row ${to}` : `rows ${from} to ${to}`;
  const where = place.charAt(0).toUpperCase() + place.slice(1);
  const message = `${where} could not be read: the database file is damaged there. Keep a copy of it before you repair it.`;
  return { store, ...(key === undefined ? {} : { key }), place, code: 'corrupt', message };
}

/** Looks through a slice, or through as much of it as there is time for. */
export const scanSlice: Task<ScanParams, never, ScanResult> = (params, context) =>
  withSigns(context, () => withStore(params.store, (connection) => scan(connection, params, context)));
