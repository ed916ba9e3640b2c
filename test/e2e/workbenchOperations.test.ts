/** Changing sessions by clicks and keys, in a real VS Code on the sample workspace. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';
import { Changes, lookingAt } from './changes';

suite('the workbench, changing the sample workspace', () => {
  const sample = temporaryFolder('sample');
  const sessions = path.join(sample, 'sessions');
  let host: Host;
  let on: Changes;

  suiteSetup(async function () {
    this.timeout(240_000);
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', sample], {
      stdio: 'pipe',
    });
    host = await Host.open({ target: sample });
    on = new Changes(host);
    await host.workbench.openContainer('Session Inspector');
    await host.workbench.treeRow('Night shift').waitFor();
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(sample, { recursive: true, force: true });
  });

  const looking = lookingAt(() => host);
  const row = (words: string | RegExp) => on.row(words);

  const nightShift = path.join(sessions, 'discord_ops_5527_night-shift.jsonl');

  test(
    'delete by the context menu: one question with numbers, one notification, Undo',
    looking('delete', async () => {
      const before = fs.readFileSync(nightShift);
      await on.context('Night shift', 'Delete');
      const words = await on.answer('Delete');
      assert.match(words, /Delete "Night shift.*"\?/);
      assert.match(words, /\d+ messages, .*kB/);
      assert.match(words, /restore it from the trash for 30 days/);
      await on.gone('Night shift');
      assert.equal(fs.existsSync(nightShift), false);
      await row('Trash').waitFor();
      await on.press(/Deleted "Night shift/, 'Undo');
      await row('Night shift').waitFor();
      assert.deepEqual(fs.readFileSync(nightShift), before);
      await on.told(/Undone: Deleted/);
    }),
  );

  test(
    'a question that is left changes nothing',
    looking('leave', async () => {
      await on.context('Night shift', 'Delete');
      await on.dialog.waitFor();
      await host.workbench.page.keyboard.press('Escape');
      await on.dialog.waitFor({ state: 'detached' });
      assert.ok(fs.existsSync(nightShift));
    }),
  );

  test(
    'F2 renames, Ctrl+Z takes it back',
    looking('rename', async () => {
      const { workbench } = host;
      await row('Rename gauges').click();
      await workbench.page.keyboard.press('F2');
      await workbench.quickInput.waitFor();
      await workbench.answer('Gauges of the harbour');
      await row('Gauges of the harbour').waitFor();
      await row('Gauges of the harbour').click();
      await workbench.page.keyboard.press('Control+z');
      await row('Rename gauges').waitFor();
    }),
  );

  test(
    'the Delete key, then Restore from Trash',
    looking('restore', async () => {
      const { workbench } = host;
      await row('Night shift').click();
      await workbench.page.keyboard.press('Delete');
      await on.answer('Delete');
      await on.gone('Night shift');
      await row('Trash').click();
      const deleted = row(/Night shift.*deleted now/s);
      await deleted.waitFor();
      await on.context(/Night shift.*deleted now/s, 'Restore from Trash');
      await row(/Night shift.*ago/s).waitFor();
      assert.ok(fs.existsSync(nightShift));
    }),
  );

  test(
    'a stuck session is marked idle by its button',
    looking('idle', async () => {
      const stuck = row(/Import tables for 2027.*stuck/s);
      await stuck.hover();
      await stuck.getByRole('button', { name: 'Mark Idle' }).click();
      await on.gone(/Import tables for 2027.*stuck/s);
    }),
  );

  test(
    'compact: what is dropped is said before, and listed after',
    looking('compact', async () => {
      const { workbench } = host;
      await on.context('Night shift', 'Compact...');
      await on.pick('Unreadable lines and repeated blocks');
      const words = await on.answer('Compact');
      assert.match(words, /5 lines/);
      await on.press(/Compacted "Night shift/, 'Details');
      await workbench.page.locator('.tab').filter({ hasText: 'Compact, details.md' }).waitFor();
      await workbench.page.locator('.view-lines').getByText('line 6').first().waitFor();
    }),
  );

  test(
    'clean up: how long idle, which sessions, and the result',
    looking('cleanup', async () => {
      await row(/^sessions(?![./])/).hover();
      await row(/^sessions(?![./])/)
        .getByRole('button', { name: 'Clean Up...' })
        .click();
      await on.pick('7 days');
      const words = await on.answer('Delete');
      assert.match(words, /Delete \d+ idle sessions from sessions\?/);
      await on.told(/Cleaned up \d+ sessions/);
      assert.equal(fs.existsSync(path.join(sessions, 'notes.from.laptop.jsonl')), false);
      await on.press(/Cleaned up \d+ sessions/, 'Undo');
      await on.told(/Undone: Cleaned up/);
      assert.ok(fs.existsSync(path.join(sessions, 'notes.from.laptop.jsonl')));
    }),
  );

  test(
    'migrate: into the database, then all of it back',
    looking('migrate', async () => {
      await on.context('bot are you alive', 'Migrate to SQLite...');
      const words = await on.answer('Migrate');
      assert.match(words, /Into .*sessions\.db/);
      await on.press(/Migrated/, 'Undo');
      await on.told(/Undone: Migrated/);
      assert.deepEqual(
        fs.readdirSync(sessions).filter((name) => /\.(importing|tmp)/.test(name)),
        [],
      );
    }),
  );

  test(
    'append a message; an undo after the agent has gone on asks what is kept',
    looking('conflict', async () => {
      const { workbench } = host;
      const file = path.join(sessions, 'discord_general_9921_jonas.jsonl');
      const before = fs.readFileSync(file, 'utf8');
      await on.context('bot are you alive', 'Append Message...');
      await on.pick(/^user/);
      await workbench.answer('words of ours');
      await row(/bot are you alive.*5 messages/s).waitFor();
      const agents = '{"role":"assistant","content":"words of the agent"}\n';
      fs.appendFileSync(file, agents);
      await row(/bot are you alive.*6 messages/s).click();
      await workbench.page.keyboard.press('Control+z');
      await on.dialog.waitFor();
      assert.match((await on.dialog.textContent()) ?? '', /bot are you alive/);
      await on.dialog.getByRole('button', { name: /^Keep/ }).click();
      await row(/bot are you alive.*5 messages/s).waitFor();
      assert.equal(fs.readFileSync(file, 'utf8'), before + agents);
    }),
  );

  test(
    'the history shows all of it',
    looking('history', async () => {
      await host.workbench.command('Session Inspector: Show History');
      await row(/Migrated .*undone/s).waitFor();
      await host.workbench.page.keyboard.press('End');
      await row(/Renamed .*undone/s).waitFor();
    }),
  );
});
