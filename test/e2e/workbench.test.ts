/** The product in a real VS Code, driven as a user does. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator } from 'playwright-core';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';

async function openWorkspace(target: string): Promise<Host> {
  const host = await Host.open({ target });
  await host.workbench.openContainer('Session Inspector');
  return host;
}

/** Runs a test's steps; a failure leaves a picture and the extension host's log. */
async function looking(host: Host, name: string, steps: () => Promise<void>): Promise<void> {
  try {
    await steps();
  } catch (error) {
    console.error(`${await host.workbench.screenshot(`failed-${name}`)}\n${host.log()}`);
    throw error;
  }
}

function line(role: string, content: string): string {
  return `${JSON.stringify({ role, content })}\n`;
}

suite('the workbench, on the sample workspace', () => {
  const sample = temporaryFolder('sample');
  const sessions = path.join(sample, 'sessions');
  let host: Host;

  suiteSetup(async function () {
    this.timeout(240_000);
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', sample], {
      stdio: 'pipe',
    });
    host = await openWorkspace(sample);
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(sample, { recursive: true, force: true });
  });

  /** An article of the page with these words. */
  const article = (words: string | RegExp): Locator =>
    host.workbench.webview().locator('article').filter({ hasText: words }).first();

  test('the tree shows both stores and the archive, newest first, with their states', () =>
    looking(host, 'tree', async () => {
      const { workbench } = host;
      await workbench.treeRow('Duty desk').waitFor();
      await workbench.treeRow('npm test fails').waitFor();
      const rows = await workbench.treeRows.allInnerTexts();
      assert.match(rows[0] ?? '', /sessions\.db/);
      assert.ok(
        rows.some((row) => /^sessions\b/.test(row.trim())),
        rows.join('\n'),
      );
      assert.ok(
        rows.some((row) => /archive/.test(row)),
        rows.join('\n'),
      );
      await workbench.treeRow(/Release 0\.5.*running/s).waitFor();
      await workbench.treeRow(/Import tables for 2027.*stuck/s).waitFor();
      await workbench.treeRow(/Which of our users.*error/s).waitFor();
    }));

  test('a click shows the messages; a tool card and a thought unfold', () =>
    looking(host, 'click', async () => {
      const { workbench } = host;
      await workbench.treeRow('npm test fails').click();
      await article('Nothing is left on my list').waitFor();
      const page = workbench.webview();
      await page.locator('article').last().focus();
      await workbench.page.keyboard.press('Home');
      const tool = page.locator('.tool').filter({ hasText: 'npm test' }).first();
      await tool.waitFor();
      await tool.getByText('Failed').waitFor();
      await tool.locator('button').first().click();
      await tool
        .getByText(/not ok|fail/i)
        .nth(1)
        .waitFor();
      const thought = page.locator('.thinking').first();
      await thought.getByText(/Thought · \d+ words/).waitFor();
      await thought.locator('button').first().click();
      assert.ok(((await thought.textContent()) ?? '').length > 60);
    }));

  test('a damaged file: every line is on the page, the unreadable ones with their reason', () =>
    looking(host, 'damaged', async () => {
      await host.workbench.treeRow('Night shift').click();
      await article(/Unreadable line 6.*duplicate field/s).waitFor();
      await article(/Unreadable line 13.*cut off/s).waitFor();
    }));

  test('a line appended by another process is on the page, which follows', () =>
    looking(host, 'append', async () => {
      await host.workbench.treeRow('What is the next low water').click();
      await article('low water in Husum').waitFor();
      const [file] = fs.readdirSync(sessions).filter((name) => name.startsWith('matrix__room'));
      assert.ok(file);
      fs.appendFileSync(path.join(sessions, file), line('user', 'and in Büsum, please?'));
      await article('and in Büsum, please?').waitFor({ state: 'visible' });
    }));

  test('a page that was scrolled comes back at its place after a reload', () =>
    looking(host, 'reload', async () => {
      const { workbench } = host;
      await workbench.treeRow('Duty desk').click();
      await workbench.webview().locator('article[aria-posinset="5000"]').waitFor();
      await workbench
        .webview()
        .locator('article')
        .last()
        .click({ position: { x: 2, y: 2 } });
      for (let n = 0; n < 12; n++) await workbench.page.keyboard.press('PageUp');
      await workbench.page.waitForTimeout(1000);
      const visible = async (): Promise<number> => {
        const box = await workbench
          .webview()
          .locator('article')
          .evaluateAll((rows) =>
            rows.flatMap((row) => {
              const { top, bottom } = row.getBoundingClientRect();
              return top < 400 && bottom > 400 ? [Number(row.getAttribute('aria-posinset'))] : [];
            }),
          );
        return box[0] ?? 0;
      };
      const before = await visible();
      assert.ok(before > 4000 && before < 4995, `row ${before}`);
      await workbench.reload();
      await workbench.webview().locator(`article[aria-posinset="${before}"]`).waitFor({ timeout: 30_000 });
      await workbench.page.waitForTimeout(500);
      assert.ok(Math.abs((await visible()) - before) <= 1, `${await visible()} instead of ${before}`);
    }));

  test('by keyboard alone: from the list into a conversation', () =>
    looking(host, 'keyboard', async () => {
      const { workbench } = host;
      await workbench.openContainer('Session Inspector');
      await workbench.treeRow('bot are you alive').click();
      await article('bot are you alive').waitFor();
      await workbench.page.keyboard.press('ArrowDown');
      await workbench.page.keyboard.press('Enter');
      await article(/Which harbours have a table for October/).waitFor();
    }));
});

suite('the workbench, on hostile sessions', () => {
  const folder = temporaryFolder('hostile');
  let host: Host;
  const requests: string[] = [];
  const dialogs: string[] = [];

  suiteSetup(async function () {
    this.timeout(240_000);
    const sessions = path.join(folder, 'sessions');
    fs.mkdirSync(sessions, { recursive: true });
    const deep = `${'{"a":'.repeat(120)}1${'}'.repeat(120)}`;
    fs.writeFileSync(
      path.join(sessions, 'hostile.jsonl'),
      [
        line('user', 'hostile content <script>window.top.pwned = 1; alert(1)</script>'),
        line(
          'assistant',
          '<img src=x onerror="alert(2)"> <svg onload=alert(3)> <iframe src="https://example.com/frame">',
        ),
        line(
          'assistant',
          '[a](javascript:alert(4)) [b](command:workbench.action.quit) [c](data:text/html,<script>alert(5)</script>)',
        ),
        line('assistant', '![tracker](https://example.com/tracker.png) https://example.com/plain'),
        line(
          'user',
          '[IMAGE:https://example.com/remote.png] [IMAGE:data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDYpIi8+]',
        ),
        line('assistant', `${'> '.repeat(200)}nested quotes\n\n${'- '.repeat(200)}nested list`),
        line(
          'assistant',
          JSON.stringify({ content: null, tool_calls: [{ id: '1', name: '<b>x</b>', arguments: deep }] }),
        ),
        line('tool', JSON.stringify({ content: '\u001b[31mred\u0000\u202eevil', tool_call_id: '1' })),
        line('user', 'direction \u202egnp.exe\u202c \u2066x\u2069'),
        line('assistant', `${'a'.repeat(15_000_000)} end of the giant`),
        line('assistant', 'last words'),
      ].join(''),
    );
    fs.writeFileSync(path.join(sessions, '<img src=x onerror=alert(7)>.jsonl'), line('user', '<b>bold</b> title'));
    host = await openWorkspace(folder);
    const { page } = host.workbench;
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => requests.push(request.url()));
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('runs nothing, loads nothing, and does not freeze the page', () =>
    looking(host, 'hostile', async () => {
      const { workbench } = host;
      await workbench.treeRow('hostile content').click();
      const page = workbench.webview();
      await page.locator('article').filter({ hasText: 'last words' }).waitFor();
      await page.getByText(/Show all 15 MB/).waitFor();
      await page.locator('article').last().focus();
      await workbench.page.keyboard.press('Home');
      await page.locator('article').filter({ hasText: 'alert(1)' }).waitFor();
      await workbench.page.waitForTimeout(1000);
      assert.deepEqual(dialogs, []);
      assert.deepEqual(
        requests.filter((url) => url.includes('example.com')),
        [],
      );
      const elements = await page.locator('#root').evaluate((root) => ({
        forbidden: root.querySelectorAll('script, iframe, object, embed, img[src^="http"]').length,
        scripts: [...root.querySelectorAll('a')]
          .map((link) => link.getAttribute('href') ?? '')
          .filter((href) => !/^(https?:|mailto:|$)/.test(href)),
        handlers: [...root.querySelectorAll('*')].filter((each) =>
          [...each.attributes].some(({ name }) => name.startsWith('on')),
        ).length,
      }));
      assert.deepEqual(elements, { forbidden: 0, scripts: [], handlers: 0 });
      // It still answers: scrolling back to the end draws it.
      await workbench.page.keyboard.press('End');
      await page.locator('article').filter({ hasText: 'last words' }).waitFor();
    }));

  test('the giant opens whole in an editor', () =>
    looking(host, 'giant', async () => {
      const { workbench } = host;
      await workbench
        .webview()
        .getByText(/Show all 15 MB/)
        .click();
      await workbench.page.locator('.tab').filter({ hasText: 'hostile 10.md' }).waitFor();
    }));
});

suite('the workbench, where there is nothing to show', () => {
  test('an empty folder: what was looked for, and a button', async () => {
    const host = await openWorkspace(temporaryFolder('empty'));
    try {
      await looking(host, 'empty', async () => {
        await host.workbench.page.getByText('No agent sessions in this workspace').waitFor();
        await host.workbench.page.getByRole('button', { name: 'Add Store...' }).first().waitFor();
      });
    } finally {
      await host.close();
    }
  });

  test('a broken database: the reason on its row, with Retry and Show Log', async () => {
    const folder = temporaryFolder('broken');
    fs.mkdirSync(path.join(folder, 'sessions'));
    fs.writeFileSync(path.join(folder, 'sessions', 'sessions.db'), 'no database at all '.repeat(20));
    const host = await openWorkspace(folder);
    try {
      await looking(host, 'broken', async () => {
        const row = host.workbench.treeRow('Not a SQLite database');
        await row.hover();
        await row.getByRole('button', { name: 'Retry' }).waitFor();
        await row.getByRole('button', { name: 'Show Log' }).waitFor();
      });
    } finally {
      await host.close();
    }
  });
});

suite('the workbench, on several folders', () => {
  test('the stores of each folder, told apart by where they are', async () => {
    const root = temporaryFolder('several');
    for (const name of ['one', 'two']) {
      fs.mkdirSync(path.join(root, name, 'sessions'), { recursive: true });
      fs.writeFileSync(path.join(root, name, 'sessions', 'same.jsonl'), line('user', `words of folder ${name}`));
    }
    const workspace = path.join(root, 'several.code-workspace');
    fs.writeFileSync(workspace, JSON.stringify({ folders: [{ path: 'one' }, { path: 'two' }] }));
    const host = await openWorkspace(workspace);
    try {
      await looking(host, 'several', async () => {
        const { workbench } = host;
        await workbench.treeRow(/^sessions\s*one/).waitFor();
        await workbench.treeRow(/^sessions\s*two/).waitFor();
        await workbench.treeRow('words of folder two').click();
        await workbench.webview().locator('article').filter({ hasText: 'words of folder two' }).waitFor();
        await workbench.treeRow('words of folder one').click();
        await workbench.webview().locator('article').filter({ hasText: 'words of folder one' }).waitFor();
      });
    } finally {
      await host.close();
      fs.rmSync(root, { recursive: true, force: true });
    }
  });
});
