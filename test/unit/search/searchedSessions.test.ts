import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../src/backend/errors';
import { openStore } from '../../../src/backend/openStore';
import type { SessionBackend } from '../../../src/backend/SessionBackend';
import { SearchedSessions } from '../../../src/backend/search/searchedSessions';
import { temporaryFolder } from '../../support/project';

suite('search: the sessions of a store', () => {
  let folder: string;
  let backend: SessionBackend;
  const write = (key: string): void => fs.writeFileSync(path.join(folder, `${key}.jsonl`), '');

  setup(async () => {
    folder = temporaryFolder('searched');
    write('a');
    const context = { now: Date.now, log: () => undefined, dataFolder: undefined };
    backend = await openStore({ kind: 'jsonl', path: folder, role: 'live' }, context);
  });
  teardown(async () => {
    await backend.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const keys = async (sessions: SearchedSessions): Promise<string[]> =>
    [...(await sessions.all(backend)).keys()].sort();

  test('who asks behind a change gets no list from before it', async () => {
    const sessions = new SearchedSessions(true);
    for (const told of [['b'], undefined, ['c']]) {
      const before = sessions.all(backend);
      const key = told?.[0] ?? 'x';
      write(key);
      sessions.changed(told);
      assert.ok((await keys(sessions)).includes(key), key);
      await before;
      assert.ok((await keys(sessions)).includes(key), key);
    }
  });

  test('changes that could not be read are read the next time', async () => {
    const sessions = new SearchedSessions(true);
    await keys(sessions);
    const refuse = () => Promise.reject(new StoreError('busy', 'Locked.'));
    const busy: SessionBackend = Object.create(backend, {
      getSession: { value: refuse },
      listSessionsWithMetadata: { value: refuse },
    });
    for (const told of [['b'], undefined]) {
      const key = told?.[0] ?? 'x';
      write(key);
      sessions.changed(told);
      await assert.rejects(sessions.all(busy));
      assert.ok((await keys(sessions)).includes(key), key);
    }
  });

  test('a thousand changes in a row cost one list', async () => {
    const sessions = new SearchedSessions(true);
    await keys(sessions);
    for (let times = 0; times < 1000; times++) sessions.changed([`s${times}`]);
    write('s999');
    const started = performance.now();
    assert.deepEqual(await keys(sessions), ['a', 's999']);
    assert.ok(performance.now() - started < 500);
  });
});
