import { createHash, hash, webcrypto } from 'node:crypto';
import type { SourceMessage } from './sourceFile';

const SCRATCH = 256 * 1024;
/** UTF-8 takes no more than this for one UTF-16 unit. */
const MOST_BYTES = 3;

/**
 * SHA-256 over messages in order: for each, role and content as UTF-8, each with its length in bytes (four bytes, little
 * endian) before it. Two histories have the same hash when they hold the same messages.
 */
export class MessageHash {
  readonly #hash = createHash('sha256');
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH);
  #filled = 0;

  add(role: string, content: string): void {
    this.#text(role);
    this.#text(content);
  }

  #text(text: string): void {
    if (4 + text.length * MOST_BYTES > SCRATCH - this.#filled) this.#flush();
    if (4 + text.length * MOST_BYTES > SCRATCH) {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      this.#hash.update(length).update(bytes);
      return;
    }
    const written = this.#scratch.write(text, this.#filled + 4);
    this.#scratch.writeUInt32LE(written, this.#filled);
    this.#filled += 4 + written;
  }

  #flush(): void {
    this.#hash.update(this.#scratch.subarray(0, this.#filled));
    this.#filled = 0;
  }

  /** Lower-case hex. To be called once. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }
}

/** SHA-256 in the thread pool, lower-case hex. */
export async function sha256(bytes: Buffer): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Buffer<ArrayBuffer>)).toString('hex');
}

/** What `MessageHash` makes of these few messages, in the thread pool. */
export function hashMessages(messages: readonly SourceMessage[]): Promise<string> {
  let most = 0;
  for (const { role, content } of messages) most += 8 + (role.length + content.length) * MOST_BYTES;
  const bytes = Buffer.allocUnsafe(most);
  let filled = 0;
  const add = (text: string): void => {
    const written = bytes.write(text, filled + 4);
    bytes.writeUInt32LE(written, filled);
    filled += 4 + written;
  };
  for (const { role, content } of messages) {
    add(role);
    add(content);
  }
  return sha256(bytes.subarray(0, filled));
}

/** 48 bits that tell one message from another, as a number: for aligning two histories without holding their texts. */
export function fingerprint(role: string, content: string): number {
  return Number.parseInt(hash('sha256', `${role.length} ${role}${content}`).slice(0, 12), 16);
}

/** Where the beginning of `wanted` is found in `held`. */
export interface Alignment {
  readonly at: number;
  /** So many of `wanted`'s first messages stand at `at`. */
  readonly length: number;
}

/**
 * The place in `held` where most of the beginning of `wanted` stands (Knuth, Morris and Pratt); the last one of several,
 * since what was written last is what goes on. Length 0 when not even its first message is there.
 */
export function align(held: readonly number[], wanted: readonly number[]): Alignment {
  const fall = new Int32Array(wanted.length + 1);
  for (let i = 1, k = 0; i < wanted.length; i++) {
    while (k > 0 && wanted[i] !== wanted[k]) k = fall[k] ?? 0;
    if (wanted[i] === wanted[k]) k++;
    fall[i + 1] = k;
  }
  let best: Alignment = { at: held.length, length: 0 };
  for (let i = 0, k = 0; i < held.length; i++) {
    while (k > 0 && (k === wanted.length || held[i] !== wanted[k])) k = fall[k] ?? 0;
    if (held[i] === wanted[k]) k++;
    if (k > 0 && k >= best.length) best = { at: i + 1 - k, length: k };
  }
  return best;
}
