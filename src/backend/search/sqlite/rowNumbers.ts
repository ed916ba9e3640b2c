/** Positions of rows in their sessions, as `entries` and `load` number them: every row counts. */
import type { DatabaseConnection, Reader } from '../../sqlite/connection';
import { keyParameter } from '../../sqlite/keys';
import { beforeAllIds } from '../../sqlite/positions';
import { countBetween } from './searchStatements';
import type { RowId } from './taskTypes';

export interface PlacedRow {
  readonly key: string;
  readonly id: RowId;
}

/** The row of a session whose position was found last: others near it are counted from there. */
interface Anchor {
  readonly id: number;
  readonly number: number;
  /** Of the state of the database that it belongs to. */
  readonly version: number;
}

const MOST_ANCHORS = 100;
const anchors = new WeakMap<DatabaseConnection, Map<string, Anchor>>();

function anchorsOf(connection: DatabaseConnection): Map<string, Anchor> {
  const known = anchors.get(connection);
  if (known) return known;
  const made = new Map<string, Anchor>();
  anchors.set(connection, made);
  return made;
}

function compare(a: RowId, b: RowId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * Positions of rows (from 0), by session and id. The rows of a session are counted once, however many of them are asked
 * for, and from a place near them where one is known.
 */
export async function rowNumbers(
  connection: DatabaseConnection,
  rows: readonly PlacedRow[],
): Promise<(row: PlacedRow) => number> {
  const byKey = new Map<string, RowId[]>();
  for (const { key, id } of rows) {
    const ids = byKey.get(key);
    if (ids) ids.push(id);
    else byKey.set(key, [id]);
  }
  const numbers = await connection.run((reader) => {
    const found = new Map<string, Map<RowId, number>>();
    for (const [key, ids] of byKey) found.set(key, numbersIn(reader, connection, key, ids.sort(compare)));
    return found;
  });
  return ({ key, id }) => numbers.get(key)?.get(id) ?? 0;
}

function numbersIn(
  reader: Reader,
  connection: DatabaseConnection,
  key: string,
  ids: readonly RowId[],
): Map<RowId, number> {
  const parameter = keyParameter(key);
  const count = (from: RowId, before: RowId): number => {
    const far = typeof from === 'string' || typeof before === 'string';
    const bounds = far ? [String(from), String(before)] : [from, before];
    return reader.get<[number]>(countBetween(far, parameter), parameter.value, ...bounds)?.[0] ?? 0;
  };
  const near = anchorsOf(connection);
  const numbers = new Map<RowId, number>();
  let last: { id: RowId; number: number } | undefined;
  for (const id of ids) {
    let number: number;
    if (last) number = last.number + count(last.id, id);
    else {
      const anchor = near.get(key);
      if (typeof id !== 'number' || anchor?.version !== reader.version) number = count(firstId(id), id);
      else number = anchor.id <= id ? anchor.number + count(anchor.id, id) : anchor.number - count(id, anchor.id);
    }
    numbers.set(id, number);
    last = { id, number };
  }
  const [first] = ids;
  if (typeof first === 'number') {
    near.delete(key);
    near.set(key, { id: first, number: numbers.get(first) ?? 0, version: reader.version });
    for (const oldest of near.keys()) {
      if (near.size <= MOST_ANCHORS) break;
      near.delete(oldest);
    }
  }
  return numbers;
}

/** Below every id, in the form of the other bound. */
function firstId(id: RowId): RowId {
  return typeof id === 'number' ? beforeAllIds : '-9223372036854775808';
}
