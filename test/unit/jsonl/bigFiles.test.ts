import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IndexProgress, StoreChange, StoreEntry } from '../../../src/backend/SessionBackend';
import { temporaryFolder } from '../../support/project';
import { jsonLine, manyLines, openFolder } from './support';

/** What a row shows, its number and place apart. */
function shown(entry: StoreEntry): unknown {
  if (entry.kind === 'blank') return entry.kind;
  if (entry.kind === 'message') return [entry.role, entry.content, entry.size];
  return [entry.code, entry.reason, entry.excerpt, entry.offset, entry.size];
}

suite('JSONL store with big files', () => {
  let folder: string;
  let file: string;

  setup(() => {
    folder = temporaryFolder('big');
    file = path.join(folder, 'big.jsonl');
  });

  teardown(() => fs.rmSync(folder, { recursive: true, force: true }));

  async function until(done: () => boolean): Promise<void> {
    for (let i = 0; i < 2000 && !done(); i++) await sleep(5);
    assert.ok(done());
  }

  test('shows the end at once, then the same with its real numbers', async () => {
    const text = manyLines(60_000, 0, 'filler '.repeat(25));
    fs.writeFileSync(file, `${text}\ngarbage\n${jsonLine('user', 'last').trimEnd()}`);
    assert.ok(fs.statSync(file).size > 10_000_000);
    const { store } = await openFolder(folder);
    const changes: StoreChange[] = [];
    const progress: IndexProgress[] = [];
    store.watch(
      (change) => changes.push(change),
      (one) => progress.push(one),
    );
    const tail = await store.entries('big', { from: -150, count: 100 });
    assert.equal(tail.complete, false);
    assert.equal(tail.total, 150);
    assert.ok(store.stats.bytesRead < 1_000_000, 'the whole file was read first');
    const end = await store.entries('big', { from: -50, count: 50 });
    assert.equal(end.complete, false);
    assert.equal((await store.getSession('big', 'quick'))?.messageCount, undefined);
    assert.deepEqual(await store.rawEntry('big', 48), { place: 'line 2 from the end', text: 'garbage', exact: true });
    assert.deepEqual(await store.rawEntry('big', 49), {
      place: 'last line',
      text: jsonLine('user', 'last').trimEnd(),
      exact: true,
    });
    await until(() => changes.some(({ keys }) => keys?.includes('big')));
    const final = await store.entries('big', { from: -150, count: 100 });
    assert.equal(final.complete, true);
    assert.equal(final.total, 60_003);
    assert.equal(final.generation, tail.generation);
    assert.deepEqual(final.entries.map(shown), tail.entries.map(shown));
    assert.deepEqual(
      final.entries.map(({ row }) => row),
      [...Array(100).keys()].map((i) => 59_853 + i),
    );
    assert.deepEqual(
      tail.entries.map(({ row }) => row),
      [...Array(100).keys()],
    );
    const finalEnd = await store.entries('big', { from: -50, count: 50 });
    assert.deepEqual(finalEnd.entries.map(shown), end.entries.map(shown));
    assert.equal((await store.rawEntry('big', 60_001)).text, 'garbage');
    assert.equal((await store.getSession('big'))?.messageCount, 60_001);
    assert.ok(progress.length > 0);
    assert.equal(progress.at(-1)?.bytesDone, progress.at(-1)?.bytesTotal);
    assert.ok(progress.every(({ key, bytesDone, bytesTotal }) => key === 'big' && bytesDone <= bytesTotal));
    await store.close();
  });

  test('a request for the beginning waits for the index', async () => {
    fs.writeFileSync(file, manyLines(60_000, 0, 'filler '.repeat(25)));
    const { store } = await openFolder(folder);
    await store.entries('big', { from: -10, count: 10 });
    const page = await store.entries('big', { from: 5, count: 1 });
    assert.deepEqual([page.complete, page.total, page.entries[0]?.row], [true, 60_000, 5]);
    await store.close();
  });

  test('closing stops an index that is being built', async () => {
    fs.writeFileSync(file, manyLines(150_000, 0, 'filler '.repeat(25)));
    const { store } = await openFolder(folder);
    await store.entries('big', { from: -10, count: 10 });
    const waiting = store.entries('big', { from: 0, count: 1 });
    const outcome = assert.rejects(waiting, { code: 'cancelled' });
    await store.close();
    await outcome;
    assert.ok(store.stats.bytesRead < fs.statSync(file).size);
  });

  test('a cancelled list stops reading, another that waits for the same file goes on', async () => {
    fs.writeFileSync(file, manyLines(150_000, 0, 'filler '.repeat(25)));
    const { store } = await openFolder(folder);
    const abort = new AbortController();
    store.watch(
      () => {},
      () => setImmediate(() => abort.abort()),
    );
    const cancelled = assert.rejects(store.listSessionsWithMetadata({ signal: abort.signal }), { code: 'cancelled' });
    const other = store.listSessionsWithMetadata();
    await cancelled;
    assert.ok(store.stats.bytesRead < fs.statSync(file).size, 'it was read to its end first');
    assert.equal((await other)[0]?.messageCount, 150_000);
    await store.close();
  });

  test('work that nobody waits for any more stops', async () => {
    fs.writeFileSync(file, manyLines(150_000, 0, 'filler '.repeat(25)));
    const { store } = await openFolder(folder);
    const abort = new AbortController();
    store.watch(
      () => {},
      () => abort.abort(),
    );
    await assert.rejects(store.listSessionsWithMetadata({ signal: abort.signal }), { code: 'cancelled' });
    await sleep(50);
    const read = store.stats.bytesRead;
    assert.ok(read < fs.statSync(file).size);
    await sleep(50);
    assert.equal(store.stats.bytesRead, read);
    assert.equal((await store.getSession('big'))?.messageCount, 150_000);
    await store.close();
  });

  test('a line of 15 MB is shown whole; one that is too long is named with its size', async () => {
    const content = 'x"\\ü'.repeat(3_000_000);
    fs.writeFileSync(file, jsonLine('user', 'before') + jsonLine('tool', content) + jsonLine('user', 'between'));
    const fd = fs.openSync(file, 'a');
    fs.writeSync(fd, '{"role":"user","content":"');
    const block = 'y'.repeat(10_000_000);
    for (let i = 0; i < 7; i++) fs.writeSync(fd, block);
    fs.writeSync(fd, `"}\n${jsonLine('user', 'after')}`);
    fs.closeSync(fd);
    const { store } = await openFolder(folder);
    for (const complete of [false, true]) {
      if (complete) await store.getSession('big');
      const page = await store.entries('big', { from: -4, count: 4 });
      assert.equal(page.complete, complete);
      const [long, between, huge, after] = page.entries;
      assert.ok(long?.kind === 'message' && long.content === content);
      assert.ok(between?.kind === 'message' && between.content === 'between');
      assert.ok(huge?.kind === 'unreadable' && /70\.0 MB/.test(huge.reason) && huge.excerpt.length === 300);
      assert.ok(after?.kind === 'message' && after.content === 'after');
    }
    assert.equal((await store.getSession('big'))?.messageCount, 5);
    assert.deepEqual((await store.getSession('big'))?.problems, []);
    const loaded = await store.load('big', { from: 3, count: 2 });
    assert.deepEqual(
      loaded.messages.map((one) => one.content.length),
      [70_000_000, 5],
    );
    await assert.rejects(store.rawEntry('big', 3), /70\.0 MB long: too big/);
    await store.close();
  });
});
