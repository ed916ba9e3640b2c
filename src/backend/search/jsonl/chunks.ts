/** A file, or a stretch of it, in chunks of whole lines: what the search reads. */
import { Bytes } from '../../jsonl/bytes';
import { LineScanner, type ScannedLine } from '../../jsonl/lineScanner';
import { BUFFER_SIZE, type ReadStats, readAt } from '../../jsonl/readBytes';

/** Bytes of a chunk. Above a megabyte the platform's decoder makes strings without a copy. */
const CHUNK = 4 * 1024 * 1024;
/** Longer lines are not held in memory; the page does not show them either. */
export const LONGEST_LINE = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** What reading costs is not of interest here; the readers that are shared with the store ask for it. */
export const noStats: ReadStats = { bytesRead: 0, filesOpened: 0 };

/** The file has become shorter, or was rewritten, while it was read. */
export class FileChanged extends Error {}

/** A line that is longer than `LONGEST_LINE`. */
export interface LongLine {
  readonly offset: number;
  /** Bytes without the line feed. */
  readonly size: number;
  readonly kind: 'message' | 'blank' | 'unreadable';
  readonly reason: string;
}

export interface Chunk {
  readonly bytes: Bytes;
  /** The lines are `bytes` [0, end). A last line without a line feed has been given one. */
  readonly end: number;
  /** The file's position of byte 0. */
  readonly offset: number;
  /** The last line has no line feed in the file. */
  readonly torn: boolean;
  readonly long?: LongLine;
}

/** One buffer is kept for the next reader. */
let free: Bytes | undefined;

/** Reads [from, end) of a file, which must begin where a line begins and end where one ends. */
export class ChunkReader {
  private bytes: Bytes;
  private position: number;
  /** Bytes of the chunk before, which are no longer wanted. */
  private used = 0;
  private filled = 0;

  constructor(
    private readonly fd: number,
    from: number,
    private readonly end: number,
    /** Bytes of the first chunk, for who needs a few lines only. */
    private size = CHUNK,
  ) {
    this.position = from;
    this.bytes = free ?? Bytes.allocate(CHUNK + 1);
    free = undefined;
  }

  /** The next lines; the chunk before must not be used any more. Throws `FileChanged` when the file ends too early. */
  next(): Chunk | null {
    this.bytes.buffer.copyWithin(0, this.used, this.filled);
    this.filled -= this.used;
    this.used = 0;
    for (;;) {
      const from = this.filled;
      this.fill();
      const offset = this.position - this.filled;
      if (this.position === this.end) return this.rest(offset);
      const last = this.bytes.buffer.lastIndexOf(LINE_FEED, this.filled - 1);
      if (last >= from) {
        this.used = last + 1;
        return { bytes: this.bytes, end: this.used, offset, torn: false };
      }
      if (this.filled < this.bytes.buffer.length - 1) continue;
      if (this.filled >= LONGEST_LINE) return this.longLine(offset);
      const larger = Bytes.allocate(Math.min(LONGEST_LINE, this.filled * 2) + 1);
      this.bytes.buffer.copy(larger.buffer, 0, 0, this.filled);
      this.bytes = larger;
    }
  }

  close(): void {
    if (this.bytes.buffer.length === CHUNK + 1) free = this.bytes;
  }

  /** One byte is left free, for the line feed of a last line that has none. */
  private fill(): void {
    const { buffer } = this.bytes;
    const room = buffer.length - 1 - this.filled;
    const want = Math.min(room, Math.max(1, this.size - this.filled), this.end - this.position);
    this.size = Math.max(this.size * 2, CHUNK);
    const count = readAt(this.fd, buffer, this.filled, want, this.position, noStats);
    if (count < want) throw new FileChanged();
    this.filled += count;
    this.position += count;
  }

  private rest(offset: number): Chunk | null {
    if (this.filled === 0) return null;
    const { buffer } = this.bytes;
    let { filled } = this;
    const torn = buffer[filled - 1] !== LINE_FEED;
    if (torn) buffer[filled++] = LINE_FEED;
    this.used = this.filled;
    return { bytes: this.bytes, end: filled, offset, torn };
  }

  private longLine(offset: number): Chunk {
    const scanner = new LineScanner(this.fd, offset, this.end, Bytes.allocate(BUFFER_SIZE), noStats);
    let long: LongLine | undefined;
    let next = this.end;
    let torn = false;
    const take = (line: ScannedLine): void => {
      if (long) return;
      long = { offset: line.offset, size: line.size, kind: line.parsed.kind, reason: line.parsed.reason };
      torn = !line.terminated;
      next = line.offset + line.size + (torn ? 0 : 1);
    };
    while (!long && scanner.step(take));
    if (!long) throw new FileChanged();
    this.filled = 0;
    this.position = next;
    return { bytes: this.bytes, end: 0, offset, torn, long };
  }
}

/** The first position at or after `at` where a line begins; `size` when there is none before it. */
export function lineStartAfter(fd: number, at: number, size: number): number {
  if (at <= 0) return 0;
  if (at >= size) return size;
  const buffer = Buffer.allocUnsafe(64 * 1024);
  for (let position = at - 1; position < size; ) {
    const count = readAt(fd, buffer, 0, Math.min(buffer.length, size - position), position, noStats);
    if (count === 0) throw new FileChanged();
    const found = buffer.subarray(0, count).indexOf(LINE_FEED);
    if (found >= 0) return position + found + 1;
    position += count;
  }
  return size;
}

/** Line feeds in `buffer` [from, end). */
export function countLineFeeds(buffer: Buffer, from: number, end: number): number {
  let count = 0;
  for (let at = buffer.indexOf(LINE_FEED, from); at >= 0 && at < end; at = buffer.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
