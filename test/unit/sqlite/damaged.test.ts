import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { StoreErrorCode } from '../../../src/backend/errors';
import { temporaryFolder } from '../../support/project';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { closeAll, databaseCopy, newDatabase, OtherProcess, openBackend, snapshot } from './support';

function fileOf(content: string | Buffer): string {
  const file = newDatabase();
  fs.writeFileSync(file, content);
  return file;
}

async function assertFails(file: string, code: StoreErrorCode, words: RegExp): Promise<void> {
  const backend = await openBackend(file, { busyTimeout: 50 });
  for (const call of [
    () => backend.listSessionsWithMetadata(),
    () => backend.listSessionsWithMetadata({ detail: 'quick' }),
    () => backend.listSessions(),
    () => backend.load('a'),
    () => backend.entries('a', { from: 0, count: 1 }),
    () => backend.getSession('a'),
    () => backend.exists('a'),
  ]) {
    await assert.rejects(call(), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      assert.ok(error.message.includes(file), 'names the file');
      return true;
    });
  }
  await backend.close();
}

suite('sqlite: files that are no good', () => {
  teardown(closeAll);

  test('a text', () =>
    assertFails(
      fileOf('{"role":"user"}\n'.repeat(500)),
      'not-a-database',
      /is not an SQLite database, or it is encrypted/,
    ));
  test('a short text', () => assertFails(fileOf('hello'), 'not-a-database', /not an SQLite database/));
  test('random bytes, as an encrypted database', () =>
    assertFails(
      fileOf(Buffer.from(Array.from({ length: 8192 }, (_, index) => (index * 7919) % 251))),
      'not-a-database',
      /encrypted/,
    ));
  test('a header and nothing else', () => assertFails(fileOf('SQLite format 3\0'), 'not-a-database', /not an SQLite/));
  test('nothing there', () => assertFails(path.join(temporaryFolder(), 'none.db'), 'not-found', /does not exist/));
  test('no folder either', () =>
    assertFails(path.join(temporaryFolder(), 'none', 'none.db'), 'not-found', /does not exist/));

  test('a folder', () => {
    const file = newDatabase();
    fs.mkdirSync(file);
    return assertFails(file, 'not-a-database', /is a folder/);
  });

  test('a FIFO, which would wait for ever', function () {
    if (process.platform === 'win32') this.skip();
    const file = newDatabase();
    execFileSync('mkfifo', [file]);
    return assertFails(file, 'not-a-database', /not a regular file/);
  });

  test('a dangling link', function () {
    if (process.platform === 'win32') this.skip();
    const file = newDatabase();
    fs.symlinkSync(path.join(path.dirname(file), 'gone.db'), file);
    return assertFails(file, 'not-found', /does not exist/);
  });

  test('an empty file is an empty store', async () => {
    const backend = await openBackend(fileOf(''));
    assert.deepEqual(await backend.listSessionsWithMetadata(), []);
    assert.equal((await backend.load('a')).total, 0);
    await backend.close();
  });

  for (const size of [5000, 20_000, 60_000]) {
    test(`cut short at ${size} bytes`, async () => {
      const file = databaseCopy('sqlite');
      fs.truncateSync(file, size);
      const before = snapshot(path.dirname(file));
      await assertFails(file, 'corrupt', /damaged or incomplete/);
      assert.deepEqual(snapshot(path.dirname(file)), before);
    });
  }

  test('damage in one session leaves the others readable', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    append(database, 'good', 'user', 'fine');
    append(database, 'bad', 'user', 'x'.repeat(50_000));
    append(database, 'good', 'assistant', 'fine too');
    database.close();
    // The overflow pages of the long message: not zero, not a page.
    const bytes = fs.readFileSync(file);
    const at = bytes.indexOf('x'.repeat(4000), 5000);
    bytes.fill(0xff, at - 4, at);
    fs.writeFileSync(file, bytes);
    const backend = await openBackend(file);
    assert.equal((await backend.load('good')).messages.length, 2);
    await assert.rejects(backend.load('bad'), { code: 'corrupt' });
    assert.equal((await backend.load('good')).messages.length, 2);
  });

  test('a file cut short while it is open is an error, not a crash', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    for (let index = 0; index < 500; index++) append(database, `key${index}`, 'user', 'x'.repeat(1000));
    database.close();
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata({ detail: 'quick' });
    const other = new OtherProcess(file);
    await other.run(`process.getBuiltinModule('node:fs').truncateSync(${JSON.stringify(file)}, 12288)`);
    await assert.rejects(backend.load('key499'), (error: Error & { code?: string }) => {
      assert.ok(error.code === 'corrupt' || error.code === 'read-failed', error.message);
      return true;
    });
  });
});

/** A database with one message that another process has locked against readers too. */
async function lockedDatabase(): Promise<{ file: string; other: OtherProcess }> {
  const file = newDatabase();
  const database = createZeroclawDatabase(file);
  append(database, 'k', 'user', 'hello');
  database.pragma('journal_mode = DELETE');
  database.close();
  const other = new OtherProcess(file);
  await other.exec('BEGIN EXCLUSIVE');
  return { file, other };
}

suite('sqlite: locks of other programs', () => {
  teardown(closeAll);

  test('busy, and readable again after the release', async () => {
    const { file, other } = await lockedDatabase();
    const backend = await openBackend(file, { busyTimeout: 150 });
    for (const call of [() => backend.listSessionsWithMetadata(), () => backend.load('k')]) {
      await assert.rejects(call(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'busy');
        assert.match(error.message, /is locked by another program.*try again/);
        assert.ok(error.message.includes(file));
        return true;
      });
    }
    await other.exec('COMMIT');
    assert.equal((await backend.load('k')).total, 1);
    assert.equal((await backend.listSessionsWithMetadata()).length, 1);
  });

  test('a lock that is released in time is waited for', async () => {
    const { file, other } = await lockedDatabase();
    const backend = await openBackend(file);
    const loading = backend.load('k');
    // The process stays responsive while it waits: this very timer runs.
    await new Promise((resolve) => setTimeout(resolve, 60));
    await other.exec('COMMIT');
    assert.equal((await loading).total, 1);
  });

  test('an agent in the middle of a write is no obstacle', async () => {
    const file = databaseCopy('sqlite');
    const other = new OtherProcess(file);
    await other.exec(
      "BEGIN IMMEDIATE; INSERT INTO sessions (session_key, role, content, created_at) VALUES ('a', 'user', 'uncommitted', '')",
    );
    const backend = await openBackend(file, { busyTimeout: 50 });
    assert.equal((await backend.load('a')).total, 4);
    await other.exec('COMMIT');
    assert.equal((await backend.load('a')).total, 5);
  });

  test('reading is no obstacle to an agent either: its checkpoint goes through', async () => {
    const file = databaseCopy('sqlite');
    const other = new OtherProcess(file);
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata();
    await other.append('a', 'user', 'more');
    await backend.load('a');
    assert.deepEqual(await other.run("return database.pragma('wal_checkpoint(TRUNCATE)')"), [
      { busy: 0, log: 0, checkpointed: 0 },
    ]);
    assert.equal((await backend.load('a')).total, 5);
  });
});
