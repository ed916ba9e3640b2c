/** The search, as a user types and clicks it, in a real VS Code on the sample workspace. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator } from 'playwright-core';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';
import { Changes, lookingAt } from './changes';

suite('the workbench, searching the sample workspace', () => {
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
  const key = (name: string) => host.workbench.page.keyboard.press(name);

  async function openSearch(): Promise<void> {
    await host.workbench.page.locator('.part.sidebar').getByRole('button', { name: 'Search Sessions...' }).click();
    // One that fades out may still be there.
    await host.workbench.page.locator('.quick-input-widget input:focus').waitFor();
  }

  /** A row of the Quick Pick. */
  const pickRow = (words: string | RegExp): Locator => host.workbench.quickPicks.filter({ hasText: words }).first();
  const title = (): Locator => host.workbench.page.locator('.quick-input-widget:visible .quick-input-title');
  const results = (words: string | RegExp): Locator =>
    host.workbench.page
      .locator('.pane')
      .filter({ hasText: 'Search Results' })
      .locator('.monaco-list-row')
      .filter({ hasText: words });
  const article = (words: string | RegExp): Locator =>
    host.workbench.webview().locator('article').filter({ hasText: words }).first();

  test(
    'hits appear while typing; Enter opens the conversation at the message',
    looking('type', async () => {
      await openSearch();
      await pickRow('how to search').waitFor();
      await host.workbench.page.keyboard.type('low water', { delay: 40 });
      await pickRow(/low water/i).waitFor();
      await title()
        .filter({ hasText: /\d+ hits? in \d+ sessions? · / })
        .waitFor();
      await key('Enter');
      await article(/low water/i).waitFor({ state: 'visible' });
    }),
  );

  test(
    'the last search is offered again',
    looking('history', async () => {
      await openSearch();
      await pickRow('recent searches').waitFor();
      await pickRow('low water').click();
      await title()
        .filter({ hasText: /hits? in/ })
        .waitFor();
      await key('Escape');
    }),
  );

  test(
    'a misspelt field gets its message with the place, no hits say what was covered',
    looking('wrong', async () => {
      await openSearch();
      await host.workbench.quickInput.fill('rol:user tide');
      await pickRow(/^There is no field rol:.*at character 1: rol:.*Did you mean role:/).waitFor();
      await pickRow('Search for role:user tide').waitFor();
      await key('Enter');
      await title()
        .filter({ hasText: /hits? in/ })
        .waitFor();
      assert.equal(await host.workbench.quickInput.inputValue(), 'role:user tide');
      await host.workbench.quickInput.fill('zzzznothing');
      const row = pickRow('No hits for zzzznothing');
      await row.waitFor();
      assert.match((await row.textContent()) ?? '', /messages in \d+ sessions of \d+ stores/);
      await key('Escape');
    }),
  );

  test(
    'fields are completed by Tab; how to search is behind a button',
    looking('complete', async () => {
      await openSearch();
      await host.workbench.page.keyboard.type('tide ro', { delay: 40 });
      // Not by its label: rows that were shown before keep theirs, hidden.
      await pickRow('Who wrote the message').waitFor();
      await key('Tab');
      await pickRow('What the agent wrote').waitFor();
      assert.equal(await host.workbench.quickInput.inputValue(), 'tide role:');
      await host.workbench.page
        .locator('.quick-input-widget:visible')
        .getByRole('button', { name: 'How to Search' })
        .click();
      await pickRow('how to search').waitFor();
      await key('Escape');
    }),
  );

  test(
    'Ctrl+Enter keeps the results in the view; a click, F4 and Shift+F4 go to hits',
    looking('view', async () => {
      await openSearch();
      await host.workbench.page.keyboard.type('npm test', { delay: 40 });
      await title()
        .filter({ hasText: /hits? in/ })
        .waitFor();
      await key('Control+Enter');
      await results('npm test').first().waitFor();
      await results('npm test').nth(1).click();
      await article(/npm test/).waitFor({ state: 'visible' });
      const selected = () =>
        host.workbench.page.locator('.pane').filter({ hasText: 'Search Results' }).locator('.monaco-list-row.selected');
      const before = await selected().getAttribute('data-index');
      await key('F4');
      await host.workbench.page.waitForTimeout(500);
      assert.notEqual(await selected().getAttribute('data-index'), before);
      await key('Shift+F4');
      await host.workbench.page.waitForTimeout(500);
      assert.equal(await selected().getAttribute('data-index'), before);
      // From inside the conversation too.
      await host.workbench
        .webview()
        .locator('article')
        .first()
        .click({ position: { x: 2, y: 2 } });
      await key('F4');
      await host.workbench.page.waitForTimeout(500);
      assert.notEqual(await selected().getAttribute('data-index'), before);
    }),
  );

  test(
    'Ctrl+F finds in the conversation in front',
    looking('find', async () => {
      await host.workbench
        .webview()
        .locator('article')
        .first()
        .click({ position: { x: 2, y: 2 } });
      await key('Control+f');
      await host.workbench.webview().locator('input:focus').waitFor();
      await key('Escape');
    }),
  );

  test(
    'a saved search is a folder in the tree, and counts what an agent appends',
    looking('saved', async () => {
      const { workbench } = host;
      await workbench.command('Session Inspector: Save Search...');
      await workbench.answer('Test runs');
      const folder = on.row(/^Test runs\s*\d+ hits/);
      await folder.waitFor();
      const count = async () => Number(/(\d+) hits/.exec((await folder.textContent()) ?? '')?.[1]);
      const before = await count();
      const file = path.join(sessions, 'discord_general_9921_jonas.jsonl');
      fs.appendFileSync(file, `${JSON.stringify({ role: 'user', content: 'please run npm test' })}\n`);
      await on.row(new RegExp(`^Test runs\\s*${before + 1} hits`)).waitFor();
      await folder.click();
      await on.row(/bot are you alive\s*1 hit/).click();
      await article('please run npm test').waitFor({ state: 'visible' });
    }),
  );

  test(
    'dismissed and cleared',
    looking('clear', async () => {
      const rows = results('npm test');
      const first = rows.first();
      await first.scrollIntoViewIfNeeded();
      await first.hover();
      await first.getByRole('button', { name: 'Dismiss' }).click();
      await host.workbench.page.getByText('1 row dismissed').waitFor();
      await host.workbench.command('Session Inspector: Clear Search Results');
      await host.workbench.page.locator('.pane').filter({ hasText: 'Search Results' }).waitFor({ state: 'detached' });
    }),
  );

  test(
    'search in one session, by its menu',
    looking('session', async () => {
      await on.context(/^Night shift/, 'Search in Session...');
      await host.workbench.quickInput.waitFor();
      assert.match((await title().textContent()) ?? '', /Search in Night shift/);
      await pickRow('Search all stores instead').waitFor();
      await host.workbench.page.keyboard.type('the', { delay: 40 });
      await title().filter({ hasText: 'in "Night shift' }).waitFor();
      await key('Escape');
    }),
  );
});
