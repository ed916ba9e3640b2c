import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../src/backend/errors';
import { StoreLocks } from '../../../src/backend/journal/storeLock';
import type { StoreLocation } from '../../../src/shared/session';
import { projectRoot, temporaryFolder } from '../../support/project';

const a: StoreLocation = { kind: 'jsonl', path: '/a', role: 'live' };
const b: StoreLocation = { kind: 'sqlite', path: '/b', role: 'live' };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

suite('store locks', () => {
  let folder: string;
  let locks: StoreLocks;

  setup(() => {
    folder = temporaryFolder('locks');
    locks = new StoreLocks(folder);
  });
  teardown(() => locks.close());

  test('one after the other in a store, whoever fails; side by side in two', async () => {
    const order: string[] = [];
    const work = (name: string, time: number) => async () => {
      order.push(`${name} begins`);
      await pause(time);
      order.push(`${name} ends`);
    };
    const failing = locks.hold([a], () => Promise.reject(new Error('no')));
    await Promise.all([
      assert.rejects(failing, /no/),
      locks.hold([a], work('first', 20)),
      locks.hold([a], work('second', 1)),
      locks.hold([b], work('other', 1)),
    ]);
    const inA = order.filter((each) => !each.startsWith('other'));
    assert.deepEqual(inA, ['first begins', 'first ends', 'second begins', 'second ends']);
    assert.ok(order.indexOf('other begins') < order.indexOf('first ends'));
  });

  test('two who want both stores in another order do not wait for each other', async () => {
    const both = [
      locks.hold([a, b], () => pause(5)),
      locks.hold([b, a], () => pause(5)),
      locks.hold([b], () => pause(1)),
    ];
    await Promise.all(both);
  });

  test('a long operation in one window lets another one in, between two of its sessions', async () => {
    const other = new StoreLocks(folder);
    let isOver = false;
    const long = (async () => {
      while (!isOver) await locks.hold([a], () => pause(8));
    })();
    try {
      for (let time = 0; time < 2; time++) await other.hold([a], async () => undefined, { patience: 4000 });
    } finally {
      isOver = true;
      await long;
      other.close();
    }
  });

  test('a lock whose file was deleted is taken anew: two windows meet at the same one', async () => {
    await locks.hold([a], async () => undefined);
    fs.rmSync(path.join(folder, 'locks'), { recursive: true });
    const other = new StoreLocks(folder);
    await locks.hold([a], async () => {
      await assert.rejects(
        other.hold([a], async () => 1, { patience: 50 }),
        /Another window/,
      );
    });
    other.close();
  });

  test('waits for another process, gives up in words, and goes on when that one is killed', async () => {
    const child = spawn(process.execPath, [path.join(projectRoot, 'out/test/unit/journal/holdLock.main.js'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await assert.rejects(
      locks.hold([a], async () => 1, { patience: 50 }),
      (error: unknown) => error instanceof StoreError && error.code === 'busy' && /another window/i.test(error.message),
    );
    const abort = new AbortController();
    const cancelled = locks.hold([a], async () => 1, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await assert.rejects(cancelled, (error: unknown) => error instanceof StoreError && error.code === 'cancelled');
    const waiting = locks.hold([a], async () => 'mine');
    child.kill('SIGKILL');
    assert.equal(await waiting, 'mine');
  });
});
