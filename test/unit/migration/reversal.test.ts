import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { startNewestZeroclaw } from '../../support/zeroclawImporter';
import { append, createZeroclawDatabase, deleteSession, removeLast } from '../../support/zeroclawSchema';
import { lines, World } from './world';

suite('undo and redo of a migration', () => {
  let world: World;
  setup(() => {
    world = new World();
  });
  teardown(() => world.close());

  async function migrated(): Promise<number> {
    const result = await world.migrate('append-missing');
    assert.deepEqual(result.failures, []);
    return result.entry ?? 0;
  }

  test('the files come back byte for byte and the database forgets them', async () => {
    const database = createZeroclawDatabase(world.database);
    for (const { role, content } of lines(2, 'own')) append(database, 'gw_own', role, content);
    for (const { role, content } of lines(4, 'b')) append(database, 'b', role, content);
    database.close();
    world.write('a', lines(1500, 'a'));
    world.write('b', lines(9, 'b'));
    const metadata = world.metadata('b');
    const before = Object.fromEntries(
      ['a.jsonl', 'b.jsonl'].map((name) => [
        name,
        { bytes: fs.readFileSync(world.file(name)), time: fs.statSync(world.file(name), { bigint: true }).mtimeNs },
      ]),
    );
    const entry = await migrated();
    const undone = await world.operations.reverse('undo', { entry });
    assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
    assert.deepEqual(world.names(), ['a.jsonl', 'b.jsonl']);
    for (const [name, { bytes, time }] of Object.entries(before)) {
      assert.deepEqual(fs.readFileSync(world.file(name)), bytes);
      assert.equal(fs.statSync(world.file(name), { bigint: true }).mtimeNs, time);
    }
    assert.deepEqual(world.rows('a'), []);
    assert.equal(world.metadata('a'), undefined);
    assert.deepEqual(world.rows('b'), lines(4, 'b'));
    assert.deepEqual(world.metadata('b'), metadata);
    assert.deepEqual(world.rows('gw_own'), lines(2, 'own'));
    assert.deepEqual(world.receipts(), []);
    world.checkDatabase();
    const redone = await world.operations.reverse('redo', { entry });
    assert.deepEqual([redone.conflicts, redone.failures], [[], []]);
    assert.deepEqual(world.rows('a'), lines(1500, 'a'));
    assert.deepEqual(world.rows('b'), lines(9, 'b'));
    assert.equal(startNewestZeroclaw(world.folder), 0);
    const again = await world.operations.reverse('undo', { entry });
    assert.deepEqual([again.conflicts, again.failures], [[], []]);
    assert.deepEqual(world.names(), ['a.jsonl', 'b.jsonl']);
    assert.deepEqual(world.rows('b'), lines(4, 'b'));
  });

  test('after the agent has gone on: its messages go into the file first', async () => {
    world.write('a', lines(5));
    const entry = await migrated();
    world.inDatabase((database) => {
      for (const { role, content } of lines(2, 'new')) append(database, 'a', role, content);
    });
    const refused = await world.operations.reverse('undo', { entry });
    assert.match(refused.conflicts[0]?.message ?? '', /added 2 messages/);
    assert.deepEqual(
      refused.conflicts[0]?.choices.map(({ id }) => id),
      ['keep-new'],
    );
    assert.equal(world.rows('a').length, 7);
    const undone = await world.operations.reverse('undo', { entry, choice: 'keep-new' });
    assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
    assert.deepEqual(world.live('a'), [...lines(5), ...lines(2, 'new')]);
    assert.deepEqual(world.rows('a'), []);
    const redo = await world.operations.reverse('redo', { entry });
    assert.match(redo.conflicts[0]?.message ?? '', /has changed since/);
  });

  test('after the agent has taken messages away: refused, nothing is lost', async () => {
    world.write('a', lines(5));
    const entry = await migrated();
    world.inDatabase((database) => removeLast(database, 'a'));
    const refused = await world.operations.reverse('undo', { entry });
    assert.match(refused.conflicts[0]?.message ?? '', /have been changed/);
    assert.deepEqual(refused.conflicts[0]?.choices, []);
    assert.equal(world.rows('a').length, 4);
    assert.deepEqual(world.names(), ['a.jsonl.migrated']);
  });

  test('after the session was deleted in the database: the file can be brought back', async () => {
    world.write('a', lines(5));
    const entry = await migrated();
    world.inDatabase((database) => deleteSession(database, 'a'));
    const refused = await world.operations.reverse('undo', { entry });
    assert.deepEqual(
      refused.conflicts[0]?.choices.map(({ id }) => id),
      ['overwrite'],
    );
    await world.operations.reverse('undo', { entry, choice: 'overwrite' });
    assert.deepEqual(world.live('a'), lines(5));
    // Its receipt would let zeroclaw take the file for one that is imported.
    assert.deepEqual(world.receipts(), []);
    startNewestZeroclaw(world.folder);
    assert.deepEqual(world.rows('a'), lines(5));
  });

  test('never over a file that an agent has made meanwhile', async () => {
    world.write('a', lines(5));
    const entry = await migrated();
    world.write('a', lines(1, 'other'));
    const refused = await world.operations.reverse('undo', { entry });
    assert.match(refused.conflicts[0]?.message ?? '', /a\.jsonl again/);
    assert.deepEqual(world.live('a'), lines(1, 'other'));
    assert.deepEqual(world.rows('a'), lines(5));
  });

  test('when zeroclaw’s clean-up has taken the .migrated file', async () => {
    world.write('a', lines(5));
    const entry = await migrated();
    fs.rmSync(world.file('a.jsonl.migrated'));
    const refused = await world.operations.reverse('undo', { entry });
    assert.match(refused.conflicts[0]?.message ?? '', /Export the session/);
    assert.deepEqual(world.rows('a'), lines(5));
  });

  test('an empty session', async () => {
    world.write('empty', [], '');
    const entry = await migrated();
    await world.operations.reverse('undo', { entry });
    assert.deepEqual(world.names(), ['empty.jsonl']);
    assert.equal(world.metadata('empty'), undefined);
    assert.deepEqual(world.receipts(), []);
    await world.operations.reverse('redo', { entry });
    assert.equal(world.metadata('empty')?.message_count, 0);
  });
});
