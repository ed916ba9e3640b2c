import { createRequire } from 'node:module';
import * as path from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { projectRoot } from './project';

/** Ages of zeroclaw's database that differ in their schema. */
export type ZeroclawAge = '0.4.3' | '0.6.9' | '0.8.4' | 'newest';

export const zeroclawAges: readonly ZeroclawAge[] = ['0.4.3', '0.6.9', '0.8.4', 'newest'];

/** The library itself, not through the product: an independent reader and a writer in zeroclaw's place. */
export const Sqlite = createRequire(path.join(projectRoot, 'package.json'))('better-sqlite3') as typeof BetterSqlite3;
export type Sqlite = BetterSqlite3.Database;

const messages = `
  CREATE TABLE IF NOT EXISTS sessions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key TEXT NOT NULL,
    role        TEXT NOT NULL,
    content     TEXT NOT NULL,
    created_at  TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS idx_sessions_key ON sessions(session_key);
  CREATE INDEX IF NOT EXISTS idx_sessions_key_id ON sessions(session_key, id);`;

const metadata = (name: boolean) => `
  CREATE TABLE IF NOT EXISTS session_metadata (
    session_key  TEXT PRIMARY KEY,
    created_at   TEXT NOT NULL,
    last_activity TEXT NOT NULL,
    message_count INTEGER NOT NULL DEFAULT 0${name ? ',\n    name         TEXT' : ''}
  );`;

const stateColumns = `
  ALTER TABLE session_metadata ADD COLUMN state TEXT NOT NULL DEFAULT 'idle';
  ALTER TABLE session_metadata ADD COLUMN turn_id TEXT;
  ALTER TABLE session_metadata ADD COLUMN turn_started_at TEXT;`;

const contextColumns = ['agent_alias', 'channel_id', 'room_id', 'sender_id']
  .map(
    (column) => `
  ALTER TABLE session_metadata ADD COLUMN ${column} TEXT;
  CREATE INDEX IF NOT EXISTS idx_session_metadata_${column} ON session_metadata(${column});`,
  )
  .join('');

const receipts = `
  CREATE TABLE IF NOT EXISTS jsonl_import_receipts (
    source_name  TEXT PRIMARY KEY,
    session_key  TEXT NOT NULL,
    source_hash  TEXT NOT NULL,
    source_len   INTEGER NOT NULL,
    imported_at  TEXT NOT NULL
  );`;

const fullText = `
  CREATE VIRTUAL TABLE IF NOT EXISTS sessions_fts USING fts5(
    session_key, content, content=sessions, content_rowid=id
  );`;

const insertAndDeleteTriggers = `
  CREATE TRIGGER IF NOT EXISTS sessions_ai AFTER INSERT ON sessions BEGIN
    INSERT INTO sessions_fts(rowid, session_key, content) VALUES (new.id, new.session_key, new.content);
  END;
  CREATE TRIGGER IF NOT EXISTS sessions_ad AFTER DELETE ON sessions BEGIN
    INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
    VALUES ('delete', old.id, old.session_key, old.content);
  END;`;

const updateTrigger = `
  CREATE TRIGGER IF NOT EXISTS sessions_au AFTER UPDATE ON sessions BEGIN
    INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
    VALUES ('delete', old.id, old.session_key, old.content);
    INSERT INTO sessions_fts(rowid, session_key, content) VALUES (new.id, new.session_key, new.content);
  END;`;

/** The tables of one age, without what keeps the full-text index up to date. */
export function zeroclawTables(age: ZeroclawAge): string {
  const parts = [messages, metadata(age !== '0.4.3')];
  if (age !== '0.4.3') parts.push(stateColumns);
  if (age === '0.8.4' || age === 'newest') parts.push(contextColumns);
  if (age === 'newest') parts.push(receipts);
  return [...parts, fullText].join('\n');
}

/** The triggers of one age; the one for updates exists since 0.7.4. */
export function zeroclawTriggers(age: ZeroclawAge): string {
  return age === '0.8.4' || age === 'newest' ? insertAndDeleteTriggers + updateTrigger : insertAndDeleteTriggers;
}

/** What a newer zeroclaw adds when it opens a database of an older one. */
export function upgradeToNewest(database: Sqlite, from: ZeroclawAge): void {
  if (from === '0.4.3') database.exec('ALTER TABLE session_metadata ADD COLUMN name TEXT');
  if (from === '0.4.3') database.exec(stateColumns);
  if (from === '0.4.3' || from === '0.6.9') database.exec(contextColumns + updateTrigger);
  if (from !== 'newest') database.exec(receipts);
}

/** Opens `file` as zeroclaw does (write-ahead log, synchronous NORMAL) and creates the schema of that age. */
export function createZeroclawDatabase(file: string, age: ZeroclawAge = 'newest'): Sqlite {
  const database = openAsZeroclaw(file);
  database.exec(zeroclawTables(age) + zeroclawTriggers(age));
  return database;
}

/** A connection with zeroclaw's settings. */
export function openAsZeroclaw(file: string): Sqlite {
  const database = new Sqlite(file, { timeout: 5000 });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('temp_store = MEMORY');
  return database;
}

/** chrono's `to_rfc3339()` of a time in milliseconds: `+00:00`, never `Z`; nine digits, as on Linux. */
export function chronoTime(milliseconds: number, nanoseconds = 0): string {
  const text = new Date(milliseconds).toISOString();
  return `${text.slice(0, -1)}${String(nanoseconds % 1_000_000).padStart(6, '0')}+00:00`;
}

/** zeroclaw's append: two statements of their own, message first. */
export function append(database: Sqlite, key: string, role: string, content: string, at = Date.now()): void {
  const now = chronoTime(at, 123_456);
  database
    .prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)')
    .run(key, role, content, now);
  database
    .prepare(
      `INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES (?, ?, ?, 1)
       ON CONFLICT(session_key) DO UPDATE SET last_activity = excluded.last_activity, message_count = message_count + 1`,
    )
    .run(key, now, now);
}

/** zeroclaw's update_last: the row keeps its id and time. */
export function updateLast(database: Sqlite, key: string, role: string, content: string, at = Date.now()): void {
  database
    .prepare(
      `UPDATE sessions SET role = ?, content = ?
       WHERE id = (SELECT id FROM sessions WHERE session_key = ? ORDER BY id DESC LIMIT 1)`,
    )
    .run(role, content, key);
  database
    .prepare('UPDATE session_metadata SET last_activity = ? WHERE session_key = ?')
    .run(chronoTime(at, 123_456), key);
}

/** zeroclaw's remove_last: last_activity is not touched. */
export function removeLast(database: Sqlite, key: string): void {
  database
    .prepare('DELETE FROM sessions WHERE id = (SELECT id FROM sessions WHERE session_key = ? ORDER BY id DESC LIMIT 1)')
    .run(key);
  database
    .prepare('UPDATE session_metadata SET message_count = MAX(0, message_count - 1) WHERE session_key = ?')
    .run(key);
}

/** zeroclaw's delete_session. */
export function deleteSession(database: Sqlite, key: string): void {
  database.prepare('DELETE FROM sessions WHERE session_key = ?').run(key);
  database.prepare('DELETE FROM session_metadata WHERE session_key = ?').run(key);
}
