import { StoreError } from '../errors';
import type { SqliteDatabase } from './binding';

/** What is there of zeroclaw's tables (facts of each version's CREATE and ALTER statements). */
export interface Schema {
  /** The table `sessions`, one row for each message. */
  readonly messages: boolean;
  /** The columns of `session_metadata`, `null` when there is no such table. */
  readonly metadata: ReadonlySet<string> | null;
  /** Text is stored as UTF-8, so that bytes can be checked. */
  readonly utf8: boolean;
}

const messageColumns = ['id', 'session_key', 'role', 'content', 'created_at'];
/** Since 0.4.3, the first version with a database. All others came later and may be missing. */
const metadataColumns = ['session_key', 'created_at', 'last_activity', 'message_count'];

type TableRow = [name: string, type: string, withoutRowid: number];
type ColumnRow = [name: string, declared: string, primaryKey: number, hidden: number];

function tables(database: SqliteDatabase): Map<string, TableRow> {
  const statement = database.prepare("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'").raw();
  const rows = statement.all() as TableRow[];
  return new Map(rows.map((row) => [row[0].toLowerCase(), row]));
}

function columns(database: SqliteDatabase, table: string): Map<string, ColumnRow> {
  const statement = database.prepare('SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)').raw();
  const rows = statement.all(table) as ColumnRow[];
  return new Map(rows.map((row) => [row[0].toLowerCase(), row]));
}

/**
 * Refuses everything but an ordinary table with ordinary columns: the SQL inside a view, a virtual table or a generated
 * column would run when it is read.
 */
function checkTable(
  database: SqliteDatabase,
  file: string,
  row: TableRow,
  needed: readonly string[],
): Map<string, ColumnRow> {
  const [name, type, withoutRowid] = row;
  if (type !== 'table') {
    throw new StoreError(
      'unknown-schema',
      `${file} is not a store of zeroclaw's: ${name} is a ${type} in it, not a table.`,
    );
  }
  const found = columns(database, name);
  const missing = needed.filter((column) => found.get(column)?.[3] !== 0);
  if (missing.length > 0) {
    const list = missing.map((column) => (found.has(column) ? `${column} (there it is computed)` : column)).join(', ');
    throw new StoreError(
      'unknown-schema',
      `${file} is not a store of zeroclaw's: the table ${name} lacks the columns ${list}.`,
    );
  }
  // A column of that name hides the row ids, by which rows are told apart.
  if (withoutRowid !== 0 || found.has('_rowid_')) {
    throw new StoreError('unknown-schema', `${file} is not a store of zeroclaw's: the table ${name} has no row ids.`);
  }
  return found;
}

/**
 * Finds out which of zeroclaw's tables and columns a database has: 0.4.3 to the newest, and later ones as far as they
 * keep these. A database without any table is a store in the making: zeroclaw creates the file before its tables.
 * Throws `unknown-schema`, saying what is missing.
 */
export function probeSchema(database: SqliteDatabase, file: string): Schema {
  const found = tables(database);
  const messages = found.get('sessions');
  const metadata = found.get('session_metadata');
  const utf8 = database.pragma('encoding', { simple: true }) === 'UTF-8';
  if (!messages && !metadata) {
    const foreign = [...found.keys()].filter((name) => !name.startsWith('sqlite_'));
    if (foreign.length > 0) {
      throw new StoreError(
        'unknown-schema',
        `${file} is a database, but not a store of zeroclaw's: it has no table sessions.`,
      );
    }
    return { messages: false, metadata: null, utf8 };
  }
  if (messages) {
    const id = checkTable(database, file, messages, messageColumns).get('id');
    if (id?.[1].toUpperCase() !== 'INTEGER' || id[2] !== 1) {
      throw new StoreError(
        'unknown-schema',
        `${file} is not a store of zeroclaw's: sessions.id is not its primary key.`,
      );
    }
  }
  const metadataFound = metadata ? checkTable(database, file, metadata, metadataColumns) : null;
  const readable = metadataFound ? [...metadataFound.values()].filter((column) => column[3] === 0) : [];
  return {
    messages: messages !== undefined,
    metadata: metadataFound ? new Set(readable.map((column) => column[0].toLowerCase())) : null,
    utf8,
  };
}
