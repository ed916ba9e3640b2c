import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError, systemErrorCode } from '../../errors';
import type { JsonlFileState } from '../../journal/changes';
import { type ReadStats, readSpan } from '../readBytes';
import { writeError } from './writeErrors';

/** What `ends` of a state covers at either end of a file. */
export const END_BYTES = 64 * 1024;

/** A session's file, open to be read while it is changed. The descriptor stays with this very file whatever is renamed. */
export interface EditedFile {
  readonly path: string;
  readonly fd: number;
  readonly stat: fs.BigIntStats;
  /** Bytes when it was opened. */
  readonly size: number;
}

const stats: ReadStats = { bytesRead: 0, filesOpened: 0 };

/** Bytes [from, end); fewer where the file ends before. */
export function readBytes(fd: number, from: number, end: number): Buffer {
  return readSpan(fd, from, end, stats);
}

/** Facts about a name without following links; `null` when there is nothing. Throws a `StoreError` for what is no file. */
export function lookAt(file: string): fs.BigIntStats | null {
  const stat = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  if (!stat) return null;
  if (stat.isFile()) return stat;
  const kind = stat.isSymbolicLink()
    ? 'a symbolic link'
    : stat.isDirectory()
      ? 'a directory'
      : 'a device or FIFO (named pipe)';
  throw new StoreError('not-a-file', `${file} is ${kind}, not a session file. It is not changed; move it away.`);
}

/**
 * Opens a session's file for a change. Throws a `StoreError`: `no-such-session`, `not-a-file` (links are not followed),
 * `no-permission`.
 */
export function openEdited(file: string): EditedFile {
  try {
    const before = lookAt(file);
    if (!before) throw new StoreError('no-such-session', `${file} does not exist. It may have been deleted.`);
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isFile()) {
      fs.closeSync(fd);
      throw new StoreError('not-a-file', `${file} is no regular file. It is not changed.`);
    }
    return { path: file, fd, stat, size: Number(stat.size) };
  } catch (error) {
    if (systemErrorCode(error) === 'EACCES') {
      throw new StoreError('no-permission', `No permission to read ${file}. Give your user access to it.`, {
        cause: error,
      });
    }
    throw writeError(error, file);
  }
}

export function isSameFile(a: fs.BigIntStats | null, b: fs.BigIntStats | null): boolean {
  return a !== null && b !== null && a.ino === b.ino && a.dev === b.dev;
}

export function sizeOf(fd: number): number {
  return fs.fstatSync(fd).size;
}

/**
 * Refuses what is marked read-only. A rename would replace such a file all the same, and for root no mode is a barrier:
 * a file or folder without any write bit is meant to stay as it is. `file`: absent where none exists yet.
 */
export function requireWritable(folder: string, file?: string): void {
  for (const place of file === undefined ? [folder] : [folder, file]) {
    try {
      const { mode } = fs.statSync(place);
      if ((mode & 0o222) === 0) throw readOnly(place);
      fs.accessSync(place, fs.constants.W_OK);
    } catch (error) {
      if (systemErrorCode(error) === 'EACCES') throw readOnly(place);
      throw writeError(error, place);
    }
  }
}

function readOnly(place: string): StoreError {
  return new StoreError('read-only', `${place} is read-only. Nothing was changed. Give your user write access to it.`);
}

/** SHA-256 over the first and the last 64 KiB of the first `size` bytes. */
export function endsOf(fd: number, size: number): string {
  return hashEnds(readBytes(fd, 0, Math.min(size, END_BYTES)), readBytes(fd, Math.max(0, size - END_BYTES), size));
}

export function hashEnds(head: Buffer, tail: Buffer): string {
  return createHash('sha256').update(head).update(tail).digest('hex');
}

/** The state of a file as far as its first `size` bytes go. */
export function stateOf({ fd, stat }: EditedFile, size: number): JsonlFileState {
  return stateWith(stat, size, endsOf(fd, size));
}

export function stateWith(stat: fs.BigIntStats, size: number, ends: string): JsonlFileState {
  const { mtimeNs, mode, uid, gid } = stat;
  return {
    size,
    modifiedNs: String(mtimeNs),
    mode: Number(mode) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    ends,
  };
}

/** How a file relates to a recorded state. `grown`: it begins with it, and more follows. */
export function compareState(fd: number, state: JsonlFileState): 'same' | 'grown' | 'other' {
  const size = sizeOf(fd);
  if (size < state.size || endsOf(fd, state.size) !== state.ends) return 'other';
  return size === state.size ? 'same' : 'grown';
}

/** Whether a line feed stands before `end`; true at the beginning of a file. */
export function endsLine(fd: number, end: number): boolean {
  return end === 0 || readBytes(fd, end - 1, end)[0] === 0x0a;
}

/** Writes all of `bytes`; a short write is gone on with until the system says why. At `position`, or where the mode says. */
export function writeAll(fd: number, bytes: Buffer, position: number | null = null): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

/** Makes names that were added or removed in a folder lasting. Not every system can. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  let fd: number | undefined;
  try {
    fd = fs.openSync(folder, fs.constants.O_RDONLY);
    fs.fsyncSync(fd);
  } catch (error) {
    // Network and FUSE file systems refuse to flush a folder; then its own order has to do.
    if (systemErrorCode(error) === 'EIO') throw error;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Removes a name of ours if it is there. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

/** A new name as zeroclaw's own rewrites use it (`.tmp` and six characters): no reader takes it for a session. */
export function scratchName(folder: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  for (;;) {
    let name = '.tmp';
    for (let i = 0; i < 6; i++) name += letters[Math.floor(Math.random() * letters.length)] ?? 'x';
    if (!fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false })) return name;
  }
}
