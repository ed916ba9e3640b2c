import type { KeyParameter } from '../../sqlite/keys';

/*
 * All SQL of the search. Rows are read in the order of their ids, newest first; `far` is for ids beyond 2^53, which
 * JavaScript's numbers do not hold: they cross as text.
 */

/** Content of more bytes is read by itself, one row at a time. */
export const MOST_BYTES_IN_CHUNK = 32_768;

/** Each by itself: together they would cost a walk over all rows. */
export const idRange = 'SELECT (SELECT MIN(id) FROM sessions), (SELECT MAX(id) FROM sessions)';
export const idRangeAsText =
  'SELECT CAST((SELECT MIN(id) FROM sessions) AS TEXT), CAST((SELECT MAX(id) FROM sessions) AS TEXT)';

const rowColumns = (far: boolean) =>
  `${far ? 'CAST(id AS TEXT)' : 'id'}, session_key, role,
   CASE WHEN octet_length(content) <= ${MOST_BYTES_IN_CHUNK} THEN content END, created_at, octet_length(content)`;
const idSql = (far: boolean) => (far ? 'CAST(? AS INTEGER)' : '?');

/** Parameters: key where one is given, highest id, lowest id, rows. */
export const rowsBack = (far: boolean, key: KeyParameter | undefined) =>
  `SELECT ${rowColumns(far)} FROM sessions
   WHERE ${key ? `session_key = ${key.sql} AND ` : ''}id <= ${idSql(far)} AND id >= ${idSql(far)} ORDER BY id DESC LIMIT ?`;
export const rowOfId = (far: boolean) => `SELECT ${rowColumns(far)} FROM sessions WHERE id = ${idSql(far)}`;
export const contentOfId = (far: boolean) => `SELECT content FROM sessions WHERE id = ${idSql(far)}`;

/** How many rows of a session come before a row, from another one on. */
export const countBetween = (far: boolean, key: KeyParameter) =>
  `SELECT COUNT(*) FROM sessions WHERE session_key = ${key.sql} AND id >= ${idSql(far)} AND id < ${idSql(far)}`;

export const countBeyondId = (far: boolean) => `SELECT COUNT(*) FROM sessions WHERE id > ${idSql(far)}`;
export const keysOfMessages = 'SELECT COUNT(DISTINCT session_key) FROM sessions';
export const emptySessions =
  'SELECT COUNT(*) FROM session_metadata AS m WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE session_key = m.session_key)';
export const lastActivityOfKey = (key: KeyParameter) =>
  `SELECT last_activity FROM session_metadata WHERE session_key = ${key.sql}`;

/**
 * Earlier messages of a session that may hold the call with an id, newest first. Parameters: key, row id, call id as JSON
 * writes it; an empty one means every message.
 */
export const earlierCalls = (far: boolean, key: KeyParameter) =>
  `SELECT content FROM sessions WHERE session_key = ${key.sql} AND id < ${idSql(far)} AND role = 'assistant'
   AND (instr(content, ?) > 0 OR instr(content, '\\u') > 0) ORDER BY id DESC`;

/** The definitions that decide whether the full-text index is kept up to date. */
export const fullTextSchema = `SELECT type, name, sql FROM sqlite_schema
   WHERE (type = 'table' AND lower(name) = 'sessions_fts') OR (type = 'trigger' AND lower(tbl_name) = 'sessions')`;
export const newestIndexed = 'SELECT MAX(id) FROM sessions_fts_docsize';
export const indexedTotal = 'SELECT COUNT(*) FROM sessions_fts_docsize';
export const indexedBeyond = 'SELECT COUNT(*) FROM sessions_fts_docsize WHERE id > ?';

const amongSessions =
  'AND (SELECT session_key FROM sessions WHERE id = sessions_fts.rowid) IN (SELECT value FROM json_each(?))';
/** Parameters: the expression, JSON list of keys where there is one, rows. An own sort: twice as fast as FTS5's at many rows. */
export const bestRows = (restricted: boolean) =>
  `SELECT rowid, rank FROM sessions_fts WHERE sessions_fts MATCH ? ${restricted ? amongSessions : ''}
   ORDER BY rank, rowid DESC LIMIT ?`;
export const newestRows = (restricted: boolean) =>
  `SELECT rowid, NULL FROM sessions_fts WHERE sessions_fts MATCH ? ${restricted ? amongSessions : ''}
   ORDER BY rowid DESC LIMIT ?`;
