/** The file of an index: `search/<hash of the store>.db` in the data folder. It holds nothing that cannot be made anew. */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorText, StoreError, systemErrorCode } from '../../../errors';
import { loadSqlite, type SqliteDatabase } from '../../../sqlite/binding';
import { sqliteCode } from '../../../sqlite/sqliteErrors';
import { TOKENIZER } from './indexText';

/** To be raised when the words, the tables or what a message's content means change. */
const FORMAT = 'agent-session-inspector search 2';
/** Milliseconds for which a builder waits for another one that has been told to stop. */
const BUSY = 5000;
/** Row ids: the file's number times this, plus the line. */
export const LINES = 2 ** 28;

const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  dev TEXT NOT NULL,
  ino TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified TEXT NOT NULL,
  changed TEXT NOT NULL,
  "end" INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  lines INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  unreadable INTEGER NOT NULL,
  listed TEXT NOT NULL,
  long INTEGER NOT NULL
);
CREATE TABLE checkpoints (
  file INTEGER NOT NULL,
  line INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (file, line)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, tokenize="${TOKENIZER}");
`;

/**
 * Measured on 110 MB of text: words of a transaction are gathered in memory and written at once (16 MB), segments are
 * merged eight at a time, pages are big. That is nearly twice as fast as the defaults, and the index is smaller.
 */
const SETTINGS = [
  ['hashsize', 16 << 20],
  ['automerge', 8],
  ['crisismerge', 32],
  ['pgsz', 4050],
] as const;

export interface IndexPlace {
  readonly file: string;
  readonly sqliteBinding: string | undefined;
}

/** Where the index of a store is; `undefined`: there is none, because nothing may be written. */
export function indexFileOf(store: string, dataFolder: string | undefined): string | undefined {
  if (dataFolder === undefined) return undefined;
  const name = createHash('sha256').update(store).digest('hex').slice(0, 32);
  return path.join(dataFolder, 'search', `${name}.db`);
}

/** To read. `null`: there is none, or it is not ready to be asked. Throws SQLite's errors for a damaged one. */
export async function openIndex({ file, sqliteBinding }: IndexPlace): Promise<SqliteDatabase | null> {
  if (!fs.existsSync(file)) return null;
  const library = await loadSqlite(sqliteBinding);
  let database: SqliteDatabase;
  try {
    database = library.open(file, { readonly: true, timeout: 1000 });
  } catch (error) {
    if (/^SQLITE_CANTOPEN/.test(sqliteCode(error) ?? '')) return null;
    throw error;
  }
  try {
    if (metaOf(database, 'format') === FORMAT) return database;
  } catch (error) {
    database.close();
    if (sqliteCode(error) === 'SQLITE_ERROR') return null; // No such table: just being made.
    throw error;
  }
  database.close();
  return null;
}

/** To write; made where there is none or an unknown one. Throws a `StoreError`: `corrupt`, `disk-full`, `write-failed`. */
export async function openIndexToWrite(place: IndexPlace): Promise<SqliteDatabase> {
  const { file, sqliteBinding } = place;
  const library = await loadSqlite(sqliteBinding);
  let database: SqliteDatabase | undefined;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    database = library.open(file, { readonly: false, timeout: BUSY, create: true });
    for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL', 'temp_store = MEMORY', 'cache_size = -8000']) {
      database.exec(`PRAGMA ${pragma}`);
    }
    database.transaction(create).immediate(database);
    const format = metaOf(database, 'format');
    if (format !== FORMAT) throw new StoreError('corrupt', `${file} has an unknown format.`);
    return database;
  } catch (error) {
    database?.close();
    throw indexError(error, file);
  }
}

function create(database: SqliteDatabase): void {
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (tables !== 0) return;
  database.exec(SCHEMA);
  const set = database.prepare('INSERT INTO words (words, rank) VALUES (?, ?)');
  for (const [name, value] of SETTINGS) set.run(name, BigInt(value));
  const meta = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
  meta.run('format', FORMAT);
  meta.run('build', randomBytes(12).toString('hex'));
}

/** `undefined` where there is no such entry. Throws where there is no such table. */
export function metaOf(database: SqliteDatabase, name: 'format' | 'build'): string | undefined {
  const value: unknown = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(name);
  return typeof value === 'string' ? value : undefined;
}

/** Throws the index away. Who has it open reads on in what is no longer there. Only for who holds the lock. */
export function discardIndex(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) fs.rmSync(file + suffix, { force: true });
}

/** The error as one whose code tells what helps. */
export function indexError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = sqliteCode(error) ?? systemErrorCode(error) ?? '';
  const text = errorText(error);
  const cause = { cause: error };
  if (isDamage(error)) return new StoreError('corrupt', `The search index ${file} is damaged: ${text}.`, cause);
  if (/FULL|ENOSPC|EDQUOT|EFBIG|IOERR_(?:WRITE|SHM)/.test(code)) {
    return new StoreError('disk-full', `There is no room for the search index ${file}. Make room on that disk.`, cause);
  }
  return new StoreError('write-failed', `The search index ${file} cannot be written: ${text}.`, cause);
}

/** The index is not what it should be: making it anew helps. */
export function isDamage(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'corrupt';
  const code = sqliteCode(error) ?? '';
  return /^SQLITE_(?:CORRUPT|NOTADB)/.test(code) || code === 'SQLITE_ERROR' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}
