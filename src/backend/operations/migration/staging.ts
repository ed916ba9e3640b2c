import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError, systemErrorCode } from '../../errors';
import {
  isSameFile,
  lookAt,
  readBytes,
  removeFile,
  requireWritable,
  sizeOf,
  syncFolder,
} from '../../jsonl/write/editedFile';
import { appendLines, holds } from '../../jsonl/write/lateLines';
import { writersOf } from '../../jsonl/write/openWriters';
import { isWithoutLinks } from '../../jsonl/write/replacement';
import { writeError } from '../../jsonl/write/writeErrors';

/*
 * The files of one session on its way from JSONL to SQLite, by the protocol of zeroclaw's newest version
 * (`migrate_from_jsonl` in session_sqlite.rs, master of August 2026):
 *
 *   `<name>.jsonl`            live: the agent appends to it, opening the path anew for each line
 *   `<name>.jsonl.importing`  staged: no agent writes to it, no importer before master looks at it
 *   `<name>.jsonl.migrated`   handed over: the rows are in the database; nobody touches it any more
 *
 * What a zeroclaw does that starts at each instant, and what comes of it. "Old": 0.7.5 to 0.8.4 (before, nothing is
 * imported); "new": master.
 *
 * | instant, ours                       | old finds                    | new finds                                          |
 * |-------------------------------------|------------------------------|----------------------------------------------------|
 * | before the rename                   | live: imports it itself      | the same; we find it `.migrated` and skip it       |
 * | staged, nothing committed           | nothing                      | imports the staged file itself, or finds it locked |
 * |                                     |                              | by nobody: our transaction finds its receipt       |
 * | rows, metadata and receipt committed| nothing; the rows are there  | receipt matches name, key, hash and length: no     |
 * | (one transaction)                   |                              | row is added, it finishes the hand-over; we find   |
 * |                                     |                              | the staged file gone and `.migrated` the same file |
 * | a long session: first step committed| nothing; the rows so far     | the same, since the receipt comes with the first   |
 * | (receipt, metadata, first rows)     |                              | step; the ids of the rest are ours, we fill them   |
 * | hard link made, staged still there  | nothing                      | both are one file with the right hash: finishes    |
 * | staged removed                      | nothing                      | nothing                                            |
 * | an agent re-created the live file   | imports those lines, appends | refuses to open the database while live and staged |
 * | while it was staged                 | them to the same key         | both exist; we take the lines in and go on         |
 * | undo: rows are being removed        | nothing                      | nothing: `.migrated` is not looked at              |
 * | undo: rows and receipt gone         | nothing                      | nothing                                            |
 * | undo: linked back to live           | imports it, as before        | the same                                           |
 *
 * A database older than master has no table for receipts, and gets none from us. There the instant between commit and
 * removal of the staged file is one in which master refuses to open: it sees rows and no receipt. The next start of ours
 * ends it.
 */
export interface SessionFiles {
  readonly folder: string;
  /** With `.jsonl`: the name under which master keeps its receipt. */
  readonly name: string;
  readonly live: string;
  readonly staged: string;
  readonly migrated: string;
}

export function sessionFiles(folder: string, name: string): SessionFiles {
  const live = path.join(folder, name);
  return { folder, name, live, staged: `${live}.importing`, migrated: `${live}.migrated` };
}

/** Milliseconds after which a program that keeps the file open is no longer waited for. */
const PATIENCE = 1000;

export function there(file: string): fs.BigIntStats | null {
  return fs.lstatSync(file, { bigint: true, throwIfNoEntry: false }) ?? null;
}

/** Renames live to staged. Throws a `StoreError`; the file is then still live. */
export function stage(files: SessionFiles): void {
  requireWritable(files.folder, files.live);
  if (there(files.staged)) throw new StoreError('exists', `${files.staged} exists already. Nothing was changed.`);
  try {
    fs.renameSync(files.live, files.staged);
  } catch (error) {
    throw writeError(error, files.live);
  }
}

/** What was staged stays so: `stage` for several files, made lasting, by the thread pool. */
export async function syncStaged(all: readonly SessionFiles[]): Promise<void> {
  await Promise.all(all.map(({ staged }) => syncFile(staged)));
  for (const folder of new Set(all.map((files) => files.folder))) syncFolder(folder);
}

/** Back to live, with the lines that an agent has written to a live file of its own meanwhile. */
export async function unstage(files: SessionFiles): Promise<void> {
  await absorb(files);
  if (!there(files.staged)) return;
  // Nobody makes a live file between the look and the rename but an agent that writes at this very moment; its line is
  // then taken in by a hard link's refusal to replace it.
  for (;;) {
    try {
      moveWithoutReplacing(files.staged, files.live);
      syncFolder(files.folder);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw writeError(error, files.staged);
      await absorb(files);
    }
  }
}

/** A rename that fails with EEXIST instead of replacing. */
export function moveWithoutReplacing(from: string, to: string): void {
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

/**
 * Adds the lines of a live file that an agent has made anew to the end of the staged one, and removes it. Also ends what a
 * killed process has left of this. True when there were any.
 */
export async function absorb(files: SessionFiles): Promise<boolean> {
  let found = false;
  for (const name of leftAside(files)) {
    found = true;
    await takeIn(files, path.join(files.folder, name), sizeAside(name));
  }
  for (let stat = lookAt(files.live); stat; stat = lookAt(files.live)) {
    found = true;
    const size = Number(there(files.staged)?.size ?? 0n);
    const aside = path.join(files.folder, `${asidePrefix(files)}${size}`);
    fs.renameSync(files.live, aside);
    syncFolder(files.folder);
    await takeIn(files, aside, size);
  }
  return found;
}

/** After a crash: lines that were set aside are not forgotten, whatever a zeroclaw has done with the staged file since. */
export function reclaim(files: SessionFiles): void {
  if (there(files.staged)) return;
  const [name] = leftAside(files);
  if (name === undefined) return;
  if (there(files.migrated)) fs.renameSync(files.migrated, files.staged);
  else moveWithoutReplacing(path.join(files.folder, name), files.live);
}

async function takeIn(files: SessionFiles, aside: string, stagedSize: number): Promise<void> {
  const stat = lookAt(aside);
  if (!stat) return;
  const fd = fs.openSync(aside, 'r');
  try {
    await settled(stat, files);
    const lines = readBytes(fd, 0, sizeOf(fd));
    // A killed process may have added them already.
    if (lines.length > 0 && !holds(files.staged, stagedSize, lines)) {
      appendLines(files.staged, lines, Number(stat.mode) & 0o777);
    }
    removeFile(aside);
    syncFolder(files.folder);
  } finally {
    fs.closeSync(fd);
  }
}

/** Begins as zeroclaw's own temporary files do; the staged file's size at that moment is in the name. */
function asidePrefix({ name }: SessionFiles): string {
  return `.tmp-${createHash('sha256').update(name).digest('hex').slice(0, 16)}-`;
}

function leftAside(files: SessionFiles): string[] {
  const prefix = asidePrefix(files);
  return fs.readdirSync(files.folder).filter((name) => name.startsWith(prefix));
}

function sizeAside(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}

/** Resolves when nobody can write to a file any more that has lost its name: an agent may have opened it before. */
export async function settled(stat: fs.BigIntStats, files: SessionFiles): Promise<void> {
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
 * First half of a hand-over: a second name for the staged file, which never replaces one. False when a newer zeroclaw
 * that has just started has handed it over. Throws a `StoreError` when another file has the name.
 */
export function linkMigrated({ staged, migrated }: SessionFiles): boolean {
  const stat = there(staged);
  const found = there(migrated);
  if (!stat && found) return false;
  if (!stat) throw new StoreError('replaced', `${staged} has disappeared in the middle of its migration.`);
  if (found) {
    if (isSameFile(stat, found)) return true;
    throw new StoreError('exists', `${migrated} exists already.`);
  }
  try {
    fs.linkSync(staged, migrated);
    return true;
  } catch (error) {
    // A file system without hard links: one rename, at the second half.
    if (isWithoutLinks(error)) return true;
    throw writeError(error, migrated);
  }
}

/** Second half, when the link is on the disk. */
export function dropStaged({ staged, migrated }: SessionFiles): void {
  if (there(migrated)) removeFile(staged);
  else fs.renameSync(staged, migrated);
}

/** What stands in a file is on the disk. Read-only descriptors will do everywhere but on Windows. */
async function syncFile(file: string): Promise<void> {
  const handle = await fs.promises.open(file, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
