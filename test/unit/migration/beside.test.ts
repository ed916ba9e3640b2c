import * as assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createZeroclawDatabase } from '../../support/zeroclawSchema';
import { lines, World } from './world';

const ROUNDS = Number(process.env.ASI_MIGRATION_ROUNDS ?? 8);

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
}

/** Migrations are killed at random times while an agent goes on writing JSONL. */
suite('migration beside an agent that writes JSONL', function () {
  this.timeout(120_000);

  test('no line is lost or doubled, killed at random times', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const world = new World();
      createZeroclawDatabase(world.database).close();
      world.write('a', lines(round % 2 ? 600 : 9000));
      world.write('b', lines(40, 'b'));
      const agent = fork(path.join(__dirname, 'appendChild.main.js'), [world.file('a.jsonl')]);
      await told(agent);
      const child = spawn(process.execPath, [path.join(__dirname, 'crashChild.main.js'), 'migrate', world.root], {
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await sleep(80 + Math.random() * 350);
      child.kill('SIGKILL');
      await ended;
      await world.operations.recover();
      await sleep(20);
      agent.send('stop');
      const count = await told<number>(agent);
      assert.deepEqual(world.log, []);
      const rows = world.rows('a').map(({ content }) => content);
      const live = world.live('a')?.map(({ content }) => content) ?? [];
      const migrated = fs.existsSync(world.file('a.jsonl.migrated'));
      // Either all is in the file, or the rows and, after them, what the agent wrote to a file of its own.
      if (!migrated) assert.equal(rows.length, 0, `round ${round}`);
      const all = [...rows, ...live].filter((content) => content.startsWith('agent'));
      assert.deepEqual(
        all,
        Array.from({ length: count }, (_, n) => `agent ${n}`),
        `round ${round}: ${rows.length} rows, ${live.length} lines of ${count}`,
      );
      assert.deepEqual(
        world.names().filter((name) => name.startsWith('.tmp') || name.endsWith('.importing')),
        [],
      );
      world.checkDatabase();
      await world.close();
    }
  });
});
