import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { startNewestZeroclaw, startOldZeroclaw } from '../../support/zeroclawImporter';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { type Line, lines, World } from './world';

const child = path.join(__dirname, 'crashChild.main.js');

function run(action: string, world: World, step = 'none', count = 1): { killed: boolean; steps: string[] } {
  const result = spawnSync(process.execPath, [child, action, world.root, step, String(count)], { encoding: 'utf8' });
  if (result.status !== 0 && result.signal !== 'SIGKILL') throw new Error(result.stderr);
  return { killed: result.signal === 'SIGKILL', steps: result.stdout.split(' ') };
}

/** Small ones that go together, one whose beginning the database has, one of several steps. */
const sessions: Readonly<Record<string, Line[]>> = {
  a: lines(12, 'a'),
  empty: [],
  grown: lines(20, 'grown'),
  long: lines(9100, 'long'),
  z: lines(3, 'z'),
};
const GROWN_BEFORE = 7;

function prepare(world: World): void {
  const database = createZeroclawDatabase(world.database);
  for (const { role, content } of sessions.grown?.slice(0, GROWN_BEFORE) ?? [])
    append(database, 'grown', role, content);
  database.close();
  for (const [key, messages] of Object.entries(sessions)) world.write(key, messages);
}

/** Every session is wholly in the database or wholly in its file, each message once, and nothing of ours is left. */
function checkEach(world: World, where: 'database' | 'files' | 'either'): void {
  const names = world.names();
  for (const [key, messages] of Object.entries(sessions)) {
    const rows = world.rows(key);
    const live = world.live(key);
    assert.ok(!names.includes(`${key}.jsonl.importing`), `${key} is still staged: ${names.join()}`);
    if (where === 'database') assert.equal(live, null, key);
    if (where === 'files') assert.notEqual(live, null, key);
    if (live === null) {
      assert.deepEqual(rows, messages, `rows of ${key}`);
      assert.equal(world.metadata(key)?.message_count, messages.length, key);
      assert.ok(names.includes(`${key}.jsonl.migrated`), key);
    } else {
      assert.deepEqual(live, messages, `file of ${key}`);
      assert.deepEqual(rows, key === 'grown' ? messages.slice(0, GROWN_BEFORE) : [], `rows of ${key}`);
      assert.ok(!names.includes(`${key}.jsonl.migrated`), key);
    }
  }
  assert.deepEqual(
    names.filter((name) => name.startsWith('.tmp')),
    [],
  );
  world.checkDatabase();
}

/** Rows of the keys that the database did not have before; `grown` is what only we know how to go on with. */
function checkImported(world: World): void {
  for (const [key, messages] of Object.entries(sessions)) {
    if (key !== 'grown') assert.deepEqual(world.rows(key), messages, `rows of ${key}`);
  }
}

suite('migration, killed at every step', function () {
  this.timeout(120_000);
  let world: World;
  setup(() => {
    world = new World();
    prepare(world);
  });
  teardown(() => world.close());

  const importSteps: [string, number][] = [
    ['started', 1],
    ['started', 3],
    ['staged', 1],
    ['staged', 5],
    ['committed', 1],
    ['partly-committed', 1],
    ['partly-committed', 2],
    ['committed', 2],
    ['verified', 1],
    ['verified', 5],
    ['linked', 1],
    ['linked', 5],
    ['handed-over', 1],
    ['handed-over', 4],
  ];

  test('all steps are met on the way', () => {
    const { steps } = run('migrate', world);
    for (const [step, count] of importSteps) {
      assert.ok(steps.filter((other) => other === step).length >= count, `${step} ${count}: ${steps.join()}`);
    }
    checkEach(world, 'database');
  });

  for (const [step, count] of importSteps) {
    test(`${step} ${count}: recovered, and undone afterwards`, async () => {
      assert.ok(run('migrate', world, step, count).killed);
      const recoveries = await world.operations.recover();
      assert.ok(recoveries.length > 0);
      assert.deepEqual(world.log, []);
      checkEach(world, 'either');
      const [entry] = await world.operations.history(1);
      if (entry) {
        const undone = await world.operations.reverse('undo', { entry: entry.id });
        assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
        checkEach(world, 'files');
        const again = await world.operations.reverse('redo', { entry: entry.id });
        assert.deepEqual([again.conflicts, again.failures], [[], []]);
        checkEach(world, 'either');
      }
      await world.migrate('append-missing');
      checkEach(world, 'database');
    });

    test(`${step} ${count}: a zeroclaw of 0.7.5 to 0.8.4 starts, then we, then it again`, async () => {
      // Its importer appends blindly to a key that is there: what it would do without us too.
      fs.rmSync(world.file('grown.jsonl'));
      assert.ok(run('migrate', world, step, Math.min(count, step === 'committed' ? 2 : 4)).killed);
      startOldZeroclaw(world.folder);
      await world.operations.recover();
      startOldZeroclaw(world.folder);
      checkImported(world);
      world.checkDatabase();
    });

    test(`${step} ${count}: the newest zeroclaw starts, then we, then it again`, async () => {
      fs.rmSync(world.file('grown.jsonl'));
      assert.ok(run('migrate', world, step, Math.min(count, step === 'committed' ? 2 : 4)).killed);
      startNewestZeroclaw(world.folder);
      await world.operations.recover();
      startNewestZeroclaw(world.folder);
      checkImported(world);
      assert.deepEqual(
        world.names().filter((name) => !name.endsWith('.migrated')),
        [],
      );
      world.checkDatabase();
    });
  }

  const undoSteps: [string, number][] = [
    ['rows-partly-removed', 1],
    ['rows-partly-removed', 4],
    ['rows-removed', 1],
    ['rows-removed', 4],
    ['brought-back', 1],
    ['brought-back', 3],
  ];
  for (const [step, count] of undoSteps) {
    test(`undo, ${step} ${count}: recovered`, async () => {
      await world.migrate('append-missing');
      assert.ok(run('undo', world, step, count).killed);
      await world.operations.recover();
      assert.deepEqual(world.log, []);
      checkEach(world, 'either');
      const [entry] = await world.operations.history(1);
      const rest = await world.operations.reverse('undo', { entry: entry?.id ?? 0 });
      assert.deepEqual([rest.conflicts, rest.failures], [[], []]);
      checkEach(world, 'files');
    });

    test(`undo, ${step} ${count}: the newest zeroclaw starts, then we`, async () => {
      await world.migrate('append-missing');
      assert.ok(run('undo', world, step, count).killed);
      let refused = '';
      try {
        startNewestZeroclaw(world.folder);
      } catch (error) {
        refused = String(error);
      }
      // The one key that was there before the migration is one it would not import before either.
      if (refused !== '') assert.match(refused, /grown/);
      await world.operations.recover();
      for (const [key, messages] of Object.entries(sessions)) {
        const rows = world.rows(key).length;
        const live = world.live(key)?.length ?? 0;
        const before = key === 'grown' && live > 0 ? GROWN_BEFORE : 0;
        assert.equal(rows + live - before, messages.length, `${key}: ${rows} rows, ${live} lines`);
      }
    });
  }

  for (const [step, count] of importSteps.filter(([step]) => step !== 'started' && step !== 'verified')) {
    test(`redo, ${step} ${count}: recovered`, async () => {
      await world.migrate('append-missing');
      const [entry] = await world.operations.history(1);
      await world.operations.reverse('undo', { entry: entry?.id ?? 0 });
      const { killed } = run('redo', world, step, count);
      assert.ok(killed || step === 'partly-committed');
      await world.operations.recover();
      assert.deepEqual(world.log, []);
      checkEach(world, 'either');
    });
  }

  test('undo that keeps new messages, killed at each step', async () => {
    for (const [step, count] of [
      ['new-kept', 1],
      ['rows-partly-removed', 1],
      ['rows-partly-removed', 9],
      ['rows-removed', 1],
      ['brought-back', 1],
    ] as const) {
      await world.close();
      world = new World();
      world.write('long', lines(9100, 'long'));
      await world.migrate();
      world.inDatabase((database) => {
        for (const { role, content } of lines(3, 'new')) append(database, 'long', role, content);
      });
      assert.ok(run('undo', world, step, count).killed, `${step} ${count}`);
      await world.operations.recover();
      const wanted = [...lines(9100, 'long'), ...lines(3, 'new')];
      const live = world.live('long');
      const [entry] = await world.operations.history(1);
      if (live === null) {
        assert.deepEqual(world.rows('long'), wanted, `${step} ${count}`);
        const undone = await world.operations.reverse('undo', { entry: entry?.id ?? 0, choice: 'keep-new' });
        assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
      } else assert.deepEqual(world.rows('long'), [], `${step} ${count}`);
      assert.deepEqual(world.live('long'), wanted, `${step} ${count}`);
      assert.deepEqual(world.names(), ['long.jsonl']);
    }
  });
});
