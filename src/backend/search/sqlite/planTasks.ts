/** How the rows of a search are parted among the threads, and how many there are. */
import type { DatabaseConnection, Reader } from '../../sqlite/connection';
import { keyParameter } from '../../sqlite/keys';
import { beforeAllIds } from '../../sqlite/positions';
import { countOfKey, idAfter, messageTotal } from '../../sqlite/statements';
import type { Task } from '../workers/tasks';
import { countBeyondId, emptySessions, idRange, idRangeAsText, keysOfMessages } from './searchStatements';
import type { FindPlan, FindPlanParams, Plan, PlanParams, RowId, SizeParams, Slice, StoreSize } from './taskTypes';
import { withStore } from './workerStores';

/** Rows of one slice. Tasks end by the clock, so that this need not be exact. */
const SLICE = 25_000;
const MOST_SLICES = 64;
/** The first slices are smaller: the first hits come sooner. */
const FIRST_SLICE = 4000;
/** Reading a row by its session costs about three times what it costs in the order of ids. */
const KEY_FACTOR = 3;

/** Lowest and highest id, and whether there are any beyond 2^53. `null` when there is no row. */
export interface IdRange {
  readonly from: RowId;
  readonly to: RowId;
  readonly far: boolean;
}

export function readIdRange(reader: Reader): IdRange | null {
  if (!reader.schema.messages) return null;
  const [from, to] = reader.get<[number | null, number | null]>(idRange) ?? [null, null];
  if (from === null || to === null) return null;
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to)) return { from, to, far: false };
  const [first, last] = reader.get<[string, string]>(idRangeAsText) ?? ['0', '0'];
  return { from: first, to: last, far: true };
}

/** Parts a range of ids, newest first. `rows`: how many there may be. */
export function slicesOf({ from, to, far }: IdRange, rows: number, share = 1, key?: string): Slice[] {
  if (far || typeof from === 'string' || typeof to === 'string') return [{ key, from, to, far, weight: share }];
  const span = to - from + 1;
  const width = Math.max(1, Math.ceil(span / MOST_SLICES), Math.ceil((SLICE * span) / Math.max(1, rows)));
  const slices: Slice[] = [];
  let next = Math.max(1, Math.min(width, Math.ceil((FIRST_SLICE * span) / Math.max(1, rows))));
  for (let high = to; high >= from; ) {
    const low = Math.max(from, high - next + 1);
    slices.push({ key, from: low, to: high, far, weight: (share * (high - low + 1)) / span });
    high = low - 1;
    next = Math.min(width, next * 2);
  }
  return slices;
}

function planOfKeys(reader: Reader, { keys, newest, fromRow, far, span }: PlanParams): Plan {
  if (!reader.schema.messages) return { slices: [] };
  const parts: { key: string; rows: number; from: number; to: number }[] = [];
  let total = 0;
  for (const key of keys) {
    const parameter = keyParameter(key);
    const counted = reader.get<[number, number | null, number | null]>(countOfKey(parameter), parameter.value);
    const [rows, first, last] = counted ?? [0, null, null];
    if (rows === 0 || first === null || last === null) continue;
    total += rows;
    if (fromRow === undefined && total * KEY_FACTOR > span) return { slices: undefined };
    let from = first;
    if (fromRow !== undefined) {
      const start = reader.get<[number]>(idAfter(parameter), parameter.value, beforeAllIds, Math.max(0, fromRow));
      if (!start) continue;
      from = start[0];
    }
    parts.push({ key, rows, from, to: typeof newest === 'number' ? Math.min(last, newest) : last });
  }
  parts.sort((a, b) => b.to - a.to);
  const slices = parts.flatMap(({ key, rows, from, to }) => {
    // Ids that are not exact here: the whole range, which holds them all.
    if (far) return [{ key, from: '-9223372036854775808', to: newest, far, weight: rows / total }];
    return slicesOf({ from, to, far }, rows, rows / total, key);
  });
  return { slices };
}

/** Finds out where the rows of some sessions are. */
export const planScan: Task<PlanParams, never, Plan> = (params) =>
  withStore(params.store, (connection) => connection.run((reader) => planOfKeys(reader, params)));

/** Counts are kept as long as nothing is committed. */
const sizes = new WeakMap<DatabaseConnection, { version: number; rows: number; sessions: number }>();

/** How much an answer about the whole database covers. */
export const sizeOfStore: Task<SizeParams, never, StoreSize> = ({ store, newest, far }) =>
  withStore(store, (connection) =>
    connection.run((reader) => {
      let size = sizes.get(connection);
      if (size?.version !== reader.version) {
        const { messages, metadata } = reader.schema;
        const one = (sql: string): number => reader.get<[number]>(sql)?.[0] ?? 0;
        const rows = messages ? one(messageTotal) : 0;
        const withMessages = messages ? one(keysOfMessages) : 0;
        const without = metadata ? one(messages ? emptySessions : 'SELECT COUNT(*) FROM session_metadata') : 0;
        size = { version: reader.version, rows, sessions: withMessages + without };
        sizes.set(connection, size);
      }
      const later = reader.schema.messages ? (reader.get<[number]>(countBeyondId(far), newest)?.[0] ?? 0) : 0;
      return { rows: size.rows - later, sessions: size.sessions };
    }),
  );

/** Where the rows of one session are, for finding in it: all of them, in their order. */
export const planFind: Task<FindPlanParams, never, FindPlan> = ({ store, key, far }) =>
  withStore(store, (connection) =>
    connection.run((reader) => {
      if (!reader.schema.messages) return { total: 0, slices: [] };
      const parameter = keyParameter(key);
      const counted = reader.get<[number, number | null, number | null]>(countOfKey(parameter), parameter.value);
      const [total, from, to] = counted ?? [0, null, null];
      if (total === 0 || from === null || to === null) return { total: 0, slices: [] };
      if (far) {
        return {
          total,
          slices: [{ key, from: '-9223372036854775808', to: '9223372036854775807', far, weight: 1 }],
        };
      }
      return { total, slices: slicesOf({ from, to, far }, total, 1, key) };
    }),
  );
