import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import type { ProblemCode } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import { jsonLine, openFolder } from './support';

// Windows has no FIFOs, no such permissions, and links only for administrators.
// Windows has no FIFOs, no sockets in the file system and no modes, and links need a privilege there.
const isWindows = process.platform === 'win32';

suite('JSONL store with names that are no session files', () => {
  let folder: string;

  setup(() => {
    folder = temporaryFolder('special');
    fs.writeFileSync(path.join(folder, 'good.jsonl'), jsonLine('user', 'hi'));
  });

  teardown(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** The odd one is listed with its problem, no call hangs, and the good one is untouched by it. */
  async function assertProblem(code: ProblemCode, words: RegExp): Promise<void> {
    const { store } = await openFolder(folder);
    for (const detail of ['quick', 'full'] as const) {
      const list = await store.listSessionsWithMetadata({ detail });
      assert.deepEqual(list.map(({ key }) => key).sort(), ['good', 'odd']);
      const odd = list.find(({ key }) => key === 'odd');
      assert.equal(odd?.messageCount, 0);
      assert.deepEqual(
        odd?.problems.map((problem) => problem.code),
        [code],
      );
      assert.match(odd?.problems[0]?.message ?? '', words);
      assert.equal(odd?.problems[0]?.severity, 'error');
    }
    assert.equal((await store.getSession('odd'))?.problems[0]?.code, code);
    const loaded = await store.load('odd');
    assert.deepEqual([loaded.total, loaded.problems[0]?.code], [0, code]);
    // An empty page would say that there is nothing in it.
    await assert.rejects(store.entries('odd', { from: 0, count: 1 }), words);
    await assert.rejects(store.rawEntry('odd', 0), words);
    assert.equal(await store.exists('odd'), true);
    assert.equal((await store.load('good')).total, 1);
    await store.close();
  }

  test('a directory', async () => {
    fs.mkdirSync(path.join(folder, 'odd.jsonl'));
    await assertProblem('not-a-file', /odd\.jsonl is a directory/);
  });

  test('a FIFO', async function () {
    if (isWindows) this.skip();
    execFileSync('mkfifo', [path.join(folder, 'odd.jsonl')]);
    await assertProblem('not-a-file', /FIFO/);
  });

  test('a link to a FIFO', async function () {
    if (isWindows) this.skip();
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    fs.symlinkSync('pipe', path.join(folder, 'odd.jsonl'));
    await assertProblem('not-a-file', /FIFO/);
  });

  test('a socket', async function () {
    if (isWindows) this.skip();
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(path.join(folder, 'odd.jsonl'), resolve));
    try {
      await assertProblem('not-a-file', /socket/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('a dangling link', async function () {
    if (isWindows) this.skip();
    fs.symlinkSync('nowhere', path.join(folder, 'odd.jsonl'));
    await assertProblem('dangling-link', /target does not exist/);
  });

  test('a link to itself', async function () {
    if (isWindows) this.skip();
    fs.symlinkSync('odd.jsonl', path.join(folder, 'odd.jsonl'));
    await assertProblem('dangling-link', /leads back to itself/);
  });

  test('a file without permission', async function () {
    if (isWindows) this.skip();
    fs.writeFileSync(path.join(folder, 'odd.jsonl'), jsonLine('user', 'secret'), { mode: 0 });
    fs.chmodSync(folder, 0o755);
    // Root may read everything: for this test it is nobody.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await assertNotPermitted();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  async function assertNotPermitted(): Promise<void> {
    const { store } = await openFolder(folder);
    const odd = (await store.listSessionsWithMetadata()).find(({ key }) => key === 'odd');
    assert.deepEqual(
      odd?.problems.map(({ code }) => code),
      ['no-permission'],
    );
    assert.equal(odd?.messageCount, 0);
    await assert.rejects(store.entries('odd', { from: 0, count: 1 }), { code: 'no-permission' });
    await store.close();
  }

  test('a link to a regular file is a session', async function () {
    if (isWindows) this.skip();
    fs.symlinkSync('good.jsonl', path.join(folder, 'odd.jsonl'));
    const { store } = await openFolder(folder);
    assert.equal((await store.load('odd')).total, 1);
    assert.deepEqual((await store.getSession('odd'))?.problems, []);
    await store.close();
  });

  test('a name that is no valid UTF-8 is named, not hidden', async function () {
    if (process.platform !== 'linux') this.skip();
    fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/odd`), Buffer.of(0xff), Buffer.from('.jsonl')]), 'x');
    const { store } = await openFolder(folder);
    const list = await store.listSessionsWithMetadata();
    assert.equal(list.length, 2);
    const odd = list.find(({ key }) => key !== 'good');
    assert.match(odd?.problems[0]?.message ?? '', /no valid UTF-8/);
    await store.close();
  });

  test('files whose names decode to the same text are all told of', async function () {
    if (process.platform !== 'linux') this.skip();
    const folder = temporaryFolder('names');
    const names = ['61ff', '61fe', '61efbfbd'].map((hex) => Buffer.from(hex, 'hex'));
    for (const name of names) {
      const file = Buffer.concat([Buffer.from(`${folder}/`), name, Buffer.from('.jsonl')]);
      fs.writeFileSync(file, jsonLine('user', 'hello'));
    }
    const { store } = await openFolder(folder);
    for (const detail of ['quick', 'full'] as const) {
      const sessions = await store.listSessionsWithMetadata({ detail });
      assert.equal(sessions.length, 1);
      const words = sessions[0]?.problems.find(({ severity }) => severity === 'error')?.message;
      assert.match(words ?? '', /^3 files have names that read a\uFFFD\.jsonl/);
    }
    await store.close();
  });

  test('a key too long for a file name names no session', async () => {
    const { store } = await openFolder(temporaryFolder('long'));
    const key = 'x'.repeat(10_000);
    assert.equal(await store.exists(key), false);
    assert.equal(await store.getSession(key), null);
    assert.deepEqual(await store.load(key), { total: 0, messages: [], problems: [] });
    await store.close();
  });
});
