import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError, systemErrorCode } from '../../errors';
import type { JsonlFileState } from '../../journal/changes';
import { listSessionFiles } from '../sessionFiles';
import { lookAt, removeFile, syncFolder } from './editedFile';
import { isWithoutLinks, type Scratch } from './replacement';

/** Files whose mode is looked at to learn what the folder's agent gives to a new one. */
const SIBLINGS = 16;

/** Mode for a new session file: 0600 where zeroclaw's newest versions have made its neighbours so, else the umask's. */
export function newFileMode(folder: string): number {
  for (const name of listSessionFiles(folder).slice(0, SIBLINGS)) {
    const stat = fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false });
    if (stat?.isFile() && (stat.mode & 0o777) === 0o600) return 0o600;
  }
  return 0o666;
}

export interface NewFile {
  readonly live: string;
  readonly scratch: Scratch;
  /** Mode for `open`, or the state whose mode, owner and time the file gets. */
  readonly like: number | JsonlFileState;
  /** Milliseconds since the epoch, `null` for now; only with a mode. */
  readonly modified: number | null;
  readonly write: (fd: number) => Promise<void>;
}

/**
 * Makes a session's file in one step: nobody sees it half written, and one that exists is never replaced (rejects with
 * `exists`). Rejects with system errors; nothing is left then.
 */
export async function createFile({ live, scratch, like, modified, write }: NewFile): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
  const fd = fs.openSync(scratch.next, O_CREAT | O_EXCL | O_WRONLY, typeof like === 'number' ? like : 0o600);
  try {
    try {
      await write(fd);
      if (typeof like !== 'number') dress(fd, like);
      else if (modified !== null) fs.futimesSync(fd, modified / 1000, modified / 1000);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    place(scratch.next, live);
  } finally {
    removeFile(scratch.next);
  }
  syncFolder(path.dirname(live));
}

function place(next: string, live: string): void {
  try {
    fs.linkSync(next, live);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') throw exists(live);
    if (!isWithoutLinks(error)) throw error;
    if (lookAt(live)) throw exists(live);
    fs.renameSync(next, live);
  }
}

function dress(fd: number, { mode, uid, gid, modifiedNs }: JsonlFileState): void {
  const own = fs.fstatSync(fd);
  try {
    if (own.uid !== uid || own.gid !== gid) fs.fchownSync(fd, uid, gid);
  } catch (error) {
    // Only root can give a file away. Better back under our own name than not at all.
    if (systemErrorCode(error) !== 'EPERM') throw error;
  }
  fs.fchmodSync(fd, mode);
  const time = Number(BigInt(modifiedNs)) / 1e9;
  fs.futimesSync(fd, time, time);
}

function exists(live: string): StoreError {
  return new StoreError('exists', `${live} exists already. Nothing was changed.`);
}
