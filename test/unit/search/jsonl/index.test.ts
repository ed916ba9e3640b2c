import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { indexFileOf } from '../../../../src/backend/search/jsonl/index/indexDatabase';
import { mainBundle } from '../../../support/jsonlAgent';
import { exactTotal, Folder, line, places, ranked, scan, until } from './support';

suite('search of a JSONL folder: index', () => {
  let folder: Folder;
  const children: ChildProcess[] = [];
  setup(() => {
    folder = new Folder();
  });
  teardown(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await folder.close();
  });

  function indexFile(): string {
    return indexFileOf(`jsonl:${folder.sessions}`, folder.data) ?? '';
  }

  /** Not asked all the time: what has time waits while somebody asks. */
  async function rarely(condition: () => Promise<boolean>): Promise<void> {
    for (let times = 0; times < 30; times++) {
      await new Promise((resolve) => setTimeout(resolve, 1400));
      if (await condition()) return;
    }
    assert.fail('the index has not taken it up');
  }

  test('gives ranked hits, verified, and exact counts of whole words and ideographs', async () => {
    folder.write(
      'a.jsonl',
      line('user', 'harbour of words') + line('user', 'harbours and harbour harbour') + line('user', 'superharbour'),
      60,
    );
    folder.write(
      'b.jsonl',
      `broken\n\n${line('user', '请检查一下日志 now')}${line('user', '日志检查 foo日志 foo')}`,
      10,
    );
    const search = folder.open();
    assert.deepEqual((await ranked(search, 'harbour')).hits, []);
    await search.updateIndex();
    const found = await ranked(search, 'harbour');
    assert.deepEqual(places(found.hits).sort(), ['a 0', 'a 1']);
    assert.ok(found.hits.every(({ rank }) => rank !== null && rank < 0));
    assert.equal(found.exact, undefined);
    const whole = await ranked(search, '=harbour');
    assert.deepEqual(whole.exact?.counts, [['a', 2]]);
    assert.equal(whole.exact?.coverage.messages, 5);
    assert.equal(whole.exact?.coverage.sessions, 2);
    assert.deepEqual(
      whole.exact?.coverage.skipped.map(({ place }) => place),
      ['line 1'],
    );
    assert.deepEqual(whole.exact?.coverage, (await scan(search, '=harbour')).coverage);
    for (const [query, total] of [
      ['日志', 2],
      ['检查', 2],
      ['检查一下日志', 1],
      ['志检', 1],
      ['=foo', 1],
      ['=harbour -=of', 1],
      ['=harbour OR 检查', 4],
      ['=missing', 0],
    ] as const) {
      assert.equal(exactTotal(await ranked(search, query)), total, query);
      assert.equal((await scan(search, query)).total, total, query);
    }
    const [hit] = (await ranked(search, '一下')).hits;
    assert.ok(hit?.hit.kind === 'message');
    assert.deepEqual([hit.hit.row, hit.hit.index, hit.hit.snippet], [2, 0, '请检查一下日志 now']);
    assert.deepEqual(places((await ranked(search, 'harbour', { sessions: new Map([['b', 0]]) })).hits), []);
    assert.deepEqual(places((await ranked(search, 'harbour', { order: 'time' })).hits), ['a 1', 'a 0']);
  });

  test('takes up what is appended, rewritten, deleted, and nothing else', async () => {
    folder.write('a.jsonl', line('user', 'alpha'));
    folder.write('b.jsonl', line('user', 'beta'));
    const search = folder.open();
    await search.updateIndex();
    fs.appendFileSync(folder.file('a.jsonl'), `${line('user', 'gamma')}${line('user', 'torn gamma').trimEnd()}`);
    const ofIndex = async () => (await ranked(search, '=gamma')).hits.filter(({ rank }) => rank !== null).length;
    // Not in the index yet, and counted: what it lacks is looked through.
    const now = await ranked(search, '=gamma', { order: 'time', limit: 1 });
    assert.equal(exactTotal(now), 2);
    assert.deepEqual(places(now.hits), ['a 2']);
    search.changed(['a']);
    await rarely(async () => (await ofIndex()) === 1);
    assert.equal(exactTotal(await ranked(search, '=gamma')), 2);
    fs.appendFileSync(folder.file('a.jsonl'), '\n');
    search.changed(['a']);
    await rarely(async () => (await ofIndex()) === 2);
    folder.write('a.jsonl', line('user', 'delta'));
    fs.rmSync(folder.file('b.jsonl'));
    assert.deepEqual((await ranked(search, '=alpha')).hits, []);
    search.changed(undefined);
    await rarely(async () => (await ranked(search, '=delta')).exact !== undefined);
    assert.deepEqual(places((await ranked(search, 'delta')).hits), ['a 0']);
    for (const [query, total] of [
      ['=alpha', 0],
      ['=beta', 0],
      ['=gamma', 0],
      ['=delta', 1],
    ] as const) {
      assert.equal(exactTotal(await ranked(search, query)), total, query);
    }
    assert.equal(folder.states.filter(({ state }) => state === 'failed').length, 0);
  });

  test('a file that is rewritten with the size, and with the time, that it had is taken up anew', async () => {
    const state = (word: string) =>
      line('user', 'x'.repeat(2000)) + line('user', word) + line('user', 'y'.repeat(2000));
    const time = new Date(1_700_000_000_000);
    const search = folder.open();
    folder.write('a.jsonl', state('alpha'));
    fs.utimesSync(folder.file('a.jsonl'), time, time);
    await search.updateIndex();
    let before = 'alpha';
    for (const [word, keepsTime] of [
      ['gamma', true],
      ['delta', false],
    ] as const) {
      fs.writeFileSync(folder.file('a.jsonl'), state(word));
      if (keepsTime) fs.utimesSync(folder.file('a.jsonl'), time, time);
      for (const updated of [false, true]) {
        if (updated) await search.updateIndex();
        for (const [asked, total] of [
          [before, 0],
          [word, 1],
        ] as const) {
          const { hits, exact } = await ranked(search, `=${asked}`);
          assert.ok(hits.length <= total, `${word} ${updated}`);
          if (exact || updated) assert.equal(exactTotal({ hits, ...(exact ? { exact } : {}) }), total);
          assert.equal((await scan(search, `=${asked}`)).total, total);
        }
      }
      before = word;
    }
  });

  test('signs that look like ideographs and are in no word are left to the scan', async () => {
    folder.write('a.jsonl', line('user', '日本') + line('user', '日㌔') + line('user', '㌔'));
    const search = folder.open();
    await search.updateIndex();
    for (const query of ['日㌔', '㌔', '⺀', '日']) {
      // One hit is enough to hand out: what is counted has to be right by itself.
      const { exact } = await ranked(search, query, { limit: 1 });
      const { total } = await scan(search, query);
      if (exact) assert.equal(exactTotal({ hits: [], exact }), total, query);
    }
    assert.equal((await scan(search, '日㌔')).total, 1);
  });

  test('in the order of time a file that was written to since comes first, however few are asked for', async () => {
    for (let i = 0; i < 300; i++) folder.write(`s${i}.jsonl`, line('user', 'alpha'), 1000 + i);
    const search = folder.open();
    await search.updateIndex();
    fs.appendFileSync(folder.file('s299.jsonl'), line('user', 'nothing'));
    const { exact } = await ranked(search, '=alpha', { order: 'time', limit: 2 });
    assert.equal(exact, undefined);
    assert.deepEqual(places((await scan(search, '=alpha', { order: 'time', limit: 2 })).hits).slice(0, 1), ['s299 0']);
  });

  test('is made after the first search only, and not while it is paused', async () => {
    folder.write('a.jsonl', line('user', 'alpha'));
    const search = folder.open();
    search.changed(['a']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(fs.existsSync(indexFile()), false);
    search.pauseIndex(true);
    await scan(search, 'alpha');
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.equal(fs.existsSync(indexFile()), false);
    search.pauseIndex(false);
    await until(() => fs.existsSync(indexFile()));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await ranked(search, 'alpha')).hits.length, 1);
  });

  test('a damaged index, one of an unknown format, and one that is deleted are made anew', async () => {
    folder.write(
      'a.jsonl',
      Array.from({ length: 3000 }, (_, i) => line('user', `alpha word${i} beta${i % 7}`)).join(''),
    );
    const search = folder.open();
    await search.updateIndex();
    const good = fs.readFileSync(indexFile());
    const damages: (() => void)[] = [
      () => fs.writeFileSync(indexFile(), 'no database at all, but long enough to be looked at '.repeat(100)),
      () => fs.writeFileSync(indexFile(), good.subarray(0, Math.floor(good.length / 2))),
      () =>
        fs.writeFileSync(indexFile(), Buffer.concat([good.subarray(0, 8192), Buffer.alloc(good.length - 8192, 0xa5)])),
      () => {
        const at = good.indexOf('agent-session-inspector search');
        const other = Buffer.from(good);
        other.write('X', at);
        fs.writeFileSync(indexFile(), other);
      },
      () => {
        for (const suffix of ['', '-wal', '-shm']) fs.rmSync(indexFile() + suffix, { force: true });
      },
    ];
    for (const [number, damage] of damages.entries()) {
      for (const suffix of ['-wal', '-shm']) fs.rmSync(indexFile() + suffix, { force: true });
      damage();
      // Whatever the index says meanwhile is verified; the scan knows better anyway.
      for (const { hit } of (await ranked(search, 'alpha')).hits) assert.ok(hit.kind === 'message');
      assert.equal((await scan(search, 'alpha')).total, 3000);
      await search.updateIndex();
      assert.equal(exactTotal(await ranked(search, '=alpha')), 3000, `damage ${number}`);
    }
  });

  test('without a place to write there is none, and that is said', async () => {
    if (process.getuid?.() === 0) {
      // A file in the way does what permissions do for others.
      fs.writeFileSync(folder.data, '');
    } else fs.mkdirSync(folder.data, { mode: 0o500 });
    folder.write('a.jsonl', line('user', 'alpha'));
    const search = folder.open();
    assert.equal((await scan(search, 'alpha')).total, 1);
    await until(() => folder.states.some(({ state }) => state === 'failed'));
    const { hits, note } = await ranked(search, 'alpha');
    assert.deepEqual(hits, []);
    assert.match(note ?? '', /^There is no search index of this folder/);
    const inside = folder.open(path.join(folder.sessions, 'data'));
    await inside.updateIndex();
    assert.equal((await scan(inside, 'alpha')).total, 1);
    assert.equal(fs.existsSync(path.join(folder.sessions, 'data')), false);
  });

  function startBuilder(): { child: ChildProcess; begun: Promise<void>; ended: Promise<void> } {
    const child = spawn(
      process.execPath,
      [mainBundle('unit', 'search', 'jsonl', 'builder.main.ts'), folder.sessions, folder.data],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(child);
    const begun = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return { child, begun, ended };
  }

  function manyFiles(count: number): void {
    for (let i = 0; i < count; i++) {
      const lines = Array.from({ length: 400 }, (_, j) =>
        line('user', `alpha file${i} line${j} ${'some more words '.repeat(20)}`),
      );
      folder.write(`s${i}.jsonl`, lines.join(''), i);
    }
  }

  test('two processes: one builds, the other goes on when it is killed', async function () {
    this.timeout(120_000);
    manyFiles(250);
    const { child, begun, ended } = startBuilder();
    await begun;
    const search = folder.open();
    await scan(search, 'alpha', { limit: 1 });
    child.kill('SIGKILL');
    await ended;
    await rarely(async () => exactTotal(await ranked(search, '=alpha')) === 100_000);
    assert.equal(exactTotal(await ranked(search, '=file7')), 400);
    assert.deepEqual(
      folder.states.filter(({ state }) => state === 'failed'),
      [],
    );
  });

  test('two processes at once end with one whole index', async function () {
    this.timeout(120_000);
    manyFiles(60);
    const other = startBuilder();
    const search = folder.open();
    await Promise.all([search.updateIndex(), other.ended]);
    assert.equal(exactTotal(await ranked(search, '=alpha')), 24_000);
    assert.equal((await ranked(search, '=alpha', { limit: 5 })).hits.length, 5);
  });
});
