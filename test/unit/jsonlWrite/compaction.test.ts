import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { fixture } from '../../support/project';
import { jsonLine, manyLines, naiveMessages } from '../jsonl/support';
import { Bench } from './support';

suite('JSONL writer: compaction', () => {
  let bench: Bench;

  setup(async () => {
    bench = await Bench.open();
  });

  teardown(() => bench.close());

  test('what stays loads as what zeroclaw leaves, and comes back byte for byte', async () => {
    let compared = 0;
    for (const name of fs.readdirSync(fixture('zeroclaw', 'jsonl', 'sessions'))) {
      const source = fixture('zeroclaw', 'jsonl', 'sessions', name);
      const expected = fixture('zeroclaw', 'compacted', 'sessions', name);
      if (!fs.statSync(source).isFile() || !fs.existsSync(expected)) continue;
      const before = fs.readFileSync(source);
      fs.writeFileSync(bench.file(name), before);
      const key = name.replace(/\.jsonl$/, '');
      const planned = await bench.writer.plan({ kind: 'compact', key, duplicates: false });
      const { report, item } = await bench.apply({ kind: 'compact', key, duplicates: false });
      assert.deepEqual(report, planned, name);
      const after = fs.readFileSync(bench.file(name));
      // zeroclaw sanitizes the key again and so leaves these two as they are; ours can be compacted as well.
      const reference = /^(?:has\.dots|weird)/.test(name) ? before : fs.readFileSync(expected);
      assert.deepEqual(naiveMessages(after), naiveMessages(reference), name);
      if (item) {
        await bench.reverse(item, 'undo');
        assert.ok(fs.readFileSync(bench.file(name)).equals(before), name);
        await bench.reverse(item, 'redo');
        assert.ok(fs.readFileSync(bench.file(name)).equals(after), name);
      } else assert.ok(after.equals(before), name);
      compared++;
    }
    assert.ok(compared > 15);
    assert.ok(!bench.names().some((name) => name.startsWith('.tmp')));
  });

  test('the report names what was dropped', async () => {
    const text = `${jsonLine('user', 'one')}garbage\n\n${jsonLine('user', 'two')}{"role":"user"}\n${jsonLine('user', 'three').trimEnd()}`;
    bench.put('a.jsonl', text);
    const { report } = await bench.apply({ kind: 'compact', key: 'a', duplicates: false });
    assert.equal(bench.text('a.jsonl'), ['one', 'two', 'three'].map((word) => jsonLine('user', word)).join(''));
    assert.equal(report.droppedCount, 3);
    assert.equal(report.bytes, 'garbage\n'.length + 1 + '{"role":"user"}\n'.length - 1);
    assert.deepEqual(
      report.dropped.map(({ place, bytes }) => [place, bytes]),
      [
        ['line 2', 8],
        ['line 3', 1],
        ['line 5', 16],
      ],
    );
    assert.match(report.dropped[2]?.reason ?? '', /no `content`/);
    assert.deepEqual(report.notes, ['The last line gets the line feed that it lacks.']);
  });

  async function duplicates(contents: readonly string[]): Promise<string[]> {
    bench.put('a.jsonl', contents.map((content) => jsonLine('user', content)).join(''));
    const planned = await bench.writer.plan({ kind: 'compact', key: 'a', duplicates: true });
    const { report } = await bench.apply({ kind: 'compact', key: 'a', duplicates: true });
    assert.deepEqual(report, planned);
    const left = await bench.messages('a');
    assert.equal(report.messages, contents.length - left.length);
    return left;
  }

  test('repeated blocks go when that is asked for', async () => {
    const block = (from: number, count: number) => Array.from({ length: count }, (_, i) => `m${from + i}`);
    assert.deepEqual(await duplicates([...block(0, 500), ...block(0, 500)]), block(0, 500));
    assert.deepEqual(await duplicates([...block(0, 5), ...block(0, 5), ...block(0, 5), 'new']), [
      ...block(0, 5),
      'new',
    ]);
    assert.deepEqual(await duplicates(['first', ...block(0, 4), ...block(0, 4), 'last']), [
      'first',
      ...block(0, 4),
      'last',
    ]);
    assert.deepEqual(await duplicates(['a', 'b', 'a', 'b', 'a', 'b', 'a']), ['a', 'b', 'a']);
    // Doubled, and doubled again as a whole.
    assert.deepEqual(await duplicates([...'abab', ...'xyz', ...'abab', ...'xyz']), [...'abxyz']);
  });

  test('what is no repeated block stays', async () => {
    for (const contents of [
      ['yes', 'yes'],
      ['yes', 'yes', 'yes', 'yes'],
      ['a', 'b', 'c', 'a', 'b'],
      ['a', 'b', 'between', 'a', 'b'],
      [],
    ]) {
      assert.deepEqual(await duplicates(contents), contents);
    }
  });

  test('duplicates stay unless they are asked for', async () => {
    bench.put('a.jsonl', manyLines(5) + manyLines(5));
    const { report } = await bench.apply({ kind: 'compact', key: 'a', duplicates: false });
    assert.equal(report.changed, false);
  });

  test('a long repetitive conversation is searched in a moment', async () => {
    const contents = Array.from({ length: 60_000 }, (_, i) => (i % 3 ? 'ok' : 'yes'));
    const begin = performance.now();
    assert.equal((await duplicates(contents)).length, 3);
    assert.equal((await duplicates(Array.from({ length: 60_000 }, () => 'ok'))).length, 60_000);
    assert.ok(performance.now() - begin < 6000);
  });

  test('a big file is copied while it is looked through, with the same result', async () => {
    const lines: string[] = [];
    for (let i = 0; i < 30_000; i++) {
      lines.push(jsonLine('user', `message ${i} ${'words '.repeat(150)}`));
      if (i % 100 === 7) lines.push(`broken ${i} ${'x'.repeat(300)}\n`);
    }
    const text = `${lines.join('')}torn`;
    bench.put('big.jsonl', text);
    const old = new Date(1_700_000_000_000);
    fs.utimesSync(bench.file('big.jsonl'), old, old);
    const { report, item } = await bench.apply({ kind: 'compact', key: 'big', duplicates: false });
    assert.equal(report.droppedCount, 301);
    assert.equal(bench.text('big.jsonl'), lines.filter((line) => !line.startsWith('broken')).join(''));
    assert.equal(fs.statSync(bench.file('big.jsonl')).mtimeMs, old.getTime());
    assert.deepEqual(bench.names(), ['big.jsonl']);
    assert.ok(item);
    await bench.reverse(item, 'undo');
    assert.ok(bench.text('big.jsonl') === text);
  });

  test('cancelling leaves everything as it was', async () => {
    const text = Array.from({ length: 30_000 }, (_, i) =>
      i % 50 ? jsonLine('user', 'words '.repeat(150)) : 'broken\n',
    );
    bench.put('big.jsonl', text.join(''));
    const { ino } = fs.statSync(bench.file('big.jsonl'));
    for (const delay of [0, 3, 8, 15, 25]) {
      const control = new AbortController();
      const running = bench.apply({ kind: 'compact', key: 'big', duplicates: false }, control.signal);
      setTimeout(() => control.abort(), delay);
      const cancelled = await running.then(
        () => false,
        (error: { code?: string }) => error.code === 'cancelled',
      );
      if (!cancelled) break;
      assert.equal(fs.statSync(bench.file('big.jsonl')).ino, ino);
      assert.deepEqual(bench.names(), ['big.jsonl']);
      assert.equal(bench.journal.unfinished().length, 0);
    }
    assert.deepEqual(bench.names(), ['big.jsonl']);
  });
});
