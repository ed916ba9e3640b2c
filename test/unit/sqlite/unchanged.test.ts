import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { temporaryFolder } from '../../support/project';
import { createZeroclawDatabase, Sqlite } from '../../support/zeroclawSchema';
import { closeAll, databaseCopy, listProgram, newDatabase, OtherProcess, openBackend, snapshot } from './support';

async function readEverything(file: string, dataFolder?: string): Promise<number> {
  const backend = await openBackend(file, {}, { dataFolder });
  const watch = backend.watch(() => undefined);
  let rows = 0;
  await backend.listSessionsWithMetadata({ detail: 'quick' });
  for (const { key } of await backend.listSessionsWithMetadata()) {
    rows += (await backend.load(key)).messages.length;
    await backend.entries(key, { from: -2, count: 2 });
    await backend.getSessionState(key);
  }
  await backend.listRunningSessions();
  watch.dispose();
  await backend.close();
  return rows;
}

suite('sqlite: a read leaves the store as it was', () => {
  teardown(closeAll);

  for (const name of ['sqlite', 'mig_head', 'mig_v084', 'mig_v069', 'hybrid', 'wal_left']) {
    test(name, async () => {
      const file = databaseCopy(name);
      const folder = path.dirname(file);
      const before = snapshot(folder);
      const shared = fs.existsSync(`${file}-shm`);
      assert.ok((await readEverything(file)) > 0);
      assert.deepEqual(snapshot(folder), before);
      // What only we needed is gone again.
      assert.equal(fs.existsSync(`${file}-shm`), shared);
    });
  }

  test('a write-ahead log without its shared memory', async () => {
    const file = databaseCopy('wal_left');
    fs.rmSync(`${file}-shm`);
    const before = snapshot(path.dirname(file));
    assert.equal(await readEverything(file), 98);
    assert.deepEqual(snapshot(path.dirname(file)), before);
  });

  test('an empty log that was there stays there', async () => {
    const file = databaseCopy('sqlite');
    fs.writeFileSync(`${file}-wal`, '');
    const before = snapshot(path.dirname(file));
    assert.ok((await readEverything(file)) > 0);
    assert.deepEqual(snapshot(path.dirname(file)), before);
  });

  test('an agent that comes, writes and is killed meanwhile leaves its log, and so do we', async () => {
    const file = databaseCopy('sqlite');
    const backend = await openBackend(file);
    const count = (await backend.load('a')).total;
    const agent = new OtherProcess(file);
    await agent.append('a', 'user', 'one more');
    await agent.stop('SIGKILL');
    assert.equal((await backend.load('a')).total, count + 1);
    await backend.close();
    assert.ok(fs.statSync(`${file}-wal`).size > 0, 'the log has not been written back');
    const again = await openBackend(file);
    assert.equal((await again.load('a')).total, count + 1);
  });

  test('an agent that stays keeps its connection, its log and all rows', async () => {
    const file = databaseCopy('sqlite');
    const agent = new OtherProcess(file);
    try {
      await agent.append('a', 'user', 'before');
      await readEverything(file);
      await agent.append('a', 'user', 'after');
      assert.equal(await agent.run("return database.pragma('integrity_check', { simple: true })"), 'ok');
      const backend = await openBackend(file);
      const { messages } = await backend.load('a', { from: -2, count: 2 });
      assert.deepEqual(
        messages.map((message) => message.content),
        ['before', 'after'],
      );
    } finally {
      await agent.stop();
    }
  });

  test('a rollback journal that a crash left is not played back', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    database.pragma('journal_mode = DELETE');
    const insert = database.prepare(
      "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', ?, '')",
    );
    database.transaction(() => {
      for (let index = 0; index < 300; index++) insert.run('old '.repeat(800));
    })();
    database.close();
    const agent = new OtherProcess(file);
    await agent.run("database.pragma('cache_size = 5')");
    await agent.exec("BEGIN; UPDATE sessions SET content = replace(content, 'old', 'new')");
    await agent.stop('SIGKILL');
    assert.ok(fs.statSync(`${file}-journal`).size > 0);

    const before = snapshot(path.dirname(file));
    const copies = temporaryFolder('copies');
    const backend = await openBackend(file, {}, { dataFolder: copies });
    const { messages } = await backend.load('k');
    assert.equal(messages.length, 300);
    assert.ok(messages.every((message) => message.content.startsWith('old ')));
    await backend.close();
    assert.deepEqual(snapshot(path.dirname(file)), before);
    assert.deepEqual(fs.readdirSync(path.join(copies, 'copies')), [], 'the private copy is gone');
  });

  test('no extra file beside a database with a rollback journal', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    database.pragma('journal_mode = DELETE');
    database.close();
    const before = snapshot(path.dirname(file));
    await readEverything(file);
    assert.deepEqual(snapshot(path.dirname(file)), before);
  });

  suite('in a folder that may not be written to', () => {
    for (const [name, parts] of [
      ['sqlite', ['']],
      ['wal_left', ['', '-wal']],
      ['wal_left', ['', '-wal', '-shm']],
    ] as const) {
      test(`${name} with ${parts.length} files`, function () {
        if (process.platform === 'win32') this.skip();
        const source = databaseCopy(name);
        const folder = temporaryFolder('unwritable');
        for (const part of parts) {
          fs.copyFileSync(source + part, path.join(folder, `sessions.db${part}`));
          fs.chmodSync(path.join(folder, `sessions.db${part}`), 0o444);
        }
        fs.chmodSync(folder, 0o555);
        const before = snapshot(folder);
        const copies = temporaryFolder('copies');
        fs.chmodSync(copies, 0o777);
        const file = path.join(folder, 'sessions.db');
        const output = readAsNobody(file, copies);
        assert.match(output, /^sessions [1-9]\d*\n$/);
        assert.deepEqual(snapshot(folder), before);
        assert.deepEqual(fs.readdirSync(folder).length, parts.length);
        const left = fs.existsSync(path.join(copies, 'copies')) ? fs.readdirSync(path.join(copies, 'copies')) : [];
        assert.deepEqual(left, []);
        fs.chmodSync(folder, 0o755);
      });
    }

    test('a file that may not be written to in a folder that may', function () {
      if (process.platform === 'win32') this.skip();
      const file = databaseCopy('sqlite');
      const folder = path.dirname(file);
      fs.chmodSync(folder, 0o777);
      fs.chmodSync(file, 0o444);
      const before = snapshot(folder);
      const copies = temporaryFolder('copies');
      fs.chmodSync(copies, 0o777);
      assert.match(readAsNobody(file, copies), /^sessions 13\n$/);
      assert.deepEqual(snapshot(folder), before);
      assert.ok(!fs.existsSync(`${file}-shm`));
    });

    test('a file that may not be read', function () {
      if (process.platform === 'win32' || process.getuid?.() !== 0) this.skip();
      const file = databaseCopy('sqlite');
      fs.chmodSync(path.dirname(file), 0o755);
      fs.chmodSync(file, 0o600);
      assert.match(readAsNobody(file, temporaryFolder('copies')), /^no-permission You have no permission to read /);
    });
  });

  test('the independent reader finds nothing wrong afterwards', async () => {
    const file = databaseCopy('wal_left');
    await readEverything(file);
    const database = new Sqlite(file);
    assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
    database.close();
  });
});

/** Lists a database in a process without root's rights (root may write everywhere). */
function readAsNobody(file: string, dataFolder: string): string {
  const script = listProgram();
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const result = spawnSync(process.execPath, [script, file, dataFolder], { ...identity, encoding: 'utf8', cwd: '/' });
  return result.stdout + result.stderr;
}
