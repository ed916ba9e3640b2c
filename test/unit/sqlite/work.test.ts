import assert from 'node:assert/strict';
import type { SessionMetadata } from '../../../src/shared/session';
import { append, createZeroclawDatabase, type Sqlite } from '../../support/zeroclawSchema';
import { byKey, closeAll, newDatabase, openBackend } from './support';

const time = Date.UTC(2026, 2, 1);
const sessions = 300;

function manySessions(): { file: string; database: Sqlite } {
  const file = newDatabase();
  const database = createZeroclawDatabase(file);
  database.transaction(() => {
    for (let index = 0; index < sessions; index++) {
      for (let message = 0; message < 4; message++) {
        append(
          database,
          `key${index}`,
          message % 2 ? 'assistant' : 'user',
          `words ${index} ${message}`,
          time + index * 1000 + message,
        );
      }
    }
  })();
  return { file, database };
}

suite('sqlite: what a list costs', () => {
  teardown(closeAll);

  async function cost(backend: { work: { statements: number; rows: number } }, action: () => Promise<unknown>) {
    const { statements, rows } = backend.work;
    await action();
    return { statements: backend.work.statements - statements, rows: backend.work.rows - rows };
  }

  test('nothing while nothing has changed', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    const first = await backend.listSessionsWithMetadata();
    for (const detail of ['full', 'quick'] as const) {
      let again: SessionMetadata[] = [];
      const spent = await cost(backend, async () => {
        again = await backend.listSessionsWithMetadata({ detail });
      });
      assert.deepEqual(spent, { statements: 0, rows: 0 });
      assert.deepEqual(again, first);
    }
    assert.equal(backend.work.openings, 1);
    database.close();
  });

  test('one append: the new row and the metadata, not the messages', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata();
    append(database, 'key5', 'user', 'one more', Date.UTC(2026, 5, 1));
    const spent = await cost(backend, async () => {
      const list = await backend.listSessionsWithMetadata();
      assert.equal(list[0]?.key, 'key5');
      assert.equal(list[0]?.messageCount, 5);
    });
    // The metadata, its order, and a handful for the one session.
    assert.ok(spent.rows <= 2 * sessions + 8, `${spent.rows} rows`);
    assert.ok(spent.statements <= 8, `${spent.statements} statements`);
    database.close();
  });

  test('one append costs a page that is open a handful of rows', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    await backend.entries('key5', { from: -4, count: 4 });
    append(database, 'key5', 'user', 'one more');
    const spent = await cost(backend, async () => {
      const page = await backend.entries('key5', { from: 4, count: 10 });
      assert.equal(page.entries.length, 1);
    });
    assert.ok(spent.rows <= 8, `${spent.rows} rows`);
    const unchanged = await cost(backend, () => backend.entries('key5', { from: 4, count: 10 }));
    assert.ok(unchanged.rows <= 2, `${unchanged.rows} rows`);
    database.close();
  });

  test('a quick list reads the metadata and the newest titles', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    let list: SessionMetadata[] = [];
    const spent = await cost(backend, async () => {
      list = await backend.listSessionsWithMetadata({ detail: 'quick' });
    });
    assert.ok(spent.rows <= 2 * sessions + 102, `${spent.rows} rows`);
    assert.equal(list[0]?.title, `words ${sessions - 1} 0`);
    assert.equal(list.filter((session) => session.title !== undefined).length, 100);
    assert.ok(list.every((session) => session.messageCount === undefined));
    database.close();
  });

  test('a quick list never gives a count that has been overtaken', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata();
    append(database, 'key7', 'user', 'one more', time);
    const list = await backend.listSessionsWithMetadata({ detail: 'quick' });
    assert.equal(byKey(list, 'key7').messageCount, undefined);
    assert.equal(byKey(list, 'key8').messageCount, 4);
    assert.equal((await backend.getSession('key7'))?.messageCount, 5);
    database.close();
  });

  test('batches hold every session once, complete and in order', async () => {
    const { file, database } = manySessions();
    database.exec(
      "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('orphan', 'user', 'hidden', '')",
    );
    const backend = await openBackend(file);
    const batches: SessionMetadata[] = [];
    const list = await backend.listSessionsWithMetadata({ onBatch: (some) => batches.push(...some) });
    assert.equal(batches.length, sessions + 1);
    assert.deepEqual(new Set(batches.map((session) => session.key)), new Set(list.map((session) => session.key)));
    for (const session of batches) assert.deepEqual(session, byKey(list, session.key));
    const again: SessionMetadata[] = [];
    await backend.listSessionsWithMetadata({ onBatch: (some) => again.push(...some) });
    assert.equal(again.length, sessions + 1);
    database.close();
  });

  test('a cancelled list', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(backend.listSessionsWithMetadata({ signal: controller.signal }), { code: 'cancelled' });
    await assert.rejects(backend.listSessionsWithMetadata({ signal: controller.signal, detail: 'quick' }), {
      code: 'cancelled',
    });
    const later = new AbortController();
    const list = backend.listSessionsWithMetadata({ signal: later.signal, onBatch: () => later.abort() });
    await assert.rejects(list, { code: 'cancelled' });
    assert.equal((await backend.listSessionsWithMetadata()).length, sessions);
    database.close();
  });

  test('lists at the same time do the work once', async () => {
    const { file, database } = manySessions();
    const backend = await openBackend(file);
    const lists = await Promise.all([
      backend.listSessionsWithMetadata(),
      backend.listSessionsWithMetadata(),
      backend.listSessionsWithMetadata({ detail: 'quick' }),
      backend.listSessions(),
    ]);
    assert.deepEqual(lists[0], lists[1]);
    assert.equal(lists[3].length, sessions);
    assert.ok(backend.work.rows < 5 * sessions, `${backend.work.rows} rows`);
    assert.equal(backend.work.openings, 1);
    database.close();
  });

  test('a store that has been closed', async () => {
    const { file, database } = manySessions();
    database.close();
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata();
    const list = backend.listSessionsWithMetadata();
    await backend.close();
    await list.catch(() => undefined);
    await assert.rejects(backend.load('key1'), { code: 'read-failed' });
  });
});
