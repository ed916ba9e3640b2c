/** Reads rows of `sessions` in short transactions, newest first, and tells which of them no reader can read. */
import { StoreError } from '../../errors';
import type { DatabaseConnection, Reader, SqlValue } from '../../sqlite/connection';
import { isSuspect, isText, type KeyParameter, keyParameter } from '../../sqlite/keys';
import { kindOf } from '../../sqlite/metadataRows';
import { nameOfKey } from '../../sqlite/sessionFacts';
import { messageBytes } from '../../sqlite/statements';
import { contentOfId, rowsBack } from './searchStatements';
import type { RowId, Slice } from './taskTypes';

/** Rows of one transaction. */
const CHUNK = 1000;
/** A text of more bytes than this does not fit into a string of JavaScript in every form. */
const MOST_BYTES = 250_000_000;

export type RawRow = [
  id: RowId,
  key: SqlValue,
  role: SqlValue,
  content: SqlValue,
  createdAt: SqlValue,
  size: number | null,
];

/** A message, or what stands where one should be. */
export interface StoredRow {
  readonly id: RowId;
  /** As the list of sessions shows it. */
  readonly key: string;
  readonly role: string;
  /** `null`: so big that it is read by itself (`contentOf`), or not readable. */
  readonly content: string | null;
  readonly createdAt: string | null;
  /** Why nobody can read it. */
  readonly reason: string | undefined;
  /** What can be made out of an unreadable row. */
  readonly excerpt: string;
}

function previous(id: RowId): RowId {
  return typeof id === 'number' ? id - 1 : (BigInt(id) - 1n).toString();
}

function isBelow(id: RowId, other: RowId): boolean {
  return typeof id === 'number' && typeof other === 'number' ? id < other : BigInt(id) < BigInt(other);
}

/** Why a text is none: checked on its bytes, as the reader of conversations does. */
function undecodable(reader: Reader, id: RowId, role: string, content: string): string | undefined {
  if (!reader.schema.utf8 || typeof id !== 'number' || !(isSuspect(role) || isSuspect(content))) return undefined;
  const bytes = reader.get<[SqlValue, SqlValue]>(messageBytes, id);
  if (bytes && !isText(bytes[0])) return 'its role is not valid UTF-8';
  if (bytes && !isText(bytes[1])) return 'its content is not valid UTF-8';
  return undefined;
}

function textOf(value: SqlValue): string {
  if (value === null) return '';
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}

/** Takes a row as it came; in the transaction that read it. */
export function storedRow(reader: Reader, row: RawRow): StoredRow {
  const [id, keyValue, role, content, createdAt, size] = row;
  const plainKey = typeof keyValue === 'string' && !isSuspect(keyValue);
  const key = plainKey ? keyValue : nameOfKey(reader, keyValue, Number(id)).key;
  const time = typeof createdAt === 'string' ? createdAt : null;
  const isBig = content === null && size !== null;
  if (typeof role === 'string' && (typeof content === 'string' || (isBig && size <= MOST_BYTES))) {
    const reason = undecodable(reader, id, role, content ?? '');
    if (reason === undefined) return { id, key, role, content, createdAt: time, reason, excerpt: '' };
    return { id, key, role, content: null, createdAt: time, reason, excerpt: content ?? '' };
  }
  let reason = `its content is ${kindOf(content)}, not text`;
  if (typeof role !== 'string') reason = `its role is ${kindOf(role)}, not text`;
  else if (isBig) reason = `its ${Math.round((size ?? 0) / 1_000_000)} MB are more than can be searched`;
  return { id, key, role: textOf(role), content: null, createdAt: time, reason, excerpt: textOf(content) };
}

/** The content of a big row, by itself; a row without one when it cannot be read, `undefined` when it is gone. */
export function contentOf(connection: DatabaseConnection, row: StoredRow): Promise<StoredRow | undefined> {
  return connection.run((reader) => {
    const found = reader.get<[SqlValue]>(contentOfId(typeof row.id === 'string'), row.id);
    if (!found) return undefined;
    const [content] = found;
    if (typeof content !== 'string') {
      return { ...row, reason: `its content is ${kindOf(content)}, not text`, excerpt: textOf(content) };
    }
    const reason = undecodable(reader, row.id, row.role, content);
    return reason === undefined ? { ...row, content } : { ...row, reason, excerpt: content };
  });
}

/** The database file itself is damaged where a row should be. */
export function isDamage(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'corrupt';
}

/** Goes through the rows of a slice. */
export class RowWalk {
  /** Ids between which nothing could be read. */
  readonly damaged: { readonly from: RowId; readonly to: RowId }[] = [];
  private chunk = CHUNK;
  private to: RowId;
  private done: boolean;
  private readonly key: KeyParameter | undefined;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly slice: Slice,
  ) {
    this.to = slice.to;
    this.done = isBelow(slice.to, slice.from);
    this.key = slice.key === undefined ? undefined : keyParameter(slice.key);
  }

  /** The newest row that has not been read; `undefined` at the end. */
  get position(): RowId | undefined {
    return this.done ? undefined : this.to;
  }

  /** Goes on below a row. */
  skipTo(id: RowId): void {
    if (isBelow(this.slice.from, id)) this.to = previous(id);
    else this.done = true;
  }

  /** The next rows, down to the row `lowest` where one is given; none at the end, and where the file is damaged. */
  async next(lowest: RowId = this.slice.from): Promise<StoredRow[]> {
    if (this.done) return [];
    try {
      const rows = await this.read(this.to, lowest, this.chunk);
      const last = rows.at(-1);
      this.skipTo(last && rows.length === this.chunk ? last.id : lowest);
      this.chunk = Math.min(CHUNK, this.chunk * 2);
      return rows;
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (this.chunk > 1) this.chunk = Math.ceil(this.chunk / 8);
      else await this.passDamage();
      return [];
    }
  }

  private read(to: RowId, from: RowId, count: number): Promise<StoredRow[]> {
    const { key } = this;
    const sql = rowsBack(this.slice.far, key);
    return this.connection.run((reader) => {
      if (!reader.schema.messages) return [];
      const rows = key ? reader.all<RawRow>(sql, key.value, to, from, count) : reader.all<RawRow>(sql, to, from, count);
      return rows.map((row) => storedRow(reader, row));
    });
  }

  /** Goes on below the rows that cannot be read: as many as there are, found in ever longer steps. */
  private async passDamage(): Promise<void> {
    const { from, far } = this.slice;
    const { to } = this;
    // Ids beyond 2^53 are not stepped over.
    if (far || typeof from === 'string' || typeof to === 'string') {
      this.damaged.push({ from, to });
      this.done = true;
      return;
    }
    let bad = to;
    let good: number | undefined;
    for (let step = 1; good === undefined && bad > from; step *= 2) {
      const next = Math.max(from, bad - step);
      if (await this.isReadable(next)) good = next;
      else bad = next;
    }
    while (good !== undefined && bad - good > 1) {
      const middle: number = Math.floor((good + bad) / 2);
      if (await this.isReadable(middle)) good = middle;
      else bad = middle;
    }
    this.damaged.push({ from: bad, to });
    if (good === undefined) this.done = true;
    else this.to = good;
  }

  private async isReadable(to: number): Promise<boolean> {
    try {
      await this.read(to, this.slice.from, 1);
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
  }

  /** What has not been read yet. */
  rest(): Slice | undefined {
    if (this.done) return undefined;
    const { from, to, weight } = this.slice;
    if (typeof from === 'string' || typeof to === 'string' || typeof this.to === 'string') {
      return { ...this.slice, to: this.to, weight: 0 };
    }
    return { ...this.slice, to: this.to, weight: weight * ((this.to - from + 1) / (to - from + 1)) };
  }
}
