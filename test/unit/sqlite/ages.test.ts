import assert from 'node:assert/strict';
import {
  append,
  createZeroclawDatabase,
  Sqlite,
  upgradeToNewest,
  type ZeroclawAge,
  zeroclawAges,
} from '../../support/zeroclawSchema';
import { byKey, closeAll, codes, newDatabase, OtherProcess, openBackend } from './support';

const time = Date.UTC(2026, 2, 1);

function databaseOf(age: ZeroclawAge): string {
  const file = newDatabase();
  const database = createZeroclawDatabase(file, age);
  append(database, 'k', 'user', 'hello there', time);
  append(database, 'k', 'assistant', 'hi', time + 1000);
  database.close();
  return file;
}

function hostile(...statements: string[]): string {
  const file = newDatabase();
  const database = new Sqlite(file);
  database.unsafeMode();
  for (const statement of statements) database.exec(statement);
  database.close();
  return file;
}

const goodMessages =
  'CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, session_key TEXT NOT NULL, role TEXT NOT NULL, content TEXT NOT NULL, created_at TEXT NOT NULL)';
const goodMetadata =
  "CREATE TABLE session_metadata (session_key TEXT PRIMARY KEY, created_at TEXT NOT NULL, last_activity TEXT NOT NULL, message_count INTEGER NOT NULL DEFAULT 0, name TEXT, state TEXT NOT NULL DEFAULT 'idle', turn_id TEXT, turn_started_at TEXT)";
const goodRows =
  "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', 'hello', '2026-01-01T00:00:00+00:00'); INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES ('k', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', 1)";

suite('sqlite: schemas', () => {
  teardown(closeAll);

  for (const age of zeroclawAges) {
    test(`a database of ${age}`, async () => {
      const backend = await openBackend(databaseOf(age));
      const list = await backend.listSessionsWithMetadata();
      const session = byKey(list, 'k');
      assert.deepEqual(
        [session.messageCount, session.title, session.name, codes(session)],
        [2, 'hello there', null, []],
      );
      assert.equal(session.state, age === '0.4.3' ? null : 'idle');
      assert.deepEqual(session.attributes, {});
      assert.deepEqual(
        (await backend.load('k')).messages.map((message) => message.content),
        ['hello there', 'hi'],
      );
      assert.equal(await backend.getSessionName('k'), null);
      const state = await backend.getSessionState('k');
      assert.deepEqual(state, age === '0.4.3' ? null : { state: 'idle', turnId: null, turnStartedAt: null });
      assert.deepEqual(await backend.listRunningSessions(), []);
      assert.deepEqual(await backend.listStuckSessions(0), []);
    });
  }

  for (const age of ['0.4.3', '0.6.9'] as const) {
    test(`a database of ${age} that a newer zeroclaw opens meanwhile`, async () => {
      const file = databaseOf(age);
      const backend = await openBackend(file);
      assert.equal((await backend.listSessionsWithMetadata()).length, 1);
      const newer = new Sqlite(file);
      upgradeToNewest(newer, age);
      newer.exec(
        "UPDATE session_metadata SET agent_alias = 'scout', state = 'running', turn_started_at = '2026-01-01T00:00:00+00:00', name = 'named'",
      );
      newer.close();
      const session = byKey(await backend.listSessionsWithMetadata(), 'k');
      assert.deepEqual(
        [session.state, session.name, session.attributes],
        ['running', 'named', { agent_alias: 'scout' }],
      );
      assert.equal((await backend.listStuckSessions(60)).length, 1);
      assert.equal(await backend.getSessionName('k'), 'named');
    });
  }

  test('columns and tables that are not known are passed over', async () => {
    const file = databaseOf('newest');
    const database = new Sqlite(file);
    database.exec(
      "ALTER TABLE session_metadata ADD COLUMN owner TEXT; ALTER TABLE sessions ADD COLUMN attachments BLOB DEFAULT x'00'",
    );
    database.exec('CREATE TABLE session_prompt_attachments (id INTEGER PRIMARY KEY, body BLOB)');
    database.close();
    const backend = await openBackend(file);
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
    assert.equal((await backend.load('k')).total, 2);
  });

  test('a database in the making is empty, and then is not', async () => {
    const file = newDatabase();
    const creator = new Sqlite(file);
    creator.pragma('journal_mode = WAL');
    const backend = await openBackend(file);
    assert.deepEqual(await backend.listSessionsWithMetadata(), []);
    assert.deepEqual(await backend.listSessionsWithMetadata({ detail: 'quick' }), []);
    assert.deepEqual(await backend.load('k'), { total: 0, messages: [], problems: [] });
    assert.equal((await backend.entries('k', { from: 0, count: 5 })).total, 0);
    assert.equal(await backend.getSession('k'), null);
    assert.deepEqual(await backend.listRunningSessions(), []);
    creator.exec(goodMessages);
    assert.deepEqual(await backend.listSessionsWithMetadata(), [], 'no metadata table yet');
    creator.exec(goodMetadata);
    creator.exec(goodRows);
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
    creator.close();
  });

  test('messages without a metadata table', async () => {
    const file = hostile(
      goodMessages,
      "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', 'hi', '')",
    );
    const backend = await openBackend(file);
    assert.deepEqual((await backend.listSessionsWithMetadata()).map(codes), [
      ['no-metadata', 'unreadable-date', 'unreadable-date'],
    ]);
  });

  const refused: [name: string, file: () => string, words: RegExp][] = [
    ['another program’s database', () => hostile('CREATE TABLE users (id INTEGER)'), /has no table sessions/],
    [
      'a table with other columns',
      () => hostile('CREATE TABLE sessions (id INTEGER PRIMARY KEY, token TEXT)'),
      /lacks the columns session_key, role, content, created_at/,
    ],
    [
      'ids that are no row ids',
      () => hostile(goodMessages.replace('INTEGER PRIMARY KEY AUTOINCREMENT', 'TEXT')),
      /sessions\.id is not its primary key/,
    ],
    [
      'a table without row ids',
      () => hostile(`${goodMessages.replace(' AUTOINCREMENT', '')} WITHOUT ROWID`),
      /has no row ids/,
    ],
    [
      'a column that hides the row ids, by which sessions would be taken for each other',
      () => hostile(goodMessages, goodMetadata.replace('(', '(_rowid_ TEXT, ')),
      /has no row ids/,
    ],
    [
      'a view in the place of the messages',
      () =>
        hostile(
          "CREATE VIEW sessions AS SELECT 1 AS id, 'k' AS session_key, 'user' AS role, randomblob(1000000000) AS content, '' AS created_at",
        ),
      /sessions is a view/,
    ],
    [
      'a view in the place of the metadata',
      () =>
        hostile(
          goodMessages,
          "CREATE VIEW session_metadata AS SELECT 'k' AS session_key, '' AS created_at, '' AS last_activity, 0 AS message_count",
        ),
      /session_metadata is a view/,
    ],
    [
      'a virtual table',
      () => hostile('CREATE VIRTUAL TABLE sessions USING fts5(id, session_key, role, content, created_at)'),
      /sessions is a virtual/,
    ],
    [
      'a computed column that fails',
      () => hostile(goodMessages.replace('content TEXT NOT NULL', 'content TEXT AS (abs(-9223372036854775807 - 1))')),
      /lacks the columns content \(there it is computed\)/,
    ],
  ];
  for (const [name, file, words] of refused) {
    test(`refused: ${name}`, async () => {
      const backend = await openBackend(file());
      for (const call of [
        () => backend.listSessionsWithMetadata(),
        () => backend.listSessionsWithMetadata({ detail: 'quick' }),
        () => backend.load('k'),
        () => backend.getSessionState('k'),
      ]) {
        await assert.rejects(call(), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'unknown-schema');
          assert.match(error.message, words);
          return true;
        });
      }
    });
  }

  test('hostile triggers and computed columns beside the known ones do nothing', async () => {
    const file = hostile(
      goodMessages,
      goodMetadata,
      goodRows,
      'CREATE TRIGGER evil AFTER INSERT ON sessions BEGIN DELETE FROM sessions; END',
      'ALTER TABLE sessions ADD COLUMN boom TEXT AS (abs(-9223372036854775807 - 1))',
      'ALTER TABLE session_metadata ADD COLUMN agent_alias TEXT AS (abs(-9223372036854775807 - 1))',
    );
    const backend = await openBackend(file);
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
    assert.equal((await backend.load('k')).total, 1);
  });

  test('a schema that becomes unknown, and known again', async () => {
    const file = databaseOf('newest');
    const backend = await openBackend(file);
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
    const other = new OtherProcess(file);
    await other.exec('ALTER TABLE session_metadata RENAME COLUMN last_activity TO touched');
    await assert.rejects(backend.listSessionsWithMetadata(), { code: 'unknown-schema' });
    await other.exec('ALTER TABLE session_metadata RENAME COLUMN touched TO last_activity');
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
  });
});
