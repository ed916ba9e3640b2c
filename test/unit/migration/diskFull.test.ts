import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../src/backend/errors';
import { ensureDatabase } from '../../../src/backend/operations/migration/createDatabase';
import { loadSqlite } from '../../../src/backend/sqlite/binding';
import { temporaryFolder } from '../../support/project';
import { Sqlite } from '../../support/zeroclawSchema';

suite('migration: a new database on a full disk', () => {
  let disk: string;
  const mount = (kilobytes: number) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', disk], { stdio: 'ignore' }).status === 0;
  const unmount = () => spawnSync('umount', [disk], { stdio: 'ignore' });

  setup(() => {
    disk = temporaryFolder('disk');
  });
  teardown(() => {
    unmount();
    fs.rmSync(disk, { recursive: true });
  });

  test('is there whole or not at all, at whatever moment the room ends', async function () {
    // A disk of some kilobytes can only be had by who may mount one.
    if (!mount(4)) this.skip();
    unmount();
    const library = await loadSqlite();
    const file = path.join(disk, 'sessions.db');
    const outcomes = new Set<string>();
    for (let kilobytes = 8; kilobytes <= 400; kilobytes += 12) {
      assert.ok(mount(kilobytes));
      try {
        ensureDatabase(library, file);
        const database = new Sqlite(file, { readonly: true });
        assert.equal(database.pragma('integrity_check', { simple: true }), 'ok', `${kilobytes} kB`);
        assert.equal(database.prepare('SELECT count(*) FROM session_metadata').pluck().get(), 0);
        database.close();
        outcomes.add('made');
      } catch (error) {
        assert.ok(error instanceof StoreError, String(error));
        assert.equal(error.code, 'disk-full', `${kilobytes} kB: ${error.message}`);
        assert.deepEqual(fs.readdirSync(disk), [], `${kilobytes} kB`);
        outcomes.add('refused');
      } finally {
        unmount();
      }
    }
    assert.deepEqual([...outcomes], ['refused', 'made']);
  });
});
