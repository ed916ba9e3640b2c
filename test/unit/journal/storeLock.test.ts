import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
