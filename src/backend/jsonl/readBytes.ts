import * as fs from 'node:fs';
import { Bytes } from './bytes';

/** What reading a store has cost so far. Tests and benchmarks read it. */
export interface ReadStats {
  bytesRead: number;
  /** Session files opened. */
  filesOpened: number;
}

/** Size of the buffers that files are read through. */
export const BUFFER_SIZE = 512 * 1024;

const KEPT = 2;
const free: Bytes[] = [];

/** Runs `work` with a buffer of BUFFER_SIZE bytes that it must not keep. */
export async function withBuffer<T>(work: (bytes: Bytes) => Promise<T>): Promise<T> {
  const bytes = free.pop() ?? Bytes.allocate(BUFFER_SIZE);
  try {
    return await work(bytes);
  } finally {
    if (free.length < KEPT) free.push(bytes);
  }
}

/** Reads up to `length` bytes at `position` into `buffer` from `offset`; fewer only at the end of the file. */
export function readAt(
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
  stats: ReadStats,
): number {
  let done = 0;
  while (done < length) {
    const count = fs.readSync(fd, buffer, offset + done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  stats.bytesRead += done;
  return done;
}

/** A new buffer with the bytes [start, end) of a file; shorter when the file ends before. */
export function readSpan(fd: number, start: number, end: number, stats: ReadStats): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  const count = readAt(fd, buffer, 0, buffer.length, start, stats);
  return buffer.subarray(0, count);
}

/** Lets the event loop serve other requests. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Says when work has kept the event loop for long enough. */
export class Slice {
  static readonly milliseconds = 8;
  #end = performance.now() + Slice.milliseconds;

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  async rest(): Promise<void> {
    await pause();
    this.#end = performance.now() + Slice.milliseconds;
  }
}
