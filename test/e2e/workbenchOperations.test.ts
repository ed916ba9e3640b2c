/** Changing sessions by clicks and keys, in a real VS Code on the sample workspace. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator } from 'playwright-core';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';

suite('the workbench, changing the sample workspace', () => {
  const sample = temporaryFolder('sample');
  const sessions = path.join(sample, 'sessions');
  let host: Host;

  suiteSetup(async function () {
    this.timeout(240_000);
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', sample], {
      stdio: 'pipe',
    });
    host = await Host.open({ target: sample });
    await host.workbench.openContainer('Session Inspector');
    await host.workbench.treeRow('Night shift').waitFor();
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(sample, { recursive: true, force: true });
  });

  const row = (words: string | RegExp): Locator => host.workbench.treeRow(words);
  const gone = (words: string | RegExp) => row(words).waitFor({ state: 'detached' });
  const menuItem = (name: string | RegExp): Locator => host.workbench.page.getByRole('menuitem', { name }).first();
  const dialog = (): Locator => host.workbench.page.locator('.monaco-dialog-box');
  const notification = (words: string | RegExp): Locator =>
    host.workbench.page.locator('.notifications-center .notification-list-item').filter({ hasText: words });

  /** Under the driver that lets extensions be tested, VS Code shows no toasts: the list of notifications is opened. */
  async function showNotifications(): Promise<void> {
    const { page } = host.workbench;
    if ((await page.locator('.notifications-center.visible').count()) > 0) return;
    await page.locator('[id="status.notifications"]').click();
    // The bell's own hover would lie over the buttons.
    await page.mouse.move(700, 300);
  }

  async function context(words: string | RegExp, command: string): Promise<void> {
    // What was done just before draws rows anew, and a menu takes no click in its first moments.
    await host.workbench.page.waitForTimeout(500);
    await row(words).click({ button: 'right' });
    await menuItem(command).waitFor();
    await host.workbench.page.waitForTimeout(500);
    await menuItem(command).click();
  }

  /** Presses the button of the question that is on the screen, and returns what it said. */
  async function answer(button: string): Promise<string> {
    await dialog().waitFor();
    const words = (await dialog().textContent()) ?? '';
    await dialog().getByRole('button', { name: button, exact: true }).click();
    return words;
  }

  async function told(words: string | RegExp): Promise<void> {
    await showNotifications();
    await notification(words).first().waitFor();
  }

  async function press(words: string | RegExp, button: string): Promise<void> {
    await told(words);
    await notification(words).first().getByRole('button', { name: button, exact: true }).click();
  }

  /** Chooses a line of the quick pick that is open. */
  const pick = (words: string | RegExp) => host.workbench.quickPicks.filter({ hasText: words }).first().click();

  function looking(name: string, steps: () => Promise<void>): Mocha.Func {
    return async () => {
      try {
        await steps();
      } catch (error) {
        console.error(`${await host.workbench.screenshot(`failed-${name}`)}\n${host.log()}`);
        throw error;
      }
    };
  }

  const nightShift = path.join(sessions, 'discord_ops_5527_night-shift.jsonl');

  test(
    'delete by the context menu: one question with numbers, one notification, Undo',
    looking('delete', async () => {
      const before = fs.readFileSync(nightShift);
      await context('Night shift', 'Delete');
      const words = await answer('Delete');
      assert.match(words, /Delete "Night shift.*"\?/);
      assert.match(words, /\d+ messages, .*kB/);
      assert.match(words, /restore it from the trash for 30 days/);
      await gone('Night shift');
      assert.equal(fs.existsSync(nightShift), false);
      await row('Trash').waitFor();
      await press(/Deleted "Night shift/, 'Undo');
      await row('Night shift').waitFor();
      assert.deepEqual(fs.readFileSync(nightShift), before);
      await told(/Undone: Deleted/);
    }),
  );

  test(
    'a question that is left changes nothing',
    looking('leave', async () => {
      await context('Night shift', 'Delete');
      await dialog().waitFor();
      await host.workbench.page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'detached' });
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
      await answer('Delete');
      await gone('Night shift');
      await row('Trash').click();
      const deleted = row(/Night shift.*deleted now/s);
      await deleted.waitFor();
      await context(/Night shift.*deleted now/s, 'Restore from Trash');
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
      await gone(/Import tables for 2027.*stuck/s);
    }),
  );

  test(
    'compact: what is dropped is said before, and listed after',
    looking('compact', async () => {
      const { workbench } = host;
      await context('Night shift', 'Compact...');
      await pick('Unreadable lines and repeated blocks');
      const words = await answer('Compact');
      assert.match(words, /5 lines/);
      await press(/Compacted "Night shift/, 'Details');
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
      await pick('7 days');
      const words = await answer('Delete');
      assert.match(words, /Delete \d+ idle sessions from sessions\?/);
      await told(/Cleaned up \d+ sessions/);
      assert.equal(fs.existsSync(path.join(sessions, 'notes.from.laptop.jsonl')), false);
      await press(/Cleaned up \d+ sessions/, 'Undo');
      await told(/Undone: Cleaned up/);
      assert.ok(fs.existsSync(path.join(sessions, 'notes.from.laptop.jsonl')));
    }),
  );

  test(
    'migrate: into the database, then all of it back',
    looking('migrate', async () => {
      await context('bot are you alive', 'Migrate to SQLite...');
      const words = await answer('Migrate');
      assert.match(words, /Into .*sessions\.db/);
      await press(/Migrated/, 'Undo');
      await told(/Undone: Migrated/);
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
      await context('bot are you alive', 'Append Message...');
      await pick(/^user/);
      await workbench.answer('words of ours');
      await row(/bot are you alive.*5 messages/s).waitFor();
      const agents = '{"role":"assistant","content":"words of the agent"}\n';
      fs.appendFileSync(file, agents);
      await row(/bot are you alive.*6 messages/s).click();
      await workbench.page.keyboard.press('Control+z');
      await dialog().waitFor();
      assert.match((await dialog().textContent()) ?? '', /bot are you alive/);
      await dialog().getByRole('button', { name: /^Keep/ }).click();
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
