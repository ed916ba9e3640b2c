import { isUtf8 } from 'node:buffer';

/** A session key for a statement. */
export interface KeyParameter {
  /** SQL for the parameter's place. */
  readonly sql: 'CAST(? AS TEXT)' | '?';
  readonly value: string | Buffer;
}

/**
 * zeroclaw's keys are text. A column takes other things too (a BLOB, bytes that are no UTF-8), and zeroclaw then
 * drops the row. Such a key is shown with its bytes, so that it stays unique and can be asked for.
 */
const oddKey = / \((blob|text) x'([0-9a-f]*)'\)$/;

/** The name of a key that is not text in valid UTF-8. */
export function nameOfOddKey(bytes: Buffer, kind: 'blob' | 'text'): string {
  return `${bytes.toString('utf8')} (${kind} x'${bytes.toString('hex')}')`;
}

/** The parameter for a key as the list shows it. */
export function keyParameter(key: string): KeyParameter {
  // The test for the last character spares ordinary keys the pattern.
  const odd = key.endsWith(')') ? oddKey.exec(key) : null;
  if (!odd) return { sql: 'CAST(? AS TEXT)', value: key };
  const bytes = Buffer.from(odd[2] ?? '', 'hex');
  return odd[1] === 'blob' ? { sql: '?', value: bytes } : { sql: 'CAST(? AS TEXT)', value: bytes };
}

/** True when a decoded text may stand for bytes that are no UTF-8: they decode to U+FFFD, as does U+FFFD itself. */
export function isSuspect(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\uFFFD');
}

/** True when the bytes are what zeroclaw can read as text. */
export function isText(bytes: unknown): boolean {
  return bytes instanceof Uint8Array && isUtf8(bytes);
}
