import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { startChild, stopChild } from '../../host/children';
import { mainBundle } from '../../support/jsonlAgent';
import { closeStores, fill, Store } from './support';

const points = Number(process.env.SQLITE_KILL_POINTS ?? 30);

const edits: readonly SessionEdit[] = [
  { kind: 'delete', key: 'small' },
  { kind: 'append', key: 'small', role: 'user', content: 'appended' },
  { kind: 'remove-messages', key: 'small', positions: [3, 5] },
  { kind: 'clear', key: 'big' },
  { kind: 'delete', key: 'big' },
  { kind: 'rename', key: 'big', name: 'named' },
];

suite('sqlite write: killed at any instant', () => {
  teardown(closeStores);

  test(`${points} points`, async function () {
    this.timeout(points * 5000);
    const store = await Store.of('0.6.9', (database) => {
      fill(database, 'small', 40);
      fill(database, 'big', 5000);
    });
    const original = store.dump();
    const dataFolder = path.join(store.folder, 'data');
    const bundle = mainBundle('unit', 'sqliteWrite', 'editor.main.ts');
    const seen: Record<string, number> = {};
    for (let point = 0; point < points; point++) {
      // Each edit is the first one in turn, so that those behind it are not killed before they begin.
      const turn = point % edits.length;
      const turned = [...edits.slice(turn), ...edits.slice(0, turn)];
      const job = path.join(store.folder, 'job.json');
      fs.writeFileSync(job, JSON.stringify({ file: store.file, dataFolder, edits: turned, loop: true }));
      const child = startChild(process.execPath, [bundle, job], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      child.kill('SIGKILL');
      await stopChild(child);

      for (const item of store.journal.unfinished()) {
        const side = await store.writer.recover(item);
        const state = `${item.status} ${item.change.kind === 'sqlite' && item.change.removedRows > 2000 ? 'big' : 'small'} ${side}`;
        seen[state] = (seen[state] ?? 0) + 1;
        if (item.status === 'started' && side === 'before') store.journal.drop(item.id);
        else store.journal.setStatus(item.id, side === 'after' ? 'done' : 'undone');
        store.verify();
      }
      store.verify();
      assert.ok([0, 38, 40, 41].includes(store.contents('small').length), 'the small one is in its old or new state');
      assert.ok([0, 5000].includes(store.contents('big').length), 'the big one is in its old or new state');
      // Undo still works, of whatever had been done.
      const done = store.journal.history(1000).flatMap(({ items }) => items.filter(({ status }) => status === 'done'));
      assert.ok(done.length <= 1);
      for (const { id } of done) {
        const item = store.journal.item(id);
        assert.ok(item);
        assert.equal(await store.tryReverse(item, 'undo'), undefined);
      }
      store.verify();
      assert.equal(store.dump(), original, `point ${point}`);
    }
    assert.ok(Object.keys(seen).length > 0, 'some were killed in the middle of it');
    if (process.env.SQLITE_KILL_POINTS) console.log(seen);
  });
});
