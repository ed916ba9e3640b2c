import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Journal, type JournalItem } from '../../../src/backend/journal/Journal';
import type { BackendContext } from '../../../src/backend/SessionBackend';
import type { EditReport, SessionEdit } from '../../../src/backend/StoreWriter';
import { SqliteWriter, type SqliteWriterOptions } from '../../../src/backend/sqlite/write/SqliteWriter';
import type { Direction, OperationKind, ReversalChoiceId } from '../../../src/shared/operations';
import type { StoreLocation } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import {
  append,
  createZeroclawDatabase,
  openAsZeroclaw,
  type Sqlite,
  type ZeroclawAge,
} from '../../support/zeroclawSchema';

/** Long before now, so that no append looks like one that has just begun. */
export const time = Date.UTC(2026, 2, 1);

const opened: Store[] = [];

/** A database in a folder of its own, its writer, its journal, and a connection in the agent's place. */
export class Store {
  now = time + 86_400_000;
  readonly location: StoreLocation;

  private constructor(
    readonly folder: string,
    readonly file: string,
    readonly agent: Sqlite,
    readonly writer: SqliteWriter,
    readonly journal: Journal,
  ) {
    this.location = { kind: 'sqlite', path: file, role: 'live' };
  }

  static async open(
    prepare: (file: string) => Sqlite,
    options: SqliteWriterOptions = {},
    folder = temporaryFolder('sqlite-write'),
  ): Promise<Store> {
    fs.mkdirSync(path.join(folder, 'sessions'), { recursive: true });
    const file = path.join(folder, 'sessions', 'sessions.db');
    const agent = prepare(file);
    const now = () => store.now;
    const context: BackendContext = { now, log: () => undefined, dataFolder: path.join(folder, 'data') };
    const writer = await SqliteWriter.open({ kind: 'sqlite', path: file, role: 'live' }, context, options);
    const journal = await Journal.open(context.dataFolder, now);
    const store: Store = new Store(folder, file, agent, writer, journal);
    opened.push(store);
    return store;
  }

  static of(age: ZeroclawAge, fill: (database: Sqlite) => void = () => undefined): Promise<Store> {
    return Store.open((file) => {
      const database = createZeroclawDatabase(file, age);
      fill(database);
      return database;
    });
  }

  async apply(edit: SessionEdit): Promise<{ report: EditReport; item: JournalItem | undefined }> {
    const entry = this.journal.begin(edit.kind as OperationKind, this.location, 1);
    const recorder = this.journal.recorder(entry, edit.key);
    const report = await this.writer.apply(edit, recorder);
    const item = recorder.startedItem === undefined ? undefined : this.journal.item(recorder.startedItem);
    assert.equal(item?.status, report.changed ? 'done' : undefined);
    return { report, item };
  }

  /** An edit that changes something. */
  async make(edit: SessionEdit): Promise<JournalItem> {
    const { item } = await this.apply(edit);
    assert.ok(item, `${edit.kind} changes nothing`);
    return item;
  }

  async reverse(item: JournalItem, direction: Direction, choice?: ReversalChoiceId): Promise<string | undefined> {
    this.journal.setStatus(item.id, direction === 'undo' ? 'undoing' : 'redoing');
    const { newKey } = await this.writer.reverse(this.item(item), direction, choice);
    this.journal.setStatus(item.id, direction === 'undo' ? 'undone' : 'done');
    return newKey;
  }

  /** Goes that way when nothing speaks against it; else the words of the conflict and its choices. */
  async tryReverse(
    item: JournalItem,
    direction: Direction,
  ): Promise<{ message: string; choices: string[] } | undefined> {
    const check = await this.writer.check(this.item(item), direction);
    if (check.kind === 'conflict') return { message: check.message, choices: check.choices.map(({ id }) => id) };
    await this.reverse(item, direction);
    return undefined;
  }

  item({ id }: JournalItem): JournalItem {
    const item = this.journal.item(id);
    assert.ok(item);
    return item;
  }

  rows(sql: string, ...parameters: unknown[]): unknown[] {
    return this.agent.prepare<unknown[]>(sql).all(...parameters);
  }

  contents(key: string): unknown[] {
    return this.agent.prepare('SELECT content FROM sessions WHERE session_key = ? ORDER BY id').pluck().all(key);
  }

  metadata(key: string): Record<string, unknown> | undefined {
    return this.agent.prepare('SELECT * FROM session_metadata WHERE session_key = ?').get(key) as
      | Record<string, unknown>
      | undefined;
  }

  dump(): string {
    return dumpOf(this.agent);
  }

  verify(): void {
    verifyDatabase(this.agent);
  }

  async close(): Promise<void> {
    await this.writer.close();
    this.journal.close();
    if (this.agent.open) this.agent.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** For `teardown`. */
export async function closeStores(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
}

/** All rows of the agent's own tables with the kind of each value, and the schema. */
export function dumpOf(database: Sqlite): string {
  const columns = (table: string) =>
    (database.pragma(`table_info(${table})`) as { name: string }[])
      .map(({ name }) => `${name}, typeof(${name}) AS "type of ${name}"`)
      .join(', ');
  const all = (table: string, order: string) =>
    database.prepare(`SELECT ${columns(table)} FROM ${table} ORDER BY ${order}`).all();
  return JSON.stringify(
    [
      all('sessions', 'id'),
      all('session_metadata', 'session_key'),
      database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all(),
    ],
    null,
    1,
  );
}

/** Database and full-text index are whole, and every count is that of the messages. */
export function verifyDatabase(database: Sqlite): void {
  // A new connection: FTS5's part of `integrity_check` goes by what an old one remembers of the index.
  const fresh = openAsZeroclaw(database.name);
  try {
    // With rank 1 the index is compared with the messages.
    fresh.prepare("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)").run();
    assert.deepEqual(fresh.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
    const wrong = fresh
      .prepare(
        `SELECT session_key, message_count, (SELECT COUNT(*) FROM sessions WHERE session_key = session_metadata.session_key)
         AS real FROM session_metadata WHERE message_count <> real`,
      )
      .all();
    assert.deepEqual(wrong, []);
  } finally {
    fresh.close();
  }
}

/** `count` messages, by user and assistant in turn. */
export function fill(database: Sqlite, key: string, count: number, text = 'message'): void {
  database.exec('BEGIN');
  for (let index = 0; index < count; index++) {
    append(database, key, index % 2 === 0 ? 'user' : 'assistant', `${text} ${index} of ${key}`, time + index * 1000);
  }
  database.exec('COMMIT');
}

export { openAsZeroclaw };
