/** Find in a conversation, in a real VS Code: the page, the host, the service and a real file. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Host } from '../host/workbench';
import { temporaryFolder } from '../support/project';

const rows = 4000;

function line(role: string, content: string): string {
  return `${JSON.stringify({ role, content })}\n`;
}

/** The needle stands in one message of a hundred, twice, and once in a tool's result. */
function content(row: number): string {
  if (row === 1234) return `A Nëedle alone, far up, in message ${row}.`;
  return row % 100 === 50 ? `Message ${row}: a needle, another NEEDLE.` : `Message ${row} says nothing of it.`;
}

suite('the workbench, find in a conversation', () => {
  const folder = temporaryFolder('find');
  const file = path.join(folder, 'sessions', 'haystack.jsonl');
  const count = rows / 50 + 2;
  let host: Host;

  suiteSetup(async function () {
    this.timeout(240_000);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const lines = Array.from({ length: rows }, (_, row) => line(row % 2 === 0 ? 'user' : 'assistant', content(row)));
    const call = { id: 'c1', name: 'shell', arguments: '{"command":"ls"}' };
    lines.push(
      line('assistant', JSON.stringify({ content: '', tool_calls: [call] })),
      line('tool', JSON.stringify({ tool_call_id: 'c1', content: `${'output\n'.repeat(200)}needle in the output` })),
      line('assistant', 'The last words.'),
    );
    fs.writeFileSync(file, lines.join(''));
    fs.writeFileSync(path.join(folder, 'sessions', 'other.jsonl'), line('user', 'Another session altogether'));
    host = await Host.open({ target: folder });
    await host.workbench.openContainer('Session Inspector');
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function looking(name: string, steps: () => Promise<void>): Promise<void> {
    try {
      await steps();
    } catch (error) {
      console.error(`${await host.workbench.screenshot(`failed-${name}`)}\n${host.log()}`);
      throw error;
    }
  }

  const bar = () => host.workbench.webview().locator('.find');
  const counted = (words: string) => bar().locator('.find-count').getByText(words, { exact: true }).waitFor();
  const marked = (): Promise<string[]> =>
    host.workbench
      .webview()
      .locator('body')
      .evaluate(() => {
        const { CSS } = globalThis as unknown as { CSS: { highlights: Map<string, Set<{ startContainer: Node }>> } };
        interface Node {
          readonly parentElement: { closest(selector: string): { readonly dataset: Record<string, string> } | null };
        }
        return [...(CSS.highlights.get('found-current') ?? [])].map(
          ({ startContainer }) => startContainer.parentElement.closest('.row')?.dataset.row ?? '',
        );
      });
  const at = async (row: number): Promise<void> => {
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await marked())[0] === String(row)) return;
      await host.workbench.page.waitForTimeout(50);
    }
    assert.fail(`the match is in row ${await marked()}, not ${row}`);
  };

  test('Ctrl+F: the whole conversation is searched; next unfolds and lands; a new line counts', () =>
    looking('find', async () => {
      const { workbench } = host;
      const { keyboard } = workbench.page;
      await workbench.treeRow('Message 0').click();
      const last = workbench.webview().locator('article').filter({ hasText: 'The last words.' });
      await last.click({ position: { x: 3, y: 3 } });
      await keyboard.press('Control+f');
      await bar().locator('input').waitFor();
      await keyboard.type('needle');
      // In view is the folded call with the result.
      await counted(`${count} of ${count}`);
      await at(rows);
      await workbench.webview().locator('.tool.open').getByText('needle in the output').waitFor();
      await workbench.screenshot('find-unfolded');
      await keyboard.press('Enter');
      await counted(`1 of ${count}`);
      await at(50);
      await keyboard.press('Shift+Enter');
      await at(rows);
      await keyboard.press('Alt+c');
      await counted(`${rows / 100 + 1} of ${rows / 100 + 1}`);
      await keyboard.press('Alt+c');
      await keyboard.press('Control+a');
      await keyboard.type('needle alone');
      await counted('1 of 1');
      await at(1234);
      await workbench.screenshot('find-landed');
      fs.appendFileSync(file, line('user', 'A needle alone again'));
      await counted('1 of 2');
      await at(1234);
      await keyboard.press('Control+a');
      await keyboard.type('nothing like it');
      await counted('No results');
      await keyboard.press('Alt+r');
      await keyboard.press('Control+a');
      await keyboard.type('(');
      await bar().locator('.find-failure').waitFor();
      await keyboard.press('Escape');
      await bar().waitFor({ state: 'detached' });
    }));

  test('text and options are there again when the tab comes back', () =>
    looking('find-hidden', async () => {
      const { workbench } = host;
      const { keyboard } = workbench.page;
      await workbench.command('Keep Open');
      await workbench
        .webview()
        .locator('article')
        .last()
        .click({ position: { x: 3, y: 3 } });
      await keyboard.press('Control+f');
      await bar().locator('input').waitFor();
      // Its last text was a regular expression, and it still is set to look for one.
      await keyboard.press('Control+a');
      await keyboard.type('needle');
      await keyboard.press('Alt+w');
      const last = new RegExp(`of ${count}$`); // "Nëedle" is another word to a regular expression; one more came
      await bar().locator('.find-count').getByText(last).waitFor();
      await workbench.page.waitForTimeout(600);
      await workbench.treeRow('Another session').click();
      await workbench.webview().locator('article').filter({ hasText: 'altogether' }).waitFor();
      await workbench.treeRow('Message 0').click();
      await bar().locator('.find-count').getByText(last).waitFor();
      assert.equal(await bar().locator('input').inputValue(), 'needle');
      const pressed = await bar()
        .locator('.find-toggle')
        .evaluateAll((toggles) => toggles.map((toggle) => toggle.getAttribute('aria-pressed')));
      assert.deepEqual(pressed, ['false', 'true', 'true']);
    }));

  test('a hit of the search lands on its message, in a tab that is hidden too', () =>
    looking('find-hit', async () => {
      const { workbench } = host;
      const { keyboard } = workbench.page;
      await workbench.treeRow('Another session').click();
      await workbench.webview().locator('article').filter({ hasText: 'altogether' }).waitFor();
      const open = async (query: string, shown: string): Promise<void> => {
        await workbench.command('Search Sessions...');
        await workbench.quickInput.fill(query);
        await workbench.quickPicks.filter({ hasText: shown }).filter({ hasText: 'Message 0' }).first().click();
      };
      // The conversation is in a kept tab behind the one in front.
      await open('far up', 'far up');
      await at(1234);
      await workbench.screenshot('find-hit-hidden');
      await open('needle in the output', 'output output');
      await at(rows);
      await workbench.webview().locator('.tool.open').getByText('needle in the output').waitFor();
      await workbench.screenshot('find-hit');
      await keyboard.press('Escape');
      for (let wait = 0; wait < 50 && (await marked()).length > 0; wait++) await workbench.page.waitForTimeout(50);
      assert.deepEqual(await marked(), []);
    }));
});
