import type { Message, Problem } from '../../shared/session';
import { StoreError } from '../errors';
import type { EntryPage, LoadedMessages, Range, RawEntry, StoreEntry } from '../SessionBackend';
import type { DatabaseConnection, Reader, SqlValue } from './connection';
import { isSuspect, isText, type KeyParameter, keyParameter } from './keys';
import { kindOf } from './metadataRows';
import type { Positions } from './positions';
import type { SessionCache } from './sessionCache';
import { Slices } from './slices';
import { messageBytes, rowsFrom } from './statements';

/** Rows and bytes that one statement reads at the most. */
const sliceRows = 1000;
const sliceBytes = 8_000_000;
const excerptLength = 300;
/** Problems that one answer names. */
const mostProblems = 100;

type Row = [id: number, role: SqlValue, content: SqlValue, createdAt: SqlValue, size: number | null];

/** One row of `sessions`: readable unless `reason` says why not. */
interface StoredRow {
  readonly number: number;
  readonly id: number;
  readonly role: SqlValue;
  readonly content: SqlValue;
  readonly createdAt: string | null;
  readonly size: number;
  readonly reason: string | undefined;
}

interface ReadRange {
  readonly total: number;
  readonly generation: number;
}

/** The rows that a range means in a session of `total` rows. */
function resolveRange(range: Range | undefined, total: number): { from: number; end: number } {
  if (!range) return { from: 0, end: total };
  const from = range.from < 0 ? Math.max(0, total + Math.trunc(range.from)) : Math.trunc(range.from);
  return { from, end: Math.min(total, from + Math.max(0, Math.trunc(range.count))) };
}

/** Reads messages by their position. */
export class Messages {
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly cache: SessionCache,
    private readonly positions: Positions,
  ) {}

  /**
   * Messages as zeroclaw loads them. Positions are those of rows: one that zeroclaw skips, because role or content
   * is no text, has a number all the same and becomes a problem.
   */
  async load(key: string, range: Range | undefined): Promise<LoadedMessages> {
    const messages: Message[] = [];
    const problems: Problem[] = [];
    let skipped = 0;
    const { total } = await this.read(key, range, (row) => {
      if (row.reason === undefined && typeof row.role === 'string' && typeof row.content === 'string') {
        messages.push({ index: row.number, role: row.role, content: row.content, createdAt: row.createdAt });
        return;
      }
      if (++skipped > mostProblems) return;
      const message = `Row ${row.id} cannot be read: ${row.reason}. zeroclaw skips it.`;
      problems.push({ code: 'unreadable-row', severity: 'warning', message, rowId: row.id });
    });
    if (skipped > mostProblems) {
      const message = `${skipped.toLocaleString('en')} rows cannot be read; the first ${mostProblems} of them are named.`;
      problems.push({ code: 'more-problems', severity: 'warning', message });
    }
    return { total, messages, problems };
  }

  /** Rows for the page, readable or not. */
  async entries(key: string, range: Range): Promise<EntryPage> {
    const entries: StoreEntry[] = [];
    const { total, generation } = await this.read(key, range, (row) => entries.push(toEntry(row)));
    return { generation, total, complete: true, entries };
  }

  /** One row with all its columns, as JSON. Rejects with `not-found` when the session has no such row. */
  async raw(key: string, number: number): Promise<RawEntry> {
    let found: StoredRow | undefined;
    if (number >= 0) await this.read(key, { from: number, count: 1 }, (row) => (found = row));
    if (!found) throw new StoreError('not-found', `The session ${key} has no row ${number + 1} any more.`);
    const { id, role, content, createdAt, reason } = found;
    const record = { id, session_key: key, role: rawValue(role), content: rawValue(content), created_at: createdAt };
    const exact = reason === undefined || Buffer.isBuffer(role) || Buffer.isBuffer(content);
    return { place: `row ${id}`, text: JSON.stringify(record, null, 2), exact };
  }

  /** Hands the rows of a range to `take`, in order. Long ranges are read in slices, each a transaction of its own. */
  private async read(key: string, range: Range | undefined, take: (row: StoredRow) => void): Promise<ReadRange> {
    const parameter = keyParameter(key);
    const slices = new Slices();
    let start: (ReadRange & { from: number; end: number }) | undefined;
    let next = 0;
    let afterId: number | undefined;
    let walk = false;
    for (;;) {
      const step = await this.connection.run((reader) => {
        this.cache.syncMessages(reader);
        const position = this.positions.of(reader, key, parameter);
        const { count: total, generation } = position;
        const bounds = start ?? { total, generation, ...resolveRange(range, total) };
        const number = start ? next : bounds.from;
        if (number >= bounds.end) return { bounds, rows: [] };
        if (afterId === undefined && !walk && !this.positions.isNear(position, number)) return { bounds, far: number };
        const anchor =
          afterId === undefined ? this.positions.locate(reader, parameter, position, number) : { id: afterId, skip: 1 };
        return { bounds, rows: readSlice(reader, parameter, anchor, number, bounds.end - number, slices) };
      });
      if (step.far !== undefined) {
        await this.positions.addCheckpoints(this.connection, key, parameter, step.far, slices);
        walk = true;
        continue;
      }
      if (!start) next = step.bounds.from;
      start = step.bounds;
      for (const row of step.rows) take(row);
      next += step.rows.length;
      if (step.rows.length === 0 || next >= start.end) return start;
      const last = step.rows.at(-1)?.id;
      // The row that was read last is found again by its id; ids beyond 2^53 are not exact, so those are counted off.
      afterId = last !== undefined && Number.isSafeInteger(last) ? last : undefined;
      await slices.breathe();
    }
  }
}

function readSlice(
  reader: Reader,
  key: KeyParameter,
  anchor: { id: number; skip: number },
  number: number,
  count: number,
  slices: Slices,
): StoredRow[] {
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of reader.iterate<Row>(rowsFrom(key), key.value, anchor.id, Math.min(count, sliceRows), anchor.skip)) {
    rows.push(row);
    bytes += row[4] ?? 0;
    if (bytes > sliceBytes || (rows.length % 50 === 0 && slices.due())) break;
  }
  return rows.map((row, index) => classify(reader, row, number + index));
}

/** Finds out whether zeroclaw can read a row: role and content must be text, and valid UTF-8. */
function classify(reader: Reader, row: Row, number: number): StoredRow {
  const [id, role, content, createdAt, size] = row;
  const stored = {
    number,
    id,
    role,
    content,
    createdAt: typeof createdAt === 'string' ? createdAt : null,
    size: size ?? 0,
  };
  if (typeof role !== 'string') return { ...stored, reason: `its role is ${kindOf(role)}, not text` };
  if (typeof content !== 'string') return { ...stored, reason: `its content is ${kindOf(content)}, not text` };
  if (!reader.schema.utf8 || !(isSuspect(role) || isSuspect(content)) || !Number.isSafeInteger(id)) {
    return { ...stored, reason: undefined };
  }
  const bytes = reader.get<[SqlValue, SqlValue]>(messageBytes, id);
  if (bytes && !isText(bytes[0])) return { ...stored, reason: 'its role is not valid UTF-8' };
  if (bytes && !isText(bytes[1])) return { ...stored, reason: 'its content is not valid UTF-8' };
  return { ...stored, reason: undefined };
}

function toEntry(row: StoredRow): StoreEntry {
  const place = `row ${row.id}`;
  const { number, size, role, content, createdAt } = row;
  if (row.reason === undefined && typeof role === 'string' && typeof content === 'string') {
    return { kind: 'message', row: number, role, content, createdAt, size, place };
  }
  const reason = `Row ${row.id} cannot be read: ${row.reason}. zeroclaw skips it.`;
  return { kind: 'unreadable', row: number, code: 'unreadable-row', reason, size, place, excerpt: excerptOf(content) };
}

function excerptOf(value: SqlValue): string {
  if (value === null) return '';
  // Four bytes make a character at the most.
  const text = Buffer.isBuffer(value) ? value.subarray(0, excerptLength * 4).toString('utf8') : String(value);
  return text.slice(0, excerptLength);
}

/** A BLOB has no place in JSON: its bytes as hexadecimal digits. */
function rawValue(value: SqlValue): unknown {
  if (Buffer.isBuffer(value)) return { blob: value.toString('hex'), bytes: value.length };
  return typeof value === 'bigint' ? value.toString() : value;
}
