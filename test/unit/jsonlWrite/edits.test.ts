import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { jsonLine, manyLines } from '../jsonl/support';
import { Bench } from './support';

const OLD = new Date('2026-01-02T03:04:05.000Z');

suite('JSONL writer: edits', () => {
  let bench: Bench;

  setup(async () => {
    bench = await Bench.open();
  });

  teardown(() => bench.close());

  function put(name: string, content: string | Buffer): void {
    fs.utimesSync(bench.put(name, content), OLD, OLD);
  }

  function time(name: string): number {
    return fs.statSync(bench.file(name)).mtimeMs;
  }

  test('append writes the line that zeroclaw would write', async () => {
    put('a.jsonl', '');
    const item = await bench.made({
      kind: 'append',
      key: 'a',
      role: 'user',
      content: 'Grüße 🦀 "q" \\ \n\t\b\f\r \u0001 \u2028',
    });
    const line = '{"role":"user","content":"Grüße 🦀 \\"q\\" \\\\ \\n\\t\\b\\f\\r \\u0001 \u2028"}\n';
    assert.equal(bench.text('a.jsonl'), line);
    assert.ok(time('a.jsonl') > OLD.getTime());
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), '');
    await bench.reverse(item, 'redo');
    assert.equal(bench.text('a.jsonl'), line);
    assert.deepEqual(bench.names(), ['a.jsonl']);
  });

  test('append does not glue on to a torn last line', async () => {
    put('a.jsonl', `${jsonLine('user', 'one')}{"role":"us`);
    const item = await bench.made({ kind: 'append', key: 'a', role: 'user', content: 'two' });
    assert.equal(bench.text('a.jsonl'), `${jsonLine('user', 'one')}{"role":"us\n${jsonLine('user', 'two')}`);
    assert.deepEqual(await bench.messages('a'), ['one', 'two']);
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), `${jsonLine('user', 'one')}{"role":"us`);
  });

  test('append makes a new session by the name that zeroclaw gives it, and undo removes it', async () => {
    const item = await bench.made({ kind: 'append', key: 'new.key', role: 'user', content: 'x' });
    assert.deepEqual(bench.names(), ['new_key.jsonl']);
    assert.equal(fs.statSync(bench.file('new_key.jsonl')).mode & 0o777, 0o666 & ~process.umask());
    await bench.reverse(item, 'undo');
    assert.deepEqual(bench.names(), []);
    await bench.reverse(item, 'redo');
    assert.deepEqual(bench.names(), ['new_key.jsonl']);
  });

  test('a new session is 0600 where its neighbours are', async () => {
    fs.chmodSync(bench.put('a.jsonl', ''), 0o600);
    await bench.made({ kind: 'append', key: 'b', role: 'user', content: 'x' });
    assert.equal(fs.statSync(bench.file('b.jsonl')).mode & 0o777, 0o600);
  });

  test('half of a surrogate pair is replaced, and that is said', async () => {
    const { report } = await bench.apply({ kind: 'append', key: 'a', role: 'user', content: 'x\ud800y' });
    assert.deepEqual(await bench.messages('a'), ['x\ufffdy']);
    assert.match(report.notes[0] ?? '', /surrogate/);
  });

  test('remove-last keeps the other lines byte for byte, mode and time', async () => {
    const odd = ' {"extra":1,"role":"user","content":"\\u0041"}\r\n["user","array"]\n';
    put('a.jsonl', `${odd}${jsonLine('assistant', 'last')}\n`);
    fs.chmodSync(bench.file('a.jsonl'), 0o640);
    const before = bench.text('a.jsonl');
    const { report, item } = await bench.apply({ kind: 'remove-last', key: 'a' });
    assert.equal(report.messages, 1);
    assert.equal(bench.text('a.jsonl'), `${odd}\n`);
    assert.equal(fs.statSync(bench.file('a.jsonl')).mode & 0o777, 0o640);
    assert.equal(time('a.jsonl'), OLD.getTime());
    assert.ok(item);
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), before);
    assert.equal(time('a.jsonl'), OLD.getTime());
    await bench.reverse(item, 'redo');
    assert.equal(bench.text('a.jsonl'), `${odd}\n`);
    assert.deepEqual(bench.names(), ['a.jsonl']);
  });

  test('remove-last takes a tool call together with its results', async () => {
    const call = JSON.stringify({
      content: null,
      tool_calls: [
        { arguments: '{}', id: 'c1', name: 'shell' },
        { arguments: '{}', id: 'c2', name: 'shell' },
      ],
    });
    const result = (id: string) => jsonLine('tool', JSON.stringify({ content: 'ok', tool_call_id: id }));
    put('a.jsonl', `${jsonLine('user', 'go')}${jsonLine('assistant', call)}${result('c1')}${result('c2')}`);
    const planned = await bench.writer.plan({ kind: 'remove-last', key: 'a' });
    const { report } = await bench.apply({ kind: 'remove-last', key: 'a' });
    assert.deepEqual(report, planned);
    assert.deepEqual(report.notes, ['2 tool calls with their 2 results']);
    assert.equal(report.messages, 3);
    assert.deepEqual(await bench.messages('a'), ['go']);
  });

  test('remove-messages removes by position, unreadable lines stay', async () => {
    put('a.jsonl', `${manyLines(3)}garbage\n${manyLines(100, 3)}`);
    const before = bench.text('a.jsonl');
    const item = await bench.made({ kind: 'remove-messages', key: 'a', positions: [102, 0, 3, 3, 999, 50] });
    const left = (await bench.messages('a')).map((text) => Number(text.split(' ')[1]));
    assert.deepEqual(
      left,
      [...Array(103).keys()].filter((n) => ![0, 3, 50, 102].includes(n)),
    );
    assert.ok(bench.text('a.jsonl').includes('garbage\n'));
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), before);
  });

  test('update-last replaces the last message, and the session counts as active', async () => {
    put('a.jsonl', `${manyLines(2)}garbage`);
    const before = bench.text('a.jsonl');
    const item = await bench.made({ kind: 'update-last', key: 'a', role: 'assistant', content: 'better' });
    assert.equal(bench.text('a.jsonl'), `${manyLines(1)}${jsonLine('assistant', 'better')}garbage`);
    assert.ok(time('a.jsonl') > OLD.getTime());
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), before);
    assert.equal(time('a.jsonl'), OLD.getTime());
  });

  test('clear leaves an empty file', async () => {
    put('a.jsonl', manyLines(50));
    const before = bench.text('a.jsonl');
    const { report, item } = await bench.apply({ kind: 'clear', key: 'a' });
    assert.equal(report.messages, 50);
    assert.equal(bench.text('a.jsonl'), '');
    assert.ok(item);
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), before);
  });

  test('delete and undo bring back bytes, mode and time', async () => {
    put('a.jsonl', `${manyLines(2000, 0, 'x'.repeat(1000))}torn`);
    fs.chmodSync(bench.file('a.jsonl'), 0o600);
    const before = bench.text('a.jsonl');
    const { report, item } = await bench.apply({ kind: 'delete', key: 'a' });
    assert.equal(report.messages, 2000);
    assert.deepEqual(bench.names(), []);
    assert.ok(item);
    assert.equal(bench.journal.trash().length, 1);
    await bench.reverse(item, 'undo');
    assert.equal(bench.text('a.jsonl'), before);
    const stat = fs.statSync(bench.file('a.jsonl'));
    assert.deepEqual([stat.mode & 0o777, stat.mtimeMs], [0o600, OLD.getTime()]);
    await bench.reverse(item, 'redo');
    assert.deepEqual(bench.names(), []);
  });

  test('what an import has set aside can be deleted and restored, nothing else', async () => {
    for (const name of ['a.jsonl.migrated', 'b.jsonl.importing']) {
      put(name, manyLines(2));
      await assert.rejects(bench.apply({ kind: 'clear', key: name }), { code: 'unsupported' });
      await assert.rejects(bench.apply({ kind: 'append', key: name, role: 'user', content: 'x' }), {
        code: 'unsupported',
      });
      const item = await bench.made({ kind: 'delete', key: name });
      assert.deepEqual(bench.names(), []);
      await bench.reverse(item, 'undo');
      assert.equal(bench.text(name), manyLines(2));
      fs.rmSync(bench.file(name));
    }
  });

  test('create writes a session with its own time and never over another one', async () => {
    const lastActivity = '2025-05-05T05:05:05.000000000+00:00';
    async function* messages() {
      yield [{ role: 'user', content: 'one', createdAt: null }];
      yield [
        { role: 'assistant', content: 'two', createdAt: null },
        { role: 'user', content: 'three', createdAt: null },
      ];
    }
    const edit = { kind: 'create', key: 'n', lastActivity, name: null, messages } as const;
    const item = await bench.made(edit);
    assert.deepEqual(await bench.messages('n'), ['one', 'two', 'three']);
    assert.equal(time('n.jsonl'), Date.parse(lastActivity));
    await assert.rejects(bench.apply(edit), { code: 'exists' });
    const before = bench.text('n.jsonl');
    await bench.reverse(item, 'undo');
    assert.deepEqual(bench.names(), []);
    await bench.reverse(item, 'redo');
    assert.equal(bench.text('n.jsonl'), before);
    assert.deepEqual(bench.names(), ['n.jsonl']);
  });

  test('an edit with nothing to do starts nothing', async () => {
    put('empty.jsonl', '');
    put('fine.jsonl', manyLines(3));
    const { ino } = fs.statSync(bench.file('fine.jsonl'));
    for (const edit of [
      { kind: 'clear', key: 'empty' },
      { kind: 'remove-last', key: 'empty' },
      { kind: 'update-last', key: 'empty', role: 'user', content: 'x' },
      { kind: 'remove-messages', key: 'fine', positions: [7] },
      { kind: 'compact', key: 'fine', duplicates: true },
    ] as const) {
      const { report, item } = await bench.apply(edit);
      assert.equal(report.changed, false);
      assert.equal(item, undefined);
    }
    assert.equal(fs.statSync(bench.file('fine.jsonl')).ino, ino);
  });

  test('what JSONL cannot keep is refused, an unknown key too', async () => {
    await assert.rejects(bench.apply({ kind: 'rename', key: 'a', name: 'x' }), { code: 'unsupported' });
    await assert.rejects(bench.apply({ kind: 'state', key: 'a', state: 'idle', turnId: null }), {
      code: 'unsupported',
    });
    await assert.rejects(bench.apply({ kind: 'repair', key: 'a', orphans: 'leave' }), { code: 'unsupported' });
    for (const kind of ['clear', 'delete', 'remove-last'] as const) {
      await assert.rejects(bench.apply({ kind, key: 'nobody' }), { code: 'no-such-session' });
    }
    assert.deepEqual(bench.names(), []);
  });

  test('append to a big file costs the line', async () => {
    put('big.jsonl', manyLines(60_000, 0, 'x'.repeat(1000)));
    await bench.made({ kind: 'append', key: 'big', role: 'user', content: 'warm' });
    const begin = performance.now();
    await bench.made({ kind: 'append', key: 'big', role: 'user', content: 'x' });
    assert.ok(performance.now() - begin < 100);
  });
});
