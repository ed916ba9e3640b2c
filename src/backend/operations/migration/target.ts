import * as fs from 'node:fs';
import { systemErrorCode } from '../../errors';
import type { SqliteDatabase } from '../../sqlite/binding';
import { loadSqlite, type SqliteLibrary } from '../../sqlite/binding';
import { prepared } from '../../sqlite/write/messageTable';
import { WriteConnection } from '../../sqlite/write/writeConnection';
import type { WriteSchema } from '../../sqlite/write/writeSchema';
import type { OperationDeps } from '../BatchOperation';

/** The database that a migration writes to. */
export interface Target {
  readonly file: string;
  readonly library: SqliteLibrary;
  readonly connection: WriteConnection;
}

export async function openTarget(file: string, deps: OperationDeps): Promise<Target> {
  const library = await loadSqlite(deps.sqliteBinding);
  return { file, library, connection: new WriteConnection(file, { library }) };
}

/** What zeroclaw's newest version keeps of an import, so that it never makes it twice. */
export interface Receipt {
  readonly sessionKey: string;
  readonly hash: string;
  readonly length: number;
}

/** `null` when there is none, or no table for it. */
export function readReceipt(database: SqliteDatabase, schema: WriteSchema, name: string): Receipt | null {
  if (!schema.receipts) return null;
  const sql = 'SELECT session_key, source_hash, source_len FROM jsonl_import_receipts WHERE source_name = ?';
  const row = prepared(database, sql).raw().get(name) as [string, string, number] | undefined;
  return row ? { sessionKey: row[0], hash: row[1], length: row[2] } : null;
}

/** One for a file replaces the one that an earlier file of that name has left. */
export function writeReceipt(
  database: SqliteDatabase,
  schema: WriteSchema,
  name: string,
  { sessionKey, hash, length }: Receipt,
  time: string,
): void {
  if (!schema.receipts) return;
  prepared(
    database,
    `INSERT INTO jsonl_import_receipts (source_name, session_key, source_hash, source_len, imported_at)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT(source_name) DO UPDATE SET session_key = excluded.session_key,
     source_hash = excluded.source_hash, source_len = excluded.source_len, imported_at = excluded.imported_at`,
  ).run(name, sessionKey, hash, length, time);
}

export function removeReceipt(database: SqliteDatabase, schema: WriteSchema, name: string): void {
  if (schema.receipts) prepared(database, 'DELETE FROM jsonl_import_receipts WHERE source_name = ?').run(name);
}

/**
 * What has been committed is on the disk when this resolves. zeroclaw sets `synchronous = FULL` for its import; here the
 * log is flushed by itself, in the thread pool. (No lock of SQLite's lies on the log, so it may be opened and closed.)
 */
export async function flushLog({ file }: Target): Promise<void> {
  let log: fs.promises.FileHandle;
  try {
    log = await fs.promises.open(`${await fs.promises.realpath(file)}-wal`, 'r+');
  } catch (error) {
    // No log: every commit is flushed by itself, or the last connection has closed and moved it.
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    await log.sync();
  } finally {
    await log.close();
  }
}
