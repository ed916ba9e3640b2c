import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../src/backend/errors';
import { Sqlite } from '../../support/zeroclawSchema';
import { Bench } from './bench';

const hasCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

suite('operations: mishaps', () => {
  let bench: Bench;
  setup(() => {
    bench = new Bench();
    bench.add('gw_a', 1, ['one', 'two', 'three']);
    bench.add('gw_b', 40);
  });
  teardown(() => bench.close());

  /** Changes the journal behind the product's back. */
  async function meddle(sql: string, ...values: unknown[]): Promise<void> {
    await bench.end();
    const database = new Sqlite(bench.journal);
    database.prepare(sql).run(...values);
    database.close();
  }

  for (const kind of ['jsonl', 'sqlite'] as const) {
    suite(kind, () => {
      const remove = async (): Promise<number> => {
        const { entry } = await bench.operations.run({ operation: 'delete', store: bench[kind], keys: ['gw_a'] });
        assert.ok(entry !== null);
        return entry;
      };
      const keys = async (): Promise<string[]> => (await (await bench.backend(bench[kind])).listSessions()).sort();

      test('two windows undo the same deletion: it comes back once', async () => {
        const entry = await remove();
        await (await bench.backend(bench[kind])).append('gw_a', { role: 'user', content: 'again' });
        const other = new Bench(bench);
        const request = { entry, choice: 'other-key' } as const;
        const results = await Promise.all(
          [bench, other].map(({ operations }) => operations.reverse('undo', request).catch((error: unknown) => error)),
        );
        await other.end();
        assert.deepEqual(await keys(), ['gw_a', 'gw_a_restored', 'gw_b'], JSON.stringify(results));
      });

      test('killed right after it was restored under another key: a second undo does not double it', async () => {
        const entry = await remove();
        await (await bench.backend(bench[kind])).append('gw_a', { role: 'user', content: 'again' });
        const { reversed } = await bench.operations.reverse('undo', { entry, choice: 'other-key' });
        assert.equal(reversed[0]?.newKey, 'gw_a_restored');
        await meddle("UPDATE items SET status = 'undoing' WHERE entry = ?", entry);
        assert.deepEqual(
          (await bench.operations.recover()).map(({ outcome }) => outcome),
          ['completed'],
        );
        await assert.rejects(bench.operations.reverse('undo', { entry, choice: 'other-key' }), hasCode('conflict'));
        assert.deepEqual(await keys(), ['gw_a', 'gw_a_restored', 'gw_b']);
      });

      test('killed right before: it is still in the trash', async () => {
        const entry = await remove();
        await (await bench.backend(bench[kind])).append('gw_a', { role: 'user', content: 'again' });
        await meddle("UPDATE items SET status = 'undoing', new_key = 'gw_a_restored' WHERE entry = ?", entry);
        assert.deepEqual(
          (await bench.operations.recover()).map(({ outcome }) => outcome),
          ['rolled-back'],
        );
        await bench.operations.reverse('undo', { entry, choice: 'other-key' });
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a_restored'), ['one', 'two', 'three']);
        assert.deepEqual(await keys(), ['gw_a', 'gw_a_restored', 'gw_b']);
      });

      test('the trash is emptied by another window in the middle of an undo: nothing is made of nothing', async () => {
        const entry = await remove();
        const other = new Bench(bench);
        const { writer } = await bench.backend(bench[kind]);
        const check = writer.check.bind(writer);
        writer.check = async (...given) => {
          const found = await check(...given);
          assert.equal((await other.operations.purgeTrash('all')).items, 1);
          return found;
        };
        const { failures } = await bench.operations.reverse('undo', { entry });
        await other.end();
        assert.deepEqual(
          failures.map(({ code }) => code),
          ['purged'],
        );
        assert.deepEqual(await keys(), ['gw_b']);
      });

      for (const [what, sql] of [
        ['lost', 'DELETE FROM images'],
        ['cut short', 'UPDATE images SET data = substr(data, 1, length(data) / 2)'],
        ['changed', "UPDATE images SET data = CAST(substr(data, 1, length(data) - 1) || 'x' AS BLOB)"],
      ] as const) {
        test(`a before-image that is ${what} is said to be so, and nothing is changed`, async () => {
          const entry = await remove();
          await meddle(sql);
          const { failures, reversed } = await bench.operations.reverse('undo', { entry });
          assert.deepEqual(reversed, []);
          assert.deepEqual(
            failures.map(({ code }) => code),
            ['read-failed'],
          );
          assert.match(failures[0]?.message ?? '', /before-image in the journal is (damaged|incomplete)/);
          assert.deepEqual(await keys(), ['gw_b']);
        });
      }

      test('the data folder is deleted beside a running window: the next change is journaled again', async () => {
        const request = { operation: 'remove-last', store: bench[kind], key: 'gw_a' } as const;
        await bench.operations.run(request);
        fs.rmSync(bench.context.dataFolder ?? '', { recursive: true });
        const { entry } = await bench.operations.run(request);
        await bench.end();
        await bench.operations.reverse('undo', { entry: entry ?? 0 });
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two']);
      });

      test('the disk of the journal is full at the end of a change: it counts as made', async () => {
        const request = { operation: 'remove-last', store: bench[kind], key: 'gw_a' } as const;
        await bench.operations.run({ ...request, key: 'gw_b' });
        await meddle(`CREATE TRIGGER full BEFORE UPDATE OF status ON items WHEN new.status = 'done'
          BEGIN SELECT raise(ABORT, 'database or disk is full'); END`);
        const { failures, sessions, entry } = await bench.operations.run(request);
        assert.deepEqual(failures, []);
        assert.match(sessions[0]?.notes.join(' ') ?? '', /made, but not without trouble: database or disk is full/);
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two']);
        await meddle('DROP TRIGGER full');
        await bench.operations.recover();
        await bench.operations.reverse('undo', { entry: entry ?? 0 });
        assert.deepEqual(await bench.texts(bench[kind], 'gw_a'), ['one', 'two', 'three']);
      });
    });
  }

  test('killed when a restored file still has both of its names: it is restored', async () => {
    const { operations, jsonl } = bench;
    const { entry } = await operations.run({ operation: 'delete', store: jsonl, keys: ['gw_a'] });
    await operations.reverse('undo', { entry: entry ?? 0 });
    await bench.end();
    const database = new Sqlite(bench.journal);
    const change = String(database.prepare("UPDATE items SET status = 'undoing' RETURNING change").pluck().get());
    database.close();
    const { scratch } = JSON.parse(change) as { scratch: string[] };
    fs.linkSync(path.join(jsonl.path, 'gw_a.jsonl'), path.join(jsonl.path, scratch[0] ?? ''));
    assert.deepEqual(
      (await operations.recover()).map(({ outcome }) => outcome),
      ['completed'],
    );
    assert.deepEqual(fs.readdirSync(jsonl.path).sort(), ['gw_a.jsonl', 'gw_b.jsonl']);
  });

  test('a leftover that cannot be recovered keeps nothing from the other sessions', async () => {
    const { operations, jsonl } = bench;
    await operations.run({ operation: 'remove-last', store: jsonl, key: 'gw_a' });
    await meddle("UPDATE items SET status = 'started'");
    const file = path.join(jsonl.path, 'gw_a.jsonl');
    fs.renameSync(file, path.join(bench.folder, 'elsewhere'));
    fs.symlinkSync(path.join(bench.folder, 'elsewhere'), file);
    const other = await operations.run({ operation: 'remove-last', store: jsonl, key: 'gw_b' });
    assert.deepEqual(other.failures, []);
    const own = await operations.run({ operation: 'remove-last', store: jsonl, key: 'gw_a' });
    assert.match(own.failures[0]?.message ?? '', /begun and could not be brought to its end: .* is a symbolic link/);
  });

  test('while names and pins cannot be read none is set, and nothing is cleaned up', async () => {
    const { operations, jsonl } = bench;
    await operations.run({ operation: 'keep', store: jsonl, keys: ['gw_b'], kept: true });
    const folder = path.join(bench.context.dataFolder ?? '', 'labels');
    const file = path.join(folder, fs.readdirSync(folder)[0] ?? '');
    const text = fs.readFileSync(file, 'utf8').slice(0, -5);
    fs.writeFileSync(file, text);
    const { failures } = await operations.run({ operation: 'rename', store: jsonl, key: 'gw_a', name: 'Mine' });
    assert.equal(failures[0]?.code, 'read-failed');
    assert.equal(fs.readFileSync(file, 'utf8'), text);
    const request = { operation: 'cleanup', store: jsonl, idleHours: 720 } as const;
    await assert.rejects(operations.plan(request), hasCode('read-failed'));
    await assert.rejects(operations.run(request), hasCode('read-failed'));
  });

  test('a damaged journal says what to do', async () => {
    await bench.operations.run({ operation: 'remove-last', store: bench.jsonl, key: 'gw_a' });
    await bench.end();
    fs.writeFileSync(bench.journal, 'no database '.repeat(1000));
    const isDamaged = (error: unknown) =>
      hasCode('journal-unavailable')(error) && /damaged: move it away/.test(String(error));
    await assert.rejects(
      bench.operations.run({ operation: 'remove-last', store: bench.jsonl, key: 'gw_a' }),
      isDamaged,
    );
    assert.deepEqual(await bench.texts(bench.jsonl, 'gw_a'), ['one', 'two']);
  });

  test('rows whose ids are taken: an undo that was killed before it began has not been made', async () => {
    const { operations, sqlite } = bench;
    const { entry } = await operations.run({ operation: 'delete', store: sqlite, keys: ['gw_a'] });
    await bench.end();
    for (const suffix of ['', '-wal', '-shm']) fs.rmSync(sqlite.path + suffix, { force: true });
    const other = new Bench();
    other.add('gw_z', 1, ['1', '2', '3', '4', '5']);
    fs.copyFileSync(other.sqlite.path, sqlite.path);
    await other.close();
    await meddle("UPDATE items SET status = 'undoing'");
    await operations.recover();
    await operations.reverse('undo', { entry: entry ?? 0, choice: 'other-key' });
    assert.deepEqual(await bench.texts(sqlite, 'gw_a_restored'), ['one', 'two', 'three']);
  });

  test('text that no database can hold is stored as it will be read, and can be undone', async () => {
    const { operations, sqlite: store } = bench;
    const odd = 'a\ud800b\0c\u2028';
    for (const request of [
      { operation: 'append', store, key: 'gw_a', role: 'us\udc00er', content: odd },
      { operation: 'update-last', store, key: 'gw_a', role: 'user', content: odd },
      { operation: 'rename', store, key: 'gw_a', name: odd.repeat(100) },
      { operation: 'state', store, keys: ['gw_a'], state: 'running', turnId: odd },
    ] as const) {
      const { entry, failures } = await operations.run(request);
      assert.deepEqual(failures, []);
      for (const direction of ['undo', 'redo', 'undo'] as const) {
        const { conflicts } = await operations.reverse(direction, { entry: entry ?? 0 });
        assert.deepEqual(conflicts, [], `${direction} of ${request.operation}`);
      }
    }
    assert.deepEqual(await bench.texts(store, 'gw_a'), ['one', 'two', 'three']);
    const { failures } = await operations.run({
      operation: 'append',
      store,
      key: 'k\ud800',
      role: 'user',
      content: 'x',
    });
    assert.equal(failures[0]?.code, 'invalid-key');
  });
});
