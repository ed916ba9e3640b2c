import assert from 'node:assert/strict';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import {
  append,
  createZeroclawDatabase,
  type Sqlite,
  type ZeroclawAge,
  zeroclawAges,
  zeroclawTables,
} from '../../support/zeroclawSchema';
import { closeStores, fill, openAsZeroclaw, Store, time } from './support';

const call = JSON.stringify({ content: null, tool_calls: [{ arguments: '{}', id: 'call_1', name: 'shell' }] });
const result = JSON.stringify({ content: 'total 0', tool_call_id: 'call_1' });

/** Three sessions whose rows lie mixed, one of them with values that are no text, and messages without metadata. */
function sample(database: Sqlite): void {
  for (let index = 0; index < 6; index++) {
    append(database, 'telegram_Алиса', index % 2 ? 'assistant' : 'user', `Grüße ${index} 🚀 你好`, time + index * 1000);
    append(database, 'gw_1', index % 2 ? 'assistant' : 'user', `other ${index}`, time + index * 1000);
  }
  append(database, 'gw_1', 'assistant', call, time + 10_000);
  append(database, 'gw_1', 'tool', result, time + 11_000);
  const insert = database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)');
  insert.run('telegram_Алиса', 'user', Buffer.from([0, 255, 1, 65]), '2026-03-01T00:00:20+00:00');
  insert.run('telegram_Алиса', Buffer.from('user'), 'text with\u0000zero', Buffer.from('no date'));
  database
    .prepare(
      "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('telegram_Алиса', 'user', CAST(x'61ff62' AS TEXT), ?)",
    )
    .run('2026-03-01T00:00:22+00:00');
  database.exec("UPDATE session_metadata SET message_count = 9 WHERE session_key = 'telegram_Алиса'");
  insert.run('lost', 'user', 'nobody lists me', '2026-03-01T00:00:30+00:00');
  insert.run('lost', 'assistant', 'nor me', '2026-03-01T00:00:31+00:00');
}

const key = 'telegram_Алиса';
const edits: readonly SessionEdit[] = [
  { kind: 'append', key, role: 'user', content: 'one more ✅' },
  { kind: 'append', key: 'new key', role: 'user', content: 'the first' },
  { kind: 'append', key: 'lost', role: 'user', content: 'found' },
  { kind: 'update-last', key, role: 'assistant', content: 'another' },
  { kind: 'remove-last', key },
  { kind: 'remove-last', key: 'gw_1' },
  { kind: 'remove-messages', key, positions: [0, 3, 6, 7] },
  { kind: 'clear', key },
  { kind: 'clear', key: 'lost' },
  { kind: 'delete', key },
  { kind: 'delete', key: 'lost' },
  { kind: 'repair', key: 'lost', orphans: 'adopt' },
  { kind: 'repair', key: 'lost', orphans: 'remove' },
  {
    kind: 'create',
    key: 'made',
    lastActivity: '2026-03-02T10:00:00Z',
    name: null,
    messages: async function* () {
      yield [{ role: 'user', content: 'a', createdAt: '2026-03-02T08:00:00.5+01:00' }];
      yield [{ role: 'assistant', content: 'b', createdAt: null }];
    },
  },
];
const newerEdits: readonly SessionEdit[] = [
  { kind: 'rename', key, name: 'Namé' },
  { kind: 'state', key, state: 'running', turnId: 'turn_1' },
];

function suiteOf(name: string, ages: readonly ZeroclawAge[], make: (age: ZeroclawAge) => Promise<Store>): void {
  suite(`sqlite write: ${name}`, () => {
    teardown(closeStores);
    for (const age of ages) {
      for (const edit of [...edits, ...(age === '0.4.3' ? [] : newerEdits)]) {
        test(`${age}: ${edit.kind} of ${edit.key}, undone, made again and undone`, async () => {
          const store = await make(age);
          store.verify();
          const before = store.dump();
          const planned = await store.writer.plan(edit);
          assert.equal(store.dump(), before);
          const { report, item } = await store.apply(edit);
          assert.ok(item && report.changed);
          assert.deepEqual(report, planned);
          store.verify();
          const after = store.dump();
          assert.notEqual(after, before);
          for (const [direction, expected] of [
            ['undo', before],
            ['redo', after],
            ['undo', before],
          ] as const) {
            assert.equal(await store.tryReverse(item, direction), undefined);
            store.verify();
            assert.equal(store.dump(), expected, direction);
          }
        });
      }
    }
  });
}

suiteOf('every edit in every age', zeroclawAges, (age) => Store.of(age, sample));

suiteOf('without any trigger', ['newest'], (age) =>
  Store.open((file) => {
    const database = createZeroclawDatabase(file, age);
    sample(database);
    for (const trigger of ['sessions_ai', 'sessions_ad', 'sessions_au']) database.exec(`DROP TRIGGER ${trigger}`);
    return database;
  }),
);

suite('sqlite write: what an edit leaves', () => {
  teardown(closeStores);

  test('without a full-text index', async () => {
    const store = await Store.open((file) => {
      const database = openAsZeroclaw(file);
      database.exec(`${zeroclawTables('0.6.9')}; DROP TABLE sessions_fts`);
      fill(database, 'k', 4);
      return database;
    });
    const before = store.dump();
    const item = await store.make({ kind: 'delete', key: 'k' });
    assert.deepEqual(store.contents('k'), []);
    assert.equal(await store.tryReverse(item, 'undo'), undefined);
    assert.equal(store.dump(), before);
  });

  test("append: zeroclaw's columns, its form of time, a real count", async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 3));
    store.agent.exec("UPDATE session_metadata SET message_count = 40, name = 'n', agent_alias = 'a'");
    store.now = Date.UTC(2026, 4, 1, 10, 11, 12, 34);
    await store.make({ kind: 'append', key: 'k', role: 'user', content: 'x' });
    const at = '2026-05-01T10:11:12.034000000+00:00';
    assert.deepEqual(store.rows('SELECT * FROM sessions WHERE id = 4'), [
      { id: 4, session_key: 'k', role: 'user', content: 'x', created_at: at },
    ]);
    const { last_activity, message_count, name, agent_alias } = store.metadata('k') ?? {};
    assert.deepEqual([last_activity, message_count, name, agent_alias], [at, 4, 'n', 'a']);
  });

  test('a time is never before the one that is there, in the same millisecond', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 1));
    const known = '2026-05-01T10:11:12.034999999+00:00';
    store.agent.prepare('UPDATE session_metadata SET last_activity = ?').run(known);
    store.now = Date.UTC(2026, 4, 1, 10, 11, 12, 34);
    await store.make({ kind: 'append', key: 'k', role: 'user', content: 'x' });
    assert.equal(store.metadata('k')?.last_activity, known);
  });

  test('remove-last: a call goes with its results; the last activity stays', async () => {
    const store = await Store.of('0.8.4', sample);
    const { last_activity } = store.metadata('gw_1') ?? {};
    const { report } = await store.apply({ kind: 'remove-last', key: 'gw_1' });
    assert.equal(report.messages, 2);
    assert.deepEqual(report.notes, ['a tool call with its result']);
    assert.deepEqual(store.metadata('gw_1')?.last_activity, last_activity);
    assert.equal(store.metadata('gw_1')?.message_count, 6);
  });

  test('state as zeroclaw sets it', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 1));
    const state = () => {
      const { state, turn_id, turn_started_at } = store.metadata('k') ?? {};
      return [state, turn_id, turn_started_at];
    };
    await store.make({ kind: 'state', key: 'k', state: 'running', turnId: 't' });
    assert.deepEqual(state(), ['running', 't', '2026-03-02T00:00:00.000000000+00:00']);
    await store.make({ kind: 'state', key: 'k', state: 'error', turnId: 't' });
    assert.deepEqual(state(), ['error', 't', null]);
    await store.make({ kind: 'state', key: 'k', state: 'idle', turnId: 't' });
    assert.deepEqual(state(), ['idle', null, null]);
    assert.equal((await store.apply({ kind: 'state', key: 'k', state: 'idle', turnId: null })).report.changed, false);
  });

  test('an empty name is none', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 1));
    await store.make({ kind: 'rename', key: 'k', name: 'n' });
    await store.make({ kind: 'rename', key: 'k', name: '' });
    assert.equal(store.metadata('k')?.name, null);
  });

  test('what there is not is an error, or nothing to do', async () => {
    const store = await Store.of('0.4.3', (database) => fill(database, 'k', 1));
    const before = store.dump();
    for (const kind of ['update-last', 'remove-last', 'clear', 'delete', 'compact', 'repair'] as const) {
      const edit = { kind, key: 'none', role: 'user', content: '', duplicates: false, orphans: 'adopt' } as SessionEdit;
      await assert.rejects(store.apply(edit), { code: 'no-such-session' }, kind);
    }
    await assert.rejects(store.apply({ kind: 'rename', key: 'k', name: 'n' }), { code: 'unsupported' });
    await assert.rejects(store.apply({ kind: 'state', key: 'k', state: 'idle', turnId: null }), {
      code: 'unsupported',
    });
    await assert.rejects(store.apply({ kind: 'append', key: '', role: 'user', content: '' }), { code: 'invalid-key' });
    const create = {
      kind: 'create',
      key: 'k',
      lastActivity: null,
      name: null,
      messages: async function* () {},
    } as const;
    await assert.rejects(store.apply(create), { code: 'exists' });
    const { report } = await store.apply({ kind: 'compact', key: 'k', duplicates: true });
    assert.equal(report.changed, false);
    assert.equal(store.dump(), before);
  });

  test('compact: repeated blocks of an old importer, and the count', async () => {
    const store = await Store.of('newest');
    const say = (content: string) => append(store.agent, 'k', 'user', content, time);
    for (const content of ['before', 'a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'd', 'd', 'e']) say(content);
    const before = store.dump();
    const { report, item } = await store.apply({ kind: 'compact', key: 'k', duplicates: true });
    assert.deepEqual(store.contents('k'), ['before', 'a', 'b', 'c', 'd', 'd', 'e']);
    assert.equal(report.droppedCount, 6);
    assert.deepEqual(report.dropped[0], { key: 'k', place: 'row 5', bytes: 5, reason: 'repeats row 2' });
    store.verify();
    assert.ok(item);
    assert.equal(await store.tryReverse(item, 'undo'), undefined);
    assert.equal(store.dump(), before);
    store.agent.exec('UPDATE session_metadata SET message_count = 99');
    assert.equal((await store.apply({ kind: 'compact', key: 'k', duplicates: false })).report.changed, true);
    store.verify();
  });

  test('a row id that was reserved by a killed process is never given twice', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 3));
    await store.make({ kind: 'delete', key: 'k' });
    append(store.agent, 'k', 'user', 'x', time);
    assert.deepEqual(store.rows('SELECT id FROM sessions'), [{ id: 4 }]);
  });
});
