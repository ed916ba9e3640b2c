/** Changes of many sessions at once, in a real VS Code: cancelled, killed, restored, migrated beside what is there. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Host } from '../host/workbench';
import { temporaryFolder } from '../support/project';
import { Changes, lookingAt } from './changes';

const COUNT = 3000;
const DAY = 86_400;

suite('the workbench, with three thousand sessions', () => {
  const folder = temporaryFolder('many');
  const sessions = path.join(folder, 'sessions');
  const other = path.join(folder, 'exported');
  let host: Host;
  let on: Changes;
  const looking = lookingAt(() => host);

  const fileName = (n: number) => `telegram_${String(n).padStart(4, '0')}.jsonl`;
  const line = (role: string, content: string) => `${JSON.stringify({ role, content })}\n`;
  const files = () => fs.readdirSync(sessions).filter((name) => name.endsWith('.jsonl'));

  suiteSetup(async function () {
    this.timeout(240_000);
    fs.mkdirSync(sessions);
    fs.mkdirSync(other);
    for (let n = 0; n < COUNT; n++) {
      const file = path.join(sessions, fileName(n));
      fs.writeFileSync(file, line('user', `question ${n} of many`) + line('assistant', `answer ${n}`));
      // The first ones are the newest, and so at the top.
      const time = Date.now() / 1000 - DAY * (40 + n / 100);
      fs.utimesSync(file, time, time);
    }
    host = await Host.open({ target: folder });
    on = new Changes(host);
    await host.workbench.openContainer('Session Inspector');
    await on.row(/^sessions3,000 sessions/).waitFor();
    // The full list draws the rows once more.
    await host.workbench.page.waitForTimeout(1000);
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function assertWhole(): void {
    for (const name of files()) {
      assert.equal(fs.readFileSync(path.join(sessions, name), 'utf8').split('\n').length, 3, name);
    }
  }

  /** Begins to clean up all of them, and returns the notification that shows how far it is. */
  async function beginCleanUp() {
    await on.context(/^sessions(?![./])/, 'Clean Up...');
    await on.pick(/^30 days/);
    const words = await on.answer('Delete');
    const progress = on.notification(/Deleting/).first();
    await on.showNotifications();
    await progress.filter({ hasText: /\d+ of [\d,]+ · telegram_/ }).waitFor();
    return { words, progress };
  }

  test(
    'several are restored with one notification, which takes it back',
    looking('restore-many', async () => {
      const { page } = host.workbench;
      for (const words of [/^question 0 of/, /^question 1 of/, /^question 2 of/]) {
        await on.row(words).click({ modifiers: ['Control'] });
      }
      await page.keyboard.press('Delete');
      assert.match(await on.answer('Delete'), /Delete 3 sessions\?/);
      await on.told(/Deleted 3 sessions/);
      await on.clearNotifications();
      await host.workbench.command('Session Inspector: Restore from Trash');
      await host.workbench.quickPicks.filter({ hasText: 'question 2 of' }).waitFor();
      for (const words of ['question 0 of', 'question 1 of']) await on.pick(words);
      await page.keyboard.press('Enter');
      await on.told('Restored 2 sessions.');
      assert.equal(await on.notification(/./).filter({ visible: true }).count(), 1);
      assert.equal(files().length, COUNT - 1);
      await on.press('Restored 2 sessions.', 'Undo');
      await on.told(/Deleted 3 sessions/);
      assert.equal(files().length, COUNT - 3);
      await host.workbench.command('Session Inspector: Undo');
      await on.told(/Undone: Deleted 3 sessions/);
      assert.equal(files().length, COUNT);
      await on.clearNotifications();
    }),
  ).timeout(60_000);

  test(
    'Cancel leaves whole sessions, and says how many are as before',
    looking('cancel', async () => {
      const { words, progress } = await beginCleanUp();
      assert.match(words, /Delete 3,000 idle sessions from sessions\?/);
      assert.match(words, /6,000 messages/);
      await progress.getByRole('button', { name: 'Cancel' }).click();
      await on.told(/then cancelled\. The other [\d,]+ are as before\./);
      const told =
        (await on
          .notification(/then cancelled/)
          .first()
          .textContent()) ?? '';
      const left = Number(/The other ([\d,]+) are/.exec(told)?.[1]?.replaceAll(',', ''));
      assert.ok(left > 0 && left < COUNT);
      assert.equal(files().length, left);
      assertWhole();
      await on.press(/then cancelled/, 'Undo');
      await on.told(/Undone: Cleaned up/);
      assert.equal(files().length, COUNT);
    }),
  ).timeout(90_000);

  const killing = fs.existsSync('/proc') ? test : test.skip;
  killing(
    'after the service was killed in the middle: what was half done is settled, and said',
    looking('killed', async () => {
      // Between two sessions nothing is half done, and nothing is to be told of.
      for (let attempt = 1; ; attempt++) {
        await on.clearNotifications();
        await beginCleanUp();
        assert.ok(on.killService());
        await on.told(/The session service stopped in the middle of a change/);
        const recovered = on.notification(/interrupted (clean-up|changes)/i).first();
        const isTold = await recovered.waitFor({ timeout: 8000 }).then(
          () => true,
          () => attempt === 4,
        );
        if (!isTold) continue;
        await recovered.getByRole('button', { name: 'Show History' }).click();
        break;
      }
      // The list is read anew meanwhile, which may move it.
      await on.end();
      await on.row(/^Interrupted: clean up, \d+ of [\d,]+ sessions/).waitFor();
      assert.deepEqual(
        fs.readdirSync(sessions).filter((name) => !name.endsWith('.jsonl')),
        [],
      );
      // One for each attempt.
      for (let undone = files().length; undone < COUNT; undone = files().length) {
        await on.clearNotifications();
        await host.workbench.command('Session Inspector: Undo');
        await on.told(/Undone/);
        assert.ok(files().length > undone);
      }
      assertWhole();
    }),
  ).timeout(240_000);

  test(
    'a key that the database has already: skipped, added to or under another key, as chosen',
    looking('existing', async () => {
      const key = fileName(0);
      await on.top();
      await on.context(/^question 0 of/, 'Migrate to SQLite...');
      await on.answer('Migrate');
      await on.told(/Migrated "question 0 of many"/);
      // Beside the copy that is left of the first file none can be left of the second.
      fs.rmSync(path.join(sessions, `${key}.migrated`));
      fs.writeFileSync(path.join(sessions, key), line('user', 'begun anew'));
      await on.context('begun anew', 'Migrate to SQLite...');
      await host.workbench.quickPicks.filter({ hasText: 'Use another key' }).waitFor();
      const placeHolder = await host.workbench.quickInput.getAttribute('placeholder');
      assert.equal(placeHolder, '1 session that the target has already');
      await on.pick('Use another key');
      assert.match(await on.answer('Migrate'), /becomes telegram_0000_/);
      await on.told(/Migrated "begun anew"/);
      await on.row(/^begun anew.*1 message/s).waitFor();
    }),
  ).timeout(60_000);

  test(
    'export asks for a folder; undo takes the files away again',
    looking('export', async () => {
      const { page, quickInput } = host.workbench;
      await on.clearNotifications();
      await on.context(/^begun anew.*1 message/s, 'Export to JSONL...');
      // It fills itself in first.
      while ((await quickInput.inputValue()) !== `${sessions}/`) await page.waitForTimeout(50);
      await quickInput.fill(`${other}/`);
      await page.locator('.quick-input-widget:visible').getByRole('button', { name: 'Export' }).click();
      const words = await on.answer('Export');
      assert.match(words, /Into exported\./);
      assert.equal(words.split('The database stays as it is').length, 2);
      await on.told(/Exported "begun anew"/);
      const [exported = ''] = fs.readdirSync(other);
      assert.equal(fs.readFileSync(path.join(other, exported), 'utf8'), line('user', 'begun anew'));
      await on.press(/Exported "begun anew"/, 'Undo');
      await on.told(/Undone: Exported/);
      assert.deepEqual(fs.readdirSync(other), []);
    }),
  ).timeout(60_000);

  test(
    'a message of several lines is appended as it was pasted',
    looking('append-lines', async () => {
      const { page, quickInput } = host.workbench;
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.evaluate("navigator.clipboard.writeText('first\\n\\nsecond')");
      // VS Code counts rows that were selected and have gone until another one is selected.
      await on.row(/^question 1 of/).click();
      await on.context(/^question 1 of/, 'Append Message...');
      await on.pick(/^system/);
      await page.locator('.quick-input-widget:visible').getByRole('button', { name: 'Paste, with All Lines' }).click();
      while ((await quickInput.inputValue()) !== 'first  second') await page.waitForTimeout(50);
      await page.keyboard.press('Enter');
      await on.row(/^question 1 of.*3 messages/s).waitFor();
      const text = fs.readFileSync(path.join(sessions, fileName(1)), 'utf8');
      assert.ok(text.endsWith(line('system', 'first\n\nsecond')));
    }),
  ).timeout(60_000);
});
