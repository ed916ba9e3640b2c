import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemErrorCode } from '../../errors';
import { removeFile, requireWritable, syncFolder } from '../../jsonl/write/editedFile';
import type { SqliteLibrary } from '../../sqlite/binding';
import { toWriteError } from '../../sqlite/write/writeErrors';
import { newestSchema } from './newestSchema';

/** As zeroclaw's own temporary files begin, so that no reader takes it for a session. */
const TEMPORARY = '.tmp-new-sessions.db';

/**
 * Makes an empty database of zeroclaw's newest schema where there is none, in one step: nobody sees it half made, and
 * one that an agent makes meanwhile is left alone. Mode by the umask, as SQLite does it for zeroclaw; the owner is the
 * folder's. The caller holds the store's lock. Throws a `StoreError`; nothing is left then.
 */
export function ensureDatabase(library: SqliteLibrary, file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })) return;
  const folder = path.dirname(file);
  requireWritable(folder);
  const temporary = path.join(folder, TEMPORARY);
  try {
    clear(temporary);
    const database = library.open(temporary, { readonly: false, timeout: 1000, create: true });
    try {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.transaction(() => database.exec(newestSchema)).immediate();
      // The close would do it too, but says nothing when the disk is full; and only the main file gets the name.
      database.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
    giveToOwner(temporary, fs.statSync(folder));
    fs.linkSync(temporary, file);
    clear(temporary);
    syncFolder(folder);
  } catch (error) {
    clear(temporary);
    // An agent was quicker.
    if (systemErrorCode(error) === 'EEXIST') return;
    throw toWriteError(error, file);
  }
}

function clear(temporary: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) removeFile(temporary + suffix);
}

/** What root makes in an agent's folder must be the agent's. */
function giveToOwner(file: string, folder: fs.Stats): void {
  const { uid, gid } = fs.statSync(file);
  if (process.geteuid?.() === 0 && (uid !== folder.uid || gid !== folder.gid))
    fs.chownSync(file, folder.uid, folder.gid);
}
