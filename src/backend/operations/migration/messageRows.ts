import type { SqliteDatabase } from '../../sqlite/binding';
import { keyParameter } from '../../sqlite/keys';
import { prepared } from '../../sqlite/write/messageTable';
import type { WriteConnection } from '../../sqlite/write/writeConnection';
import type { WriteSchema } from '../../sqlite/write/writeSchema';
import { fingerprint, MessageHash } from './messageHash';
import { type Source, type SourceMessage, steps } from './sourceFile';

/*
 * FTS5 writes out what it has gathered at the start of every statement with a trigger (each is a savepoint of its own):
 * row by row, an index segment comes into being for each message, and most of the time goes into merging them. So many
 * rows go into one statement, those of several sessions together. Processor time, measured on 200 sessions of 1,000
 * messages: 8.8 s row by row, 3.4 s with one statement for a session, 3.1 s for four, 2.7 s for six. The index is then
 * one that default settings have made, so that an agent's next append has no more to merge than otherwise.
 */
const STATEMENT_ROWS = 8000;
/** Statements of this many shapes are kept: preparing one of 1,000 rows takes half a millisecond. */
const KEPT = 4;
/** Rows and bytes that are read back at once. */
const READ_ROWS = 2000;
const READ_BYTES = 8_000_000;

type Value = string | number;
type Named = Record<string, string>;
const prepareInsertion = (database: SqliteDatabase, sql: string) => database.prepare<[Value[], Named]>(sql);
type Statement = ReturnType<typeof prepareInsertion>;
type Row = [id: number, role: unknown, content: unknown];

const kept = new WeakMap<SqliteDatabase, Map<string, Statement>>();

/** Messages of one session that are written together. */
export interface NewRows {
  readonly key: string;
  readonly time: string;
  readonly messages: readonly SourceMessage[];
}

/** One statement: so many rows of each session. */
function insertion(database: SqliteDatabase, counts: readonly number[]): Statement {
  const shape = counts.join();
  const statements = kept.get(database) ?? new Map<string, Statement>();
  kept.set(database, statements);
  const statement = statements.get(shape) ?? prepareInsertion(database, insertionSql(counts));
  // The one used last goes to the end; the first is the one not used for longest.
  statements.delete(shape);
  statements.set(shape, statement);
  const [oldest] = statements.keys();
  if (statements.size > KEPT && oldest !== undefined) statements.delete(oldest);
  return statement;
}

function insertionSql(counts: readonly number[]): string {
  const rows = counts.map((count, part) => Array<string>(count).fill(`(?,@k${part},?,?,@t${part})`).join());
  return `INSERT INTO sessions (id, session_key, role, content, created_at) VALUES ${rows.join()}`;
}

/** Rows ready to be written, but for their ids. Made before the write lock is taken. */
export class RowBatch {
  readonly count: number = 0;
  readonly #statements: { counts: number[]; values: Value[]; named: Named }[] = [];

  constructor(sessions: readonly NewRows[]) {
    let room = 0;
    for (const { key, time, messages } of sessions) {
      for (let from = 0; from < messages.length; ) {
        if (room === 0) {
          this.#statements.push({ counts: [], values: [], named: {} });
          room = STATEMENT_ROWS;
        }
        const statement = this.#statements.at(-1);
        if (!statement) break;
        const part = messages.slice(from, from + room);
        statement.named[`k${statement.counts.length}`] = key;
        statement.named[`t${statement.counts.length}`] = time;
        statement.counts.push(part.length);
        for (const { role, content } of part) statement.values.push(0, role, content);
        from += part.length;
        room -= part.length;
        this.count += part.length;
      }
    }
  }

  /** Inside a transaction. Ids are `firstId` and the ones after it; none of them may be taken. */
  insert(database: SqliteDatabase, schema: WriteSchema, firstId: number): void {
    let id = firstId;
    for (const { counts, values, named } of this.#statements) {
      for (let place = 0; place < values.length; place += 3) values[place] = id++;
      insertion(database, counts).run(values, named);
    }
    if (schema.fullText && !schema.insertTrigger && id > firstId) {
      prepared(
        database,
        `INSERT INTO sessions_fts(rowid, session_key, content)
         SELECT id, session_key, content FROM sessions WHERE id BETWEEN ? AND ? ORDER BY id`,
      ).run(firstId, id - 1);
    }
  }
}

/** Removes the rows of a session in a span of ids, inside a transaction. */
export function removeRows(
  database: SqliteDatabase,
  schema: WriteSchema,
  key: string,
  from: number,
  to: number,
): number {
  const parameter = keyParameter(key);
  const where = `WHERE session_key = ${parameter.sql} AND id BETWEEN ? AND ?`;
  if (schema.fullText && !schema.deleteTrigger) {
    prepared(
      database,
      `INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
       SELECT 'delete', id, session_key, content FROM sessions ${where}
       AND EXISTS (SELECT 1 FROM sessions_fts_docsize WHERE id = sessions.id)`,
    ).run(parameter.value, from, to);
  }
  return prepared(database, `DELETE FROM sessions ${where}`).run(parameter.value, from, to).changes;
}

/** The rows of a session from one id on, a slice at a time, each slice a state of its own. Odd values come as they are. */
export async function* rowsFrom(
  connection: WriteConnection,
  key: string,
  fromId: number,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Row[]> {
  const parameter = keyParameter(key);
  const sql = `SELECT id, role, content FROM sessions WHERE session_key = ${parameter.sql} AND id >= ? ORDER BY id LIMIT ?`;
  let next = fromId;
  for (let left = most; left > 0; ) {
    const rows = await connection.read((database) => {
      const slice: Row[] = [];
      let bytes = 0;
      const limit = Math.min(left, READ_ROWS);
      for (const row of prepared(database, sql).raw().iterate(parameter.value, next, limit) as Iterable<Row>) {
        slice.push(row);
        bytes += typeof row[2] === 'string' ? row[2].length : 0;
        if (bytes > READ_BYTES) break;
      }
      return slice;
    });
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    next = last[0] + 1;
    left -= rows.length;
  }
}

export interface HeldMessages {
  readonly ids: number[];
  readonly prints: number[];
}

/** Ids and fingerprints of all rows of a session. A row that is no message is in it too, like no message. */
export async function heldMessages(connection: WriteConnection, key: string, fromId = 0): Promise<HeldMessages> {
  const held: HeldMessages = { ids: [], prints: [] };
  for await (const rows of rowsFrom(connection, key, fromId)) {
    for (const [id, role, content] of rows) {
      held.ids.push(id);
      held.prints.push(typeof role === 'string' && typeof content === 'string' ? fingerprint(role, content) : -id);
    }
  }
  return held;
}

/** Whether the rows of a session from one id on are the source's messages from `from` on, one by one. */
export async function holdsMessages(
  connection: WriteConnection,
  key: string,
  fromId: number,
  source: Source,
  from: number,
): Promise<boolean> {
  const { held } = source;
  const count = source.count - from;
  if (held) return holdsAll(connection, key, fromId, from === 0 ? held : held.slice(from));
  const stored = new MessageHash();
  let found = 0;
  for await (const rows of rowsFrom(connection, key, fromId, count)) {
    for (const [, role, content] of rows) stored.add(String(role), String(content));
    found += rows.length;
  }
  if (found !== count) return false;
  return stored.digest() === (from === 0 ? await source.digest : await digestFrom(source, from));
}

/** The same for messages that are few enough to be read at once. */
async function holdsAll(
  connection: WriteConnection,
  key: string,
  fromId: number,
  messages: readonly SourceMessage[],
): Promise<boolean> {
  const parameter = keyParameter(key);
  const sql = `SELECT role, content FROM sessions WHERE session_key = ${parameter.sql} AND id >= ? ORDER BY id LIMIT ?`;
  const rows = await connection.read(
    (database) => prepared(database, sql).raw().all(parameter.value, fromId, messages.length) as [unknown, unknown][],
  );
  return (
    rows.length === messages.length &&
    messages.every(({ role, content }, index) => rows[index]?.[0] === role && rows[index]?.[1] === content)
  );
}

async function digestFrom(source: Source, from: number): Promise<string> {
  const hash = new MessageHash();
  for await (const messages of steps(source, from)) for (const { role, content } of messages) hash.add(role, content);
  return hash.digest();
}
