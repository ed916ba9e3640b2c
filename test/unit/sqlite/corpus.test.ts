import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { corpusKey, makeDatabase } from '../../bench/corpus/sqlite';
import { Sqlite, zeroclawAges } from '../../support/zeroclawSchema';
import { byKey, closeAll, newDatabase, openBackend } from './support';

suite('sqlite: the databases of the benchmark', () => {
  teardown(closeAll);

  test('have the size that was asked for, and nothing that is wrong', async () => {
    for (const age of zeroclawAges) {
      const file = newDatabase();
      makeDatabase(file, { sessions: 50, messagesPerSession: 12, age });
      assert.equal(fs.existsSync(`${file}-wal`), false);
      const backend = await openBackend(file);
      const list = await backend.listSessionsWithMetadata();
      assert.equal(list.length, 50);
      for (const session of list) {
        assert.deepEqual(session.problems, [], session.key);
        assert.equal(session.messageCount, 12);
        assert.equal(typeof session.title, 'string');
      }
      assert.equal(byKey(list, corpusKey(7)).name, age === '0.4.3' ? null : 'Session 7');
      await backend.close();
      const database = new Sqlite(file);
      assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
      const found = database
        .prepare("SELECT COUNT(*) FROM sessions_fts WHERE sessions_fts MATCH 'deploy'")
        .pluck()
        .get();
      assert.ok(Number(found) > 0);
      database.exec("INSERT INTO sessions_fts(sessions_fts) VALUES ('integrity-check')");
      database.close();
    }
  });

  test('are the same in every run', () => {
    const digest = () => {
      const file = newDatabase();
      makeDatabase(file, { sessions: 10, messagesPerSession: 20, fullText: false });
      const database = new Sqlite(file);
      const rows = database.prepare('SELECT * FROM sessions ORDER BY id').raw().all();
      database.close();
      return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    };
    assert.equal(digest(), digest());
  });
});
