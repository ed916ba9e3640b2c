import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { SqliteSessionBackend } from '../../../src/backend/sqlite/SqliteSessionBackend';
import { repeatedBlocks } from '../../../src/backend/sqlite/write/duplicates';
import { heldByOthers } from '../../../src/backend/sqlite/write/heldByOthers';
import { chronoOf } from '../../../src/backend/sqlite/write/writeTimes';
import { startSqliteAgent } from '../../support/sqliteAgent';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { closeStores, fill, openAsZeroclaw, Store, time, verifyDatabase } from './support';

suite('sqlite write: maintenance', () => {
  teardown(closeStores);

  test('survey: wrong counts, orphans, bytes', async () => {
    const store = await Store.of('newest', (database) => {
      fill(database, 'k', 4);
      fill(database, 'empty', 1);
      fill(database, 'right', 2);
      database.exec("UPDATE session_metadata SET message_count = -5 WHERE session_key = 'k'");
      database.exec("DELETE FROM sessions WHERE session_key = 'empty'");
      const insert = database.prepare(
        "INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, 'user', 'x', ?)",
      );
      insert.run('lost', '2026-03-01T00:00:00+00:00');
      insert.run(Buffer.from('lost'), '2026-03-01T00:00:00+00:00');
    });
    const before = store.dump();
    const survey = await store.writer.survey();
    assert.deepEqual(survey.wrongCounts, [
      { key: 'k', stored: -5, real: 4 },
      { key: 'empty', stored: 1, real: 0 },
    ]);
    assert.deepEqual(survey.orphans, [
      { key: 'lost', messages: 1 },
      { key: "lost (blob x'6c6f7374')", messages: 1 },
    ]);
    assert.ok(survey.bytes > 4096 && survey.freeBytes >= 0);
    assert.equal(store.dump(), before);
    for (const key of ['k', 'empty', 'lost', "lost (blob x'6c6f7374')"]) {
      assert.equal((await store.apply({ kind: 'repair', key, orphans: 'adopt' })).report.changed, true);
    }
    const after = await store.writer.survey();
    assert.deepEqual([after.wrongCounts, after.orphans], [[], []]);
    store.verify();
  });

  test('the index is merged and checked, and a wrong one is told of', async () => {
    const store = await Store.of('0.6.9', (database) => {
      for (let index = 0; index < 300; index++)
        append(database, `k${index % 7}`, 'user', `words ${index} ${'é'.repeat(index)}`, time);
    });
    const before = store.dump();
    const right = await store.writer.maintain({ vacuum: false });
    assert.equal(right.fullTextIsRight, true);
    assert.deepEqual(right.damage, []);
    assert.equal(store.dump(), before);
    store.verify();
    // As an edit from elsewhere leaves it where there is no trigger for updates.
    store.agent.exec("UPDATE sessions SET content = 'others' WHERE id = 17");
    const wrong = await store.writer.maintain({ vacuum: false });
    assert.equal(wrong.fullTextIsRight, false);
    assert.match(wrong.notes.join(' '), /does not fit/);
    assert.deepEqual(fs.readdirSync(path.join(store.folder, 'data', 'copies')), []);
  });

  test('VACUUM only when nobody else has the file open; ids and mode stay', async () => {
    const store = await Store.of('newest', (database) => {
      fill(database, 'k', 2000);
      fill(database, 'kept', 20);
      database.exec(
        "DELETE FROM sessions WHERE session_key = 'k'; UPDATE session_metadata SET message_count = 0 WHERE session_key = 'k'",
      );
    });
    const dump = store.dump();
    const refused = await store.writer.maintain({ vacuum: true });
    assert.equal(refused.vacuumed, false);
    assert.match(refused.notes.join(' '), /another program has it open/);
    store.agent.close();
    const done = await store.writer.maintain({ vacuum: true });
    assert.equal(done.vacuumed, true, done.notes.join(' '));
    assert.ok(done.bytesAfter < done.bytesBefore, done.notes.join(' '));
    await store.writer.close();
    assert.deepEqual(fs.readdirSync(path.dirname(store.file)), ['sessions.db']);
    const again = openAsZeroclaw(store.file);
    verifyDatabase(again);
    assert.equal(again.pragma('journal_mode', { simple: true }), 'wal');
    assert.equal(again.prepare('SELECT MIN(id) FROM sessions').pluck().get(), 2001);
    assert.ok(dump.includes('kept'));
    again.close();
  });

  test('VACUUM with our own reader, which is told to let go', async () => {
    let reader: SqliteSessionBackend | undefined;
    let released = 0;
    const store = await Store.open(
      (file) => {
        const database = createZeroclawDatabase(file);
        fill(database, 'k', 20);
        return database;
      },
      {
        release: async () => {
          released++;
          reader?.release();
        },
      },
    );
    store.agent.close();
    const context = { now: Date.now, log: () => undefined, dataFolder: undefined };
    reader = await SqliteSessionBackend.open(store.location, context);
    assert.equal((await reader.listSessions()).length, 1);
    const { vacuumed, notes } = await store.writer.maintain({ vacuum: true });
    assert.equal(vacuumed, true, notes.join(' '));
    assert.equal(released, 1);
    assert.equal((await reader.load('k')).total, 20);
    await reader.close();
  });

  test('merging beside an agent', async function () {
    this.timeout(60_000);
    const store = await Store.of('newest', (database) => {
      for (let index = 0; index < 40; index++) fill(database, `k${index}`, 250, `some more words ${index * 7919}`);
    });
    const agent = startSqliteAgent({ name: 'a', file: store.file, keys: ['k1'], count: 200, pause: 4 });
    await agent.begun;
    const { fullTextIsRight } = await store.writer.maintain({ vacuum: false });
    assert.equal(fullTextIsRight, true);
    const { locked, appended, longestMilliseconds } = await agent.ended;
    assert.deepEqual([locked, appended], [0, 200]);
    assert.ok(longestMilliseconds < 300, `${longestMilliseconds} ms`);
    store.verify();
  });

  test('who has the database open', async function () {
    if (process.platform !== 'linux') this.skip();
    const store = await Store.of('newest', (database) => fill(database, 'k', 2));
    assert.equal(heldByOthers(store.file), false);
    const agent = startSqliteAgent({ name: 'a', file: store.file, keys: ['k'], count: 100, pause: 10 });
    await agent.begun;
    assert.equal(heldByOthers(store.file), true);
    await agent.ended;
    assert.equal(heldByOthers(store.file), false);
    assert.equal(heldByOthers(path.join(store.folder, 'none.db')), undefined);
  });

  test('repeated blocks', () => {
    const gone = (text: string) => {
      const list = [...text].map((letter) => letter.charCodeAt(0));
      const positions = new Set(repeatedBlocks(list).map(({ position }) => position));
      return [...text].filter((_, index) => !positions.has(index)).join('');
    };
    for (const [before, after] of [
      ['', ''],
      ['aa', 'aa'],
      ['aaa', 'aaa'],
      ['abab', 'ab'],
      ['ababab', 'ab'],
      ['xabcabcy', 'xabcy'],
      ['abcdabcd', 'abcd'],
      ['abxab', 'abxab'],
      ['abcabcabd', 'abcabd'],
      ['ababcababc', 'ababc'],
    ]) {
      assert.equal(gone(before ?? ''), after, before);
    }
    const began = performance.now();
    assert.ok(repeatedBlocks(new Array(100_000).fill(1)).length > 0);
    assert.ok(performance.now() - began < 2000);
  });

  test('times from elsewhere', () => {
    assert.equal(chronoOf('2026-03-02T10:00:00Z'), '2026-03-02T10:00:00+00:00');
    assert.equal(chronoOf('2026-03-02T00:30:00.123456+01:00'), '2026-03-01T23:30:00.123456+00:00');
    assert.equal(chronoOf('2026-03-02 10:00:00.5-00:30'), '2026-03-02T10:30:00.5+00:00');
    assert.equal(chronoOf('yesterday'), null);
    assert.equal(chronoOf(null), null);
  });
});
