import type { Problem, SessionMetadata } from '../../shared/session';
import type { Reader, SqlValue } from './connection';
import { isSuspect, isText, type KeyParameter, nameOfOddKey } from './keys';
import {
  allMetadata,
  type MetadataColumn,
  metadataBytes,
  metadataColumns,
  metadataOfKey,
  metadataOfRow,
} from './statements';
import { isRfc3339 } from './timestamps';

/** Row id, then the columns of `metadataColumns`. */
type Row = readonly [rowId: number, ...values: SqlValue[]];

/** One row of session_metadata, as far as it can be read. */
export interface MetadataEntry {
  readonly key: string;
  readonly rowId: number;
  readonly row: Row;
  readonly storedCount: number | null;
  /** The line of the list, as long as nothing is known of the messages. */
  readonly session: SessionMetadata;
}

/** Columns that zeroclaw's list reads: one that is not text makes it drop the whole row. */
const listColumns: ReadonlySet<MetadataColumn> = new Set<MetadataColumn>([
  'session_key',
  'created_at',
  'last_activity',
  'message_count',
  'name',
  'agent_alias',
  'channel_id',
  'room_id',
  'sender_id',
]);
const attributeColumns = ['agent_alias', 'channel_id', 'room_id', 'sender_id'] as const;
const requiredColumns: ReadonlySet<MetadataColumn> = new Set<MetadataColumn>([
  'session_key',
  'created_at',
  'last_activity',
]);
const firstAttribute = metadataColumns.indexOf('agent_alias') + 1;
const noProblems: readonly Problem[] = Object.freeze([]);
const noAttributes: Readonly<Record<string, string>> = Object.freeze({});
const columnPlace = new Map<MetadataColumn, number>(metadataColumns.map((column, place) => [column, place + 1]));

export function kindOf(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return 'empty (NULL)';
  if (Buffer.isBuffer(value)) return 'a BLOB';
  return typeof value === 'string' ? 'text that is not valid UTF-8' : 'a number';
}

function unreadable(column: MetadataColumn, value: SqlValue | undefined): Problem {
  const effect = listColumns.has(column)
    ? 'zeroclaw leaves this session out of its list'
    : 'zeroclaw cannot read its state';
  const message = `${column} in session_metadata is ${kindOf(value)}, so ${effect}.`;
  return { code: 'unreadable-metadata', severity: 'warning', message };
}

function sameValue(left: SqlValue | undefined, right: SqlValue | undefined): boolean {
  return left === right || (Buffer.isBuffer(left) && Buffer.isBuffer(right) && left.equals(right));
}

function sameRow(left: Row, right: Row): boolean {
  for (let place = 1; place <= metadataColumns.length; place++) {
    if (!sameValue(left[place], right[place])) return false;
  }
  return true;
}

class RowReader {
  readonly problems: Problem[] = [];

  constructor(
    private readonly reader: Reader,
    private readonly row: Row,
  ) {}

  value(column: MetadataColumn): SqlValue | undefined {
    return this.row[columnPlace.get(column) ?? -1];
  }

  /** The text of a column; `null` with a problem when it holds something else. */
  text(column: MetadataColumn): string | null {
    const value = this.value(column);
    if (typeof value === 'string' && !(isSuspect(value) && this.isInvalid(column))) return value;
    if (value !== null || requiredColumns.has(column)) this.problems.push(unreadable(column, value));
    return null;
  }

  /** A time, as the store holds it. */
  time(column: 'created_at' | 'last_activity'): string | null {
    const text = this.text(column);
    if (text !== null && !isRfc3339(text)) {
      const message = `${column} is not a date: ${JSON.stringify(text.slice(0, 80))}. zeroclaw shows the present time instead.`;
      this.problems.push({ code: 'unreadable-date', severity: 'warning', message });
    }
    return text;
  }

  count(): number | null {
    const value = this.value('message_count');
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    const message = `message_count in session_metadata is ${typeof value === 'string' ? 'text' : kindOf(value)}, so zeroclaw leaves this session out of its list.`;
    this.problems.push({ code: 'unreadable-metadata', severity: 'warning', message });
    return null;
  }

  key(): string {
    const text = this.text('session_key');
    if (text !== null) return text;
    const value = this.value('session_key');
    if (Buffer.isBuffer(value)) return nameOfOddKey(value, 'blob');
    if (typeof value === 'string') return nameOfOddKey(this.bytes('session_key'), 'text');
    return `(no key, row ${this.row[0]} of session_metadata)`;
  }

  attributes(): Readonly<Record<string, string>> {
    let found: Record<string, string> | undefined;
    for (const column of attributeColumns) {
      if (this.value(column) === null) continue;
      const text = this.text(column);
      if (text === null) continue;
      found ??= {};
      found[column] = text;
    }
    return found ?? noAttributes;
  }

  private bytes(column: MetadataColumn): Buffer {
    const value = this.reader.get<[SqlValue]>(metadataBytes(column), this.row[0])?.[0];
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }

  private isInvalid(column: MetadataColumn): boolean {
    return this.reader.schema.utf8 && !isText(this.bytes(column));
  }
}

/** A text in valid UTF-8 or nothing: what all columns but one hold in nearly every row. */
function isPlain(value: SqlValue | undefined): value is string | null {
  return value === null || (typeof value === 'string' && !isSuspect(value));
}

/** The entry of a row without anything strange in it; the same as what `toEntry` would make of it, several times faster. */
function toPlainEntry(row: Row): MetadataEntry | undefined {
  // By index: taking an array apart costs more than all the checks.
  const key = row[1];
  const createdAt = row[2];
  const lastActivity = row[3];
  const storedCount = row[4];
  const name = row[5];
  const state = row[6];
  const turnId = row[7];
  const turnStartedAt = row[8];
  if (typeof key !== 'string' || typeof createdAt !== 'string' || typeof lastActivity !== 'string') return undefined;
  if (typeof storedCount !== 'number' || !Number.isInteger(storedCount) || isSuspect(key)) return undefined;
  if (!isPlain(name) || !isPlain(state) || !isPlain(turnId) || !isPlain(turnStartedAt)) return undefined;
  if (!isRfc3339(createdAt) || !isRfc3339(lastActivity)) return undefined;
  let attributes: Record<string, string> | undefined;
  for (let place = 0; place < attributeColumns.length; place++) {
    const value = row[firstAttribute + place];
    if (!isPlain(value)) return undefined;
    if (value === null) continue;
    attributes ??= {};
    attributes[attributeColumns[place] ?? ''] = value;
  }
  const session: SessionMetadata = {
    key,
    origin: 'live',
    name,
    title: undefined,
    createdAt,
    lastActivity,
    messageCount: undefined,
    state,
    turnId,
    turnStartedAt,
    size: null,
    attributes: attributes ?? noAttributes,
    problems: noProblems,
  };
  return { key, rowId: row[0], row, storedCount, session };
}

function toEntry(reader: Reader, row: Row): MetadataEntry {
  const plain = toPlainEntry(row);
  if (plain) return plain;
  const fields = new RowReader(reader, row);
  const key = fields.key();
  const storedCount = fields.count();
  const session: SessionMetadata = {
    key,
    origin: 'live',
    createdAt: fields.time('created_at'),
    lastActivity: fields.time('last_activity'),
    name: fields.text('name'),
    state: fields.text('state'),
    turnId: fields.text('turn_id'),
    turnStartedAt: fields.text('turn_started_at'),
    size: null,
    attributes: fields.attributes(),
    problems: fields.problems,
  };
  return { key, rowId: row[0], row, storedCount, session };
}

/** All rows of session_metadata. Entries of `known` (by row id) are kept as they are where the row has not changed. */
export function readAllMetadata(reader: Reader, known: ReadonlyMap<number, MetadataEntry>): MetadataEntry[] {
  const columns = reader.schema.metadata;
  if (!columns) return [];
  const rows = reader.all<Row>(allMetadata(columns));
  return rows.map((row) => {
    const before = known.size > 0 ? known.get(row[0]) : undefined;
    return before && sameRow(before.row, row) ? before : toEntry(reader, row);
  });
}

/** The metadata of one session, `undefined` when it has none. */
export function readMetadata(reader: Reader, key: KeyParameter): MetadataEntry | undefined {
  const columns = reader.schema.metadata;
  const row = columns ? reader.get<Row>(metadataOfKey(columns, key), key.value) : undefined;
  return row && toEntry(reader, row);
}

/** The metadata in one row. */
export function readMetadataRow(reader: Reader, rowId: number): MetadataEntry | undefined {
  const columns = reader.schema.metadata;
  const row = columns ? reader.get<Row>(metadataOfRow(columns), rowId) : undefined;
  return row && toEntry(reader, row);
}
