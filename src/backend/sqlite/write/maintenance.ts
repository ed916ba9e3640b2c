import * as fs from 'node:fs';
import * as path from 'node:path';
import { formatSize } from '../../../shared/format';
import { errorText, StoreError } from '../../errors';
import type { SqliteDatabase, SqliteLibrary } from '../binding';
import { isText, type KeyParameter, nameOfOddKey } from '../keys';
import { Slices } from '../slices';
import { isBusy, sqliteCode } from '../sqliteErrors';
import type { WriteConnection } from './writeConnection';
import { toWriteError } from './writeErrors';
import { probeWriteSchema } from './writeSchema';

/** What there is to do in a database. */
export interface Survey {
  readonly wrongCounts: readonly { readonly key: string; readonly stored: number; readonly real: number }[];
  /** Messages without a metadata row: zeroclaw does not list them. */
  readonly orphans: readonly { readonly key: string; readonly messages: number }[];
  /** Main file and log. */
  readonly bytes: number;
  /** Pages in the main file that hold nothing. */
  readonly freeBytes: number;
}

export interface Maintenance {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** The index holds just the words of the messages; `null` without an index. */
  readonly fullTextIsRight: boolean | null;
  /** What SQLite's own check found wrong. */
  readonly damage: readonly string[];
  readonly vacuumed: boolean;
  /** Sentences for the result. */
  readonly notes: readonly string[];
}

type KeyCount = [bytes: Buffer, type: string, count: number];

const BATCH = 2000;
/** Milliseconds of lock that a step of the merge aims at. */
const STEP = 40;

function keyOf(bytes: Buffer, type: string): { name: string; parameter: KeyParameter } {
  const isBlob = type === 'blob';
  const name = !isBlob && isText(bytes) ? bytes.toString('utf8') : nameOfOddKey(bytes, isBlob ? 'blob' : 'text');
  return { name, parameter: { sql: isBlob ? '?' : 'CAST(? AS TEXT)', value: bytes } };
}

function sizeOf(file: string): number {
  return ['', '-wal'].reduce(
    (sum, suffix) => sum + (fs.statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** Looks a database through without changing it, a part at a time. */
export async function surveyDatabase(connection: WriteConnection, signal?: AbortSignal): Promise<Survey> {
  const slices = new Slices(signal);
  const stored = await connection.read((database) => {
    const rows = database
      .prepare(
        'SELECT CAST(session_key AS BLOB), typeof(session_key), message_count FROM session_metadata WHERE session_key IS NOT NULL',
      )
      .raw()
      .all() as [Buffer, string, unknown][];
    return new Map(rows.map(([bytes, type, count]) => [keyOf(bytes, type).name, count]));
  });
  const wrongCounts: Survey['wrongCounts'][number][] = [];
  const orphans: Survey['orphans'][number][] = [];
  let after: KeyParameter | undefined;
  do {
    const from = after;
    const rows = await connection.read(
      (database) =>
        database
          .prepare<unknown[]>(
            `SELECT CAST(session_key AS BLOB), typeof(session_key), COUNT(*) FROM sessions
             ${from ? `WHERE session_key > ${from.sql}` : ''} GROUP BY session_key ORDER BY session_key LIMIT ${BATCH}`,
          )
          .raw()
          .all(...(from ? [from.value] : [])) as KeyCount[],
    );
    for (const [bytes, type, real] of rows) {
      const { name: key } = keyOf(bytes, type);
      const count = stored.get(key);
      if (!stored.delete(key)) orphans.push({ key, messages: real });
      else if (count !== real) wrongCounts.push({ key, stored: Number(count), real });
    }
    const last = rows.length === BATCH ? rows.at(-1) : undefined;
    after = last && keyOf(last[0], last[1]).parameter;
    await slices.breathe();
  } while (after);
  for (const [key, count] of stored) {
    if (count !== 0) wrongCounts.push({ key, stored: Number(count), real: 0 });
  }
  const freeBytes = await connection.read(
    (database) =>
      Number(database.pragma('freelist_count', { simple: true })) *
      Number(database.pragma('page_size', { simple: true })),
  );
  return { wrongCounts, orphans, bytes: sizeOf(connection.file), freeBytes };
}

/** Merges the full-text index into one part, a few pages in each transaction: the lock is never held for long. */
async function mergeFullText(connection: WriteConnection, signal: AbortSignal | undefined): Promise<void> {
  const slices = new Slices(signal);
  let pages = 64;
  // The first call, with a negative number, says that everything is to be merged; the others go on with it.
  for (let isFirst = true; ; isFirst = false) {
    const budget = isFirst ? -pages : pages;
    const step = await connection.transaction((database, schema) => {
      if (!schema.fullText) return undefined;
      const began = performance.now();
      const total = database.prepare('SELECT total_changes()').pluck();
      const before = Number(total.get());
      database.prepare<unknown[]>("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('merge', ?)").run(budget);
      return { changes: Number(total.get()) - before, took: performance.now() - began };
    });
    // SQLite's manual: less than two changes mean that there was nothing left to do.
    if (!step || step.changes < 2) return;
    pages = Math.max(
      16,
      Math.min(4096, Math.round(step.took > STEP ? pages / 2 : step.took < STEP / 2 ? pages * 2 : pages)),
    );
    await slices.breathe();
  }
}

interface Check {
  readonly fullTextIsRight: boolean | null;
  readonly damage: readonly string[];
}

/** What SQLite's checks say of a file that nobody else uses. */
async function checkFile(library: SqliteLibrary, file: string, signal: AbortSignal | undefined): Promise<Check> {
  const slices = new Slices(signal);
  const database = library.open(file, { readonly: false, timeout: 0 });
  try {
    for (const pragma of ['trusted_schema = 0', 'mmap_size = 0', 'cell_size_check = 1'])
      database.exec(`PRAGMA ${pragma}`);
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
    const damage: string[] = [];
    for (const table of tables) {
      const words = database.pragma(`integrity_check('${table.replaceAll("'", "''")}')`) as {
        integrity_check: string;
      }[];
      damage.push(...words.map((row) => row.integrity_check).filter((each) => each !== 'ok'));
      await slices.breathe();
    }
    return {
      damage: damage.slice(0, 20),
      fullTextIsRight: tables.includes('sessions_fts') ? isFullTextRight(database) : null,
    };
  } finally {
    database.close();
  }
}

/** Compares the index with the messages word by word. */
function isFullTextRight(database: SqliteDatabase): boolean {
  try {
    database.exec("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)");
    return true;
  } catch (error) {
    if (sqliteCode(error)?.startsWith('SQLITE_CORRUPT')) return false;
    throw error;
  }
}

/**
 * SQLite's checks, made on a copy: FTS5's comparison of index and messages is an INSERT (rank 1; what `integrity_check`
 * does by itself leaves the messages out), and would keep the write lock for a second per million messages.
 */
async function checkCopy(
  connection: WriteConnection,
  { library, copyFolder, signal }: MaintenanceOptions,
): Promise<Check> {
  await fs.promises.mkdir(copyFolder, { recursive: true });
  // Named like the reader's copies, so that those of a killed process are removed with them.
  const folder = await fs.promises.mkdtemp(path.join(copyFolder, `sessions-copy-${process.pid}-`));
  try {
    const file = path.join(folder, 'sessions.db');
    await connection.copyTo(file);
    return await checkFile(library, file, signal);
  } finally {
    await fs.promises.rm(folder, { recursive: true, force: true });
  }
}

/**
 * Rewrites the file without its free pages; row ids stay. Only when nobody has it open, which in write-ahead mode shows
 * in that nobody else's lock is in the way of an exclusive one. Returns why not, `undefined` when it is done.
 */
function vacuum(library: SqliteLibrary, file: string): string | undefined {
  const database = library.open(file, { readonly: false, timeout: 20 });
  try {
    // Before the first access: the log is then used without shared memory, by this connection alone.
    for (const pragma of ['locking_mode = EXCLUSIVE', 'trusted_schema = 0', 'mmap_size = 0', 'synchronous = FULL']) {
      database.exec(`PRAGMA ${pragma}`);
    }
    database.exec('BEGIN EXCLUSIVE');
    probeWriteSchema(database, file);
    database.exec('COMMIT');
    database.exec('VACUUM');
    // The shared memory is taken up again, so that closing removes all that lies beside the file.
    database.exec('PRAGMA locking_mode = NORMAL');
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    return undefined;
  } catch (error) {
    if (isBusy(error)) return 'another program has it open';
    throw toWriteError(error, file);
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK');
    database.close();
  }
}

export interface MaintenanceOptions {
  readonly library: SqliteLibrary;
  readonly vacuum: boolean;
  /** Lets go of the file wherever else this process has it open. */
  readonly release: (() => Promise<void>) | undefined;
  /** Folder for the copy that is checked. */
  readonly copyFolder: string;
  readonly signal: AbortSignal | undefined;
}

export async function maintainDatabase(connection: WriteConnection, options: MaintenanceOptions): Promise<Maintenance> {
  const { file } = connection;
  const bytesBefore = sizeOf(file);
  const notes: string[] = [];
  await mergeFullText(connection, options.signal);
  const { damage, fullTextIsRight } = await checkCopy(connection, options);
  if (fullTextIsRight === true) notes.push('The full-text index is merged and right.');
  if (fullTextIsRight === false) {
    notes.push("The full-text index does not fit the messages, so that the agent's search misses some of them.");
  }
  notes.push(
    damage.length === 0 ? "SQLite's check found the database whole." : `SQLite's check found damage: ${damage[0]}.`,
  );
  let vacuumed = false;
  if (options.vacuum && damage.length > 0) notes.push('The file was not rewritten, because it is damaged.');
  else if (options.vacuum) {
    const refusal = await vacuumAlone(connection, options);
    vacuumed = refusal === undefined;
    if (refusal !== undefined) notes.push(`The file was not rewritten: ${refusal}. Stop the agent first.`);
  }
  const bytesAfter = sizeOf(file);
  notes.push(`It takes ${formatSize(bytesAfter)}; before it was ${formatSize(bytesBefore)}.`);
  return { bytesBefore, bytesAfter, fullTextIsRight, damage, vacuumed, notes };
}

async function vacuumAlone(
  connection: WriteConnection,
  { library, release }: MaintenanceOptions,
): Promise<string | undefined> {
  connection.release();
  await release?.();
  try {
    return vacuum(library, connection.file);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'disk-full') return errorText(error).replace(/\.$/, '');
    throw error;
  }
}
