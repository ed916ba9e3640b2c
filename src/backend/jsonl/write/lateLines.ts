import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemErrorCode } from '../../errors';
import { endsLine, lookAt, readBytes, sizeOf, writeAll } from './editedFile';
import { type WatchedFile, writersTogether } from './openWriters';

/** Read backwards in steps of this size. */
const STEP = 64 * 1024;
/** More than this of what came late is moved in more than one go. */
const LARGEST_MOVE = 64 << 20;
/** Milliseconds after which a program that keeps the old file open is no longer waited for. */
const PATIENCE = 3000;

/** Position after the last line feed in [from, end); `from` when there is none. */
export function lastLineEnd(fd: number, from: number, end: number): number {
  for (let blockEnd = end; blockEnd > from; ) {
    const blockStart = Math.max(from, blockEnd - STEP);
    const at = readBytes(fd, blockStart, blockEnd).lastIndexOf(0x0a);
    if (at >= 0) return blockStart + at + 1;
    blockEnd = blockStart;
  }
  return from;
}

/** Lines moved from the old file: [from, end) of it went to the new one, which was `at` bytes long then. */
interface Move {
  readonly from: number;
  readonly end: number;
  readonly at: number;
}

/**
 * What must be known after a crash between the exchange of two files and the end: how much of the old file the new one
 * holds, and which later lines were about to be moved. A small text beside the file, written before the fact. It is not
 * flushed: a killed process leaves it, and after a loss of power the lines that it is about are lost to the agent too.
 */
export class MoveNote {
  private constructor(
    private readonly file: string,
    readonly copied: number,
    readonly size: number,
    readonly moves: readonly Move[],
  ) {}

  /** `copied`: bytes of the old file that the new one, of `size` bytes, holds or has replaced. */
  static write(file: string, copied: number, size: number): MoveNote {
    const fd = fs.openSync(file, 'w', 0o600);
    try {
      writeAll(fd, Buffer.from(`${copied} ${size}\n`));
    } finally {
      fs.closeSync(fd);
    }
    return new MoveNote(file, copied, size, []);
  }

  static read(file: string): MoveNote | null {
    let text: string;
    try {
      text = fs.readFileSync(file, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
    const [head, ...rows] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    const [copied, size] = (head ?? '').split(' ').map(Number);
    if (copied === undefined || size === undefined || !head) return null;
    const moves = rows.flatMap((row) => {
      const [from, end, at] = row.split(' ').map(Number);
      return row !== '' && from !== undefined && end !== undefined && at !== undefined ? [{ from, end, at }] : [];
    });
    return new MoveNote(file, copied, size, moves);
  }

  add({ from, end, at }: Move): void {
    const fd = fs.openSync(this.file, 'a', 0o600);
    try {
      writeAll(fd, Buffer.from(`${from} ${end} ${at}\n`));
    } finally {
      fs.closeSync(fd);
    }
  }

  /** How far the old file's lines have been taken over, looking up whether the last move still came to it. */
  takenOver(old: number, live: string): number {
    let taken = this.copied;
    for (const move of this.moves) {
      if (move.end <= taken) continue;
      if (!holds(live, move.at, readBytes(old, move.from, move.end))) break;
      taken = move.end;
    }
    return taken;
  }
}

/** Whether a file holds these bytes as whole lines at or after a place. */
export function holds(file: string, from: number, bytes: Buffer): boolean {
  const stat = lookAt(file);
  if (!stat) return false;
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
  try {
    return findLine(fd, from, bytes) >= 0;
  } finally {
    fs.closeSync(fd);
  }
}

/** Where `bytes` stand as whole lines at or after `from`; -1 when nowhere within the next 64 MiB. */
export function findLine(fd: number, from: number, bytes: Buffer): number {
  const region = readBytes(fd, from, Math.min(sizeOf(fd), from + bytes.length + LARGEST_MOVE));
  for (let at = region.indexOf(bytes); at >= 0; at = region.indexOf(bytes, at + 1)) {
    const isLine = at > 0 ? region[at - 1] === 0x0a || bytes[0] === 0x0a : bytes[0] === 0x0a || endsLine(fd, from);
    if (isLine) return from + at;
  }
  return -1;
}

/**
 * Adds lines as zeroclaw does: opens the path for appending, writes once. A last line without a line feed gets one first,
 * in the same write. Makes the file where there is none. Flushed.
 */
export function appendLines(file: string, lines: Buffer, mode: number, note?: MoveNote, from = 0): void {
  lookAt(file);
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW = 0 } = fs.constants;
  const fd = fs.openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, mode);
  try {
    const at = sizeOf(fd);
    const bytes = endsLine(fd, at) ? lines : Buffer.concat([Buffer.from('\n'), lines]);
    note?.add({ from, end: from + lines.length, at });
    writeAll(fd, bytes);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

export interface Drained {
  /** The agent shortened the old file instead of adding to it: it was rewriting it in place. */
  readonly rewritten: boolean;
  /** Bytes of the old file that have been taken over. */
  readonly copied: number;
}

/**
 * Watches a file that no path leads to any more until nobody can write to it, and moves the lines that still come to the
 * file that lives under its name. An agent that opened the old file before it was exchanged writes to it afterwards;
 * nobody else can open it. Throws system errors.
 */
export async function drain(
  old: number,
  watched: WatchedFile,
  live: string,
  copiedBefore: number,
  note: MoveNote | undefined,
  log: (message: string) => void,
): Promise<Drained> {
  const begin = performance.now();
  const mode = Number(watched.stat.mode) & 0o777;
  let copied = copiedBefore;
  for (let quiet = 0; ; ) {
    const size = sizeOf(old);
    const writers = await writersTogether(watched);
    const isOver = performance.now() - begin > PATIENCE;
    const isSettled = isOver || (writers.ids.size === 0 && performance.now() - begin >= writers.grace);
    // After the look at the writers: who has gone has written before.
    const end = sizeOf(old);
    if (end < copied) return { rewritten: true, copied };
    if (end > copied) {
      const bytes = readBytes(old, copied, Math.min(end, copied + LARGEST_MOVE));
      const whole = bytes.lastIndexOf(0x0a) + 1;
      const isAll = copied + bytes.length === end;
      if (whole > 0) appendLines(live, bytes.subarray(0, whole), mode, note, copied);
      copied += whole;
      // What a writer left unfinished when it died, or one line that is longer than all this.
      if (whole < bytes.length && ((isSettled && isAll && end === size) || bytes.length === LARGEST_MOVE)) {
        const rest = Buffer.concat([bytes.subarray(whole), Buffer.from('\n')]);
        appendLines(live, rest, mode, note, copied);
        copied += bytes.length - whole;
      }
    }
    if (isSettled && end === size && copied === end) {
      if (isOver && writers.ids.size > 0) {
        log(`A program keeps the replaced file of ${live} open; what it writes there from now on is not seen.`);
      }
      // Twice: an open that was under way shows in the second look.
      if (++quiet > 1 || isOver) return { rewritten: false, copied };
    } else quiet = 0;
    await sleep(2);
  }
}
