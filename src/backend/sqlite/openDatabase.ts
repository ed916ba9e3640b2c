import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError, systemErrorCode } from '../errors';
import type { SqliteDatabase, SqliteLibrary } from './binding';
import { makePrivateCopy, type PrivateCopy } from './privateCopy';
import { isBusy, needsPrivateCopy } from './sqliteErrors';

/*
 * How a database is opened so that reading leaves the store as it was. Found by experiment with SQLite 3.54 and a
 * database in write-ahead mode:
 *
 * - A read-only connection to a main file alone creates an empty `-wal` and a `-shm`, and leaves both behind when it
 *   closes: only a connection that may write removes them. So with no `-wal` there we open for writing, forbid every
 *   write with `query_only`, and the last close takes both files away again; the main file keeps its bytes and time.
 * - That close would also checkpoint a log which an agent wrote meanwhile and left behind. A second, read-only
 *   connection that is open at that moment prevents it ("not the last one"), and the log stays as the agent left it.
 * - With a `-wal` there, a read-only connection reads all of it and leaves it byte for byte, also after a crash of
 *   the writer and without a `-shm`; it only writes `-shm`.
 * - In a folder that we may not write to, a live agent's `-shm` is enough. Without one SQLite answers CANTOPEN or
 *   READONLY_DIRECTORY: then a private copy is read.
 * - With a file that we may not write to in a folder that we may, both files would be created and would then belong to
 *   us, so that the agent could not open its own database any more: a private copy as well.
 * - A rollback journal left by a crash would have to be played back into the store (READONLY_ROLLBACK): a private copy.
 * - When the main file has been replaced or moved, SQLite notices at the close (SQLITE_FCNTL_HAS_MOVED) and leaves the
 *   log alone: it may be another database's by then.
 *
 * POSIX drops all locks of a process on a file when it closes any descriptor of it. So no code of this process may open
 * the main file by other means (fs.readFile, ...) while a connection to it is open; the two places that do (the header
 * below, the private copy) come only where no connection can be.
 */

/** SQLite's own waiting blocks the whole process; longer waits are made by trying again later. */
const lockTimeout = 20;

export interface OpenedDatabase {
  readonly database: SqliteDatabase;
  /** What the connection reads instead of the store's own files. */
  readonly copy: PrivateCopy | undefined;
  close(): void;
}

/** Settings of every connection. `mmap_size` 0: a file that is cut short under us must be an error, not a SIGBUS. */
function prepareConnection(database: SqliteDatabase): void {
  for (const pragma of [
    'trusted_schema = 0',
    'mmap_size = 0',
    'query_only = 1',
    'cell_size_check = 1',
    'temp_store = 2',
  ]) {
    database.exec(`PRAGMA ${pragma}`);
  }
  // The first read: takes the locks, plays back or opens what lies beside the main file.
  database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
}

function openWith(library: SqliteLibrary, file: string, readonly: boolean): SqliteDatabase {
  const database = library.open(file, { readonly, timeout: lockTimeout });
  try {
    prepareConnection(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function sizeOf(file: string): number | undefined {
  try {
    return fs.statSync(file).size;
  } catch {
    return undefined;
  }
}

function mayWrite(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** True when the header of a main file asks for write-ahead mode (file format versions 2, at 18 and 19). */
function isWalHeader(file: string): boolean {
  const header = Buffer.alloc(20);
  const descriptor = fs.openSync(file, 'r');
  try {
    return fs.readSync(descriptor, header, 0, 20, 0) === 20 && header[18] === 2 && header[19] === 2;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Closes a connection that may write, without a checkpoint of what others left in the log. */
function closeWithoutCheckpoint(library: SqliteLibrary, database: SqliteDatabase, file: string): void {
  let guard: SqliteDatabase | undefined;
  if ((sizeOf(`${file}-wal`) ?? 0) > 0) {
    try {
      guard = openWith(library, file, true);
    } catch {
      // Replaced or deleted meanwhile: then there is nothing to protect.
    }
  }
  database.close();
  guard?.close();
}

/** Opened for writing, with all writes forbidden. `undefined` when the database keeps a rollback journal after all. */
function openTransient(library: SqliteLibrary, file: string): OpenedDatabase | undefined {
  const database = openWith(library, file, false);
  if (database.pragma('journal_mode', { simple: true }) === 'wal') {
    return { database, copy: undefined, close: () => closeWithoutCheckpoint(library, database, file) };
  }
  database.close();
  return undefined;
}

function openReadonly(library: SqliteLibrary, file: string): OpenedDatabase {
  const database = openWith(library, file, true);
  return { database, copy: undefined, close: () => database.close() };
}

async function openCopy(library: SqliteLibrary, file: string, copyFolder: string): Promise<OpenedDatabase> {
  const copy = await makePrivateCopy(file, copyFolder);
  try {
    const database = openWith(library, copy.file, false);
    const close = () => {
      database.close();
      copy.remove();
    };
    return { database, copy, close };
  } catch (error) {
    copy.remove();
    throw error;
  }
}

/** Refuses what SQLite would wait on for ever (a FIFO) or report in strange words (a folder). */
function checkFile(file: string): fs.Stats {
  let stats: fs.Stats;
  try {
    stats = fs.statSync(file);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new StoreError('not-found', `${file} does not exist.`, { cause: error });
    throw error;
  }
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'a folder' : 'not a regular file';
    throw new StoreError('not-a-database', `${file} is ${what}, not a database.`);
  }
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch (error) {
    throw new StoreError('no-permission', `You have no permission to read ${file}.`, { cause: error });
  }
  return stats;
}

/**
 * Opens `file` for reading in the way that changes nothing in the store (see above). `copyFolder` receives the private
 * copy where one is needed. Throws SQLite's own errors and `StoreError`.
 */
export async function openDatabase(library: SqliteLibrary, file: string, copyFolder: string): Promise<OpenedDatabase> {
  const stats = checkFile(file);
  // The log lies beside the real file, not beside a link to it.
  const real = fs.realpathSync(file);
  const alone = stats.size > 0 && sizeOf(`${real}-wal`) === undefined && sizeOf(`${real}-journal`) === undefined;
  const writable = mayWrite(real) && mayWrite(path.dirname(real));
  if (alone && !writable && isWalHeader(real)) return openCopy(library, real, copyFolder);
  try {
    return (alone && writable ? openTransient(library, real) : undefined) ?? openReadonly(library, real);
  } catch (error) {
    if (isBusy(error) || !needsPrivateCopy(error)) throw error;
    return openCopy(library, real, copyFolder);
  }
}
