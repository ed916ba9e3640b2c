import { isUtf8 } from 'node:buffer';
import type { Message, Problem } from '../../shared/session';
import { StoreError } from '../errors';
import type { RawEntry, StoreEntry } from '../SessionBackend';
import { decodeText } from './lineParser';
import { LineScanner, type ScannedLine } from './lineScanner';
import { type ReadStats, readSpan, Slice, withBuffer } from './readBytes';

/** Longer lines are not shown: the page would have to hold them whole. */
const LARGEST_SHOWN = 64 * 1024 * 1024;
/** Together no more than this in one page. */
const LARGEST_PAGE = 256 * 1024 * 1024;
/** Below this a line is shown even in a page that is full. */
const ALWAYS_SHOWN = 1024 * 1024;
/** Longer messages do not fit into one string with some room. */
const LARGEST_LOADED = 256 * 1024 * 1024;
const EXCERPT_CHARACTERS = 300;

/** Where to read: an open file, from a place where a line begins to one where a line ends. */
export interface FilePart {
  readonly fd: number;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly stats: ReadStats;
}

/** Half-open. */
export interface Span {
  readonly from: number;
  readonly end: number;
}

/**
 * Rows [from, end) as entries. `firstRow`: the number of the line at `part.start`. `place` names a row for a person.
 */
export async function readEntries(
  part: FilePart,
  firstRow: number,
  rows: Span,
  place: (row: number) => string,
): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = [];
  let row = firstRow;
  let spent = 0;
  await scan(part, (line, buffer) => {
    if (row >= rows.from && row < rows.end) {
      spent += line.size;
      const isTooMuch = line.size > LARGEST_SHOWN || (spent > LARGEST_PAGE && line.size > ALWAYS_SHOWN);
      entries.push(entryOf(part, line, buffer, row, place(row), isTooMuch));
    }
    row++;
    return row < rows.end;
  });
  return entries;
}

/** Messages [from, end) by position. `firstMessage`: the position of the first message at or after `part.start`. */
export async function readMessages(
  part: FilePart,
  firstMessage: number,
  positions: Span,
): Promise<{ messages: Message[]; problems: Problem[] }> {
  const messages: Message[] = [];
  const problems: Problem[] = [];
  let index = firstMessage;
  await scan(part, (line, buffer) => {
    if (line.parsed.kind !== 'message') return index < positions.end;
    if (index >= positions.from && index < positions.end) {
      if (line.size <= LARGEST_LOADED) messages.push({ index, ...textsOf(part, line, buffer), createdAt: null });
      else {
        const message = `Message ${index + 1} of ${part.name} is left out: ${megabytes(line.size)} are too many to load.`;
        problems.push({ code: 'read-failed', severity: 'error', message, offset: line.offset });
      }
    }
    index++;
    return index < positions.end;
  });
  return { messages, problems };
}

/** The bytes of the one row, or `null` when the part ends before it. */
export async function readRaw(part: FilePart, firstRow: number, row: number, place: string): Promise<RawEntry | null> {
  let found: Span | null = null;
  let current = firstRow;
  await scan(part, ({ offset, size }) => {
    if (current === row) found = { from: offset, end: offset + size };
    return current++ < row;
  });
  return found && readRawSpan(part, found, place);
}

/** Bytes [from, end) as text. Rejects when they are too many to show. */
export function readRawSpan({ fd, name, stats }: FilePart, { from, end }: Span, place: string): RawEntry {
  if (end - from > LARGEST_SHOWN) {
    throw new StoreError('read-failed', `The ${place} of ${name} is ${megabytes(end - from)} long: too big to show.`);
  }
  const bytes = readSpan(fd, from, end, stats);
  return { place, text: bytes.toString('utf8'), exact: isUtf8(bytes) };
}

/** Goes through the lines of a part until `sink` returns false. */
async function scan(part: FilePart, sink: (line: ScannedLine, buffer: Buffer) => boolean): Promise<void> {
  await withBuffer(async (bytes) => {
    const scanner = new LineScanner(part.fd, part.start, part.end, bytes, part.stats);
    const slice = new Slice();
    let goesOn = true;
    const take = (line: ScannedLine): void => {
      if (goesOn) goesOn = sink(line, bytes.buffer);
    };
    while (goesOn && scanner.step(take)) if (slice.isOver) await slice.rest();
  });
}

function entryOf(
  part: FilePart,
  line: ScannedLine,
  buffer: Buffer,
  row: number,
  place: string,
  isTooMuch: boolean,
): StoreEntry {
  const { kind, reason } = line.parsed;
  const { size, offset } = line;
  if (kind === 'blank') return { kind, row };
  if (kind === 'message' && !isTooMuch) {
    return { kind, row, ...textsOf(part, line, buffer), createdAt: null, size, place };
  }
  const words = kind === 'message' ? `${megabytes(size)} long: too big to show here. The agent reads it.` : reason;
  const code = kind === 'message' ? 'read-failed' : 'unreadable-line';
  const excerpt = excerptOf(part, line, buffer);
  return { kind: 'unreadable', row, code, reason: words, size, place, offset, excerpt };
}

function textsOf(part: FilePart, line: ScannedLine, buffer: Buffer): { role: string; content: string } {
  const { roleStart, roleEnd, roleEscaped, contentStart, contentEnd, contentEscaped } = line.parsed;
  const text = (start: number, end: number, escaped: boolean): string => {
    if (line.start >= 0) return decodeText(buffer, line.start + start, line.start + end, escaped);
    const bytes = readSpan(part.fd, line.offset + start, line.offset + end, part.stats);
    return decodeText(bytes, 0, bytes.length, escaped);
  };
  return { role: text(roleStart, roleEnd, roleEscaped), content: text(contentStart, contentEnd, contentEscaped) };
}

function excerptOf(part: FilePart, line: ScannedLine, buffer: Buffer): string {
  const size = Math.min(line.size, EXCERPT_CHARACTERS * 4);
  const bytes =
    line.start >= 0
      ? buffer.subarray(line.start, line.start + size)
      : readSpan(part.fd, line.offset, line.offset + size, part.stats);
  const text = bytes.toString('utf8').slice(0, EXCERPT_CHARACTERS);
  // Not half of a character.
  return text.replace(/[\uD800-\uDBFF]$/, '');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
