import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError, systemErrorCode } from '../../errors';
import {
  endsLine,
  isSameFile,
  lookAt,
  readBytes,
  removeFile,
  sizeOf,
  syncFolder,
  writeAll,
} from '../../jsonl/write/editedFile';
import { appendLines, holds } from '../../jsonl/write/lateLines';
import { writersOf } from '../../jsonl/write/openWriters';
import { isWithoutLinks } from '../../jsonl/write/replacement';
import { writeError } from '../../jsonl/write/writeErrors';
import { type SessionFiles, there } from './staging';

/*
 * An agent that writes JSONL makes the live file anew when it does not find it. Its lines belong to the session: they go
 * to the end of the staged file. The file they stand in is set aside under a name of its own, so that the agent's next
 * line makes another one; the staged file's size at that moment is part of the name, so that after a crash it can be told
 * which of the lines have been added.
 */

/** Milliseconds after which a program that keeps a file open is no longer waited for. */
const PATIENCE = 1000;
/** Tries to put a file back between two lines of an agent; each takes well under a millisecond. */
const MOST_TRIES = 500;

/** A live file that was set aside; `taken` bytes of it have been added. */
interface Aside {
  readonly path: string;
  readonly fd: number;
  readonly stat: fs.BigIntStats;
  readonly taken: number;
}

/** Takes in the lines of a live file that has been made anew. False when there is none. */
export async function absorb(files: SessionFiles): Promise<boolean> {
  const aside = setAside(files);
  if (!aside) return false;
  await finish(files, aside, files.staged);
  return true;
}

/** Back to live, with the lines that an agent has written to a live file of its own meanwhile. */
export async function unstage(files: SessionFiles): Promise<void> {
  if (endMove(files)) return;
  const asides: Aside[] = [];
  for (let attempt = 0; ; attempt++) {
    const aside = setAside(files);
    if (aside) asides.push(aside);
    try {
      moveWithoutReplacing(files.staged, files.live);
      break;
    } catch (error) {
      // Between the two an agent has made another one.
      if (systemErrorCode(error) !== 'EEXIST') throw writeError(error, files.staged);
      if (attempt === MOST_TRIES) {
        throw new StoreError('busy', `${files.name} is written to without a pause. Stop the agent and try again.`);
      }
    }
  }
  syncFolder(files.folder);
  for (const aside of asides) await finish(files, aside, files.live);
}

/**
 * Ends a move back to live that was cut short between its two steps: one file under both names. It must not be taken for
 * one that an agent has made. False when there is none.
 */
export function endMove({ staged, live, folder }: SessionFiles): boolean {
  if (!isSameFile(there(staged), there(live))) return false;
  removeFile(staged);
  syncFolder(folder);
  return true;
}

/** A rename that fails with EEXIST instead of replacing. */
function moveWithoutReplacing(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    // A file system without hard links.
    if (there(to)) throw Object.assign(new Error(`${to} exists`), { code: 'EEXIST' });
    fs.renameSync(from, to);
    return;
  }
  fs.unlinkSync(from);
}

/** In one go, so that an agent's next line finds what is made of it: sets the live file aside and adds its lines. */
function setAside(files: SessionFiles): Aside | null {
  const stat = lookAt(files.live);
  if (!stat) return null;
  const staged = fs.openSync(files.staged, fs.constants.O_RDWR | fs.constants.O_APPEND);
  try {
    const size = sizeOf(staged);
    const aside = asideName(files, size);
    fs.renameSync(files.live, aside);
    const fd = fs.openSync(aside, 'r');
    const lines = readBytes(fd, 0, sizeOf(fd));
    if (lines.length > 0) writeAll(staged, endsLine(staged, size) ? lines : Buffer.concat([Buffer.from('\n'), lines]));
    return { path: aside, fd, stat, taken: lines.length };
  } finally {
    fs.closeSync(staged);
  }
}

/** Waits until nobody writes to what was set aside any more, adds what has come, and removes it. */
async function finish(files: SessionFiles, { path: aside, fd, stat, taken }: Aside, target: string): Promise<void> {
  try {
    await settled(stat, files);
    const late = readBytes(fd, taken, sizeOf(fd));
    const mode = Number(stat.mode) & 0o777;
    // With nothing to add it is flushed all the same. A zeroclaw may have handed the staged file over meanwhile.
    appendLines(there(target) || !there(files.migrated) ? target : files.migrated, late, mode);
    removeFile(aside);
    syncFolder(files.folder);
  } finally {
    fs.closeSync(fd);
  }
}

/** Resolves when nobody can write to a file any more that has lost its name: an agent may have opened it before. */
async function settled(stat: fs.BigIntStats, files: SessionFiles): Promise<void> {
  const begin = performance.now();
  const names = [files.name, asidePrefix(files)];
  for (let quiet = 0; performance.now() - begin < PATIENCE; await sleep(2)) {
    const { ids, grace } = writersOf({ stat, names });
    if ([...ids].some((id) => id !== process.pid) || performance.now() - begin < grace) quiet = 0;
    // Twice: an open that was under way shows in the second look.
    else if (++quiet > 1) return;
  }
}

/**
 * After a crash: lines that were set aside are not forgotten, whatever a zeroclaw has done with the staged file since. They
 * go to the end of the session's file wherever that is now.
 */
export async function reclaim(files: SessionFiles): Promise<void> {
  const prefix = asidePrefix(files);
  const names = fs.readdirSync(files.folder).filter((name) => name.startsWith(prefix));
  const sizeIn = (name: string): number => Number.parseInt(name.slice(prefix.length), 10);
  for (const name of names.sort((a, b) => sizeIn(a) - sizeIn(b))) {
    const aside = path.join(files.folder, name);
    const stat = lookAt(aside);
    if (!stat) continue;
    if (!there(files.staged) && there(files.migrated)) fs.renameSync(files.migrated, files.staged);
    const target = there(files.staged) ? files.staged : files.live;
    const fd = fs.openSync(aside, 'r');
    const taken = there(target) ? takenOf(fd, target, sizeIn(name)) : 0;
    await finish(files, { path: aside, fd, stat, taken }, target);
  }
}

/** How much of what was set aside a file holds after its first `size` bytes: so many whole lines. */
function takenOf(fd: number, target: string, size: number): number {
  const lines = readBytes(fd, 0, sizeOf(fd));
  const ends: number[] = [];
  for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) ends.push(at + 1);
  if (ends.at(-1) !== lines.length) ends.push(lines.length);
  // What holds the first n lines holds the first n - 1.
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(target, size, lines.subarray(0, ends[middle - 1]))) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? 0 : (ends[low - 1] ?? 0);
}

/** A name that says how long the staged file was, and is not taken. */
function asideName(files: SessionFiles, size: number): string {
  for (let number = 0; ; number++) {
    const name = path.join(files.folder, `${asidePrefix(files)}${size}.${number}`);
    if (!there(name)) return name;
  }
}

/** Begins as zeroclaw's own temporary files do: no reader takes it for a session. */
function asidePrefix({ name }: SessionFiles): string {
  return `.tmp-${createHash('sha256').update(name).digest('hex').slice(0, 16)}-`;
}
