import assert from 'node:assert/strict';
import type { StoreEntry } from '../../../src/backend/SessionBackend';
import { append, createZeroclawDatabase, removeLast, type Sqlite, updateLast } from '../../support/zeroclawSchema';
import { closeAll, newDatabase, openBackend } from './support';

const time = Date.UTC(2026, 2, 1);

function contents(entries: readonly StoreEntry[]): string[] {
  return entries.map((entry) => (entry.kind === 'message' ? entry.content : entry.kind));
}

/** Messages m0, m1, ... of one session, with another session's rows in between. */
function fill(database: Sqlite, count: number): void {
  const insert = database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)');
  database.transaction(() => {
    for (let index = 0; index < count; index++) {
      if (index % 3 === 0) insert.run('other', 'user', 'between', '');
      insert.run('k', 'user', `m${index}`, '2026-03-01T00:00:00+00:00');
    }
    database
      .prepare(
        "INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES ('k', '', '', ?)",
      )
      .run(count);
  })();
}

suite('sqlite: positions', () => {
  teardown(closeAll);

  test('ranges', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    fill(database, 20);
    const backend = await openBackend(file);
    const load = async (from: number, count: number) =>
      (await backend.load('k', { from, count })).messages.map((message) => `${message.index}:${message.content}`);
    assert.deepEqual(await load(0, 2), ['0:m0', '1:m1']);
    assert.deepEqual(await load(9, 3), ['9:m9', '10:m10', '11:m11']);
    assert.deepEqual(await load(18, 100), ['18:m18', '19:m19']);
    assert.deepEqual(await load(-2, 100), ['18:m18', '19:m19']);
    assert.deepEqual(await load(-3, 2), ['17:m17', '18:m18']);
    assert.deepEqual(await load(-100, 1), ['0:m0']);
    assert.deepEqual(await load(20, 1), []);
    assert.deepEqual(await load(5, 0), []);
    assert.deepEqual(await load(5, -1), []);
    assert.equal((await backend.load('k', { from: 3, count: 1 })).total, 20);
    assert.equal((await backend.load('k')).messages.length, 20);
    database.close();
  });

  test('every row of a long session, by page and in one go', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    database.exec('DROP TRIGGER sessions_ai');
    const count = 60_000;
    fill(database, count);
    database.close();
    const backend = await openBackend(file);
    for (const from of [0, 1, 4999, 5000, 5001, 24_999, 25_001, 30_000, 47_123, 55_001, 59_990]) {
      const { entries, total } = await backend.entries('k', { from, count: 20 });
      assert.equal(total, count);
      const wanted = Array.from({ length: Math.min(20, count - from) }, (_, index) => `m${from + index}`);
      assert.deepEqual(contents(entries), wanted);
      assert.equal(entries[0]?.row, from);
    }
    const { messages } = await backend.load('k');
    assert.equal(messages.length, count);
    assert.ok(messages.every((message, index) => message.content === `m${index}` && message.index === index));
  });

  test('a page in the middle reads its rows and no others', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    fill(database, 3000);
    database.close();
    const backend = await openBackend(file);
    await backend.entries('k', { from: 0, count: 1 });
    const before = { ...backend.work };
    await backend.entries('k', { from: 1500, count: 50 });
    assert.ok(backend.work.rows - before.rows <= 52, `${backend.work.rows - before.rows} rows`);
    assert.ok(backend.work.statements - before.statements <= 2);
  });

  test('ids beyond 2^53', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    const insert = database.prepare(
      "INSERT INTO sessions (id, session_key, role, content, created_at) VALUES (?, 'k', 'user', ?, '')",
    );
    for (let index = 0; index < 30; index++) insert.run(9_223_372_036_854_775_000n + BigInt(index), `m${index}`);
    insert.run(-9_223_372_036_854_775_808n, 'first');
    database.close();
    const backend = await openBackend(file);
    const wanted = ['first', ...Array.from({ length: 30 }, (_, index) => `m${index}`)];
    assert.deepEqual(
      (await backend.load('k')).messages.map((message) => message.content),
      wanted,
    );
    for (const from of [0, 1, 7, 16, 29, 30]) {
      const { entries } = await backend.entries('k', { from, count: 3 });
      assert.deepEqual(contents(entries), wanted.slice(from, from + 3));
    }
  });

  test('messages of many megabytes', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    database.exec('DROP TRIGGER sessions_ai');
    for (let index = 0; index < 6; index++) append(database, 'k', 'user', `${index}`.repeat(4_000_000), time);
    database.close();
    const backend = await openBackend(file);
    const { messages } = await backend.load('k');
    assert.deepEqual(
      messages.map((message) => [message.content.length, message.content[0]]),
      Array.from({ length: 6 }, (_, index) => [4_000_000, `${index}`]),
    );
  });
});

suite('sqlite: generations', () => {
  teardown(closeAll);

  async function generations(
    change: (database: Sqlite) => void,
  ): Promise<{ same: boolean; total: number; last: string }> {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    for (let index = 0; index < 5; index++) append(database, 'k', 'user', `m${index}`, time);
    const backend = await openBackend(file);
    await backend.listSessionsWithMetadata();
    const before = await backend.entries('k', { from: -3, count: 3 });
    assert.equal((await backend.entries('k', { from: 0, count: 1 })).generation, before.generation);
    change(database);
    // What a watcher does after an event.
    await backend.listSessionsWithMetadata();
    const after = await backend.entries('k', { from: -3, count: 3 });
    database.close();
    return {
      same: after.generation === before.generation,
      total: after.total,
      last: contents(after.entries).at(-1) ?? '',
    };
  }

  test('an append leaves it', async () => {
    const result = await generations((database) => append(database, 'k', 'assistant', 'new', time + 1));
    assert.deepEqual(result, { same: true, total: 6, last: 'new' });
  });

  test('an update of the last message leaves it', async () => {
    const result = await generations((database) => updateLast(database, 'k', 'assistant', 'changed', time + 1));
    assert.deepEqual(result, { same: true, total: 5, last: 'changed' });
  });

  test('a message less changes it', async () => {
    const result = await generations((database) => removeLast(database, 'k'));
    assert.deepEqual(result, { same: false, total: 4, last: 'm3' });
  });

  test('a message replaced by another changes it', async () => {
    const result = await generations((database) => {
      removeLast(database, 'k');
      append(database, 'k', 'user', 'instead', time + 1);
    });
    assert.deepEqual(result, { same: false, total: 5, last: 'instead' });
  });

  test('a row taken from the middle changes it, more rows at the end notwithstanding', async () => {
    const result = await generations((database) => {
      database.exec("DELETE FROM sessions WHERE content = 'm2'");
      append(database, 'k', 'user', 'a', time + 1);
      append(database, 'k', 'user', 'b', time + 2);
    });
    assert.deepEqual(result, { same: false, total: 6, last: 'b' });
  });

  test('an edit in the middle that nothing tells of changes it', async () => {
    const result = await generations((database) => {
      database.exec("UPDATE sessions SET content = 'edited' WHERE content = 'm1'");
    });
    assert.deepEqual(result, { same: false, total: 5, last: 'm4' });
  });

  test('all messages cleared, and the session begun anew', async () => {
    const result = await generations((database) => {
      database.exec("DELETE FROM sessions; UPDATE session_metadata SET message_count = 0, last_activity = '2027'");
      append(database, 'k', 'user', 'again', time);
    });
    assert.deepEqual(result, { same: false, total: 1, last: 'again' });
  });

  test('a change of another session leaves it', async () => {
    const result = await generations((database) => append(database, 'other', 'user', 'new', time + 1));
    assert.deepEqual(result, { same: true, total: 5, last: 'm4' });
  });
});
