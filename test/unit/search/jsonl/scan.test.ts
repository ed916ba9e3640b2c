import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { StoreError } from '../../../../src/backend/errors';
import { startJsonlAgent } from '../../../support/jsonlAgent';
import { asked, Folder, line, never, places, scan } from './support';

suite('search of a JSONL folder: scan', () => {
  let folder: Folder;
  setup(() => {
    folder = new Folder();
  });
  teardown(() => folder.close());

  test('finds words, insides of words, phrases and expressions, newest first, with rows and positions', async () => {
    folder.write(
      'a.jsonl',
      `${line('user', 'omega delta_epsilon')}\n{"broken\n${line('assistant', 'Schöne Grüße, C++')}`,
      60,
    );
    folder.write('b.jsonl', line('user', 'psilon') + line('user', 'nothing here'), 10);
    const search = folder.open();
    const { hits, counts, total, coverage } = await scan(search, 'psilon');
    assert.deepEqual(places(hits), ['b 0', 'a 0']);
    assert.deepEqual([...counts].sort(), [
      ['a', 1],
      ['b', 1],
    ]);
    assert.equal(total, 2);
    assert.equal(coverage.messages, 4);
    assert.equal(coverage.sessions, 2);
    assert.equal(coverage.skippedCount, 1);
    assert.deepEqual(coverage.skipped, [
      {
        store: `jsonl:${folder.sessions}`,
        key: 'a',
        place: 'line 3',
        row: 2,
        code: 'unreadable-line',
        message: 'Line 3 of a.jsonl cannot be read, the agent skips it: unexpected end: the line is cut off.',
      },
    ]);
    const [hit] = (await scan(search, 'gruße c++')).hits;
    assert.ok(hit?.hit.kind === 'message');
    assert.equal(hit.hit.row, 3);
    assert.equal(hit.hit.index, 1);
    assert.equal(hit.hit.role, 'assistant');
    assert.equal(hit.hit.snippet, 'Schöne Grüße, C++');
    assert.deepEqual(
      hit.hit.ranges.map(([from, to]) => (hit.hit.kind === 'message' ? hit.hit.snippet.slice(from, to) : '')),
      ['Grüße', 'C++'],
    );
    assert.deepEqual(places((await scan(search, '/d.lta_[a-z]+n/')).hits), ['a 0']);
    assert.deepEqual(places((await scan(search, '-nothing')).hits).sort(), ['a 0', 'a 3', 'b 0']);
    // The second time lines are known, and only those are parsed that the filter passes.
    assert.deepEqual((await scan(search, 'psilon')).coverage, coverage);
  });

  test('all that lies in the folder is searched or named', async () => {
    folder.write('has.dots.jsonl', line('user', 'needle in dots'), 1);
    folder.write('old.jsonl.migrated', line('user', 'needle in migrated'), 2);
    folder.write('half.jsonl.importing', line('user', 'needle in importing'), 3);
    folder.write('notes.txt', line('user', 'needle in no session'));
    folder.write('empty.jsonl', '');
    folder.write('torn.jsonl', line('user', 'one') + line('user', 'needle at the end').trimEnd(), 4);
    folder.write('array.jsonl', '["user","needle in an array"]\n', 5);
    folder.write('duplicate.jsonl', '{"role":"user","content":"needle","content":"needle"}\n', 6);
    folder.write('bom.jsonl', `\uFEFF${line('user', 'needle')}`, 7);
    folder.write('separator.jsonl', line('user', 'needle\u2028two') + line('user', 'nul \u0000 needle'), 8);
    folder.write(
      'latin.jsonl',
      Buffer.concat([
        Buffer.from('{"role":"user","content":"needle \xe9"}\n', 'latin1'),
        Buffer.from(line('user', 'é needle')),
      ]),
      9,
    );
    folder.write('crlf.jsonl', line('user', 'needle').replace('\n', '\r\n'), 10);
    folder.write('escaped.jsonl', '{"role":"user","content":"\\u006eeedl\\u0065"}\n', 11);
    fs.mkdirSync(folder.file('folder.jsonl'));
    fs.symlinkSync('/nowhere', folder.file('dangling.jsonl'));
    execFileSync('mkfifo', [folder.file('fifo.jsonl')]);
    const { hits, coverage } = await scan(folder.open(), 'needle');
    assert.deepEqual(places(hits), [
      'has.dots 0',
      'old.jsonl.migrated 0',
      'half.jsonl.importing 0',
      'torn 1',
      'array 0',
      'separator 1',
      'separator 0',
      'latin 1',
      'crlf 0',
      'escaped 0',
    ]);
    assert.equal(coverage.messages, 11);
    assert.equal(coverage.sessions, 12);
    assert.deepEqual(coverage.skipped.map(({ key, code, place }) => `${key} ${code} ${place ?? ''}`.trim()).sort(), [
      'bom unreadable-line line 1',
      'dangling dangling-link',
      'duplicate unreadable-line line 1',
      'fifo not-a-file',
      'folder not-a-file',
      'latin unreadable-line line 1',
    ]);
    assert.equal(coverage.skippedCount, 6);
  });

  test('lines of 20 MB are searched; longer than 64 MB are named', async function () {
    this.timeout(60_000);
    const long = 'x'.repeat(20_000_000);
    folder.write('long.jsonl', `${line('user', 'first')}${line('user', `${long} needle`)}${line('user', 'needle')}`);
    const giant = Buffer.concat([
      Buffer.from('{"role":"user","content":"'),
      Buffer.alloc(70_000_000, 0x79),
      Buffer.from('"}\n'),
    ]);
    folder.write(
      'giant.jsonl',
      Buffer.concat([Buffer.from(line('user', 'a')), giant, Buffer.from(line('user', 'needle'))]),
      100,
    );
    const search = folder.open();
    for (let again = 0; again < 2; again++) {
      const { hits, coverage } = await scan(search, 'needle');
      assert.deepEqual(places(hits).sort(), ['giant 2', 'long 1', 'long 2']);
      assert.equal(coverage.messages, 6);
      assert.deepEqual(
        coverage.skipped.map(({ message }) => message),
        ['Line 2 of giant.jsonl is 70 MB long: too big to search. The agent reads it.'],
      );
    }
  });

  test('a big file is searched in parts, with the same rows and positions', async function () {
    this.timeout(60_000);
    let text = '';
    const expected: string[] = [];
    for (let i = 0; i < 90_000; i++) {
      if (i % 1000 === 500) text += '\n';
      if (i % 10_000 === 7) text += 'broken\n';
      text += line('user', `${i % 9001 === 0 ? 'needle ' : ''}message ${i} ${'filler é '.repeat(30)}`);
    }
    folder.write('big.jsonl', text);
    text.split('\n').forEach((each, row) => {
      if (each.includes('needle')) expected.push(`big ${row}`);
    });
    for (const search of [folder.open(), folder.open(undefined)]) {
      for (let again = 0; again < 2; again++) {
        const { hits, coverage, total } = await scan(search, 'needle');
        assert.equal(total, 10);
        assert.deepEqual(places(hits).sort(), [...expected].sort());
        for (const { hit } of hits) {
          assert.ok(hit.kind === 'message');
          assert.equal(/message (\d+)/.exec(hit.snippet)?.[1], String(hit.index));
        }
        assert.equal(coverage.messages, 90_000);
        assert.equal(coverage.skippedCount, 9);
      }
      const { hits, total } = await scan(search, 'needle', { limit: 3 });
      assert.equal(total, 10);
      assert.ok(places(hits).includes(expected.at(-1) ?? ''));
      // What is appended is searched without counting all lines again.
      fs.appendFileSync(folder.file('big.jsonl'), line('user', 'fresh thing'));
      const sessions = new Map([['big', 0]]);
      const after = await scan(search, 'fresh', { sessions, fromRow: 90_000 });
      assert.equal(after.total, 1);
      const [hit] = after.hits;
      assert.ok(hit?.hit.kind === 'message');
      // 90 blank lines and 9 broken ones lie before it.
      assert.deepEqual([hit.hit.row, hit.hit.index, after.coverage.messages], [90_099, 90_000, 100]);
      assert.equal((await scan(search, 'fresh')).total, 1);
      fs.writeFileSync(folder.file('big.jsonl'), text);
    }
  });

  test('problems are found by has:problem, with their text', async () => {
    folder.write('a.jsonl', `${line('user', 'good')}{"role":"user","content":"broken needle\n{"other":1}\n`);
    folder.write('b.jsonl', line('user', 'good'));
    const search = folder.open();
    for (let again = 0; again < 2; again++) {
      const { hits, total, coverage } = await scan(search, 'has:problem');
      assert.equal(total, 2);
      assert.deepEqual(places(hits), ['a 2', 'a 1']);
      assert.equal(coverage.messages, 2);
      const [only, ...rest] = (await scan(search, 'has:problem needle')).hits;
      assert.deepEqual(rest, []);
      assert.ok(only?.hit.kind === 'unreadable');
      assert.equal(only.hit.place, 'line 2');
      assert.match(only.hit.snippet, /broken needle/);
      assert.deepEqual(places((await scan(search, 'good OR has:problem')).hits).sort(), ['a 0', 'a 1', 'a 2', 'b 0']);
    }
  });

  test('a tool result is found by the name of the nearest earlier call', async () => {
    const call = (id: string, name: string) =>
      line('assistant', JSON.stringify({ content: null, tool_calls: [{ id, name, arguments: '{}' }] }));
    const result = (id: string, text: string) => line('tool', JSON.stringify({ content: text, tool_call_id: id }));
    folder.write(
      'a.jsonl',
      call('c1', 'shell') + result('c1', 'one') + call('c1', 'read_file') + result('c1', 'two') + result('c2', 'three'),
    );
    const search = folder.open();
    assert.deepEqual(places((await scan(search, 'tool:read two')).hits), ['a 3']);
    assert.deepEqual(places((await scan(search, 'tool:shell')).hits), ['a 1', 'a 0']);
    assert.deepEqual((await scan(search, 'tool:shell two')).hits, []);
  });

  test('in:raw searches the lines themselves', async () => {
    folder.write('a.jsonl', '{"role":"user","content":"plain","extra":{"deep":"needle"}}\n');
    const search = folder.open();
    assert.equal((await scan(search, 'needle')).total, 0);
    const [hit] = (await scan(search, 'needle in:raw')).hits;
    assert.ok(hit?.hit.kind === 'message');
    assert.equal(hit.hit.part, 'raw');
  });

  test('only the sessions that are asked for, and rows from one on', async () => {
    folder.write(
      'a.jsonl',
      line('user', 'needle 0') + line('user', 'x') + line('user', 'needle 2') + line('user', 'needle 3'),
    );
    folder.write('b.jsonl', line('user', 'needle'));
    const search = folder.open();
    assert.deepEqual(places((await scan(search, 'needle', { sessions: new Map([['b', 0]]) })).hits), ['b 0']);
    const { hits, coverage } = await scan(search, 'needle', { sessions: new Map([['a', 0]]), fromRow: 2 });
    assert.deepEqual(places(hits), ['a 3', 'a 2']);
    assert.equal(coverage.messages, 2);
    assert.equal((await scan(search, 'needle')).coverage.messages, 5);
  });

  test('a cancelled scan rejects, an endless expression too', async function () {
    this.timeout(30_000);
    folder.write('a.jsonl', line('user', `${'a'.repeat(50)}!`).repeat(10));
    const search = folder.open();
    const stop = new AbortController();
    const running = search.scan(asked('a'), () => stop.abort(), stop.signal);
    await assert.rejects(running, (error: StoreError) => error.code === 'cancelled');
    await assert.rejects(
      search.scan(asked('/(a+)+$/'), () => undefined, never),
      (error: StoreError) => error.code === 'bad-query',
    );
    assert.equal((await scan(search, 'aaa')).total, 10);
  });

  test('beside an agent that appends, each answer is that of a beginning of the file', async function () {
    this.timeout(60_000);
    folder.write('a.jsonl', line('user', 'old'));
    const agent = startJsonlAgent({
      name: 'agent',
      files: [folder.file('a.jsonl')],
      count: 100_000,
      milliseconds: 2000,
      filler: 40,
    });
    await agent.begun;
    let running = true;
    const ended = agent.ended.finally(() => {
      running = false;
    });
    const search = folder.open();
    let last = 0;
    while (running) {
      const { total, coverage } = await scan(search, 'agent', { limit: 5 });
      assert.equal(coverage.messages, total + 1);
      assert.equal(coverage.skippedCount, 0);
      assert.ok(total >= last);
      last = total;
    }
    const { appended } = await ended;
    assert.equal((await scan(search, 'agent')).total, appended);
  });

  test('a file that is rewritten in place all the time gives whole answers', async function () {
    this.timeout(60_000);
    const state = (word: string, count: number) => line('user', `needle ${word}`).repeat(count);
    const file = folder.file('a.jsonl');
    const search = folder.open();
    folder.write('a.jsonl', state('one', 100));
    let stop = false;
    const writer = (async () => {
      for (let i = 0; !stop; i++) {
        fs.writeFileSync(`${file}.new`, state(i % 2 ? 'one' : 'three', i % 2 ? 100 : 77));
        fs.renameSync(`${file}.new`, file);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let i = 0; i < 50; i++) {
      const { total, coverage } = await scan(search, 'needle');
      assert.ok(total === 100 || total === 77, String(total));
      assert.equal(coverage.messages, total);
      assert.equal(coverage.skippedCount, 0);
    }
    stop = true;
    await writer;
  });
});
