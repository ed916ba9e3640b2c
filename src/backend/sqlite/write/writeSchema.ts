import { StoreError } from '../../errors';
import type { SqliteDatabase } from '../binding';
import { probeSchema } from '../schema';
import { metadataColumns } from '../statements';

/** What a database of zeroclaw's has, as far as writing depends on it. All of it is known: nothing else is there. */
export interface WriteSchema {
  /** Columns of `session_metadata`, in the order of the table. */
  readonly metadataColumns: readonly string[];
  /** Since 0.5.9. */
  readonly names: boolean;
  /** Since 0.6.5: state, turn_id, turn_started_at. */
  readonly states: boolean;
  /** The table `jsonl_import_receipts` is there. */
  readonly receipts: boolean;
  /** The table `sessions_fts` is there. */
  readonly fullText: boolean;
  /** Triggers that keep the full-text index; what they do not do is done by hand. `sessions_au` came with 0.7.4. */
  readonly insertTrigger: boolean;
  readonly deleteTrigger: boolean;
  readonly updateTrigger: boolean;
}

type Entry = [type: string, name: string, sql: string | null];
type Column = [name: string, hidden: number];

/** Tables that may be there, with their columns; the SQL of a virtual one must be the known one too. */
const tables: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['sessions', ['id', 'session_key', 'role', 'content', 'created_at']],
  ['session_metadata', metadataColumns],
  ['jsonl_import_receipts', ['source_name', 'session_key', 'source_hash', 'source_len', 'imported_at']],
]);

const fullTextTables = new Set(['', '_data', '_idx', '_docsize', '_config'].map((suffix) => `sessions_fts${suffix}`));

const indexDelete = `INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
  VALUES ('delete', old.id, old.session_key, old.content);`;
const indexInsert = `INSERT INTO sessions_fts(rowid, session_key, content)
  VALUES (new.id, new.session_key, new.content);`;

/** The definitions that every version of zeroclaw has used (session_sqlite.rs). */
const definitions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    sessions_fts: `CREATE VIRTUAL TABLE sessions_fts USING fts5(
      session_key, content, content=sessions, content_rowid=id)`,
    sessions_ai: `CREATE TRIGGER sessions_ai AFTER INSERT ON sessions BEGIN ${indexInsert} END`,
    sessions_ad: `CREATE TRIGGER sessions_ad AFTER DELETE ON sessions BEGIN ${indexDelete} END`,
    sessions_au: `CREATE TRIGGER sessions_au AFTER UPDATE ON sessions BEGIN ${indexDelete} ${indexInsert} END`,
  }).map(([name, sql]) => [name, normalized(sql)]),
);

/** The same for two texts that differ in white space, quotes and case only. */
function normalized(sql: string): string {
  return sql
    .toLowerCase()
    .replace(/[\s"'`[\]]/g, '')
    .replace('ifnotexists', '');
}

function columnsOf(database: SqliteDatabase, table: string): Column[] {
  return database.prepare('SELECT name, hidden FROM pragma_table_xinfo(?)').raw().all(table) as Column[];
}

function unknownColumns(database: SqliteDatabase, table: string, known: readonly string[]): string[] {
  const unknown: string[] = [];
  for (const [name, hidden] of columnsOf(database, table)) {
    if (!known.includes(name)) unknown.push(`the column ${table}.${name}`);
    else if (hidden !== 0) unknown.push(`the computed column ${table}.${name}`);
  }
  const references = database.prepare('SELECT count(*) FROM pragma_foreign_key_list(?)').pluck().get(table);
  if (references !== 0) unknown.push(`foreign keys of ${table}`);
  return unknown;
}

/** What is in the database that no version we know has put there, in words. */
function unknownParts(database: SqliteDatabase, entries: readonly Entry[]): string[] {
  const unknown: string[] = [];
  for (const [type, name, sql] of entries) {
    // An index changes nothing about what has to be written.
    if (type === 'index' || (type === 'table' && name.startsWith('sqlite_'))) continue;
    const definition = definitions.get(name);
    const columns = type === 'table' ? tables.get(name) : undefined;
    if (columns) unknown.push(...unknownColumns(database, name, columns));
    else if (definition !== undefined && (name === 'sessions_fts') === (type === 'table')) {
      if (normalized(sql ?? '') !== definition) unknown.push(`another definition of ${name}`);
    } else if (!(type === 'table' && fullTextTables.has(name))) unknown.push(`the ${type} ${name}`);
  }
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version !== 0) unknown.push(`the format number ${version}`);
  const encoding = String(database.pragma('encoding', { simple: true }));
  if (encoding !== 'UTF-8') unknown.push(`text as ${encoding}`);
  return unknown;
}

/** `user_version`: setting it does not change `schema_version`, so it is looked at each time. */
export function checkUserVersion(database: SqliteDatabase, file: string): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version !== 0) throw newerSchema(file, [`the format number ${version}`]);
}

function newerSchema(file: string, unknown: readonly string[]): StoreError {
  const most = 5;
  const named = unknown.slice(0, most).join(', ');
  const more = unknown.length > most ? ` and ${unknown.length - most} more` : '';
  return new StoreError(
    'newer-schema',
    `${file} has parts that this version does not know (${named}${more}), so it is only read. Update Agent Session Inspector to change it.`,
  );
}

/**
 * Finds out what has to be kept up when rows change. Throws `newer-schema` naming what is not known: such a database is
 * read but never written; `unknown-schema` when a table that is needed is not there.
 */
export function probeWriteSchema(database: SqliteDatabase, file: string): WriteSchema {
  const readable = probeSchema(database, file);
  const entries = database.prepare('SELECT type, name, sql FROM sqlite_schema').raw().all() as Entry[];
  const unknown = unknownParts(database, entries);
  if (unknown.length > 0) throw newerSchema(file, unknown);
  if (!readable.messages || readable.metadata === null) {
    const missing = readable.messages ? 'session_metadata' : 'sessions';
    throw new StoreError(
      'unknown-schema',
      `${file} has no table ${missing} yet, so it is not written. zeroclaw makes its tables when it starts.`,
    );
  }
  const has = (name: string) => entries.some((entry) => entry[1] === name);
  const columns = columnsOf(database, 'session_metadata').map(([name]) => name);
  const schema: WriteSchema = {
    metadataColumns: columns,
    names: columns.includes('name'),
    states: ['state', 'turn_id', 'turn_started_at'].every((column) => columns.includes(column)),
    receipts: has('jsonl_import_receipts'),
    fullText: has('sessions_fts'),
    insertTrigger: has('sessions_ai'),
    deleteTrigger: has('sessions_ad'),
    updateTrigger: has('sessions_au'),
  };
  if (!schema.fullText && (schema.insertTrigger || schema.deleteTrigger || schema.updateTrigger)) {
    throw new StoreError(
      'unknown-schema',
      `${file} has triggers for a full-text index but no table sessions_fts, so no message in it can be changed. zeroclaw makes the table when it starts.`,
    );
  }
  return schema;
}
