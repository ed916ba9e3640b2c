import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { JournalItem } from '../../../src/backend/journal/Journal';
import type { Direction } from '../../../src/shared/operations';
import { jsonLine, manyLines } from '../jsonl/support';
import { Bench } from './support';

suite('JSONL writer: undo after the agent has gone on', () => {
  let bench: Bench;

  setup(async () => {
    bench = await Bench.open();
  });

  teardown(() => bench.close());

  async function conflict(item: JournalItem, direction: Direction): Promise<{ message: string; ids: string[] }> {
    const verdict = await bench.writer.check(item, direction);
    assert.ok(verdict.kind === 'conflict');
    await assert.rejects(bench.reverse(item, direction), { code: 'conflict' });
    return { message: verdict.message, ids: verdict.choices.map(({ id }) => id) };
  }

  function add(...contents: string[]): void {
    fs.appendFileSync(bench.file('a.jsonl'), contents.map((content) => jsonLine('user', content)).join(''));
  }

  test('a compaction gives the dropped lines back and keeps the new ones', async () => {
    bench.put('a.jsonl', `garbage\n${manyLines(3)}`);
    const item = await bench.made({ kind: 'compact', key: 'a', duplicates: false });
    add('n1', 'n2', 'n3');
    const { message, ids } = await conflict(item, 'undo');
    assert.match(message, /The agent has added 3 messages since\./);
    assert.deepEqual(ids, ['keep-new']);
    await bench.reverse(item, 'undo', 'keep-new');
    const added = ['n1', 'n2', 'n3'].map((content) => jsonLine('user', content)).join('');
    assert.equal(bench.text('a.jsonl'), `garbage\n${manyLines(3)}${added}`);
    await conflict(item, 'redo');
    await bench.reverse(item, 'redo', 'keep-new');
    assert.equal(bench.text('a.jsonl'), `${manyLines(3)}${added}`);
  });

  test('a torn line that comes back does not glue on to what is new', async () => {
    bench.put('a.jsonl', `${manyLines(2)}torn`);
    const item = await bench.made({ kind: 'compact', key: 'a', duplicates: false });
    add('new');
    await bench.reverse(item, 'undo', 'keep-new');
    assert.equal(bench.text('a.jsonl'), `${manyLines(2)}torn\n${jsonLine('user', 'new')}`);
  });

  test('an appended message is taken back from among later ones', async () => {
    bench.put('a.jsonl', manyLines(2));
    const item = await bench.made({ kind: 'append', key: 'a', role: 'user', content: 'ours' });
    add('later');
    assert.deepEqual((await conflict(item, 'undo')).ids, ['keep-new']);
    await bench.reverse(item, 'undo', 'keep-new');
    assert.equal(bench.text('a.jsonl'), manyLines(2) + jsonLine('user', 'later'));
  });

  test('an appended message that made the session is taken back, the session stays for what is new', async () => {
    const item = await bench.made({ kind: 'append', key: 'a', role: 'user', content: 'ours' });
    add('later');
    await bench.reverse(item, 'undo', 'keep-new');
    assert.equal(bench.text('a.jsonl'), jsonLine('user', 'later'));
  });

  test('a deleted session whose key lives again comes back before the new lines or under another key', async () => {
    bench.put('a.jsonl', manyLines(3));
    const item = await bench.made({ kind: 'delete', key: 'a' });
    add('new');
    const { message, ids } = await conflict(item, 'undo');
    assert.match(message, /there again, with 1 message/);
    assert.deepEqual(ids, ['keep-new', 'other-key']);
    assert.deepEqual(await bench.reverse(item, 'undo', 'other-key'), { newKey: 'a_restored' });
    assert.equal(bench.text('a_restored.jsonl'), manyLines(3));
    assert.equal(bench.text('a.jsonl'), jsonLine('user', 'new'));
    bench.journal.setStatus(item.id, 'done');
    assert.deepEqual(await bench.reverse(item, 'undo', 'other-key'), { newKey: 'a_restored2' });
    bench.journal.setStatus(item.id, 'done');
    await bench.reverse(item, 'undo', 'keep-new');
    assert.equal(bench.text('a.jsonl'), manyLines(3) + jsonLine('user', 'new'));
    assert.deepEqual(bench.names(), ['a.jsonl', 'a_restored.jsonl', 'a_restored2.jsonl']);
  });

  test('a key that zeroclaw would not write itself is restored under one that it would', async () => {
    bench.put('has.dots.jsonl', manyLines(1));
    const item = await bench.made({ kind: 'delete', key: 'has.dots' });
    bench.put('has.dots.jsonl', 'x\n');
    assert.deepEqual(await bench.reverse(item, 'undo', 'other-key'), { newKey: 'has_dots_restored' });
  });

  test('a session that was changed otherwise gives what was removed a session of its own', async () => {
    bench.put('a.jsonl', manyLines(4));
    const item = await bench.made({ kind: 'remove-messages', key: 'a', positions: [1, 3] });
    bench.put('a.jsonl', manyLines(9, 100));
    assert.deepEqual((await conflict(item, 'undo')).ids, ['other-key']);
    await bench.reverse(item, 'undo', 'other-key');
    assert.equal(bench.text('a_restored.jsonl'), manyLines(1, 1) + manyLines(1, 3));
    assert.equal(bench.text('a.jsonl'), manyLines(9, 100));
  });

  test('a session that was deleted since gives what was removed a session of its own', async () => {
    bench.put('a.jsonl', manyLines(4));
    const item = await bench.made({ kind: 'clear', key: 'a' });
    fs.rmSync(bench.file('a.jsonl'));
    assert.deepEqual((await conflict(item, 'undo')).ids, ['other-key']);
    await bench.reverse(item, 'undo', 'other-key');
    assert.equal(bench.text('a_restored.jsonl'), manyLines(4));
    assert.deepEqual(bench.names(), ['a_restored.jsonl']);
  });

  test('an appended message has nothing to bring back: a rewritten session offers no choice', async () => {
    bench.put('a.jsonl', manyLines(2));
    const item = await bench.made({ kind: 'append', key: 'a', role: 'user', content: 'ours' });
    bench.put('a.jsonl', manyLines(5, 50));
    assert.deepEqual((await conflict(item, 'undo')).ids, []);
  });

  test('deleting again leaves what has been added', async () => {
    bench.put('a.jsonl', manyLines(3));
    const item = await bench.made({ kind: 'delete', key: 'a' });
    await bench.reverse(item, 'undo');
    add('new');
    assert.deepEqual((await conflict(item, 'redo')).ids, ['keep-new']);
    await bench.reverse(item, 'redo', 'keep-new');
    assert.equal(bench.text('a.jsonl'), jsonLine('user', 'new'));
  });

  test('what is purged is not brought back', async () => {
    bench.put('a.jsonl', manyLines(3));
    const { id } = await bench.made({ kind: 'delete', key: 'a' });
    bench.journal.purge([id]);
    const item = bench.journal.item(id);
    assert.ok(item);
    await assert.rejects(bench.reverse(item, 'undo'), { code: 'purged' });
    assert.deepEqual(bench.names(), []);
  });
});
