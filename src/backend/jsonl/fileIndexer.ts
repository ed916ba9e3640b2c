import { createHash } from 'node:crypto';
import { titleFromMessage } from '../content/title';
import type { Bytes } from './bytes';
import { LineIndex } from './lineIndex';
import { decodeHead, decodeText } from './lineParser';
import { LineScanner, type ScannedLine } from './lineScanner';
import { type ReadStats, readAt, readSpan } from './readBytes';

/** Bytes at either end of the indexed part that must be unchanged for an appended file to be indexed from where it ended. */
const FINGERPRINT_BYTES = 512;
/** Bytes of a user message that are looked at for the title. */
const TITLE_BYTES = 2048;

/** Hash of the first and the last bytes of [0, end) of a file: tells an append from a rewrite. */
export function fileFingerprint(fd: number, end: number, stats: ReadStats): string {
  const head = Math.min(end, FINGERPRINT_BYTES);
  const tail = Math.min(end - head, FINGERPRINT_BYTES);
  const bytes = Buffer.allocUnsafe(head + tail);
  readAt(fd, bytes, 0, head, 0, stats);
  if (tail > 0) readAt(fd, bytes, head, tail, end - tail, stats);
  return shortHash(bytes);
}

function shortHash(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('base64').slice(0, 20);
}

/** The same for a last line without a line feed: its end and its length tell whether it is still the same. */
export function tornFingerprint(fd: number, offset: number, size: number, stats: ReadStats): string {
  const from = Math.max(offset, offset + size - FINGERPRINT_BYTES);
  return createHash('sha1')
    .update(readSpan(fd, from, offset + size, stats))
    .digest('base64')
    .slice(0, 20);
}

/** Indexes a file, or what has been appended to it, in steps of one read each. */
export class FileIndexer {
  readonly index: LineIndex;
  readonly #scanner: LineScanner;
  #torn: ScannedLine | undefined;

  /** `from`: the index of the file's beginning, `null` to begin at its first byte. `size`: where the file ends now. */
  constructor(
    private readonly fd: number,
    private readonly size: number,
    from: LineIndex | null,
    private readonly bytes: Bytes,
    private readonly stats: ReadStats,
  ) {
    this.index = from ? from.fork() : LineIndex.create();
    this.#scanner = new LineScanner(fd, this.index.end, size, bytes, stats);
  }

  get position(): number {
    return this.#scanner.position;
  }

  /** True while there is more to read. */
  step(): boolean {
    return this.#scanner.step((line) => this.#take(line));
  }

  /** To be called after the last step. False when the file has become shorter meanwhile: the index is then worthless. */
  finish(): boolean {
    if (this.#scanner.position < this.size) return false;
    if (this.#torn) {
      const { offset, size } = this.#torn;
      this.index.addTorn(this.#torn, tornFingerprint(this.fd, offset, size, this.stats));
    }
    this.index.fingerprint = fileFingerprint(this.fd, this.index.end, this.stats);
    return true;
  }

  #take(line: ScannedLine): void {
    if (this.index.wantsTitle && line.parsed.kind === 'message') this.#title(line);
    if (line.terminated) this.index.add(line);
    else this.#torn = line;
  }

  #title(line: ScannedLine): void {
    const { roleStart, roleEnd, roleEscaped, contentStart, contentEnd } = line.parsed;
    // A role with escapes is at most six times as long as its text.
    if (roleEnd - roleStart < 4 || roleEnd - roleStart > 24) return;
    const text = (start: number, end: number): Buffer =>
      line.start >= 0
        ? this.bytes.buffer.subarray(line.start + start, line.start + end)
        : readSpan(this.fd, line.offset + start, line.offset + end, this.stats);
    const role = text(roleStart, roleEnd);
    if (decodeText(role, 0, role.length, roleEscaped) !== 'user') return;
    // Some bytes more than are decoded, so that the cut can be seen.
    const head = text(contentStart, Math.min(contentEnd, contentStart + TITLE_BYTES + 16));
    this.index.offerTitle(titleFromMessage(decodeHead(head, 0, head.length, TITLE_BYTES)));
  }
}
