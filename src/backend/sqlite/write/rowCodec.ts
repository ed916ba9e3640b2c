import * as crypto from 'node:crypto';
import type { ColumnValue, MetadataRow } from '../../journal/changes';
import type { SqlValue } from '../connection';

/** One row of `sessions`, as it is in an image: any value exactly as the store holds it. */
export interface StoredRow {
  readonly id: number;
  readonly key: ColumnValue;
  readonly role: ColumnValue;
  readonly content: ColumnValue;
  readonly createdAt: ColumnValue;
}

/** A value for a statement: `sql` stands in the place of the `?`. */
export interface BoundValue {
  readonly sql: '?' | 'CAST(? AS TEXT)';
  readonly value: string | number | bigint | Buffer | null;
}

/** `bytes`: the value's bytes when it is text that may not be valid UTF-8. */
export function encodeValue(value: SqlValue, bytes?: Buffer): ColumnValue {
  if (bytes) return { text: bytes.toString('base64') };
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : { integer: value.toString() };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return { real: String(value) };
  return value;
}

export function bindValue(value: ColumnValue): BoundValue {
  // better-sqlite3 binds numbers as REAL, and an integer beyond 32 bits would lose its kind in a column without affinity.
  if (typeof value === 'number') return { sql: '?', value: Number.isSafeInteger(value) ? BigInt(value) : value };
  if (value === null || typeof value === 'string') return { sql: '?', value };
  if ('base64' in value) return { sql: '?', value: Buffer.from(value.base64, 'base64') };
  if ('text' in value) return { sql: 'CAST(? AS TEXT)', value: Buffer.from(value.text, 'base64') };
  if ('integer' in value) return { sql: '?', value: BigInt(value.integer) };
  return { sql: '?', value: Number(value.real) };
}

export function sameValue(left: ColumnValue | undefined, right: ColumnValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}

export function sameMetadata(left: MetadataRow | null, right: MetadataRow | null): boolean {
  if (left === null || right === null) return left === right;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((column) =>
    sameValue(left[column], right[column]),
  );
}

/** Bytes of role and content. */
export function rowSize(row: StoredRow): number {
  return valueSize(row.role) + valueSize(row.content);
}

function valueSize(value: ColumnValue): number {
  if (value === null) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return String(value).length;
  if ('base64' in value) return Math.floor((value.base64.length * 3) / 4);
  return 'text' in value ? Math.floor((value.text.length * 3) / 4) : 8;
}

/** The line of an image. */
export function rowLine({ id, key, role, content, createdAt }: StoredRow): string {
  return `${JSON.stringify([id, key, role, content, createdAt])}\n`;
}

export function rowFromLine(line: string): StoredRow {
  const [id, key, role, content, createdAt] = JSON.parse(line) as [number, ...ColumnValue[]];
  return {
    id,
    key: key ?? null,
    role: role ?? null,
    content: content ?? null,
    createdAt: createdAt ?? null,
  };
}

/** Tells one row from another: 48 bits of a hash over all of it. */
export function rowHash(line: string): number {
  return crypto.createHash('sha1').update(line).digest().readUIntBE(0, 6);
}
