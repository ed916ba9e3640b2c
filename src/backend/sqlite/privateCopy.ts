import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError, systemErrorCode } from '../errors';

/** The files that make up a database; the shared memory is built anew for the copy. */
const suffixes = ['', '-wal', '-journal'];
const attempts = 5;

export interface PrivateCopy {
  /** The copied main file. */
  readonly file: string;
  /** True while the original still is what was copied. */
  isCurrent(): boolean;
  remove(): void;
}

/** Changes whenever one of the database's files is written to, replaced, created or deleted. */
function fingerprint(file: string): string {
  return suffixes
    .map((suffix) => {
      const stats = fs.statSync(file + suffix, { bigint: true, throwIfNoEntry: false });
      return stats ? `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}` : '-';
    })
    .join('|');
}

/** Process ids are in the names, so that what a killed process has left can be told from what is in use. */
const copyName = /^sessions-copy-(\d+)-/;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
}

/** Removes the copies of processes that have ended without doing so. */
async function removeLeftCopies(folder: string): Promise<void> {
  for (const name of await fs.promises.readdir(folder)) {
    const pid = copyName.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Another user's, perhaps: then it stays.
    await fs.promises.rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Copies a database with its log into a new folder below `folder`, readable by nobody else. Repeats when the files
 * changed while they were copied; rejects with `busy` when that does not end.
 */
export async function makePrivateCopy(file: string, folder: string): Promise<PrivateCopy> {
  await fs.promises.mkdir(folder, { recursive: true });
  await removeLeftCopies(folder).catch(() => undefined);
  const own = await fs.promises.mkdtemp(path.join(folder, `sessions-copy-${process.pid}-`));
  const target = path.join(own, 'sessions.db');
  const remove = () => fs.rmSync(own, { recursive: true, force: true });
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = fingerprint(file);
      for (const suffix of suffixes) {
        await fs.promises.rm(target + suffix, { force: true });
        if (!fs.existsSync(file + suffix)) continue;
        // A copy-on-write file system makes this a matter of microseconds.
        await fs.promises.copyFile(file + suffix, target + suffix, fs.constants.COPYFILE_FICLONE);
        await fs.promises.chmod(target + suffix, 0o600);
      }
      if (fingerprint(file) === before) return { file: target, isCurrent: () => fingerprint(file) === before, remove };
    }
  } catch (error) {
    remove();
    throw error;
  }
  remove();
  throw new StoreError(
    'busy',
    `${file} can only be read from a copy here, and it changed each time while it was copied. Try again when the agent is quiet.`,
  );
}
