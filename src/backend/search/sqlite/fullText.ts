/**
 * zeroclaw's own full-text table (`sessions_fts`, FTS5 with `sessions` as its content): whether it can be trusted. It is
 * kept up to date by triggers; those of 0.4.3 to 0.7.3 leave out changes of a message.
 */
import type { DatabaseConnection, Reader } from '../../sqlite/connection';
import type { Schema } from '../../sqlite/schema';
import { sqliteCode } from '../../sqlite/sqliteErrors';
import { maxMessageId, messageTotal } from '../../sqlite/statements';
import { countBeyondId, fullTextSchema, indexedBeyond, indexedTotal, newestIndexed } from './searchStatements';

/** Definitions as `canonical` gives them. */
const INSERT_NEW = 'insert into sessions_fts(rowid,session_key,content)values(new.id,new.session_key,new.content);';
const DELETE_OLD =
  "insert into sessions_fts(sessions_fts,rowid,session_key,content)values('delete',old.id,old.session_key,old.content);";
const TRIGGERS: ReadonlyMap<string, string> = new Map([
  ['sessions_ai', `create trigger sessions_ai after insert on sessions begin ${INSERT_NEW}end`],
  ['sessions_ad', `create trigger sessions_ad after delete on sessions begin ${DELETE_OLD}end`],
  ['sessions_au', `create trigger sessions_au after update on sessions begin ${DELETE_OLD}${INSERT_NEW}end`],
]);
/** Options that change how words are found, not whether each message is in the index. */
const HARMLESS_OPTION = /^(?:tokenize|prefix)=/;

const BEHIND = 'is not kept up to date by its agent';
const LATER = 'the first hits come with the rest, in the order of time';

/** SQL without what makes no difference: white space, letter case, quotes around names. */
function canonical(sql: string): string {
  return sql
    .toLowerCase()
    .replace(/--[^\n]*/g, ' ')
    .replace(/["`[\]]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([(),;=]) ?/g, '$1')
    .replace('if not exists ', '')
    .trim();
}

function isOurTable(sql: string): boolean {
  const parts = /^create virtual table (?:main\.)?sessions_fts using fts5\((.*)\)$/.exec(canonical(sql))?.[1];
  if (parts === undefined) return false;
  const found = parts.replace(/(content|content_rowid)='(\w+)'/g, '$1=$2').split(',');
  const needed = ['session_key', 'content', 'content=sessions', 'content_rowid=id'];
  const rest = found.filter((part) => !needed.includes(part));
  return needed.every((part) => found.includes(part)) && rest.every((part) => HARMLESS_OPTION.test(part));
}

/** Why the definitions do not keep the index in step; `undefined` when they do. */
function wrongDefinition(reader: Reader): string | undefined {
  const rows = reader.all<[type: string, name: string, sql: string | null]>(fullTextSchema);
  const table = rows.find(([type]) => type === 'table');
  if (!table) return `This database has no full-text index; ${LATER}.`;
  if (!isOurTable(table[2] ?? ''))
    return `The full-text index of this database is not of the form that is known; ${LATER}.`;
  const triggers = new Map(
    rows.flatMap(([type, name, sql]) => (type === 'trigger' ? [[name.toLowerCase(), sql ?? ''] as const] : [])),
  );
  for (const [name, expected] of TRIGGERS) {
    const sql = triggers.get(name);
    if (sql === undefined)
      return `The full-text index of this database ${BEHIND} (it has no trigger ${name}); ${LATER}.`;
    if (canonical(sql) !== expected)
      return `The full-text index of this database ${BEHIND} (its trigger ${name} is another one); ${LATER}.`;
  }
  for (const [name, sql] of triggers) {
    if (TRIGGERS.has(name) || !/sessions_fts/i.test(sql)) continue;
    return `The full-text index of this database is changed by a trigger that is not known (${name}); ${LATER}.`;
  }
  return undefined;
}

/** What was found out about the index, for one state of the database. */
interface Checked {
  readonly version: number;
  readonly schema: Schema;
  readonly note: string | undefined;
  readonly newest: number;
}

const checked = new WeakMap<DatabaseConnection, Checked>();

/** True when the newest rows, and the number of those since `after`, are the same in the index and in the table. */
function isInStep(reader: Reader, newest: number | null, after: number | undefined): boolean {
  if (reader.get<[number | null]>(newestIndexed)?.[0] !== newest) return false;
  if (after === undefined) return reader.get<[number]>(indexedTotal)?.[0] === reader.get<[number]>(messageTotal)?.[0];
  const added = reader.get<[number]>(countBeyondId(false), after)?.[0];
  return reader.get<[number]>(indexedBeyond, after)?.[0] === added;
}

/**
 * Why the full-text table is not asked, in words; `undefined` when it is in step with the messages. All rows are counted
 * once; after a commit only those that are new, as long as the triggers are the same.
 */
export function fullTextProblem(connection: DatabaseConnection, reader: Reader): string | undefined {
  const { version, schema } = reader;
  const before = checked.get(connection);
  if (before?.version === version) return before.note;
  if (!schema.messages) return undefined;
  let note = before?.schema === schema && before.note === undefined ? undefined : wrongDefinition(reader);
  const newest = reader.get<[number | null]>(maxMessageId)?.[0] ?? null;
  if (note === undefined) {
    const after = before?.schema === schema && before.note === undefined ? before.newest : undefined;
    try {
      if (!isInStep(reader, newest, after)) {
        note = `The full-text index of this database is not in step with its messages; ${LATER}.`;
      }
    } catch (error) {
      if (!isIndexError(error)) throw error;
      note = damagedIndex();
    }
  }
  checked.set(connection, { version, schema, note, newest: newest ?? 0 });
  return note;
}

/** True when it is the index that cannot be read, or a query that it refuses: the messages themselves may be whole. */
export function isIndexError(error: unknown): boolean {
  return /^SQLITE_(?:CORRUPT|ERROR$)/.test(sqliteCode(error) ?? '');
}

export function damagedIndex(): string {
  return `The full-text index of this database cannot be read; ${LATER}.`;
}
