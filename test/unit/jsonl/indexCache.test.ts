import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SessionMetadata } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import { jsonLine, manyLines, openFolder, snapshot } from './support';

suite('JSONL index cache', () => {
  let folder: string;
  let data: string;

  setup(() => {
    folder = temporaryFolder('store');
    data = temporaryFolder('data');
    for (let i = 0; i < 30; i++) fs.writeFileSync(path.join(folder, `s${i}.jsonl`), manyLines(i + 1));
    fs.writeFileSync(path.join(folder, 'bad.jsonl'), `garbage\n${manyLines(2)}{"role":"user"`);
    fs.writeFileSync(path.join(folder, 'big.jsonl'), manyLines(20_000, 0, 'filler '.repeat(12)));
    assert.ok(fs.statSync(path.join(folder, 'big.jsonl')).size > 2_000_000);
  });

  teardown(() => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.rmSync(data, { recursive: true, force: true });
  });

  interface Run {
    list: SessionMetadata[];
    quick: SessionMetadata[];
    /** Bytes read for the list. */
    read: number;
    /** Bytes read for a page in the middle of the big file after that. */
    pageRead: number;
    log: string[];
  }

  async function run(dataFolder = data): Promise<Run> {
    const { store, log } = await openFolder(folder, dataFolder);
    const quick = await store.listSessionsWithMetadata({ detail: 'quick' });
    const list = await store.listSessionsWithMetadata();
    const read = store.stats.bytesRead;
    const page = await store.entries('big', { from: 12_345, count: 2 });
    const entry = page.entries[0];
    assert.ok(entry?.kind === 'message' && entry.content.startsWith('message 12345 '));
    await store.close();
    return { list, quick, read, pageRead: store.stats.bytesRead - read, log };
  }

  function cacheFiles(): string[] {
    return fs
      .readdirSync(data, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(data, name))
      .filter((file) => fs.statSync(file).isFile());
  }

  test('a second start reads no session file and knows the same', async () => {
    const before = snapshot(folder);
    const first = await run();
    assert.ok(first.read > 2_000_000);
    const second = await run();
    assert.equal(second.read, 0);
    assert.deepEqual(second.list, first.list);
    assert.deepEqual(second.quick, first.list);
    assert.ok(second.pageRead < 100_000, String(second.pageRead));
    assert.equal(snapshot(folder), before);
    // Nothing but temporary files with a rename leaves nothing behind.
    assert.ok(cacheFiles().every((file) => !file.endsWith('.new')));
  });

  test('only what has changed is read again', async () => {
    const first = await run();
    fs.appendFileSync(path.join(folder, 's3.jsonl'), jsonLine('user', 'more'));
    fs.appendFileSync(path.join(folder, 'big.jsonl'), jsonLine('user', 'more'));
    fs.rmSync(path.join(folder, 's4.jsonl'));
    const second = await run();
    const count = (of: typeof first, key: string): number | undefined =>
      of.list.find((one) => one.key === key)?.messageCount;
    assert.equal(count(second, 's3'), 5);
    assert.equal(count(second, 'big'), 20_001);
    assert.equal(count(second, 's4'), undefined);
    assert.ok(second.read < 60_000, String(second.read));
    assert.ok(second.pageRead < 100_000, String(second.pageRead));
    assert.equal((await run()).read, 0);
  });

  test('a damaged, cut, foreign or unreadable cache is the same as none', async () => {
    const first = await run();
    const originals = cacheFiles().map((file) => [file, fs.readFileSync(file)] as const);
    assert.equal(originals.length, 2);
    const damages: ((bytes: Buffer) => Buffer)[] = [
      () => Buffer.alloc(0),
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
      (bytes) => Buffer.from(bytes).fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 8),
      (bytes) => Buffer.from(bytes).fill(0, 0, 4),
      (bytes) => Buffer.from(bytes.toString('latin1').replace('index 1', 'index 0'), 'latin1').subarray(0, -1),
      () => Buffer.from('{"files":{"s1.jsonl":[1,2,3]}}'),
    ];
    for (const damage of damages) {
      for (const [file, bytes] of originals) {
        for (const [other, original] of originals) fs.writeFileSync(other, original);
        fs.writeFileSync(file, damage(bytes));
        const second = await run();
        assert.deepEqual(second.list, first.list);
        assert.ok(second.read + second.pageRead > 1_000_000, `${path.basename(file)} was believed`);
      }
    }
  });

  test('rows that cannot be true are read again', async () => {
    const first = await run();
    const file = cacheFiles().find((name) => path.basename(name) === 'summaries') ?? '';
    const { createHash } = await import('node:crypto');
    const [format, , body] = fs.readFileSync(file, 'utf8').split('\n');
    const cache = JSON.parse(body ?? '') as { files: Record<string, unknown[]> };
    const names = Object.keys(cache.files);
    for (const [i, name] of names.entries()) {
      const row = cache.files[name] ?? [];
      // One field of each row is of another kind.
      row[i % row.length] = i % 2 ? { odd: true } : -1;
    }
    const changed = JSON.stringify(cache);
    fs.writeFileSync(file, [format, createHash('sha1').update(changed).digest('hex'), changed].join('\n'));
    const second = await run();
    assert.deepEqual(second.list, first.list);
  });

  test('checkpoints of a later state than the numbers are not believed', async () => {
    await run();
    const file = cacheFiles().find((name) => path.basename(name) === 'summaries') ?? '';
    const earlier = fs.readFileSync(file);
    fs.appendFileSync(path.join(folder, 'big.jsonl'), manyLines(40_000, 20_000, 'filler '.repeat(12)));
    const second = await run();
    assert.equal(second.list.find(({ key }) => key === 'big')?.messageCount, 60_000);
    // As after a crash, and then the agent rewrote the end of the file in place.
    fs.writeFileSync(file, earlier);
    const big = path.join(folder, 'big.jsonl');
    fs.truncateSync(big, manyLines(20_000, 0, 'filler '.repeat(12)).length);
    fs.appendFileSync(big, manyLines(30_000, 20_000, 'others '.repeat(20)));
    const { store } = await openFolder(folder, data);
    for (const row of [19_999, 20_000, 33_333, 49_999]) {
      const entry = (await store.entries('big', { from: row, count: 1 })).entries[0];
      assert.ok(entry?.kind === 'message' && entry.content.startsWith(`message ${row} `), `row ${row}`);
    }
    await store.close();
  });

  test('forgets files that are gone', async () => {
    await run();
    assert.equal(cacheFiles().filter((file) => file.endsWith('.checkpoints')).length, 1);
    fs.rmSync(path.join(folder, 'big.jsonl'));
    const { store } = await openFolder(folder, data);
    await store.listSessionsWithMetadata();
    await store.close();
    assert.equal(cacheFiles().filter((file) => file.endsWith('.checkpoints')).length, 0);
    assert.ok(!fs.readFileSync(cacheFiles()[0] ?? '', 'utf8').includes('big.jsonl'));
  });

  test('two stores in one data folder do not meet', async () => {
    await run();
    const other = temporaryFolder('other');
    fs.writeFileSync(path.join(other, 's3.jsonl'), manyLines(7));
    const { store } = await openFolder(other, data);
    assert.equal((await store.listSessionsWithMetadata())[0]?.messageCount, 7);
    await store.close();
    assert.equal((await run()).read, 0);
    fs.rmSync(other, { recursive: true });
  });

  test('nothing is written without a data folder, nor inside the store', async () => {
    const before = snapshot(folder);
    const { store: plain } = await openFolder(folder);
    await plain.listSessionsWithMetadata();
    await plain.close();
    assert.deepEqual(cacheFiles(), []);
    for (const inside of [folder, path.join(folder, 'cache')]) {
      const { store, log } = await openFolder(folder, inside);
      await store.listSessionsWithMetadata();
      await store.close();
      assert.match(log.join(), /lies inside/);
    }
    assert.equal(snapshot(folder), before);
  });

  test('a data folder that cannot be written is logged and costs nothing else', async () => {
    const blocked = path.join(data, 'file');
    fs.writeFileSync(blocked, '');
    const { list, log } = await run(blocked);
    assert.equal(list.length, 32);
    assert.match(log.join(), /could not be written/);
  });
});
