import type { Direction } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { MetadataRow, SqliteChange } from '../../journal/changes';
import { type ImageReader, incomplete } from '../../journal/images';
import type { JournalItem } from '../../journal/Journal';
import type { Scope } from './draft';
import { rowFromLine, rowLine, rowSize, type StoredRow } from './rowCodec';

/** A change in one of its two directions. */
export interface Way {
  readonly from: MetadataRow | null;
  readonly to: MetadataRow | null;
  /** Highest id of the session at the beginning of it. */
  readonly lastId: number;
}

/** A row on both sides; on one of them where it comes or goes. */
export interface Pair {
  readonly id: number;
  readonly from: StoredRow | undefined;
  readonly to: StoredRow | undefined;
}

export function sqliteChange(item: JournalItem): SqliteChange {
  if (item.change?.kind === 'sqlite') return item.change;
  throw new StoreError('unsupported', `What was done to ${item.label} is no change of a database.`);
}

export function wayOf(change: SqliteChange, direction: Direction): Way {
  const { metadataBefore, metadataAfter, lastIdBefore, lastIdAfter } = change;
  return direction === 'undo'
    ? { from: metadataAfter, to: metadataBefore, lastId: lastIdAfter }
    : { from: metadataBefore, to: metadataAfter, lastId: lastIdBefore };
}

function* rowsOf(image: ImageReader, count: number): Generator<StoredRow> {
  let rest: Buffer[] = [];
  let rows = 0;
  for (let piece = image.read(); piece; piece = image.read()) {
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      rest.push(piece.subarray(from, end));
      rows++;
      yield rowFromLine(Buffer.concat(rest).toString('utf8'));
      rest = [];
      from = end + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
  }
  if (rest.length > 0 || rows !== count) throw incomplete();
}

/** All rows of a change by id, some at a time. */
export function* pairsOf(
  item: JournalItem,
  direction: Direction,
  most: { rows: number; bytes: number },
): Generator<Pair[]> {
  const [fromName, toName] = direction === 'undo' ? ['added', 'removed'] : ['removed', 'added'];
  const { removedRows, addedRows } = sqliteChange(item);
  const [fromCount, toCount] = direction === 'undo' ? [addedRows, removedRows] : [removedRows, addedRows];
  const froms = rowsOf(item.image(fromName), fromCount);
  const tos = rowsOf(item.image(toName), toCount);
  let from = nextOf(froms);
  let to = nextOf(tos);
  let pairs: Pair[] = [];
  let bytes = 0;
  while (from || to) {
    const id = Math.min(from?.id ?? Number.POSITIVE_INFINITY, to?.id ?? Number.POSITIVE_INFINITY);
    const pair = { id, from: from?.id === id ? from : undefined, to: to?.id === id ? to : undefined };
    if (pair.from) from = nextOf(froms);
    if (pair.to) to = nextOf(tos);
    pairs.push(pair);
    bytes += (pair.from ? rowSize(pair.from) : 0) + (pair.to ? rowSize(pair.to) : 0);
    if (pairs.length < most.rows && bytes < most.bytes) continue;
    yield pairs;
    pairs = [];
    bytes = 0;
  }
  if (pairs.length > 0) yield pairs;
}

function nextOf(rows: Generator<StoredRow>): StoredRow | undefined {
  const { value, done } = rows.next();
  return done ? undefined : value;
}

/**
 * Where a row stands. `gone`: one that was to go, or to be changed, is not there. `changed`: it is another now.
 * `occupied`: the id of one that was to come has been given to another row. `moved`: it is there, under another key.
 */
export type PairState = 'source' | 'target' | 'gone' | 'changed' | 'occupied' | 'moved';

/** What there is of the rows of a change in the database. */
export class Findings {
  total = 0;
  readonly counts: Record<PairState, number> = { source: 0, target: 0, gone: 0, changed: 0, occupied: 0, moved: 0 };
  /** Rows that have come already with ids above those that were there at the beginning. */
  arrivedAbove = 0;
  /** Rows that are to come, at all. */
  arriving = 0;
  movedKey: string | undefined;

  add(scope: Scope, pairs: readonly Pair[], way: Way): void {
    for (const pair of pairs) {
      const current = scope.messages.row(pair.id);
      const state = stateOf(pair, current);
      this.total++;
      this.counts[state]++;
      if (pair.to && !pair.from) this.arriving++;
      if (state === 'target' && pair.to && pair.id > way.lastId) this.arrivedAbove++;
      if (state === 'moved' && typeof current?.key === 'string') this.movedKey = current.key;
    }
  }
}

export function stateOf({ from, to }: Pair, current: StoredRow | undefined): PairState {
  if (!current) return from ? 'gone' : 'source';
  const line = rowLine(current);
  if (from && line === rowLine(from)) return 'source';
  if (to && line === rowLine(to)) return 'target';
  const known = from ?? to;
  if (known && line === rowLine({ ...known, key: current.key })) return 'moved';
  return from ? 'changed' : 'occupied';
}

/** Everything that decides whether a change can go its way. */
export interface Situation {
  readonly findings: Findings;
  readonly metadata: MetadataRow | null;
  /** Messages that have come since, not counting those of the change itself. */
  readonly newer: number;
}

export function situationOf(scope: Scope, findings: Findings, way: Way): Situation {
  const metadata = scope.metadata.read(scope.key);
  const newer = scope.messages.countAfter(scope.key, way.lastId) - findings.arrivedAbove;
  return { findings, metadata, newer };
}
