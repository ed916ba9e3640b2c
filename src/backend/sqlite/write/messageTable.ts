import { StoreError } from '../../errors';
import type { ColumnValue } from '../../journal/changes';
import type { SqliteDatabase } from '../binding';
import type { SqlValue } from '../connection';
import { isSuspect, isText, type KeyParameter } from '../keys';
import { type BoundValue, bindValue, encodeValue, type StoredRow } from './rowCodec';
import type { WriteSchema } from './writeSchema';

/*
 * The table `sessions` inside one transaction. Where a trigger is missing, what it would do to the full-text index is
 * done here, with the values of the row itself: FTS5 takes a row out of the index only when it is told exactly what was
 * put in. A row that the index does not know (`sessions_fts_docsize`) is not taken out.
 */

type Statement = ReturnType<typeof prepare>;
type RawRow = [id: number, key: SqlValue, role: SqlValue, content: SqlValue, createdAt: SqlValue];

const indexRow =
  'INSERT INTO sessions_fts(rowid, session_key, content) SELECT id, session_key, content FROM sessions WHERE id = ?';
const unindexRow = `INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
  SELECT 'delete', id, session_key, content FROM sessions
  WHERE id = ? AND EXISTS (SELECT 1 FROM sessions_fts_docsize WHERE id = sessions.id)`;
const rowColumns = 'SELECT id, session_key, role, content, created_at FROM sessions';

function prepare(database: SqliteDatabase, sql: string) {
  return database.prepare<unknown[]>(sql);
}

const statements = new WeakMap<SqliteDatabase, Map<string, Statement>>();

/** The prepared statement, kept with its connection. */
export function prepared(database: SqliteDatabase, sql: string): Statement {
  let known = statements.get(database);
  if (!known) {
    known = new Map();
    statements.set(database, known);
  }
  const found = known.get(sql);
  if (found) return found;
  const statement = prepare(database, sql);
  known.set(sql, statement);
  return statement;
}

export class MessageTable {
  constructor(
    private readonly database: SqliteDatabase,
    private readonly schema: WriteSchema,
  ) {}

  /** The number of rows of a session: an index alone answers it, a million in about 35 ms. */
  count(key: KeyParameter): number {
    return Number(this.#get(`SELECT COUNT(*) FROM sessions WHERE session_key = ${key.sql}`, key.value));
  }

  /** Highest id of a session, 0 without rows. */
  lastId(key: KeyParameter): number {
    const sql = `SELECT id FROM sessions WHERE session_key = ${key.sql} ORDER BY id DESC LIMIT 1`;
    return checkedId(this.#get(sql, key.value) ?? 0);
  }

  /** Highest id of a session below another one, 0 when there is none. */
  lastIdBefore(key: KeyParameter, id: number): number {
    const sql = `SELECT id FROM sessions WHERE session_key = ${key.sql} AND id < ? ORDER BY id DESC LIMIT 1`;
    return checkedId(this.#get(sql, key.value, id) ?? 0);
  }

  /** The last ids of a session, the highest first. */
  lastIds(key: KeyParameter, limit: number): number[] {
    const sql = `SELECT id FROM sessions WHERE session_key = ${key.sql} ORDER BY id DESC LIMIT ?`;
    return prepared(this.database, sql).pluck().all(key.value, limit).map(checkedId);
  }

  countAfter(key: KeyParameter, id: number): number {
    return Number(this.#get(`SELECT COUNT(*) FROM sessions WHERE session_key = ${key.sql} AND id > ?`, key.value, id));
  }

  /** The time of the row that is last or first. */
  timeOf(key: KeyParameter, which: 'first' | 'last'): ColumnValue | undefined {
    const order = which === 'first' ? 'ASC' : 'DESC';
    const sql = `SELECT created_at FROM sessions WHERE session_key = ${key.sql} ORDER BY id ${order} LIMIT 1`;
    const value = this.#get(sql, key.value) as SqlValue | undefined;
    return value === undefined ? undefined : encodeValue(value);
  }

  /** The id that the next row gets (AUTOINCREMENT: never one that was used before). */
  nextId(): number {
    const highest = this.#get(
      "SELECT MAX(coalesce((SELECT MAX(id) FROM sessions), 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'sessions'), 0))",
    );
    return checkedId(highest) + 1;
  }

  /** Keeps the ids up to this one for us: later rows of others get higher ones. */
  reserveUpTo(id: number): void {
    const { changes } = prepared(
      this.database,
      "UPDATE sqlite_sequence SET seq = ? WHERE name = 'sessions' AND seq < ?",
    ).run(id, id);
    if (changes === 0 && this.nextId() <= id) {
      prepared(this.database, "INSERT INTO sqlite_sequence (name, seq) VALUES ('sessions', ?)").run(id);
    }
  }

  row(id: number): StoredRow | undefined {
    const raw = prepared(this.database, `${rowColumns} WHERE id = ?`).raw().get(id) as RawRow | undefined;
    return raw && this.#stored(raw);
  }

  /** Rows of a session above `afterId`, in order, until `limit` rows or `bytes` of content are read. */
  rowsAfter(key: KeyParameter, afterId: number, limit: number, bytes: number): StoredRow[] {
    const sql = `${rowColumns} WHERE session_key = ${key.sql} AND id > ? ORDER BY id LIMIT ?`;
    const rows: StoredRow[] = [];
    let size = 0;
    for (const raw of prepared(this.database, sql).raw().iterate(key.value, afterId, limit) as Iterable<RawRow>) {
      rows.push(this.#stored(raw));
      size += lengthOf(raw[3]);
      if (size > bytes) break;
    }
    return rows;
  }

  /** Ids of a session above `afterId`, in order. */
  idsAfter(key: KeyParameter, afterId: number, limit: number): number[] {
    const sql = `SELECT id FROM sessions WHERE session_key = ${key.sql} AND id > ? ORDER BY id LIMIT ?`;
    const ids = prepared(this.database, sql).pluck().all(key.value, afterId, limit);
    return ids.map(checkedId);
  }

  /** Number of rows and bytes of content above `afterId`, at most `limit` rows of them; `last` is the id reached. */
  sizesAfter(key: KeyParameter, afterId: number, limit: number): { rows: number; bytes: number; last: number } {
    const sql = `SELECT COUNT(*), coalesce(SUM(size), 0), coalesce(MAX(id), 0) FROM
      (SELECT id, octet_length(role) + octet_length(content) AS size FROM sessions
       WHERE session_key = ${key.sql} AND id > ? ORDER BY id LIMIT ?)`;
    const row = prepared(this.database, sql).raw().get(key.value, afterId, limit) as [number, number, number];
    return { rows: row[0], bytes: row[1], last: row[2] };
  }

  insert(row: StoredRow): void {
    const values = [row.id, row.key, row.role, row.content, row.createdAt].map(bindValue);
    const places = values.map(({ sql }) => sql).join(', ');
    this.#run(`INSERT INTO sessions (id, session_key, role, content, created_at) VALUES (${places})`, values);
    if (this.schema.fullText && !this.schema.insertTrigger) prepared(this.database, indexRow).run(row.id);
  }

  delete(id: number): void {
    if (this.schema.fullText && !this.schema.deleteTrigger) prepared(this.database, unindexRow).run(id);
    prepared(this.database, 'DELETE FROM sessions WHERE id = ?').run(id);
  }

  /** Role and content of a row anew; its id and time stay. */
  update(row: StoredRow): void {
    const byHand = this.schema.fullText && !this.schema.updateTrigger;
    if (byHand) prepared(this.database, unindexRow).run(row.id);
    const role = bindValue(row.role);
    const content = bindValue(row.content);
    const sql = `UPDATE sessions SET role = ${role.sql}, content = ${content.sql} WHERE id = ?`;
    this.#run(sql, [role, content, bindValue(row.id)]);
    if (byHand) prepared(this.database, indexRow).run(row.id);
  }

  #run(sql: string, values: readonly BoundValue[]): void {
    prepared(this.database, sql).run(...values.map(({ value }) => value));
  }

  #get(sql: string, ...parameters: (string | number | Buffer)[]): unknown {
    return prepared(this.database, sql)
      .pluck()
      .get(...parameters);
  }

  #stored(raw: RawRow): StoredRow {
    const id = checkedId(raw[0]);
    if (!raw.some(isSuspect)) {
      return {
        id,
        key: encodeValue(raw[1]),
        role: encodeValue(raw[2]),
        content: encodeValue(raw[3]),
        createdAt: encodeValue(raw[4]),
      };
    }
    const bytes = prepared(
      this.database,
      `SELECT CAST(session_key AS BLOB), CAST(role AS BLOB), CAST(content AS BLOB), CAST(created_at AS BLOB)
       FROM sessions WHERE id = ?`,
    )
      .raw()
      .get(id) as Buffer[];
    const value = (place: 1 | 2 | 3 | 4) => encodeText(raw[place], bytes[place - 1]);
    return { id, key: value(1), role: value(2), content: value(3), createdAt: value(4) };
  }
}

/** Text whose bytes are no UTF-8 is kept as bytes: decoded, it would come back as something else. */
export function encodeText(value: SqlValue, bytes: Buffer | undefined): ColumnValue {
  return isSuspect(value) && bytes && !isText(bytes) ? encodeValue(value, bytes) : encodeValue(value);
}

function lengthOf(value: SqlValue): number {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8;
}

function checkedId(id: unknown): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id < Number.MAX_SAFE_INTEGER) return id;
  throw new StoreError(
    'unsupported',
    `A row has the id ${String(id)}, which is beyond what can be told apart here. Sessions with such rows are only read.`,
  );
}
