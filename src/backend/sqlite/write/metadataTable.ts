import type { ColumnValue, MetadataRow } from '../../journal/changes';
import type { SqliteDatabase } from '../binding';
import type { SqlValue } from '../connection';
import { isSuspect, type KeyParameter } from '../keys';
import { encodeText, prepared } from './messageTable';
import { bindValue, encodeValue, sameValue } from './rowCodec';
import type { WriteSchema } from './writeSchema';

/** What zeroclaw's table says for a column that is not given (`state` is NOT NULL). */
const defaults: Readonly<Record<string, ColumnValue>> = { message_count: 0, state: 'idle' };

/** The table `session_metadata` inside one transaction. */
export class MetadataTable {
  constructor(
    private readonly database: SqliteDatabase,
    private readonly schema: WriteSchema,
  ) {}

  /** All columns of a session's row, exactly; `null` when there is none. */
  read(key: KeyParameter): MetadataRow | null {
    const columns = this.schema.metadataColumns;
    const where = `FROM session_metadata WHERE session_key = ${key.sql}`;
    const values = prepared(this.database, `SELECT ${columns.join(', ')} ${where}`)
      .raw()
      .safeIntegers()
      .get(key.value) as SqlValue[] | undefined;
    if (!values) return null;
    let bytes: Buffer[] = [];
    if (values.some(isSuspect)) {
      const casts = columns.map((column) => `CAST(${column} AS BLOB)`).join(', ');
      bytes = prepared(this.database, `SELECT ${casts} ${where}`).raw().get(key.value) as Buffer[];
    }
    return Object.fromEntries(
      columns.map((column, place) => [column, encodeText(values[place] ?? null, bytes[place])]),
    );
  }

  /** A full row from the values that are known. */
  complete(values: MetadataRow): MetadataRow {
    return Object.fromEntries(
      this.schema.metadataColumns.map((column) => [column, values[column] ?? defaults[column] ?? null]),
    );
  }

  /** Makes the row of a session what `wanted` says, writing no more than what differs. */
  change(key: KeyParameter, current: MetadataRow | null, wanted: MetadataRow | null): void {
    if (wanted === null) {
      if (current)
        prepared(this.database, `DELETE FROM session_metadata WHERE session_key = ${key.sql}`).run(key.value);
      return;
    }
    // A column that the database did not have then, or has no more, is left to its default.
    const columns = this.schema.metadataColumns.filter((column) => column in wanted);
    const changed = current ? columns.filter((column) => !sameValue(current[column], wanted[column])) : columns;
    if (changed.length === 0) return;
    const values = changed.map((column) => bindValue(wanted[column] ?? null));
    const parameters = values.map(({ value }) => value);
    if (current) {
      const list = changed.map((column, place) => `${column} = ${values[place]?.sql ?? '?'}`).join(', ');
      const sql = `UPDATE session_metadata SET ${list} WHERE session_key = ${key.sql}`;
      prepared(this.database, sql).run(...parameters, key.value);
    } else {
      const places = values.map(({ sql }) => sql).join(', ');
      prepared(this.database, `INSERT INTO session_metadata (${changed.join(', ')}) VALUES (${places})`).run(
        ...parameters,
      );
    }
  }
}

/** The key of a session as a column value. */
export function keyValue(key: KeyParameter): ColumnValue {
  if (typeof key.value === 'string') return key.value;
  return key.sql === '?' ? encodeValue(key.value) : encodeValue(null, key.value);
}
