import { isUtf8 } from 'node:buffer';
import { type Bytes, Utf8Checker } from './bytes';
import { LineMachine } from './lineMachine';
import { matchCanonical, ParsedLine, parseLine, rejectUtf8 } from './lineParser';
import { type ReadStats, readAt } from './readBytes';

/** A line as the scanner hands it out; the object is used again for the next one. */
export class ScannedLine {
  /** Position of the first byte in the file. */
  offset = 0;
  /** Bytes without the line feed (a carriage return counts). */
  size = 0;
  /** False for a last line without a line feed. */
  terminated = true;
  /** Where the line's bytes are in the scanner's buffer; -1 for a line that is longer than the buffer. */
  start = 0;
  readonly parsed = new ParsedLine();
}

export type LineSink = (line: ScannedLine) => void;

/** Reads no more than this at first, so that a page of some lines costs little. */
const FIRST_READ = 64 * 1024;

/**
 * Decides about each of the whole lines in `bytes` [from, end), which begins and ends where a line does. `base`: the
 * file's position of byte 0 of `bytes`. `line` is handed out for each of them.
 */
export function scanLines(
  bytes: Bytes,
  base: number,
  from: number,
  end: number,
  line: ScannedLine,
  sink: LineSink,
): void {
  const { buffer } = bytes;
  line.terminated = true;
  // One call of the native checker for many lines; only a part with a bad byte in it is checked line by line.
  const valid = isUtf8(buffer.subarray(from, end));
  let start = from;
  while (start < end) {
    let lineEnd = valid ? matchCanonical(bytes, start, end, line.parsed) : -1;
    if (lineEnd < 0 && buffer[start] === 0x0a) {
      line.parsed.kind = 'blank';
      lineEnd = start;
    } else if (lineEnd < 0) {
      lineEnd = buffer.indexOf(0x0a, start);
      parseLine(bytes, start, lineEnd, line.parsed, valid);
    }
    line.offset = base + start;
    line.size = lineEnd - start;
    line.start = start;
    sink(line);
    start = lineEnd + 1;
  }
}

/**
 * Goes through the lines of a part of a file, which must begin where a line begins, and decides about each.
 * Lines as Rust's `BufRead::lines` has them: split at line feeds, the last may lack one. Memory is one buffer, whatever
 * the length of a line.
 */
export class LineScanner {
  readonly #line = new ScannedLine();
  /** Bytes at the front of the buffer that belong to a line without an end so far. */
  #filled = 0;
  #position: number;
  #readSize = FIRST_READ;
  #long:
    | { readonly machine: LineMachine; readonly utf8: Utf8Checker; readonly offset: number; size: number }
    | undefined;

  constructor(
    private readonly fd: number,
    start: number,
    private readonly end: number,
    private readonly bytes: Bytes,
    private readonly stats: ReadStats,
  ) {
    this.#position = start;
  }

  /** Next byte of the file to be read. */
  get position(): number {
    return this.#position;
  }

  /** Reads once and hands out the lines that end in it. False after the last line, or when the file has become shorter. */
  step(sink: LineSink): boolean {
    const { buffer } = this.bytes;
    const want = Math.min(buffer.length - this.#filled, this.end - this.#position, this.#readSize);
    this.#readSize = Math.min(buffer.length, this.#readSize * 4);
    const count = want > 0 ? readAt(this.fd, buffer, this.#filled, want, this.#position, this.stats) : 0;
    if (count === 0) {
      this.#finish(sink);
      return false;
    }
    const base = this.#position - this.#filled;
    this.#position += count;
    let from = 0;
    const total = this.#filled + count;
    if (this.#long) {
      const lineEnd = buffer.subarray(0, total).indexOf(0x0a);
      this.#feedLong(lineEnd < 0 ? total : lineEnd);
      if (lineEnd < 0) return true;
      this.#endLong(true, sink);
      from = lineEnd + 1;
    }
    const last = buffer.lastIndexOf(0x0a, total - 1);
    const lineStart = Math.max(from, last + 1);
    if (last >= from) this.#lines(base, from, last + 1, sink);
    buffer.copyWithin(0, lineStart, total);
    this.#filled = total - lineStart;
    if (this.#filled === buffer.length) {
      this.#long = { machine: new LineMachine(), utf8: new Utf8Checker(), offset: base + lineStart, size: 0 };
      this.#feedLong(this.#filled);
      this.#filled = 0;
    }
    return true;
  }

  #lines(base: number, from: number, end: number, sink: LineSink): void {
    scanLines(this.bytes, base, from, end, this.#line, sink);
  }

  #feedLong(end: number): void {
    if (!this.#long) return;
    this.#long.machine.feed(this.bytes, 0, end);
    this.#long.utf8.feed(this.bytes, 0, end);
    this.#long.size += end;
  }

  #endLong(terminated: boolean, sink: LineSink): void {
    const long = this.#long;
    if (!long) return;
    this.#long = undefined;
    const line = this.#line;
    line.offset = long.offset;
    line.size = long.size;
    line.start = -1;
    line.terminated = terminated;
    long.utf8.finish();
    if (long.utf8.invalidAt >= 0) rejectUtf8(line.parsed, long.utf8.invalidAt);
    else long.machine.finish(line.parsed);
    sink(line);
  }

  #finish(sink: LineSink): void {
    if (this.#long) {
      this.#endLong(false, sink);
    } else if (this.#filled > 0) {
      const line = this.#line;
      parseLine(this.bytes, 0, this.#filled, line.parsed);
      line.offset = this.#position - this.#filled;
      line.size = this.#filled;
      line.start = 0;
      line.terminated = false;
      sink(line);
    }
    this.#filled = 0;
  }
}
