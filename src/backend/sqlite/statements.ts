import type { KeyParameter } from './keys';
import type { Schema } from './schema';

/*
 * All SQL of the read side. Every statement names its columns, touches only ordinary tables and is answered from an
 * index or by row id, the scan of session_metadata apart. A key's place holds the text that keyParameter() gives.
 */

/** Columns of session_metadata in the order in which rows are read; what a database lacks is read as NULL. */
export const metadataColumns = [
  'session_key',
  'created_at',
  'last_activity',
  'message_count',
  'name',
  'state',
  'turn_id',
  'turn_started_at',
  'agent_alias',
  'channel_id',
  'room_id',
  'sender_id',
] as const;

export type MetadataColumn = (typeof metadataColumns)[number];

function metadataSelect(columns: ReadonlySet<string>): string {
  const list = metadataColumns.map((column) => (columns.has(column) ? column : 'NULL'));
  return `SELECT _rowid_, ${list.join(', ')} FROM session_metadata`;
}

export const allMetadata = (columns: ReadonlySet<string>) => metadataSelect(columns);
export const metadataOfKey = (columns: ReadonlySet<string>, key: KeyParameter) =>
  `${metadataSelect(columns)} WHERE session_key = ${key.sql}`;
/** zeroclaw's own order, ties included. */
export const metadataOrder = 'SELECT _rowid_ FROM session_metadata ORDER BY last_activity DESC';
export const newestMetadata = `${metadataOrder} LIMIT ?`;
export const metadataBytes = (column: MetadataColumn) =>
  `SELECT CAST(${column} AS BLOB) FROM session_metadata WHERE _rowid_ = ?`;
export const storedCountOfKey = (key: KeyParameter) =>
  `SELECT message_count FROM session_metadata WHERE session_key = ${key.sql}`;
export const metadataExists = (key: KeyParameter) => `SELECT 1 FROM session_metadata WHERE session_key = ${key.sql}`;

export const runningKeys = "SELECT _rowid_ FROM session_metadata WHERE state = 'running' ORDER BY turn_started_at DESC";
export const stuckKeys =
  "SELECT _rowid_ FROM session_metadata WHERE state = 'running' AND turn_started_at < ? ORDER BY turn_started_at ASC";
export const metadataOfRow = (columns: ReadonlySet<string>) => `${metadataSelect(columns)} WHERE _rowid_ = ?`;

export const maxMessageId = 'SELECT MAX(id) FROM sessions';
export const messageTotal = 'SELECT COUNT(*) FROM sessions';
export const appendedRows = 'SELECT id, session_key FROM sessions WHERE id > ? ORDER BY id LIMIT ?';
export const messageExists = (key: KeyParameter) => `SELECT 1 FROM sessions WHERE session_key = ${key.sql} LIMIT 1`;
export const countOfKey = (key: KeyParameter) =>
  `SELECT COUNT(*), MIN(id), MAX(id) FROM sessions WHERE session_key = ${key.sql}`;
/** Counts of the next keys after one; without a start from the first. */
export const countsAfter = (key: KeyParameter | undefined) =>
  `SELECT session_key, COUNT(*), MIN(id), MAX(id) FROM sessions ${key ? `WHERE session_key > ${key.sql}` : ''}
   GROUP BY session_key ORDER BY session_key LIMIT ?`;
export const keyBytesOfMessage = 'SELECT CAST(session_key AS BLOB) FROM sessions WHERE id = ?';
export const timeOfMessage = 'SELECT created_at FROM sessions WHERE id = ?';
/** A title needs no more of a message that may hold a picture of 15 MB. */
export const userHeads = (key: KeyParameter) =>
  `SELECT substr(content, 1, 2000) FROM sessions WHERE session_key = ${key.sql} AND role = 'user' ORDER BY id LIMIT 3`;

export const countUpTo = (key: KeyParameter) =>
  `SELECT COUNT(*) FROM sessions WHERE session_key = ${key.sql} AND id <= ?`;
export const countBeyond = (key: KeyParameter) =>
  `SELECT COUNT(*), MAX(id) FROM sessions WHERE session_key = ${key.sql} AND id > ?`;
export const idAfter = (key: KeyParameter) =>
  `SELECT id FROM sessions WHERE session_key = ${key.sql} AND id >= ? ORDER BY id LIMIT 1 OFFSET ?`;
export const idFromEnd = (key: KeyParameter) =>
  `SELECT id FROM sessions WHERE session_key = ${key.sql} ORDER BY id DESC LIMIT 1 OFFSET ?`;
export const rowsFrom = (key: KeyParameter) =>
  `SELECT id, role, content, created_at, octet_length(role) + octet_length(content) FROM sessions
   WHERE session_key = ${key.sql} AND id >= ? ORDER BY id LIMIT ? OFFSET ?`;
export const messageBytes = 'SELECT CAST(role AS BLOB), CAST(content AS BLOB) FROM sessions WHERE id = ?';

/** True when the store keeps that column; its meaning is then known. */
export function hasColumn(schema: Schema, column: MetadataColumn): boolean {
  return schema.metadata?.has(column) ?? false;
}
