import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { mainBundle } from '../../support/jsonlAgent';
import { append, createZeroclawDatabase, openAsZeroclaw, type Sqlite } from '../../support/zeroclawSchema';
import { closeStores, dumpOf, fill, Store, time, verifyDatabase } from './support';

const edits: readonly SessionEdit[] = [
  { kind: 'append', key: 'k', role: 'user', content: 'x' },
  { kind: 'rename', key: 'k', name: 'n' },
  { kind: 'delete', key: 'k' },
];

function filesOf(folder: string): string[] {
  return fs.readdirSync(folder).sort();
}

suite('sqlite write: refusals change nothing', () => {
  teardown(closeStores);

  const withSession = (change: (database: Sqlite) => void = () => undefined) =>
    Store.of('newest', (database) => {
      fill(database, 'k', 4);
      change(database);
    });

  async function refuses(store: Store, code: string, words: RegExp): Promise<void> {
    const before = dumpOf(store.agent);
    for (const edit of edits) {
      await assert.rejects(store.apply(edit), (error: Error & { code: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, words);
        return true;
      });
    }
    assert.equal(dumpOf(store.agent), before);
    assert.deepEqual(
      store.journal.history(10).flatMap(({ items }) => items.filter(({ status }) => status === 'done')),
      [],
    );
  }

  for (const [name, sql, words] of [
    ['column of the metadata', 'ALTER TABLE session_metadata ADD COLUMN owner TEXT', /session_metadata\.owner/],
    ['column of the messages', 'ALTER TABLE sessions ADD COLUMN attachments TEXT', /sessions\.attachments/],
    ['computed column', 'ALTER TABLE session_metadata ADD COLUMN name2 TEXT AS (name)', /name2/],
    ['table', 'CREATE TABLE session_attachments (id INTEGER)', /the table session_attachments/],
    ['view', 'CREATE VIEW v AS SELECT 1', /the view v/],
    ['trigger', 'CREATE TRIGGER t AFTER DELETE ON session_metadata BEGIN SELECT 1; END', /the trigger t/],
    [
      'definition of a trigger',
      'DROP TRIGGER sessions_au; CREATE TRIGGER sessions_au AFTER UPDATE ON sessions BEGIN SELECT 1; END',
      /another definition of sessions_au/,
    ],
    ['virtual table', 'CREATE VIRTUAL TABLE more USING fts5(x)', /the table more/],
    ['format number', 'PRAGMA user_version = 3', /the format number 3/],
  ] as const) {
    test(`a newer schema: a ${name} that is not known`, async () => {
      const store = await withSession();
      // With the connection open, so that it is noticed at the next change too.
      await store.make({ kind: 'append', key: 'k', role: 'user', content: 'known' });
      store.journal.drop(1);
      store.agent.exec(sql);
      await refuses(store, 'newer-schema', words);
    });
  }

  test('what an index or SQLite itself adds is no new schema', async () => {
    const store = await withSession((database) => database.exec('CREATE INDEX own ON sessions (role); ANALYZE'));
    await store.make({ kind: 'delete', key: 'k' });
    store.verify();
  });

  test('triggers without the table that they write to', async () => {
    const store = await withSession((database) => database.exec('DROP TABLE sessions_fts'));
    await refuses(store, 'unknown-schema', /sessions_fts/);
  });

  test('a database that stays locked', async () => {
    const store = await Store.open(
      (file) => {
        const database = createZeroclawDatabase(file);
        fill(database, 'k', 4);
        return database;
      },
      { busyTimeout: 200 },
    );
    store.agent.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    await refuses(store, 'busy', /locked by another program/);
    clearInterval(timer);
    assert.ok(ticks > 10, `the event loop ran ${ticks} times in 600 ms`);
    store.agent.exec('ROLLBACK');
    await store.make({ kind: 'append', key: 'k', role: 'user', content: 'x' });
  });

  test('a lock that is let go is waited for', async () => {
    const store = await withSession();
    store.agent.exec('BEGIN IMMEDIATE');
    setTimeout(() => store.agent.exec('ROLLBACK'), 300);
    await store.make({ kind: 'delete', key: 'k' });
  });

  test('a file or folder that may not be written', async function () {
    if (process.platform === 'win32') this.skip();
    const store = await withSession();
    const folder = path.dirname(store.file);
    const isRoot = process.getuid?.() === 0;
    store.agent.close();
    const asNobody = async (work: () => Promise<void>) => {
      // Journal and data folder stay ours: they are open already.
      if (isRoot) process.seteuid?.(65_534);
      try {
        await work();
      } finally {
        if (isRoot) process.seteuid?.(0);
      }
    };
    fs.chmodSync(store.folder, 0o755);
    for (const [target, mode] of [
      [store.file, 0o444],
      [folder, 0o555],
    ] as const) {
      const before = [filesOf(folder), fs.statSync(store.file).mtimeMs];
      const old = fs.statSync(target).mode;
      if (target === folder) fs.chmodSync(store.file, 0o666);
      fs.chmodSync(target, mode);
      await asNobody(async () => {
        for (const edit of edits) await assert.rejects(store.apply(edit), { code: 'read-only' });
      });
      fs.chmodSync(target, old);
      assert.deepEqual([filesOf(folder), fs.statSync(store.file).mtimeMs], before);
    }
  });

  test('no database, a damaged one, a folder, none at all', async () => {
    for (const [content, code] of [
      [Buffer.from('this is not a database at all, but it is long enough '.repeat(40)), 'not-a-database'],
      [undefined, 'corrupt'],
    ] as const) {
      const store = await withSession((database) => {
        if (!content) fill(database, 'many', 200, 'x'.repeat(500));
      });
      store.agent.close();
      const whole = fs.readFileSync(store.file);
      if (!content) whole.fill(0xff, 4096);
      fs.writeFileSync(store.file, content ?? whole);
      const before = fs.readFileSync(store.file);
      for (const edit of edits) await assert.rejects(store.apply(edit), { code });
      await store.writer.close();
      assert.ok(fs.readFileSync(store.file).equals(before));
    }
    const store = await withSession();
    store.agent.close();
    fs.rmSync(store.file);
    for (const edit of edits) await assert.rejects(store.apply(edit), { code: 'not-found' });
    fs.mkdirSync(store.file);
    for (const edit of edits) await assert.rejects(store.apply(edit), { code: 'not-a-database' });
    fs.rmdirSync(store.file);
    createZeroclawDatabase(store.file).exec('DROP TABLE session_metadata');
    for (const edit of edits) await assert.rejects(store.apply(edit), { code: 'unknown-schema' });
  });

  test('a file that is exchanged in the middle of an edit', async () => {
    const store = await withSession();
    const other = path.join(store.folder, 'other.db');
    const stranger = createZeroclawDatabase(other);
    fill(stranger, 'k', 2, 'another');
    stranger.close();
    const entry = store.journal.begin('delete', store.location, 1);
    const recorder = store.journal.recorder(entry, 'k');
    const start = recorder.start.bind(recorder);
    recorder.start = (change, facts) => {
      fs.renameSync(store.file, `${store.file}.old`);
      for (const suffix of ['-wal', '-shm']) fs.rmSync(store.file + suffix, { force: true });
      fs.renameSync(other, store.file);
      return start(change, facts);
    };
    await assert.rejects(store.writer.apply({ kind: 'delete', key: 'k' }, recorder), { code: 'replaced' });
    await store.writer.close();
    const now = openAsZeroclaw(store.file);
    assert.deepEqual(now.prepare('SELECT content FROM sessions ORDER BY id').pluck().all(), [
      'another 0 of k',
      'another 1 of k',
    ]);
    now.close();
  });

  test('a link to a database is followed, and the file it names is changed in place', async () => {
    const store = await withSession();
    const real = path.join(store.folder, 'real.db');
    store.agent.close();
    fs.renameSync(store.file, real);
    fs.symlinkSync(real, store.file);
    await store.make({ kind: 'append', key: 'k', role: 'user', content: 'x' });
    await store.writer.close();
    assert.ok(fs.lstatSync(store.file).isSymbolicLink());
    assert.deepEqual(filesOf(path.dirname(store.file)), ['sessions.db']);
    const database = openAsZeroclaw(real);
    assert.equal(database.prepare('SELECT COUNT(*) FROM sessions').pluck().get(), 5);
    verifyDatabase(database);
    database.close();
  });

  test('a database without a write-ahead log is written in the mode that it has', async () => {
    const store = await withSession();
    store.agent.pragma('journal_mode = DELETE');
    const before = store.dump();
    const item = await store.make({ kind: 'delete', key: 'k' });
    assert.equal(await store.tryReverse(item, 'undo'), undefined);
    assert.equal(store.dump(), before);
    assert.equal(store.agent.pragma('journal_mode', { simple: true }), 'delete');
    assert.deepEqual(filesOf(path.dirname(store.file)), ['sessions.db']);
  });

  test('a full disk: a limit on the size of files', async function () {
    if (process.platform !== 'linux') this.skip();
    this.timeout(60_000);
    const store = await Store.of('newest', (database) => {
      fill(database, 'k', 1500, 'x'.repeat(300));
      fill(database, 'big', 6000, 'y'.repeat(100));
    });
    const before = store.dump();
    store.agent.pragma('wal_checkpoint(TRUNCATE)');
    const limit = fs.statSync(store.file).size + 8192;
    for (const edit of [
      { kind: 'append', key: 'k', role: 'user', content: 'z'.repeat(limit * 2) },
      { kind: 'delete', key: 'k' },
    ]) {
      // The log is what grows; the journal, in its own file, stays below the limit.
      const wal = edit.kind === 'append' ? limit : 100_000;
      const bundle = mainBundle('unit', 'sqliteWrite', 'editor.main.ts');
      const dataFolder = path.join(store.folder, `data-${edit.kind}`);
      const job = path.join(store.folder, 'job.json');
      fs.writeFileSync(job, JSON.stringify({ file: store.file, dataFolder, edits: [edit] }));
      const command = `trap '' XFSZ; exec prlimit --fsize=${wal} "$0" "$1" "$2"`;
      const { stdout, stderr, status, signal } = spawnSync('sh', ['-c', command, process.execPath, bundle, job], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${edit.kind} ${signal} ${stdout} ${stderr}`);
      assert.match(stdout, /disk-full|journal-unavailable/, stdout);
      assert.equal(store.dump(), before);
      store.verify();
    }
  });

  test('no file of ours is left in the store, and an unused connection keeps no log alive', async () => {
    const store = await withSession();
    store.agent.close();
    const folder = path.dirname(store.file);
    assert.deepEqual(filesOf(folder), ['sessions.db']);
    await store.make({ kind: 'append', key: 'k', role: 'user', content: 'x' });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.deepEqual(filesOf(folder), ['sessions.db']);
  });

  test('asking what an edit would do leaves the log of a killed agent as it is', async () => {
    const store = await withSession();
    // As a killed agent leaves it: the log beside the main file, nobody's connection.
    const folder = path.join(store.folder, 'killed');
    fs.mkdirSync(folder);
    for (const suffix of ['', '-wal']) fs.copyFileSync(store.file + suffix, path.join(folder, `sessions.db${suffix}`));
    const other = await Store.open((file) => {
      for (const suffix of ['', '-wal']) fs.copyFileSync(path.join(folder, `sessions.db${suffix}`), file + suffix);
      return store.agent;
    });
    const wal = fs.readFileSync(`${other.file}-wal`);
    assert.equal((await other.writer.plan({ kind: 'delete', key: 'k' })).messages, 4);
    await other.writer.close();
    assert.ok(fs.readFileSync(`${other.file}-wal`).equals(wal));
    append(store.agent, 'k', 'user', 'x', time);
  });
});
