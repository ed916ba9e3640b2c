import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ExistingKey, OperationResult } from '../../../src/shared/operations';
import type { StoreLocation } from '../../../src/shared/session';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { type Line, lines, textOf, World } from './world';

suite('export of SQLite sessions to JSONL', () => {
  let world: World;
  let target: string;
  setup(() => {
    world = new World();
    target = path.join(world.root, 'exported', 'sessions');
    const database = createZeroclawDatabase(world.database);
    for (const { role, content } of lines(1200, 'a')) append(database, 'telegram:1.a', role, content);
    for (const { role, content } of lines(2, 'b')) append(database, 'b', role, content);
    database.prepare("UPDATE session_metadata SET name = 'Named' WHERE session_key = 'b'").run();
    database
      .prepare(
        "UPDATE session_metadata SET last_activity = '2026-08-20T10:00:00.123456789+00:00' WHERE session_key = 'b'",
      )
      .run();
    database.close();
  });
  teardown(() => world.close());

  const store = (): StoreLocation => ({ kind: 'sqlite', path: world.database, role: 'live' });
  const request = (existing: ExistingKey, folder: string | undefined, keys?: readonly string[]) =>
    ({ operation: 'export', store: store(), keys, target: folder, existing }) as const;
  const exportTo = (existing: ExistingKey = 'skip', keys?: readonly string[]): Promise<OperationResult> =>
    world.operations.run(request(existing, target, keys));
  const read = (name: string): string => fs.readFileSync(path.join(target, name), 'utf8');

  test('zeroclaw’s form of lines, the time of the last activity, the database untouched', async () => {
    const before = world.inDatabase((database) => database.prepare('SELECT * FROM session_metadata').all());
    const plan = await world.operations.plan(request('skip', target));
    assert.equal(plan.messages, 1202);
    assert.ok(!fs.existsSync(target));
    const result = await exportTo();
    assert.deepEqual([result.failures, result.skipped], [[], []]);
    assert.equal(read('telegram_1_a.jsonl'), textOf(lines(1200, 'a')));
    assert.equal(read('b.jsonl'), textOf(lines(2, 'b')));
    assert.equal(fs.statSync(path.join(target, 'b.jsonl')).mtime.toISOString(), '2026-08-20T10:00:00.123Z');
    const byKey = Object.fromEntries(result.sessions.map((session) => [session.key, session]));
    assert.equal(byKey['telegram:1.a']?.newKey, 'telegram_1_a');
    assert.match(byKey.b?.hash ?? '', /^[0-9a-f]{64}$/);
    assert.equal(world.labels.of({ kind: 'jsonl', path: target, role: 'live' }).get('b')?.name, 'Named');
    assert.deepEqual(
      world.inDatabase((database) => database.prepare('SELECT * FROM session_metadata').all()),
      before,
    );
    const undone = await world.operations.reverse('undo', { entry: result.entry ?? 0 });
    assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
    assert.deepEqual(fs.readdirSync(target), []);
  });

  test('there and back: the same hash', async () => {
    const exported = await exportTo();
    const back = await world.operations.run({
      operation: 'migrate',
      store: { kind: 'jsonl', path: target, role: 'live' },
      keys: undefined,
      target: undefined,
      existing: 'skip',
    });
    const hashes = (result: OperationResult): unknown[] => result.sessions.map(({ hash }) => hash).sort();
    assert.deepEqual(hashes(back), hashes(exported));
  });

  test('two keys of one file name: the second under another key', async () => {
    world.inDatabase((database) => append(database, 'telegram_1_a', 'user', 'another session'));
    const result = await exportTo();
    assert.equal(result.sessions.length, 3);
    assert.deepEqual(fs.readdirSync(target).sort(), ['b.jsonl', 'telegram_1_a.jsonl', 'telegram_1_a_2.jsonl']);
    const keys = result.sessions.map(({ key, newKey }) => newKey ?? key).sort();
    assert.deepEqual(keys, ['b', 'telegram_1_a', 'telegram_1_a_2']);
  });

  test('beside a database, and without a folder, it is refused', async () => {
    await assert.rejects(world.operations.plan(request('skip', undefined)), { code: 'unsupported' });
    const other = path.join(world.root, 'other');
    fs.mkdirSync(other);
    createZeroclawDatabase(path.join(other, 'sessions.db')).close();
    await assert.rejects(world.operations.run(request('skip', other)), /imports the JSONL files/);
    assert.deepEqual(
      fs.readdirSync(other).filter((name) => name.endsWith('.jsonl')),
      [],
    );
  });

  suite('a key that is there already', () => {
    const put = (messages: readonly Line[]): void => {
      fs.mkdirSync(target, { recursive: true });
      fs.writeFileSync(path.join(target, 'b.jsonl'), textOf(messages).trimEnd());
    };

    test('is skipped', async () => {
      put(lines(1, 'b'));
      const result = await exportTo('skip', ['b']);
      assert.equal(result.skipped[0]?.reason, 'in the target already');
    });

    test('gets what is missing at its end, and gives it back', async () => {
      put(lines(1, 'b'));
      const before = read('b.jsonl');
      const result = await exportTo('append-missing', ['b']);
      assert.deepEqual(result.failures, []);
      assert.equal(read('b.jsonl'), textOf(lines(2, 'b')));
      await world.operations.reverse('undo', { entry: result.entry ?? 0 });
      assert.equal(read('b.jsonl').trimEnd(), before);
    });

    test('with another history is skipped with the reason', async () => {
      put(lines(3, 'other'));
      const result = await exportTo('append-missing', ['b']);
      assert.match(result.skipped[0]?.reason ?? '', /do not continue/);
      assert.equal(read('b.jsonl'), textOf(lines(3, 'other')).trimEnd());
    });

    test('becomes another key', async () => {
      put(lines(3, 'other'));
      const result = await exportTo('other-key', ['b']);
      assert.equal(result.sessions[0]?.newKey, 'b_imported');
      assert.equal(read('b_imported.jsonl'), textOf(lines(2, 'b')));
    });
  });
});
