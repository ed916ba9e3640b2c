import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { Splice } from '../../journal/changes';
import { Replaced, throwIfAborted } from './writeErrors';

const read = promisify(fs.read);
const write = promisify(fs.write);
const writev = promisify(fs.writev);

/** Bytes that are read and written at once; a few of these are under way at a time. */
const BLOCK = 1 << 20;
const BLOCKS = 4;
/** Parts of one write (the system takes 1024). */
const PARTS = 512;
/** The new file is flushed while it is written, so that the flush at the end is short. */
const FLUSH_EVERY = 48 << 20;

/** Gives the bytes that are inserted, in order. The pieces stay as they are: they are written after the next is asked for. */
export type Insertion = (count: number) => Iterable<Buffer>;

export const NO_INSERTION: Insertion = () => [];

/** Inserted bytes that are in memory. */
export function insertionOf(bytes: Buffer): Insertion {
  let used = 0;
  return (count) => {
    used += count;
    return [bytes.subarray(used - count, used)];
  };
}

/**
 * Copies a file with splices applied, in the thread pool, so that whoever decides on the splices can go on meanwhile.
 * Removed bytes are not read. Memory: a few blocks.
 */
export class SpliceCopy {
  /** Bytes written, all of them once `settle` has resolved. */
  size = 0;
  #at = 0;
  #group: { from: number; end: number; parts: { from: number; end: number }[]; position: number } | undefined;
  #free: Buffer[] = [];
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #unflushed = 0;
  #flushing: Promise<void> | undefined;

  constructor(
    private readonly source: number,
    private readonly target: number,
    private readonly insertion: Insertion,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The next splice, in the order of the file. */
  async splice({ at, removed, inserted }: Splice): Promise<void> {
    await this.keep(at);
    this.#at = at + removed;
    if (inserted === 0) return;
    this.#send();
    for (const piece of this.insertion(inserted)) await this.insert(piece);
  }

  /** Bytes of the caller's at this place of the copy. */
  async insert(bytes: Buffer): Promise<void> {
    this.#send();
    throwIfAborted(this.signal);
    await this.#room();
    const position = this.size;
    this.size += bytes.length;
    this.#start(() => this.#writeFully(bytes, position));
  }

  /** All source bytes before `end` that no splice has taken are copied. */
  async keep(end: number): Promise<void> {
    while (this.#at < end) {
      const from = this.#at;
      const group = this.#group;
      const room = group ? group.from + BLOCK - from : 0;
      if (!group || room <= 0 || group.parts.length >= PARTS) {
        await this.#flushGroup();
        this.#group = { from, end: from, parts: [], position: this.size };
        continue;
      }
      const partEnd = Math.min(end, from + room);
      const last = group.parts.at(-1);
      if (last?.end === from) last.end = partEnd;
      else group.parts.push({ from, end: partEnd });
      group.end = partEnd;
      this.size += partEnd - from;
      this.#at = partEnd;
    }
  }

  /** Resolves when all is written. Rejects with the first error. */
  async settle(): Promise<void> {
    await this.#flushGroup();
    while (this.#running.size > 0) await Promise.race(this.#running);
    await this.#flushing;
    if (this.#failure) throw this.#failure.error;
  }

  /** Waits until nothing writes any more, whatever became of it. */
  async stop(): Promise<void> {
    this.#failure ??= { error: new Error('stopped') };
    await Promise.allSettled([...this.#running, this.#flushing]);
  }

  async #flushGroup(): Promise<void> {
    this.#send();
    throwIfAborted(this.signal);
    await this.#room();
  }

  async #room(): Promise<void> {
    while (this.#running.size >= BLOCKS) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
  }

  #send(): void {
    const group = this.#group;
    this.#group = undefined;
    if (group && group.parts.length > 0) this.#start(() => this.#copy(group));
  }

  #start(work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #copy({
    from,
    end,
    parts,
    position,
  }: {
    from: number;
    end: number;
    parts: readonly { from: number; end: number }[];
    position: number;
  }): Promise<void> {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
    try {
      for (let done = 0; done < end - from; ) {
        const { bytesRead } = await read(this.source, buffer, done, end - from - done, from + done);
        // Somebody rewrites the file in place.
        if (bytesRead === 0) throw new Replaced();
        done += bytesRead;
      }
      const pieces = parts.map((part) => buffer.subarray(part.from - from, part.end - from));
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (pieces.length === 1 && pieces[0]) await this.#writeFully(pieces[0], position);
      else {
        const { bytesWritten } = await writev(this.target, pieces, position);
        // A short write: the rest in one piece, which ends or says why it cannot.
        if (bytesWritten < length) {
          await this.#writeFully(Buffer.concat(pieces).subarray(bytesWritten), position + bytesWritten);
        }
      }
      this.#flushNowAndThen(length);
    } finally {
      this.#free.push(buffer);
    }
  }

  async #writeFully(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await write(this.target, bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  #flushNowAndThen(length: number): void {
    this.#unflushed += length;
    if (this.#flushing || this.#unflushed < FLUSH_EVERY) return;
    this.#unflushed = 0;
    this.#flushing = promisify(fs.fdatasync)(this.target)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => {
        this.#flushing = undefined;
      });
  }
}
