import assert from 'node:assert/strict';
import { startSqliteAgent } from '../../../support/sqliteAgent';
import { createZeroclawDatabase, openAsZeroclaw } from '../../../support/zeroclawSchema';
import { closeAll, newDatabase } from '../../sqlite/support';
import { changeMeanwhile, closePool, closeSearches, fill, openSearch, places, ranked, scan } from './support';

/** Enough rows that a scan is not over before the other process writes. */
const rows = 60_000;

function bigStore(): string {
  const file = newDatabase();
  const database = createZeroclawDatabase(file);
  fill(
    database,
    rows,
    (number) => `needle number ${number} in a text of some length`,
    (number) => `s${Math.floor(number / 300)}`,
  );
  database.exec(`INSERT INTO session_metadata (session_key, created_at, last_activity, message_count)
    SELECT session_key, MIN(created_at), MAX(created_at), COUNT(*) FROM sessions GROUP BY session_key`);
  database.close();
  return file;
}

/** How many rows up to an id hold a text, by an independent connection. */
function countOf(file: string, text: string, upTo = rows): number {
  const database = openAsZeroclaw(file);
  const count = database
    .prepare('SELECT COUNT(*) FROM sessions WHERE id <= ? AND instr(content, ?)')
    .pluck()
    .get(upTo, text);
  database.close();
  return Number(count);
}

suite('search of a database: beside writers', () => {
  teardown(async () => {
    await closeSearches();
    await closeAll();
  });
  suiteTeardown(closePool);

  test('what is appended meanwhile is not counted, and no append waits', async () => {
    const file = bigStore();
    const search = openSearch(file);
    const agent = startSqliteAgent({
      name: 'needle',
      file,
      keys: ['s1', 's2', 'new'],
      count: 100_000,
      milliseconds: 1500,
      pause: 2,
    });
    await agent.begun;
    for (let times = 0; times < 4; times++) {
      const before = openAsZeroclaw(file);
      const low = Number(before.prepare('SELECT COUNT(*) FROM sessions').pluck().get());
      const found = await scan(search, 'eedle');
      const high = Number(before.prepare('SELECT COUNT(*) FROM sessions').pluck().get());
      before.close();
      assert.ok(found.total >= low && found.total <= high, `${low} ${found.total} ${high}`);
      assert.equal(found.coverage.messages, found.total);
      assert.equal(found.coverage.note, undefined);
      const hits = await ranked(search, 'number');
      assert.equal(hits.hits.length, 50);
    }
    const report = await agent.ended;
    assert.equal(report.locked, 0);
    assert.ok(report.longestMilliseconds < 1000, `${report.longestMilliseconds}`);
  });

  test('messages that are changed and deleted meanwhile are counted as they are at the end', async () => {
    const file = bigStore();
    const search = openSearch(file);
    await scan(search, 'eedle');
    const found = await scan(search, 'eedle', { limit: 20 }, (part) => {
      if (part !== 2) return;
      // The newest session has been looked at, the oldest one has not.
      changeMeanwhile(
        file,
        `
        UPDATE sessions SET content = 'nothing' WHERE id IN (SELECT MAX(id) FROM sessions GROUP BY session_key);
        UPDATE session_metadata SET last_activity = '2026-12-01T00:00:00+00:00';
        DELETE FROM sessions WHERE session_key IN ('s199', 's0');
        DELETE FROM session_metadata WHERE session_key IN ('s199', 's0');
        INSERT INTO sessions (session_key, role, content, created_at) VALUES ('s5', 'user', 'a late needle', '')`,
      );
    });
    assert.equal(found.total, countOf(file, 'needle'));
    assert.equal(found.counts.s199, undefined);
    assert.equal(found.counts.s198, 299);
    assert.equal(found.coverage.messages, rows - 600);
    assert.deepEqual(
      places(found.hits),
      Array.from({ length: 20 }, (_, number) => `s198 ${298 - number}`),
    );
  });

  test('changes that no metadata tells of', async () => {
    const file = bigStore();
    const search = openSearch(file);
    await scan(search, 'eedle');
    const found = await scan(search, 'eedle', {}, (part) => {
      if (part === 2) changeMeanwhile(file, "UPDATE sessions SET content = 'nothing' WHERE id % 10 = 0");
    });
    assert.equal(found.total, countOf(file, 'needle'));
    assert.equal(found.total, rows * 0.9);
  });

  test('one session that is rewritten meanwhile is looked through again', async () => {
    const file = bigStore();
    const search = openSearch(file);
    await scan(search, 'eedle');
    const found = await scan(
      search,
      'eedle',
      { sessions: new Map(['s199', 's100'].map((key) => [key, 0])) },
      (part) => {
        if (part === 1)
          changeMeanwhile(
            file,
            `UPDATE sessions SET content = 'nothing' WHERE session_key = 's199' AND id % 2 = 0;
        UPDATE session_metadata SET last_activity = '2026-12-01T00:00:00+00:00' WHERE session_key = 's199'`,
          );
      },
    );
    assert.deepEqual(found.counts, { s100: 300, s199: 150 });
    assert.equal((await scan(search, 'eedle')).total, countOf(file, 'needle'));
    assert.equal(found.coverage.messages, 600);
  });

  test('a database that is put in the place of another', async () => {
    const file = bigStore();
    const search = openSearch(file);
    assert.equal((await scan(search, 'eedle')).total, rows);
    const fs = await import('node:fs');
    const small = newDatabase();
    const database = createZeroclawDatabase(small);
    fill(database, 10, () => 'another needle');
    database.close();
    for (const suffix of ['-wal', '-shm']) fs.rmSync(file + suffix, { force: true });
    fs.renameSync(small, file);
    assert.equal((await scan(search, 'eedle')).total, 10);
    assert.equal((await ranked(search, 'needle')).hits.length, 10);
  });
});
