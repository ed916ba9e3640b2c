import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../src/backend/errors';
import { openStore } from '../../../src/backend/openStore';
import type { OperationProgress } from '../../../src/shared/operations';
import { Bench } from './bench';

const HOUR = 3_600_000;

const hasCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

suite('operations', () => {
  let bench: Bench;
  setup(() => {
    bench = new Bench();
    bench.add('gw_a', 1);
    bench.add('gw_b', 40);
    bench.add('gw_c', 50);
  });
  teardown(() => bench.close());

  for (const kind of ['jsonl', 'sqlite'] as const) {
    suite(kind, () => {
      test('a deletion is shown, made, found in the trash, undone and made again', async () => {
        const { operations } = bench;
        const request = { operation: 'delete', store: bench[kind], keys: ['gw_a', 'gw_b', 'none'] } as const;
        const plan = await operations.plan(request);
        assert.deepEqual(
          plan.sessions.map(({ key, messages }) => [key, messages]),
          [
            ['gw_a', 2],
            ['gw_b', 2],
          ],
        );
        assert.equal(plan.skipped[0]?.key, 'none');
        assert.deepEqual(await operations.history(10), []);
        assert.equal((await (await bench.backend(bench[kind])).listSessions()).length, 3);

        const result = await operations.run(request);
        assert.equal(result.messages, 4);
        assert.match(result.summary, /^Deleted 2 sessions \(4 messages, .+\), 1 session skipped\.$/);
        assert.deepEqual(await (await bench.backend(bench[kind])).listSessions(), ['gw_c']);
        assert.ok(bench.changed.includes(`${kind} gw_a`));
        const { items } = await operations.trash();
        assert.deepEqual(items.map(({ key }) => key).sort(), ['gw_a', 'gw_b']);

        const one = items.find(({ key }) => key === 'gw_a');
        assert.ok(one && result.entry !== null);
        const restored = await operations.reverse('undo', { entry: one.entry, item: one.item });
        assert.deepEqual(restored.conflicts, []);
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two']);
        assert.equal((await operations.trash()).items.length, 1);

        await operations.reverse('undo', { entry: result.entry });
        assert.equal((await (await bench.backend(bench[kind])).listSessions()).length, 3);
        await assert.rejects(operations.reverse('undo', { entry: result.entry }), hasCode('conflict'));
        await operations.reverse('redo', { entry: result.entry });
        assert.deepEqual(await (await bench.backend(bench[kind])).listSessions(), ['gw_c']);
      });

      test('purged means gone: the trash is empty, undo says so, the history stays', async () => {
        const { operations } = bench;
        const { entry } = await operations.run({ operation: 'delete', store: bench[kind], keys: ['gw_a'] });
        const purged = await operations.purgeTrash('all');
        assert.equal(purged.items, 1);
        assert.deepEqual((await operations.trash()).items, []);
        const result = await operations.reverse('undo', { entry: entry ?? 0 });
        assert.equal(result.failures[0]?.code, 'purged');
        assert.equal((await operations.history(10)).length, 1);
      });

      test('cleans up what has been idle, never what is kept', async () => {
        const { operations } = bench;
        await operations.run({ operation: 'keep', store: bench[kind], keys: ['gw_c'], kept: true });
        const request = { operation: 'cleanup', store: bench[kind], idleHours: 30 * 24 } as const;
        const plan = await operations.plan(request);
        assert.deepEqual(
          plan.sessions.map(({ key }) => key),
          ['gw_b'],
        );
        assert.deepEqual(
          plan.skipped.map(({ key, reason }) => [key, reason]),
          [['gw_c', 'it is kept']],
        );
        const result = await operations.run(request);
        assert.equal(result.sessions.length, 1);
        assert.match(result.summary, /^Cleaned up "one" \(2 messages, .+\), 1 session skipped\.$/);
        assert.deepEqual((await (await bench.backend(bench[kind])).listSessions()).sort(), ['gw_a', 'gw_c']);
        await assert.rejects(operations.run({ ...request, idleHours: 0 }), hasCode('unsupported'));
      });

      test('cancelled in the middle: whole sessions, and the journal says how many', async () => {
        const { operations } = bench;
        const keys = Array.from({ length: 70 }, (_, index) => `gw_many_${index}`);
        for (const key of keys) bench.add(key, 1);
        const abort = new AbortController();
        const seen: OperationProgress[] = [];
        const result = await operations.run(
          { operation: 'delete', store: bench[kind], keys },
          {
            signal: abort.signal,
            onProgress: (progress) => {
              seen.push(progress);
              if (progress.done > 0) abort.abort();
            },
          },
        );
        assert.equal(result.cancelled, true);
        assert.equal(seen.length, 2);
        assert.equal(seen[1]?.total, 70);
        assert.equal(seen[1]?.done, result.sessions.length);
        const left = await (await bench.backend(bench[kind])).listSessions();
        assert.equal(left.length, 73 - result.sessions.length);
        const [entry] = await operations.history(1);
        assert.equal(entry?.planned, 70);
        assert.equal(entry?.items.length, result.sessions.length);
      });

      test('names and pins come back with an undo', async () => {
        const { operations } = bench;
        const backend = await bench.backend(bench[kind]);
        const report = await backend.setSessionName('gw_a', '  My name ');
        assert.equal(report.changed, true);
        assert.equal(await backend.getSessionName('gw_a'), 'My name');
        const session = await backend.getSession('gw_a');
        assert.equal(session?.name, 'My name');
        assert.equal(session?.nameIsLocal, kind === 'jsonl' ? true : undefined);
        await backend.setSessionName('gw_a', 'Other');
        const [second, first] = await operations.history(2);
        const conflict = await operations.reverse('undo', { entry: first?.id ?? 0 });
        assert.equal(conflict.conflicts[0]?.choices[0]?.id, 'overwrite');
        assert.equal(await backend.getSessionName('gw_a'), 'Other');
        await operations.reverse('undo', { entry: second?.id ?? 0 });
        await operations.reverse('undo', { entry: first?.id ?? 0 });
        assert.equal(await backend.getSessionName('gw_a'), null);
        await assert.rejects(backend.setSessionName('none', 'x'), hasCode('no-such-session'));
      });

      test('the methods of the storage interface do what they say', async () => {
        const backend = await bench.backend(bench[kind]);
        await backend.append('gw_a', { role: 'assistant', content: 'three' });
        await backend.append('gw_new', { role: 'user', content: 'first' });
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two', 'three']);
        assert.deepEqual(await bench.texts(bench[kind], 'gw_new'), ['first']);
        await backend.updateLast('gw_a', { role: 'assistant', content: 'drei' });
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two', 'drei']);
        await backend.removeLast('gw_a');
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two']);
        await backend.clearMessages('gw_b');
        assert.deepEqual(await bench.texts(bench[kind], 'gw_b'), []);
        assert.equal(await backend.exists('gw_b'), true);
        assert.equal((await backend.compact('gw_a')).changed, false);
        assert.equal((await backend.cleanupStale(45 * 24)).sessions.length, 1);
        assert.equal(await backend.deleteSession('gw_a'), true);
        assert.equal(await backend.deleteSession('gw_a'), false);
        for (const { id } of await bench.operations.history(100)) {
          const { conflicts, failures } = await bench.operations.reverse('undo', { entry: id });
          assert.deepEqual([...conflicts, ...failures], [], `entry ${id}`);
        }
        assert.deepEqual((await backend.listSessions()).sort(), ['gw_a', 'gw_b', 'gw_c']);
        for (const key of ['gw_a', 'gw_b', 'gw_c'])
          assert.deepEqual(await bench.texts(bench[kind], key), ['one', 'two']);
      });
    });
  }

  test('a running session is never cleaned up; marked idle it can be, and comes back running', async () => {
    const { operations, sqlite } = bench;
    const backend = await bench.backend(sqlite);
    await backend.setSessionState('gw_b', 'running', 'turn 1');
    assert.equal((await backend.getSessionState('gw_b'))?.turnId, 'turn 1');
    bench.now += HOUR;
    assert.deepEqual(
      (await backend.listStuckSessions(600)).map(({ key }) => key),
      ['gw_b'],
    );
    const plan = await operations.plan({ operation: 'cleanup', store: sqlite, idleHours: 720 });
    assert.deepEqual(
      plan.skipped.map(({ key, reason }) => [key, reason]),
      [['gw_b', 'it is running']],
    );
    await backend.setSessionState('gw_b', 'idle');
    assert.deepEqual(await backend.getSessionState('gw_b'), { state: 'idle', turnId: null, turnStartedAt: null });
    const [entry] = await operations.history(1);
    await operations.reverse('undo', { entry: entry?.id ?? 0 });
    assert.equal((await backend.getSessionState('gw_b'))?.state, 'running');
    await assert.rejects((await bench.backend(bench.jsonl)).setSessionState('gw_a', 'idle'), hasCode('unsupported'));
  });

  test('what fails for one session is told, and the others are done', async () => {
    const { operations, jsonl } = bench;
    fs.rmSync(path.join(jsonl.path, 'gw_b.jsonl'));
    fs.symlinkSync(path.join(bench.folder, 'elsewhere'), path.join(jsonl.path, 'gw_b.jsonl'));
    fs.writeFileSync(path.join(bench.folder, 'elsewhere'), '{"role":"user","content":"x"}\n');
    const result = await operations.run({ operation: 'clear', store: jsonl, keys: ['gw_a', 'gw_b', 'gw_c'] });
    assert.deepEqual(
      result.failures.map(({ key, code }) => [key, code]),
      [['gw_b', 'not-a-file']],
    );
    assert.equal(result.sessions.length, 2);
    assert.match(result.summary, /^Cleared 2 sessions .*1 session failed\.$/);
    assert.equal(fs.readFileSync(path.join(bench.folder, 'elsewhere'), 'utf8').length, 30);
  });

  test('without a data folder nothing is changed', async () => {
    const backend = await openStore(bench.jsonl, { ...bench.context, dataFolder: undefined });
    await assert.rejects(backend.removeLast('gw_a'), hasCode('journal-unavailable'));
    assert.deepEqual(await bench.texts(bench.jsonl, 'gw_a'), ['one', 'two']);
    await backend.close();
  });

  test('a deletion whose key lives again can be restored beside it', async () => {
    for (const store of [bench.jsonl, bench.sqlite]) {
      const { operations } = bench;
      const { entry } = await operations.run({ operation: 'delete', store, keys: ['gw_a'] });
      await (await bench.backend(store)).append('gw_a', { role: 'user', content: 'back' });
      const request = { entry: entry ?? 0 };
      const conflict = await operations.reverse('undo', request);
      assert.equal(conflict.reversed.length, 0);
      const choices = conflict.conflicts[0]?.choices.map(({ id }) => id) ?? [];
      assert.ok(choices.includes('other-key'), choices.join());
      assert.deepEqual(await bench.texts(store, 'gw_a'), ['back']);
      const { reversed } = await operations.reverse('undo', { ...request, choice: 'other-key' });
      const newKey = reversed[0]?.newKey ?? '';
      assert.deepEqual(await bench.texts(store, newKey), ['one', 'two'], newKey);
      assert.deepEqual(await bench.texts(store, 'gw_a'), ['back']);
    }
  });
});
