import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../errors';
import { isSameFile, removeFile, requireWritable, syncFolder } from '../../jsonl/write/editedFile';
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
 * | staged, nothing committed           | nothing                      | imports the staged file itself; our transaction    |
 * |                                     |                              | finds that and its receipt, and adds nothing       |
 * | rows, metadata and receipt committed| nothing; the rows are there  | receipt matches name, key, hash and length: no     |
 * | (one transaction)                   |                              | row is added, it finishes the hand-over; we find   |
 * |                                     |                              | the staged file gone and `.migrated` the same file |
 * | a long session: first step committed| nothing; the rows so far     | the same, since the receipt comes with the first   |
 * | (receipt, metadata, first rows)     |                              | step; the ids of the rest are ours, we fill them   |
 * | hard link made, staged still there  | nothing                      | both are one file with the right hash: finishes    |
 * | staged removed                      | nothing                      | nothing                                            |
 * | an agent re-created the live file   | imports those lines, appends | refuses to open the database while live and staged |
 * | while it was staged (absorb.ts)     | them to the same key         | (or `.migrated`) both exist; we take the lines in  |
 * | these lines are set aside, or added | nothing                      | hash and receipt differ: refuses until we go on    |
 * | and not committed                   |                              |                                                    |
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
