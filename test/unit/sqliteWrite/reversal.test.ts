import assert from 'node:assert/strict';
import { append, deleteSession, removeLast, updateLast } from '../../support/zeroclawSchema';
import { closeStores, fill, Store, time } from './support';

const later = time + 3_600_000;

suite('sqlite write: when the agent has gone on', () => {
  teardown(closeStores);

  const withSession = (count = 4) => Store.of('newest', (database) => fill(database, 'k', count));

  test('a deleted key that lives again: keep what is new, or another key', async () => {
    const store = await withSession();
    const item = await store.make({ kind: 'delete', key: 'k' });
    append(store.agent, 'k', 'user', 'again', later);
    const before = store.dump();
    const conflict = await store.tryReverse(item, 'undo');
    assert.deepEqual(conflict, {
      message: 'There is a session k again, with 1 message.',
      choices: ['keep-new', 'other-key'],
    });
    await assert.rejects(store.writer.reverse(item, 'undo'), { code: 'conflict' });
    await assert.rejects(store.writer.reverse(item, 'undo', 'overwrite'), { code: 'conflict' });
    assert.equal(store.dump(), before);
    await store.reverse(item, 'undo', 'keep-new');
    store.verify();
    assert.equal(store.contents('k').at(-1), 'again');
    const { message_count, created_at, last_activity } = store.metadata('k') ?? {};
    assert.equal(message_count, 5);
    assert.ok(String(created_at) < String(last_activity));
    assert.deepEqual(await store.tryReverse(item, 'redo'), {
      message: 'k has gone on since, by 1 message.',
      choices: ['keep-new'],
    });
    await store.reverse(item, 'redo', 'keep-new');
    assert.deepEqual(store.contents('k'), ['again']);
    store.verify();
  });

  test('another key: the old rows there, the new session as it is', async () => {
    const store = await withSession();
    const old = store.contents('k');
    const item = await store.make({ kind: 'delete', key: 'k' });
    append(store.agent, 'k', 'user', 'again', later);
    append(store.agent, 'k_restored', 'user', 'taken', later);
    assert.equal(await store.reverse(item, 'undo', 'other-key'), 'k_restored2');
    assert.deepEqual(store.contents('k_restored2'), old);
    assert.deepEqual(store.contents('k'), ['again']);
    store.verify();
    const conflict = await store.tryReverse(item, 'redo');
    assert.deepEqual(conflict?.choices, []);
    assert.match(conflict?.message ?? '', /k_restored2/);
  });

  test('newer messages after what was removed: it comes back before them', async () => {
    const store = await withSession();
    const old = store.contents('k');
    for (const edit of [
      { kind: 'remove-last', key: 'k' },
      { kind: 'clear', key: 'k' },
    ] as const) {
      const item = await store.make(edit);
      append(store.agent, 'k', 'user', 'new', later);
      const conflict = await store.tryReverse(item, 'undo');
      assert.deepEqual(conflict?.choices, edit.kind === 'clear' ? ['keep-new', 'other-key'] : ['keep-new']);
      await store.reverse(item, 'undo', 'keep-new');
      assert.deepEqual(store.contents('k'), [...old, 'new']);
      store.verify();
      removeLast(store.agent, 'k');
    }
  });

  test('a message that was appended and has been answered', async () => {
    const store = await withSession();
    const item = await store.make({ kind: 'append', key: 'k', role: 'user', content: 'question' });
    append(store.agent, 'k', 'assistant', 'answer', later);
    assert.deepEqual((await store.tryReverse(item, 'undo'))?.choices, ['keep-new']);
    await store.reverse(item, 'undo', 'keep-new');
    assert.equal(store.contents('k').at(-1), 'answer');
    store.verify();
  });

  test('a message that is gone or another one now is never touched', async () => {
    const store = await withSession();
    const appended = await store.make({ kind: 'append', key: 'k', role: 'user', content: 'mine' });
    updateLast(store.agent, 'k', 'user', "the agent's", later);
    const before = store.dump();
    const changed = await store.tryReverse(appended, 'undo');
    assert.deepEqual(changed?.choices, []);
    assert.match(changed?.message ?? '', /another content/);
    removeLast(store.agent, 'k');
    const gone = await store.tryReverse(appended, 'undo');
    assert.deepEqual(gone?.choices, []);
    assert.match(gone?.message ?? '', /no longer/);
    assert.notEqual(store.dump(), before);
    store.verify();
  });

  test('a name that was changed since is set anew only when asked', async () => {
    const store = await withSession();
    const item = await store.make({ kind: 'rename', key: 'k', name: 'ours' });
    store.agent.exec("UPDATE session_metadata SET name = 'the agent''s'");
    assert.deepEqual(await store.tryReverse(item, 'undo'), {
      message: 'The name of k changed since.',
      choices: ['overwrite'],
    });
    await store.reverse(item, 'undo', 'overwrite');
    assert.equal(store.metadata('k')?.name, null);
    deleteSession(store.agent, 'k');
    assert.deepEqual(await store.tryReverse(item, 'redo'), {
      message: 'The session k is no longer there.',
      choices: [],
    });
  });

  test('what the agent has written into other columns stays', async () => {
    const store = await withSession();
    const item = await store.make({ kind: 'rename', key: 'k', name: 'ours' });
    append(store.agent, 'k', 'user', 'new', later);
    assert.equal(await store.tryReverse(item, 'undo'), undefined);
    assert.equal(store.metadata('k')?.message_count, 5);
    assert.match(String(store.metadata('k')?.last_activity), /T01:00:00/);
    const cleared = await store.make({ kind: 'clear', key: 'k' });
    store.agent.exec("UPDATE session_metadata SET last_activity = '2027-01-01T00:00:00+00:00', channel_id = 'c'");
    assert.equal(await store.tryReverse(cleared, 'undo'), undefined);
    const { last_activity, channel_id, message_count } = store.metadata('k') ?? {};
    assert.deepEqual([last_activity, channel_id, message_count], ['2027-01-01T00:00:00+00:00', 'c', 5]);
  });

  test('a session that was named since is not deleted again without asking', async () => {
    const store = await withSession();
    const item = await store.make({ kind: 'delete', key: 'k' });
    await store.reverse(item, 'undo');
    await store.make({ kind: 'rename', key: 'k', name: 'dear' });
    assert.deepEqual(await store.tryReverse(item, 'redo'), {
      message: 'The name of k changed since and would be lost.',
      choices: ['overwrite'],
    });
    await store.reverse(item, 'redo', 'overwrite');
    assert.equal(store.metadata('k'), undefined);
  });

  test('ids that were given to other rows: a session of its own with new ids', async () => {
    const store = await withSession();
    const old = store.contents('k');
    const item = await store.make({ kind: 'delete', key: 'k' });
    store.agent.exec('DELETE FROM sqlite_sequence');
    append(store.agent, 'other', 'user', 'x', later);
    assert.deepEqual((await store.tryReverse(item, 'undo'))?.choices, ['other-key']);
    assert.equal(await store.reverse(item, 'undo', 'other-key'), 'k_restored');
    assert.deepEqual(store.contents('k_restored'), old);
    assert.deepEqual(store.contents('other'), ['x']);
    store.verify();
  });

  test('a database that a newer zeroclaw has opened since', async () => {
    const store = await Store.of('0.4.3', (database) => fill(database, 'k', 3));
    const item = await store.make({ kind: 'delete', key: 'k' });
    store.agent.exec(
      "ALTER TABLE session_metadata ADD COLUMN name TEXT; ALTER TABLE session_metadata ADD COLUMN state TEXT NOT NULL DEFAULT 'idle'",
    );
    assert.equal(await store.tryReverse(item, 'undo'), undefined);
    assert.deepEqual([store.metadata('k')?.name, store.metadata('k')?.state], [null, 'idle']);
    store.verify();
  });

  test('a big session: deleted, cleared and made in steps, and back', async function () {
    this.timeout(60_000);
    const store = await Store.of('0.6.9', (database) => {
      fill(database, 'k', 5000);
      fill(database, 'other', 10);
    });
    const before = store.dump();
    for (const kind of ['delete', 'clear'] as const) {
      const planned = await store.writer.plan({ kind, key: 'k' });
      const { report, item } = await store.apply({ kind, key: 'k' });
      assert.deepEqual(report, planned);
      assert.deepEqual(store.contents('k'), []);
      store.verify();
      assert.ok(item);
      for (const direction of ['undo', 'redo', 'undo'] as const) {
        assert.equal(await store.tryReverse(item, direction), undefined);
        store.verify();
      }
      assert.equal(store.dump(), before);
    }
    const positions = Array.from({ length: 2500 }, (_, index) => index * 2);
    const removed = await store.make({ kind: 'remove-messages', key: 'k', positions });
    assert.equal(store.contents('k').length, 2500);
    store.verify();
    assert.equal(await store.tryReverse(removed, 'undo'), undefined);
    assert.equal(store.dump(), before);
    const messages = async function* () {
      for (let batch = 0; batch < 50; batch++) {
        yield Array.from({ length: 100 }, (_, index) => ({
          role: 'user',
          content: `${batch} ${index}`,
          createdAt: null,
        }));
      }
    };
    const made = await store.make({ kind: 'create', key: 'made', lastActivity: null, name: 'n', messages });
    assert.equal(store.contents('made').length, 5000);
    store.verify();
    assert.equal(await store.tryReverse(made, 'undo'), undefined);
    assert.equal(store.dump(), before);
    assert.ok(store.writer.connection.longestHold < 250, `${store.writer.connection.longestHold} ms`);
  });

  test('a source that changes while a big session is made leaves nothing', async () => {
    const store = await Store.of('newest');
    const before = store.dump();
    let pass = 0;
    const messages = async function* () {
      pass++;
      for (let batch = 0; batch < 30; batch++) {
        const text = pass === 2 && batch === 20 ? 'changed' : 'text';
        yield Array.from({ length: 100 }, (_, index) => ({
          role: 'user',
          content: `${text} ${index}`,
          createdAt: null,
        }));
      }
    };
    await assert.rejects(store.apply({ kind: 'create', key: 'made', lastActivity: null, name: null, messages }), {
      code: 'replaced',
    });
    assert.equal(store.dump(), before);
    store.verify();
  });
});
