/** What the conversation page draws, and what it lets a reader do: blocks, keyboard, states, hostile content. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { ConversationRow } from '../../src/shared/conversationProtocol';
import { type FakeHost, type PageOptions, session } from './page/fakeHost';
import { hostileRows } from './page/hostile';
import { pageSuite } from './page/pageSuite';
import { richRows } from './page/richSession';
import { header, message, plainRow, text } from './page/sampleRows';

suite('conversation page: content', () => {
  const pages = pageSuite();
  let host: FakeHost;

  async function openRows(rows: readonly ConversationRow[], options: PageOptions = {}): Promise<void> {
    host = await pages.open(options);
    const shown = session(rows.length, (row) => rows[row] ?? { kind: 'blank', row });
    await host.open(shown, { at: 'row', row: 0, offset: 8 });
    await host.settled();
  }
  const row = (number: number): Locator => host.page.locator(`[data-row="${number}"]`);
  /** What is to be read there, white space made one. */
  const words = async (where: Locator): Promise<string> =>
    (await where.allInnerTexts()).join(' ').replaceAll(/\s+/g, ' ');
  const focusedRow = (): Promise<number> =>
    host.probe('Number(document.activeElement.closest("[data-row]")?.dataset.row ?? -1)');

  suite('tool rounds', () => {
    test('a result is drawn in its call and takes no space of its own', async () => {
      await openRows(richRows);
      assert.equal(await row(3).count(), 0);
      const first = row(2).locator('.tool').first();
      assert.match(await words(first.locator('.fold')), /shell npm test 1.2 kB 1 min Failed/);
      await first.locator('.fold').click();
      assert.match(await words(first), /"command": "npm test"/);
      assert.match(await words(first), /AssertionError/);
      assert.equal(await first.locator('.mark').first().getAttribute('data-label'), 'ESC');
      await host.until(async () => (await first.locator('.hljs-string').count()) === 1, 'colours');
    });

    test('a call without a result and a result without a call say so', async () => {
      await openRows(richRows);
      await host.probe('probe.scrollTo(0.55)');
      await host.settled();
      assert.match(await words(host.page.locator('.tool', { hasText: 'write_file' })), /No result/);
      assert.match(await words(host.page.locator('.tool', { hasText: 'call_77' })), /Result without a call/);
    });

    test('a round that crosses blocks is joined when the other rows arrive', async () => {
      const rows = Array.from({ length: 200 }, (_, number): ConversationRow => {
        if (number === 99) {
          return message(99, 'assistant', [
            { type: 'toolCall', id: 'call_1', name: 'shell', arguments: '{}', json: true, summary: 'ls' },
          ]);
        }
        if (number === 100) {
          return message(100, 'tool', [
            { type: 'toolResult', callId: 'call_1', name: null, status: 'ok', text: 'found', size: 5 },
          ]);
        }
        return message(number, number % 2 ? 'assistant' : 'user', [text(`Row ${number}`)]);
      });
      host = await pages.open({ height: 400 });
      host.delay = 80;
      const shown = session(200, (number) => rows[number] ?? { kind: 'blank', row: number });
      host.session = shown;
      host.show = 1;
      await host.send({
        type: 'show',
        show: 1,
        header: shown.header,
        place: { at: 'row', row: 101, offset: 40 },
        range: host.range(100, 50),
      });
      await host.waitFor('drawn');
      await host.until(async () => (await row(100).count()) === 0, 'the result hides');
      const top =
        (await host.probe<{ row: number; top: number }[]>('probe.rows()')).find((one) => one.row === 101)?.top ?? 0;
      assert.ok(Math.abs(top - 40) < 1.5, `${top}`);
      assert.match(await words(row(99)), /shell[\s\S]*5 B/);
    });

    test('what was cut opens whole', async () => {
      const cut = { totalBytes: 15_000_000 };
      await openRows([
        message(0, 'user', [{ type: 'text', text: 'x'.repeat(2000), cut }]),
        message(1, 'assistant', [
          { type: 'toolCall', id: 'a', name: 'cat', arguments: '{}', json: true, summary: 'big' },
        ]),
        message(2, 'tool', [
          { type: 'toolResult', callId: 'a', name: null, status: 'ok', text: 'y', size: 15_000_000, cut },
        ]),
      ]);
      await row(0).getByRole('button', { name: 'Show all 15 MB' }).click();
      await row(1).locator('.fold').click();
      await row(1).getByRole('button', { name: 'Show all 15 MB' }).click();
      await host.until(() => host.of('openMessage').length === 2, 'openMessage');
      assert.deepEqual(
        host.of('openMessage').map((one) => one.row),
        [0, 2],
      );
    });
  });

  suite('Markdown', () => {
    test('code is coloured when it is seen, and copied as it was', async () => {
      const code = 'const a = "b\u202Ec";\nif (a) run();';
      await openRows([message(0, 'assistant', [text(`\`\`\`ts\n${code}\n\`\`\``)])]);
      await host.until(async () => (await host.page.locator('.hljs-keyword').count()) === 2, 'colours');
      assert.equal(await host.page.locator('.code .mark').getAttribute('data-label'), 'RLO');
      await host.page.locator('.code .icon-button').click();
      await host.waitFor('copy');
      assert.equal(host.of('copy')[0]?.text, code);
      await host.until(async () => (await host.page.locator('.code .codicon-check').count()) === 1, 'feedback');
    });

    test('links go to the host; other schemes are text with their address', async () => {
      await openRows([
        message(0, 'user', [
          text(
            '[ok](https://example.com/a?b=1) [no](command:quit) [js](javascript:alert(1)) <mailto:a@b.c> https://plain.example/x',
          ),
        ]),
      ]);
      for (const link of await host.page.locator('a').all()) await link.click();
      await host.until(() => host.of('openLink').length === 3, 'openLink');
      assert.deepEqual(
        host.of('openLink').map((one) => one.url),
        ['https://example.com/a?b=1', 'mailto:a@b.c', 'https://plain.example/x'],
      );
      assert.match(await words(row(0)), /no \(command:quit\) js \(javascript:alert\(1\)\)/);
    });

    test('an image is a chip with its words and address', async () => {
      await openRows([message(0, 'assistant', [text('![a chart](https://example.com/x.png)')])]);
      assert.match(await words(row(0).locator('.chip')), /a chart[\s\S]*https:\/\/example.com\/x.png/);
      assert.equal(await host.page.locator('img').count(), 0);
    });
  });

  test('a big image is asked for when it is in view', async () => {
    host = await pages.open();
    host.image = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
    const image = message(5, 'user', [
      { type: 'image', source: { kind: 'data', mediaType: 'image/gif', bytes: 3_000_000, index: 2 } },
    ]);
    await host.open(
      session(6, (number) => (number === 5 ? image : message(number, 'user', [text('x\n\n'.repeat(30))]))),
      { at: 'row', row: 0, offset: 8 },
    );
    await host.settled();
    assert.equal(host.of('requestImage').length, 0);
    await host.probe('probe.scrollTo(1)');
    await host.until(() => host.of('requestImage').length === 1, 'requestImage');
    assert.deepEqual([host.of('requestImage')[0]?.row, host.of('requestImage')[0]?.index], [5, 2]);
    await host.until(async () => (await host.page.locator('.image img').count()) === 1, 'the image');
  });

  suite('keyboard', () => {
    test('the list is one stop; arrows walk, Enter unfolds, Tab goes inside, Escape comes back', async () => {
      await openRows(richRows);
      const stops: string[] = [];
      for (let step = 0; step < 8; step++) {
        await host.page.keyboard.press('Tab');
        stops.push(
          await host.probe<string>(
            'document.activeElement.getAttribute("aria-label") ?? document.activeElement.className',
          ),
        );
        if ((await focusedRow()) >= 0) break;
      }
      assert.deepEqual(stops.slice(0, 2), ['Reveal in Sessions view', 'Show details']);
      assert.equal(await focusedRow(), 0);
      assert.match(stops.at(-1) ?? '', /^System message 1 of 22, 2 days ago/);
      await host.page.keyboard.press('ArrowDown');
      await host.page.keyboard.press('j');
      assert.equal(await focusedRow(), 2);
      await host.page.keyboard.press('Enter');
      assert.equal(await row(2).locator('.fold[aria-expanded="true"]').count(), 4);
      await host.page.keyboard.press('Tab');
      assert.equal(await host.probe('document.activeElement.className'), 'fold');
      assert.equal(await focusedRow(), 2);
      await host.page.keyboard.press('Escape');
      await host.page.keyboard.press(' ');
      assert.equal(await row(2).locator('.fold[aria-expanded="true"]').count(), 0);
      await host.page.keyboard.press('ArrowDown');
      assert.equal(await focusedRow(), 6, 'results of the calls above are passed over');
      await host.page.keyboard.press('k');
      assert.equal(await focusedRow(), 2);
      await host.page.keyboard.press('End');
      assert.equal(await focusedRow(), richRows.length - 1);
      await host.page.keyboard.press('Home');
      assert.equal(await focusedRow(), 0);
      await host.page.keyboard.press('Shift+Tab');
      assert.equal(await host.probe('document.activeElement.getAttribute("aria-label")'), 'Show details');
    });

    test('the focus is shown, and stays in the page when its message scrolls away', async () => {
      await openRows(Array.from({ length: 400 }, (_, number) => plainRow(number, 400)));
      await host.page.locator('.rows').focus();
      await host.page.keyboard.press('ArrowDown');
      assert.notEqual(
        await host.probe('getComputedStyle(document.activeElement.querySelector(".column:last-child")).outlineStyle'),
        'none',
      );
      await host.probe('probe.scrollTo(0.5)');
      await host.settled();
      assert.equal(await host.probe('document.activeElement.className'), 'rows');
      await host.page.keyboard.press('ArrowDown');
      assert.ok((await focusedRow()) > 100);
    });

    test('every button has a name', async () => {
      await openRows(richRows);
      const nameless = await host.probe<number>(
        '[...document.querySelectorAll("button")].filter((b) => !b.ariaLabel && !b.title && !b.textContent.trim()).length',
      );
      assert.equal(nameless, 0);
    });
  });

  suite('header', () => {
    test('says what the session is; details and problems fold out', async () => {
      host = await pages.open();
      const problems = [
        { code: 'unreadable-line' as const, severity: 'error' as const, message: 'Line 90 cannot be read.', line: 90 },
        { code: 'no-permission' as const, severity: 'warning' as const, message: 'No permission.' },
      ];
      const shown = session(128, (number) => plainRow(number, 128), { state: 'running', problems });
      await host.open(shown, { at: 'row', row: 0, offset: 8 });
      const line = await words(host.page.locator('.header'));
      assert.match(line, /Fix the flaky build Running telegram · 128 messages · 2 problems · last /);
      await host.page.getByRole('button', { name: 'Show details' }).click();
      assert.match(await words(host.page.locator('.details')), /telegram_user123[\s\S]*1\.2 MB[\s\S]*agent_alias/);
      await host.page.getByRole('button', { name: 'Copy key' }).click();
      await host.waitFor('copy');
      assert.equal(host.of('copy')[0]?.text, 'telegram_user123');
      await host.page.getByRole('button', { name: 'Line 90' }).click();
      await host.settled();
      const rows = await host.probe<{ row: number; top: number }[]>('probe.rows()');
      assert.ok(
        rows.some((one) => one.row === 89 && Math.abs(one.top - 8) < 2),
        JSON.stringify(rows),
      );
      await host.page.getByRole('button', { name: 'Reveal in Sessions view' }).click();
      await host.waitFor('revealInTree');
    });
  });

  suite('states', () => {
    test('nothing flickers: a skeleton only after a moment', async () => {
      host = await pages.open();
      await host.send({ type: 'loading', show: 1, label: 'Big one' });
      assert.equal(await host.probe('getComputedStyle(document.querySelector(".skeleton")).visibility'), 'hidden');
      await host.page.waitForTimeout(300);
      assert.equal(await host.probe('getComputedStyle(document.querySelector(".skeleton")).visibility'), 'visible');
    });

    test('on the way to another session the old one stays for a moment, not longer', async () => {
      await openRows(richRows);
      await host.send({ type: 'loading', show: 2, label: 'Next' });
      assert.equal(await host.page.locator('h1').textContent(), 'Fix the flaky build');
      await host.page.waitForTimeout(300);
      assert.equal(await host.page.locator('h1').textContent(), 'Next');
      assert.equal(await host.probe('getComputedStyle(document.querySelector(".skeleton")).visibility'), 'visible');
      host.show = 1;
      await host.open(session(2, (number) => message(number, 'user', [text(`Next ${number}`)]), { label: 'Next' }));
      await host.settled();
      await host.page.waitForTimeout(200);
      assert.match(await words(row(1)), /Next 1/);
    });

    test('failed, with one button', async () => {
      host = await pages.open();
      await host.send({
        type: 'failed',
        show: 1,
        label: 'Broken',
        message: 'The file is locked by another program.',
        action: 'retry',
      });
      await host.page.getByRole('button', { name: 'Try again' }).click();
      await host.waitFor('action');
      assert.deepEqual(host.of('action')[0], { type: 'action', show: 1, action: 'retry' });
    });

    test('empty, then a first message', async () => {
      host = await pages.open();
      const shown = session(0, (number) => message(number, 'user', [text(`First ${number}`)]));
      await host.open(shown);
      assert.equal(await words(host.page.locator('.sentence p')), 'No messages in this session yet.');
      await host.page.getByRole('button', { name: 'Close' }).waitFor();
      shown.total = 1;
      await host.changed(0);
      assert.match(await words(row(0)), /First 0/);
    });

    test('gone: a banner, and the messages stay', async () => {
      await openRows(richRows);
      await host.send({ type: 'gone', show: 1, message: 'The session was deleted from its store.' });
      assert.match(await words(host.page.locator('.banner')), /was deleted/);
      assert.ok((await host.page.locator('.row').count()) > 3);
    });

    test('gone and back: the banner goes too', async () => {
      host = await pages.open();
      const shown = session(3, (number) => plainRow(number, 3));
      await host.open(shown);
      await host.send({ type: 'gone', show: 1, message: 'The session was deleted from its store.' });
      await host.page.locator('.banner').waitFor();
      shown.total = 4;
      await host.changed(2);
      await host.page.locator('.banner').waitFor({ state: 'detached' });
    });

    test('rows that cannot be read say so, and are tried again', async () => {
      host = await pages.open();
      host.failure = 'Input/output error.';
      await host.open(session(5000, (number) => plainRow(number, 5000)));
      await host.probe('probe.scrollTo(0.5)');
      await host.page.getByText('Input/output error.').first().waitFor();
      host.failure = null;
      await host.page.getByRole('button', { name: 'Try again' }).first().click();
      await host.settled();
    });

    test('messages about another session are stale', async () => {
      await openRows(richRows);
      await host.send({
        type: 'changed',
        show: 99,
        header: header({ label: 'Other' }),
        range: { generation: 1, total: 0, complete: true, first: 0, rows: [] },
      });
      await host.send({ type: 'gone', show: 99, message: 'Other' });
      await host.probe('probe.frame()');
      assert.equal(await host.page.locator('h1').textContent(), 'Fix the flaky build');
      assert.equal(await host.page.locator('.banner').count(), 0);
    });
  });

  test('text from right to left: tables run so, code does not', async () => {
    const content = 'שלום `2026-09-01;a`\n\n| שעה | גובה |\n|---|---|\n| 12:00 | 1.6 |';
    await openRows([message(0, 'assistant', [text(content)])]);
    const directions = await host.probe<string[]>(
      `['p', 'p code', 'table'].map((name) => getComputedStyle(document.querySelector('.row ' + name)).direction)`,
    );
    assert.deepEqual(directions, ['rtl', 'ltr', 'rtl']);
  });

  test('a long name leaves the facts beside it whole', async () => {
    await openRows([message(0, 'user', [text('Hello')])], { width: 1000 });
    await host.send({
      type: 'changed',
      show: 1,
      header: header({ label: 'long '.repeat(60) }),
      range: { generation: 1, total: 1, complete: true, first: 1, rows: [] },
    });
    await host.probe('probe.frame()');
    const cut = await host.page.locator('.header-summary').evaluate((each) => each.scrollWidth > each.clientWidth);
    assert.equal(cut, false);
  });

  test('hostile content: nothing runs, nothing loads, the rest goes on', async function () {
    this.timeout(60_000);
    await openRows(hostileRows, { height: 700 });
    for (let step = 0; step <= 20; step++) {
      await host.probe(`probe.scrollTo(${step / 20})`);
      await host.settled();
      for (const fold of await host.page.locator('.fold[aria-expanded="false"]').all())
        await fold.click({ timeout: 500 }).catch(() => undefined);
    }
    await host.page.keyboard.press('Tab');
    await host.probe('probe.scrollTo(1)');
    await host.settled();
    assert.match(await words(host.page.locator('.row').last()), /The last one is fine/);
    assert.equal(
      await host.probe(
        'document.querySelectorAll(".rows script, .rows iframe, .rows form, .rows style, .rows [href], .rows [onerror]").length',
      ),
      0,
    );
  });

  test('a narrow page cuts nothing off', async () => {
    await openRows(richRows, { width: 300, height: 800 });
    for (const fraction of [0, 0.3, 0.6, 1]) {
      await host.probe(`probe.scrollTo(${fraction})`);
      await host.settled();
      assert.deepEqual(
        await host.probe(
          '[...document.querySelectorAll(".row *, .header *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("pre, .scroll-x, .summary")).map((e) => e.outerHTML.slice(0, 120))',
        ),
        [],
      );
    }
  });
});
