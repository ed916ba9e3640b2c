import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonlSessionStore } from '../../../src/backend/jsonl/JsonlSessionStore';
import type { StoreChange, StoreEntry } from '../../../src/backend/SessionBackend';
import { temporaryFolder } from '../../support/project';
import { jsonLine, manyLines, openFolder, snapshot } from './support';

/** Two fingerprints of 8 kB and the new line, with some room; a file below is much larger. */
const SMALL = 20_000;

function content(entry: StoreEntry | undefined): string {
  return entry?.kind === 'message' ? entry.content : String(entry?.kind);
}

suite('JSONL store beside a writing agent', () => {
  let folder: string;
  let file: string;
  let store: JsonlSessionStore;

  setup(async () => {
    folder = temporaryFolder('live');
    file = path.join(folder, 'a.jsonl');
    fs.writeFileSync(file, manyLines(5000, 0, 'some words to make it longer '.repeat(5)));
    ({ store } = await openFolder(folder));
  });

  teardown(async () => {
    await store.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function last(): Promise<{ content: string; generation: number; total: number; read: number }> {
    const before = store.stats.bytesRead;
    const { entries, generation, total } = await store.entries('a', { from: -1, count: 1 });
    return { content: content(entries.at(-1)), generation, total, read: store.stats.bytesRead - before };
  }

  /** Changes the file as the agent does: the time must move even on a coarse clock. */
  function write(work: () => void): void {
    const { mtimeMs } = fs.statSync(file);
    work();
    const stat = fs.statSync(file);
    if (stat.mtimeMs <= mtimeMs) fs.utimesSync(file, stat.atime, new Date(mtimeMs + 5));
  }

  test('an appended line costs the new bytes, not the file', async () => {
    const first = await last();
    assert.ok(first.read > 500_000);
    for (let i = 0; i < 5; i++) {
      write(() => fs.appendFileSync(file, jsonLine('user', `new ${i}`)));
      const page = await store.getSession('a');
      assert.equal(page?.messageCount, 5001 + i);
      const now = await last();
      assert.equal(now.content, `new ${i}`);
      assert.equal(now.total, 5001 + i);
      assert.equal(now.generation, first.generation);
    }
    const before = store.stats.bytesRead;
    write(() => fs.appendFileSync(file, jsonLine('user', 'one more')));
    await store.getSession('a');
    const cost = store.stats.bytesRead - before;
    assert.ok(cost > 0 && cost < SMALL, `${cost} bytes were read`);
  });

  test('nothing is read when nothing has changed', async () => {
    await last();
    const before = store.stats.bytesRead;
    await store.getSession('a');
    await store.listSessionsWithMetadata();
    assert.equal(store.stats.bytesRead, before);
  });

  test('a page reads what it shows and little beside it', async () => {
    await last();
    const before = store.stats.bytesRead;
    await store.entries('a', { from: 2500, count: 20 });
    await store.load('a', { from: 2500, count: 20 });
    assert.ok(store.stats.bytesRead - before < 80_000, String(store.stats.bytesRead - before));
  });

  test('a line that is written in two pieces keeps its row, one that goes on does not', async () => {
    const line = jsonLine('user', 'in pieces').trimEnd();
    write(() => fs.appendFileSync(file, line));
    const torn = await last();
    assert.equal(torn.content, 'in pieces');
    write(() => fs.appendFileSync(file, '\n'));
    const whole = await last();
    assert.deepEqual([whole.content, whole.total, whole.generation], [torn.content, torn.total, torn.generation]);
    assert.deepEqual((await store.getSession('a'))?.problems, []);
    write(() => fs.appendFileSync(file, line.slice(0, 20)));
    const half = await last();
    assert.equal(half.content, 'unreadable');
    assert.equal(half.generation, whole.generation);
    write(() => fs.appendFileSync(file, `${line.slice(20)}\n`));
    const healed = await last();
    assert.equal(healed.content, 'in pieces');
    // The row that was handed out as unreadable is now something else.
    assert.notEqual(healed.generation, half.generation);
    assert.deepEqual((await store.getSession('a'))?.problems, []);
  });

  const rewrites: [string, (text: string) => void][] = [
    [
      'replaced by a new file',
      (text) => {
        fs.writeFileSync(`${file}.new`, text);
        fs.renameSync(`${file}.new`, file);
      },
    ],
    ['truncated and rewritten', (text) => fs.writeFileSync(file, text)],
    [
      'deleted and made anew',
      (text) => {
        fs.rmSync(file);
        fs.writeFileSync(file, text);
      },
    ],
  ];
  const texts: [string, string][] = [
    ['shorter', manyLines(10, 100)],
    ['longer', manyLines(9000, 1, 'other words of more than the same length '.repeat(6))],
    ['empty', ''],
  ];
  for (const [how, rewrite] of rewrites) {
    for (const [what, text] of texts) {
      test(`a file that is ${how}, ${what}, is read again as another generation`, async () => {
        const before = await last();
        write(() => rewrite(text));
        const after = await last();
        assert.notEqual(after.generation, before.generation);
        const lines = text.split('\n').length - 1;
        assert.equal(after.total, lines);
        assert.equal((await store.load('a')).total, lines);
        assert.equal((await store.getSession('a'))?.messageCount, lines);
      });
    }
  }

  test('a change in place that keeps the size is noticed by its time', async () => {
    const before = await last();
    write(() => {
      const fd = fs.openSync(file, 'r+');
      fs.writeSync(fd, 'MESSAGE', 30_000 + fs.readFileSync(file, 'latin1').slice(30_000).indexOf('message'));
      fs.closeSync(fd);
    });
    const after = await last();
    assert.notEqual(after.generation, before.generation);
    assert.equal(after.total, before.total);
  });

  test('a session that is deleted is gone from every answer', async () => {
    await last();
    fs.rmSync(file);
    assert.equal(await store.exists('a'), false);
    assert.equal(await store.getSession('a'), null);
    assert.deepEqual(await store.listSessionsWithMetadata(), []);
    await assert.rejects(store.entries('a', { from: 0, count: 1 }), { code: 'no-such-session' });
  });

  test('many requests at once read the file once', async () => {
    const size = fs.statSync(file).size;
    const pages = await Promise.all([...Array(20).keys()].map((i) => store.entries('a', { from: i * 10, count: 1 })));
    assert.deepEqual(
      pages.map(({ entries }) => content(entries[0]).split(' ')[1]),
      [...Array(20).keys()].map((i) => `${i * 10}`),
    );
    assert.ok(store.stats.bytesRead < size + 20 * 70_000 + SMALL, `${store.stats.bytesRead} of ${size}`);
  });

  test('tells of appends, new files and removals, by key', async () => {
    const changes: StoreChange[] = [];
    const subscription = store.watch((change) => changes.push(change));
    const until = async (done: () => boolean): Promise<void> => {
      for (let i = 0; i < 400 && !done(); i++) await sleep(5);
      assert.ok(done(), JSON.stringify(changes));
    };
    const told = (key: string) => (): boolean => changes.some(({ keys }) => keys?.includes(key));
    fs.appendFileSync(file, jsonLine('user', 'x'));
    await until(told('a'));
    assert.equal((await last()).content, 'x');
    fs.writeFileSync(path.join(folder, 'b.jsonl'), jsonLine('user', 'x'));
    await until(told('b'));
    changes.length = 0;
    fs.renameSync(path.join(folder, 'b.jsonl'), path.join(folder, 'b.jsonl.migrated'));
    await until(() => told('b')() && told('b.jsonl.migrated')());
    changes.length = 0;
    fs.writeFileSync(path.join(folder, 'sessions.db'), 'not ours');
    fs.rmSync(path.join(folder, 'b.jsonl.migrated'));
    await until(told('b.jsonl.migrated'));
    assert.ok(changes.every(({ keys }) => keys?.every((key) => key === 'b.jsonl.migrated')));
    subscription.dispose();
    changes.length = 0;
    fs.appendFileSync(file, jsonLine('user', 'y'));
    await sleep(60);
    assert.deepEqual(changes, []);
  });

  test('goes on watching a folder that was removed and made again', async () => {
    const changes: StoreChange[] = [];
    store.watch((change) => changes.push(change));
    fs.rmSync(folder, { recursive: true });
    for (let i = 0; i < 400 && !changes.some(({ keys }) => !keys); i++) await sleep(5);
    assert.ok(changes.some(({ keys }) => keys === undefined));
    await assert.rejects(store.listSessionsWithMetadata(), { code: 'not-found' });
    fs.mkdirSync(folder);
    assert.deepEqual(await store.listSessionsWithMetadata(), []);
    await sleep(30);
    changes.length = 0;
    fs.writeFileSync(file, jsonLine('user', 'back'));
    for (let i = 0; i < 400 && changes.length === 0; i++) await sleep(5);
    assert.ok(changes.some(({ keys }) => keys?.includes('a')));
    assert.equal((await last()).content, 'back');
  });

  test('no reading changes the store', async () => {
    const before = snapshot(folder);
    const subscription = store.watch(() => {});
    await store.listSessionsWithMetadata();
    await store.load('a');
    await store.entries('a', { from: -5, count: 5 });
    await store.rawEntry('a', 3);
    subscription.dispose();
    await store.close();
    assert.equal(snapshot(folder), before);
  });
});
