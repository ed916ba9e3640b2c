import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { StoreChange } from '../../../src/backend/SessionBackend';
import { makePrivateCopy } from '../../../src/backend/sqlite/privateCopy';
import type { SqliteSessionBackend } from '../../../src/backend/sqlite/SqliteSessionBackend';
import { temporaryFolder } from '../../support/project';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { byKey, closeAll, databaseCopy, newDatabase, OtherProcess, openBackend } from './support';

/** Changes as they come. */
class Changes {
  readonly all: StoreChange[] = [];
  private readonly waiting: { wanted: (change: StoreChange) => boolean; resolve: () => void }[] = [];

  constructor(backend: SqliteSessionBackend) {
    backend.watch((change) => {
      this.all.push(change);
      for (const waiter of [...this.waiting]) if (waiter.wanted(change)) waiter.resolve();
    });
  }

  /** Resolves at the next change that fits. */
  next(wanted: (change: StoreChange) => boolean = () => true): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such change; there were ${JSON.stringify(this.all)}`)), 5000);
      this.waiting.push({
        wanted,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }
}

const of = (key: string) => (change: StoreChange) => change.keys?.includes(key) ?? false;
const anything = (change: StoreChange) => change.keys === undefined;

/** A database at rest with one message in the session `k`. */
function createWith(file: string, content: string): void {
  const database = createZeroclawDatabase(file);
  append(database, 'k', 'user', content);
  database.close();
}
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A backend that watches and knows the state before any change. */
async function watching(
  file: string,
): Promise<{ backend: SqliteSessionBackend; changes: Changes; other: OtherProcess }> {
  const other = new OtherProcess(file);
  await other.run('return 1');
  const backend = await openBackend(file);
  const changes = new Changes(backend);
  await backend.listSessionsWithMetadata();
  return { backend, changes, other };
}

suite('sqlite: changes by other programs', () => {
  teardown(closeAll);

  test('an append', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(of('a'));
    await other.append('a', 'assistant', 'live');
    await change;
    const { messages, total } = await backend.load('a', { from: -1, count: 1 });
    assert.deepEqual([total, messages[0]?.content], [5, 'live']);
    const list = await backend.listSessionsWithMetadata();
    assert.equal(byKey(list, 'a').messageCount, 5);
    assert.ok(changes.all.every((one) => one.keys?.every((key) => key === 'a')));
  });

  test('many appends, each of them told of', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    for (let index = 0; index < 20; index++) {
      const change = changes.next(of('a'));
      await other.append('a', 'assistant', `live ${index}`);
      await change;
      assert.equal((await backend.load('a')).total, 5 + index);
    }
  });

  test('a new session', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(of('brand new'));
    await other.append('brand new', 'user', 'first words', '2030-01-01T00:00:00+00:00');
    await change;
    const list = await backend.listSessionsWithMetadata();
    assert.deepEqual([list[0]?.key, list[0]?.title, list[0]?.messageCount], ['brand new', 'first words', 1]);
  });

  test('an update of the last message', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(of('a'));
    await other.exec(`UPDATE sessions SET content = 'streamed' WHERE id = (SELECT MAX(id) FROM sessions WHERE session_key = 'a');
      UPDATE session_metadata SET last_activity = '2027-01-01T00:00:00+00:00' WHERE session_key = 'a'`);
    await change;
    assert.equal((await backend.load('a', { from: -1, count: 1 })).messages[0]?.content, 'streamed');
    assert.equal((await backend.listSessionsWithMetadata())[0]?.key, 'a');
  });

  test('a name, a state: what does not touch the time of the last activity', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    let change = changes.next(of('a'));
    await other.exec("UPDATE session_metadata SET name = 'renamed' WHERE session_key = 'a'");
    await change;
    assert.equal(byKey(await backend.listSessionsWithMetadata({ detail: 'quick' }), 'a').name, 'renamed');
    change = changes.next(of('a'));
    await other.exec(
      "UPDATE session_metadata SET state = 'running', turn_started_at = '2026-11-20T11:59:50+00:00' WHERE session_key = 'a'",
    );
    await change;
    assert.equal((await backend.listRunningSessions())[0]?.key, 'a');
  });

  test('a session deleted', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(of('a'));
    await other.exec(
      "BEGIN; DELETE FROM sessions WHERE session_key = 'a'; DELETE FROM session_metadata WHERE session_key = 'a'; COMMIT",
    );
    await change;
    assert.ok((await backend.listSessionsWithMetadata()).every((session) => session.key !== 'a'));
    assert.equal(await backend.exists('a'), false);
  });

  test('metadata deleted, messages left', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(of('a'));
    await other.exec("DELETE FROM session_metadata WHERE session_key = 'a'");
    await change;
    const session = byKey(await backend.listSessionsWithMetadata(), 'a');
    assert.deepEqual([session.problems.map((problem) => problem.code), session.messageCount], [['no-metadata'], 4]);
  });

  test('an edit that nothing tells of: anything may have changed', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(anything);
    await other.exec(
      "UPDATE sessions SET content = 'edited title' WHERE id = (SELECT MIN(id) FROM sessions WHERE session_key = 'a' AND role = 'user')",
    );
    await change;
    assert.equal(byKey(await backend.listSessionsWithMetadata(), 'a').title, 'edited title');
  });

  test('rows deleted behind the back of the metadata, together with an append', async () => {
    const { backend, other } = await watching(databaseCopy('sqlite'));
    await other.exec(`BEGIN; DELETE FROM sessions WHERE id = (SELECT MAX(id) FROM sessions WHERE session_key = 'cli_user_self');
      INSERT INTO sessions (session_key, role, content, created_at) VALUES ('a', 'user', 'x', ''); COMMIT`);
    const session = byKey(await backend.listSessionsWithMetadata(), 'cli_user_self');
    assert.equal(session.messageCount, 6);
    assert.deepEqual(
      session.problems.map((problem) => problem.code),
      ['count-mismatch'],
    );
  });

  test('nothing is told while only we read', async () => {
    const { backend, changes } = await watching(databaseCopy('sqlite'));
    await pause(700);
    changes.all.length = 0;
    for (let round = 0; round < 3; round++) {
      await backend.listSessionsWithMetadata();
      await backend.load('a');
      const second = await openBackend(backend.location.path);
      await second.listSessionsWithMetadata();
      await second.close();
      await pause(50);
    }
    assert.deepEqual(changes.all, []);
    const before = { ...backend.work };
    await pause(200);
    assert.deepEqual({ ...backend.work }, before, 'and nothing runs');
  });

  test('the end of watching', async () => {
    const { backend, other } = await watching(databaseCopy('sqlite'));
    const told: StoreChange[] = [];
    const first = backend.watch((change) => told.push(change));
    first.dispose();
    await other.append('a', 'user', 'unheard');
    await pause(50);
    assert.deepEqual(told, []);
  });

  test('a long import', async () => {
    const { backend, changes, other } = await watching(databaseCopy('sqlite'));
    const change = changes.next(anything);
    await other.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
      INSERT INTO sessions (session_key, role, content, created_at) SELECT 'import' || (i % 50), 'user', 'imported', '' FROM n`);
    await change;
    const list = await backend.listSessionsWithMetadata();
    assert.equal(list.length, 13 + 50);
    assert.equal(byKey(list, 'import7').messageCount, 120);
  });

  test('the file replaced by another', async () => {
    const file = databaseCopy('sqlite');
    const backend = await openBackend(file);
    const changes = new Changes(backend);
    const page = await backend.entries('a', { from: 0, count: 1 });
    await backend.listSessionsWithMetadata();
    const change = changes.next(anything);
    const source = newDatabase();
    const database = createZeroclawDatabase(source);
    append(database, 'a', 'user', 'from elsewhere');
    database.close();
    fs.renameSync(source, file);
    await change;
    assert.deepEqual(await backend.listSessions(), ['a']);
    const again = await backend.entries('a', { from: 0, count: 1 });
    assert.equal(again.entries[0]?.kind === 'message' && again.entries[0].content, 'from elsewhere');
    assert.notEqual(again.generation, page.generation);
  });

  test('the file replaced by that of a running agent, whose log stays', async () => {
    const file = databaseCopy('sqlite');
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata();
    // Moved together with its log, as when a backup is put back.
    const source = newDatabase();
    createZeroclawDatabase(source).close();
    fs.rmSync(`${file}-wal`);
    fs.rmSync(`${file}-shm`);
    fs.renameSync(source, file);
    const agent = new OtherProcess(file);
    await agent.append('new', 'user', 'only in the log');
    const log = fs.statSync(`${file}-wal`);
    assert.ok(log.size > 0);
    assert.deepEqual(await backend.listSessions(), ['new']);
    await backend.close();
    assert.equal(fs.statSync(`${file}-wal`).ino, log.ino);
    await agent.append('new', 'user', 'still writing');
    assert.equal(await agent.run("return database.prepare('SELECT COUNT(*) FROM sessions').pluck().get()"), 2);
    await agent.stop('SIGKILL');
    assert.equal((await (await openBackend(file)).load('new')).total, 2);
  });

  test('the file deleted, and created again', async () => {
    const file = databaseCopy('sqlite');
    const backend = await openBackend(file);
    const changes = new Changes(backend);
    await backend.listSessionsWithMetadata();
    let change = changes.next(anything);
    fs.rmSync(file);
    await change;
    await assert.rejects(backend.listSessionsWithMetadata(), { code: 'not-found' });
    fs.rmSync(`${file}-wal`, { force: true });
    fs.rmSync(`${file}-shm`, { force: true });
    change = changes.next(anything);
    const database = createZeroclawDatabase(file);
    append(database, 'reborn', 'user', 'hello');
    database.close();
    await change;
    assert.deepEqual(await backend.listSessions(), ['reborn']);
  });

  test('a store that is made while its folder is watched', async () => {
    const file = path.join(temporaryFolder(), 'sessions.db');
    const backend = await openBackend(file);
    const changes = new Changes(backend);
    await pause(30);
    const change = changes.next();
    const database = createZeroclawDatabase(file);
    append(database, 'first', 'user', 'hello');
    await change;
    assert.deepEqual(await backend.listSessions(), ['first']);
    database.close();
  });

  test('through a link', async function () {
    if (process.platform === 'win32') this.skip();
    const file = databaseCopy('sqlite');
    const link = newDatabase();
    fs.symlinkSync(file, link);
    const other = new OtherProcess(file);
    await other.run('return 1');
    const backend = await openBackend(link);
    const changes = new Changes(backend);
    await backend.listSessionsWithMetadata();
    const change = changes.next(of('a'));
    await other.append('a', 'user', 'through the link');
    await change;
    assert.equal((await backend.load('a')).total, 5);
  });

  test('a store that can only be read from a copy', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    database.pragma('journal_mode = DELETE');
    for (let index = 0; index < 200; index++) append(database, 'k', 'user', 'words '.repeat(500));
    database.close();
    const crashed = new OtherProcess(file);
    await crashed.run("database.pragma('cache_size = 5')");
    await crashed.exec("BEGIN; UPDATE sessions SET content = 'half done'");
    await crashed.stop('SIGKILL');
    const backend = await openBackend(file);
    const changes = new Changes(backend);
    assert.equal((await backend.load('k')).total, 200);
    assert.ok(fs.existsSync(`${file}-journal`), 'a copy it is');
    const change = changes.next(anything);
    // The agent comes back: it plays the journal back and goes on.
    const agent = new OtherProcess(file);
    await agent.append('k', 'user', 'more');
    await change;
    assert.equal((await backend.load('k')).total, 201);
  });

  test('a copy that a killed process has left is removed, one in use is not', async () => {
    const folder = temporaryFolder('copies');
    const file = newDatabase();
    createWith(file, 'hello');
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const left = path.join(folder, `sessions-copy-${ended}-abcdef`);
    const used = path.join(folder, `sessions-copy-${process.ppid}-abcdef`);
    for (const copy of [left, used]) {
      fs.mkdirSync(copy);
      fs.writeFileSync(path.join(copy, 'sessions.db'), 'x');
    }
    const copy = await makePrivateCopy(file, folder);
    assert.deepEqual(
      fs.readdirSync(folder).sort(),
      [path.basename(path.dirname(copy.file)), path.basename(used)].sort(),
    );
    copy.remove();
  });

  test('a database with a rollback journal', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    append(database, 'k', 'user', 'hello');
    database.pragma('journal_mode = DELETE');
    database.close();
    const { backend, changes, other } = await watching(file);
    const change = changes.next(of('k'));
    await other.append('k', 'user', 'more');
    await change;
    assert.equal((await backend.load('k')).total, 2);
  });

  test('the watch follows a folder that another one has taken the place of', async () => {
    const folder = path.join(temporaryFolder('replaced'), 'sessions');
    const file = path.join(folder, 'sessions.db');
    fs.mkdirSync(folder);
    createWith(file, 'old');
    const backend = await openBackend(file);
    const changes = new Changes(backend);
    await backend.listSessionsWithMetadata();
    const gone = changes.next(anything);
    fs.renameSync(folder, `${folder}.old`);
    await gone;
    fs.mkdirSync(folder);
    createWith(file, 'new');
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
    await pause(700);
    const change = changes.next(of('k'));
    await new OtherProcess(file).append('k', 'user', 'more');
    await change;
    assert.equal((await backend.load('k')).total, 2);
  });

  test('a folder that comes after the backend is watched from its first list on', async () => {
    const folder = path.join(temporaryFolder('late'), 'sessions');
    const file = path.join(folder, 'sessions.db');
    const backend = await openBackend(file);
    const changes = new Changes(backend);
    await assert.rejects(backend.listSessionsWithMetadata());
    fs.mkdirSync(folder);
    createWith(file, 'first');
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
    await pause(700);
    const change = changes.next(of('k'));
    await new OtherProcess(file).append('k', 'user', 'more');
    await change;
  });

  test('a page that outlives the backend never takes new rows for known ones', async () => {
    const file = newDatabase();
    createWith(file, 'old');
    const first = await openBackend(file, undefined, { now: () => 1000 });
    const { generation } = await first.entries('k', { from: 0, count: 1 });
    await first.close();
    const second = await openBackend(file, undefined, { now: () => 2000 });
    assert.ok((await second.entries('k', { from: 0, count: 1 })).generation > generation);
  });
});
