/** Finding in the conversation page, and landing on a hit: the real bundle in a real browser. */
import assert from 'node:assert/strict';
import type { ContentBlock } from '../../src/shared/content';
import type { Place } from '../../src/shared/conversationProtocol';
import type { FindPattern } from '../../src/shared/search/answer';
import { type FakeHost, type PageOptions, type Session, session } from './page/fakeHost';
import { type Marked, of, plainPattern, withNeedles } from './page/needles';
import { pageSuite } from './page/pageSuite';
import { message, plainRow, text } from './page/sampleRows';

suite('conversation page: find', () => {
  const pages = pageSuite();
  let host: FakeHost;

  async function open(shown: Session, options: PageOptions = {}, place: Place = { at: 'end' }): Promise<void> {
    host = await pages.open(options);
    await host.open(shown, place);
    await host.settled();
  }

  const marked = (name = 'found'): Promise<Marked[]> => host.probe<Marked[]>(`probe.marked('${name}')`);
  const current = async (): Promise<Marked | undefined> => (await marked('found-current'))[0];
  const count = async (): Promise<string> => (await host.page.locator('.find-count').textContent()) ?? '';
  const press = (...keys: string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => host.page.keyboard.press(key)), Promise.resolve());
  const counted = (words: string): Promise<void> => host.until(async () => (await count()) === words, words);
  const at = async (row: number): Promise<Marked> => {
    await host.until(async () => (await current())?.row === row, `match in row ${row}`);
    await host.settled();
    const found = await current();
    assert.ok(found && found.top >= 0 && found.bottom <= found.view, `in view: ${JSON.stringify(found)}`);
    return found;
  };
  const find = async (wanted: string): Promise<void> => {
    await press('Control+f');
    await host.page.locator('.find input').fill(wanted);
  };
  const land = (row: number, ...patterns: FindPattern[]): Promise<void> =>
    host.send({ type: 'goTo', show: host.show, highlight: { row, patterns } });

  suite('the bar', () => {
    test('counts what the store holds, begins at what is in view, goes on and wraps', async () => {
      await open(withNeedles(5000), {}, { at: 'row', row: 2500, offset: 0 });
      await find('needle');
      await counted('26 of 50');
      const first = await at(2507);
      assert.equal(first.text, 'needle');
      await press('Enter');
      await at(2607);
      await press('Shift+Enter', 'Shift+Enter');
      await at(2407);
      await press('F3', 'Shift+F3');
      await at(2407);
      await host.page.locator('.find input').fill('row 4907 hides');
      await at(4907);
      await host.page.locator('.find input').fill('hides a needle');
      await press('Enter');
      await host.page.locator('.find input').fill('needle');
      await counted('25 of 50');
      for (let step = 0; step < 26; step++) await press('Enter');
      await at(7);
      assert.equal(await count(), '1 of 50');
    });

    test('a match in view is not moved; one far away stands in the upper third', async () => {
      await open(withNeedles(5000), {}, { at: 'row', row: 2505, offset: 10 });
      const before = (await host.probe<{ row: number; top: number }[]>('probe.rows()'))[0];
      await find('needle');
      const first = await at(2507);
      assert.deepEqual((await host.probe<{ row: number; top: number }[]>('probe.rows()'))[0]?.top, before?.top);
      await press('Enter');
      const second = await at(2607);
      assert.ok(Math.abs(second.top - 0.3 * second.view) < 3, JSON.stringify([first, second]));
    });

    test('case, whole word and regular expression, by key and by click', async () => {
      await open(of([[text('Needle needles NEEDLE n33dle')], [text('a needle')]]));
      await find('needle');
      await counted('1 of 4');
      await press('Alt+c');
      await counted('1 of 2');
      assert.deepEqual(
        (await marked()).map(({ text: words }) => words),
        ['needle', 'needle'],
      );
      await press('Alt+w');
      await counted('1 of 1');
      await press('Alt+c', 'Alt+w', 'Alt+r');
      await host.page.locator('.find input').fill('n[e3]+dle\\b');
      await counted('1 of 4');
      assert.equal(await host.page.locator('.find-toggle').last().getAttribute('aria-pressed'), 'true');
      await host.page.locator('.find-toggle').last().click();
      await counted('No results');
    });

    test('a wrong regular expression says what is wrong, and recovers', async () => {
      await open(of([[text('Some (words).')]]));
      await find('(');
      await counted('1 of 1');
      await press('Alt+r');
      const failure = host.page.locator('.find-failure');
      await failure.waitFor();
      assert.ok(((await failure.textContent()) ?? '').length > 10);
      assert.equal(await host.page.locator('.find input').getAttribute('aria-invalid'), 'true');
      assert.deepEqual(await marked(), []);
      assert.equal(await count(), '');
      await host.page.locator('.find input').fill('\\(w');
      await counted('1 of 1');
      assert.equal(await failure.count(), 0);
      host.findFailure = 'The store is busy. Try again.';
      await host.page.locator('.find input').fill('wor');
      await failure.waitFor();
      assert.equal(await failure.textContent(), 'The store is busy. Try again.');
    });

    test('no results are said, nothing stays marked', async () => {
      await open(of([[text('Some words.')]]));
      await find('words');
      await at(0);
      await host.page.locator('.find input').fill('wordsx');
      await counted('No results');
      assert.deepEqual(await marked(), []);
      assert.equal(await current(), undefined);
      assert.ok(await host.page.locator('.find-count.none').count());
      await press('Enter', 'F3');
      await counted('No results');
    });

    test('a search that takes long says so; an answer to an older one changes nothing', async () => {
      await open(withNeedles(500));
      host.findDelay = 600;
      await find('row');
      await host.page.locator('.find-count .codicon-loading').waitFor();
      host.findDelay = 0;
      await host.page.locator('.find input').fill('needle');
      await counted('1 of 5');
      await host.page.waitForTimeout(700);
      assert.equal(await count(), '1 of 5');
      assert.equal(await host.page.locator('.find-count .codicon-loading').count(), 0);
    });

    test('steps that come before the answer are taken after it', async () => {
      await open(withNeedles(5000), {}, { at: 'row', row: 0, offset: 0 });
      host.findDelay = 150;
      await find('needle');
      await press('Enter', 'Enter');
      await counted('2 of 50');
      await at(107);
    });

    test('takes what is selected; Escape gives the keyboard back and takes the marks away', async () => {
      await open(of([[text('First message')], [text('Some peculiar words')], [text('A peculiar end')]]));
      await host.page.locator('article').nth(1).focus();
      await host.page
        .locator('article')
        .nth(1)
        .getByText('peculiar')
        .dblclick({ position: { x: 60, y: 8 } });
      await press('Control+f');
      assert.equal(await host.page.locator('.find input').inputValue(), 'peculiar');
      await counted('1 of 2');
      await press('Enter');
      await at(2);
      await press('Escape');
      assert.equal(await host.page.locator('.find').count(), 0);
      assert.deepEqual(await marked(), []);
      assert.equal(await host.page.evaluate('document.activeElement.dataset.row'), '2');
      await press('Control+f');
      assert.equal(await host.page.locator('.find input').inputValue(), 'peculiar');
      await counted('2 of 2');
    });

    test('comes back with a page that was hidden, without taking the keyboard or moving', async () => {
      await open(withNeedles(5000), {}, { at: 'row', row: 2500, offset: 0 });
      await find('needle');
      await press('Alt+w');
      await counted('26 of 50');
      await press('Enter');
      await at(2607);
      const first = async () => (await host.probe<{ row: number; top: number }[]>('probe.rows()'))[0];
      const before = await first();
      await host.page.waitForTimeout(400);
      await host.page.reload();
      await host.until(() => host.of('ready').length === 2, 'second ready');
      const place = host.of('ready')[1]?.saved?.place ?? { at: 'end' as const };
      host.forget('drawn');
      await host.open(withNeedles(5000), place);
      await host.settled();
      await counted('27 of 50');
      assert.equal(await host.page.locator('.find input').inputValue(), 'needle');
      assert.equal(await host.page.locator('.find-toggle').nth(1).getAttribute('aria-pressed'), 'true');
      assert.equal(await host.page.evaluate('document.activeElement === document.body'), true);
      assert.deepEqual(await first(), before);
    });

    test('is closed over another session', async () => {
      await open(withNeedles(500));
      await find('needle');
      await counted('1 of 5');
      host.forget('drawn');
      await host.open(session(3, (row) => message(row, 'user', [text(`needle ${row}`)]), { key: 'other' }));
      await host.settled();
      assert.equal(await host.page.locator('.find').count(), 0);
      assert.deepEqual(await marked(), []);
    });

    test('the host opens it, and an open one keeps its text', async () => {
      await open(withNeedles(500));
      await host.send({ type: 'openFind', show: host.show });
      await host.page.locator('.find input').waitFor();
      await host.until(() => host.probe<boolean>('document.activeElement.matches(".find input")'), 'keyboard');
      await host.page.keyboard.type('needle');
      await counted('1 of 5');
      await host.send({ type: 'openFind', show: host.show });
      await host.page.waitForTimeout(50);
      await host.page.keyboard.type('s');
      assert.equal(await host.page.locator('.find input').inputValue(), 'needles');
    });
  });

  suite('a conversation that grows', () => {
    test('is searched again quietly; the match that the reader is at stays', async () => {
      const shown = withNeedles(5000);
      await open(shown, {}, { at: 'row', row: 2500, offset: 0 });
      await find('needle');
      await at(2507);
      const before = await current();
      shown.total = 5200;
      await host.changed(5000);
      await counted('26 of 52');
      assert.deepEqual(await current(), before);
      await press('Enter');
      await at(2607);
    });

    test('rows that get other numbers take the match along', async () => {
      const shown = withNeedles(5000);
      await open(shown, {}, { at: 'row', row: 2500, offset: 0 });
      await find('needle');
      const before = await at(2507);
      const old = shown.row;
      Object.assign(shown, { total: 4900, generation: 2, row: (row: number) => ({ ...old(row + 100), row }) });
      await host.changed(2380);
      await counted('25 of 49');
      const now = await at(2407);
      assert.ok(Math.abs(now.top - before.top) < 2, `${now.top} instead of ${before.top}`);
    });
  });

  suite('landing', () => {
    test('on a row far away: upper third, words marked, and rows drawn later too', async () => {
      await open(withNeedles(5000));
      await land(107, plainPattern('needle'), plainPattern('hides'));
      const found = await at(107);
      assert.ok(Math.abs(found.top - 0.3 * found.view) < 3, JSON.stringify(found));
      assert.deepEqual(
        (await marked()).map(({ text: words }) => words),
        ['hides', 'needle'],
      );
      await host.probe('probe.scrollTo(0.5)');
      await host.settled();
      await host.probe('probe.scrollTo(0.5)');
      for (let step = 0; step < 30 && (await marked()).length === 0; step++) {
        await host.probe('probe.scrollBy(600)');
        await host.settled();
      }
      assert.ok((await marked()).some(({ text: words }) => words === 'needle'));
      await press('Escape');
      assert.deepEqual(await marked(), []);
      assert.equal(await current(), undefined);
    });

    test('as the session opens', async () => {
      host = await pages.open();
      const patterns = [plainPattern('needle')];
      await host.open(withNeedles(5000), { at: 'row', row: 2507, offset: 0 }, 60, { row: 2507, patterns });
      const found = await at(2507);
      assert.ok(Math.abs(found.top - 0.3 * found.view) < 3, JSON.stringify(found));
      await press('Control+f');
      assert.equal(await host.page.locator('.find input').inputValue(), 'needle', 'the bar takes the word over');
      await counted('26 of 50');
    });

    test('unfolds what hides the match: thought, arguments, result, lone result, memory', async () => {
      const blocks: ContentBlock[][] = [
        [{ type: 'thinking', text: 'I ponder the alphaword.', words: 4 }],
        [{ type: 'toolCall', id: 'c1', name: 'shell', arguments: '{"x": "betaword"}', json: true, summary: 'run' }],
        [{ type: 'toolResult', callId: 'c1', name: null, status: 'ok', text: 'the gammaword', size: 13 }],
        [{ type: 'toolResult', callId: 'c7', name: null, status: 'ok', text: 'the deltaword', size: 13 }],
        [{ type: 'marker', kind: 'memory', label: 'Recalled memory', text: '- the epsilonword' }],
      ];
      await open(session(blocks.length, (row) => message(row, row === 2 ? 'tool' : 'assistant', blocks[row] ?? [])));
      for (const [row, word] of ['alphaword', 'betaword', 'gammaword', 'deltaword', 'epsilonword'].entries()) {
        await land(row, plainPattern(word));
        await host.until(async () => (await current())?.text === word, word);
        const found = await current();
        assert.equal(found?.row, row === 2 ? 1 : row, 'a result stands in its call');
        assert.ok(found && found.top >= 0 && found.bottom <= found.view);
      }
    });

    test('scrolls the box that a long output has of its own', async () => {
      const output = `${'line of output\n'.repeat(300)}${'x'.repeat(3000)} farword\n${'more\n'.repeat(200)}`;
      await open(
        of([
          [text('before')],
          [{ type: 'toolResult', callId: null, name: 'cat', status: 'ok', text: output, size: 9 }],
        ]),
      );
      await land(1, plainPattern('farword'));
      await at(1);
      const seen = await host.page.evaluate(`(() => {
        const box = document.querySelector('pre.output').getBoundingClientRect();
        const [range] = CSS.highlights.get('found-current');
        const live = document.createRange();
        live.setStart(range.startContainer, range.startOffset);
        live.setEnd(range.endContainer, range.endOffset);
        const at = live.getBoundingClientRect();
        return at.top >= box.top && at.bottom <= box.bottom && at.left >= box.left && at.right <= box.right;
      })()`);
      assert.equal(seen, true);
    });

    test('a match behind the cut: the way to the whole is in view and says so', async () => {
      const start = 'The beginning. '.repeat(2000);
      const shown: Session = {
        ...of([[text('before')], [{ type: 'text', text: start, cut: { totalBytes: 2_000_000 } }], [text('after')]]),
        whole: (row) => message(row, 'assistant', [text(row === 1 ? `${start} then endword and endword` : 'other')]),
      };
      await open(shown);
      await find('endword');
      await counted('1 of 2');
      const note = host.page.locator('.beyond');
      await note.waitFor();
      await host.settled();
      const box = await note.boundingBox();
      assert.ok(box && box.y > 0 && box.y < 900);
      host.forget('openMessage');
      await host.page.locator('.show-all button').click();
      await host.waitFor('openMessage');
      assert.equal(host.of('openMessage')[0]?.row, 1);
      await host.page.locator('.find input').fill('beginning');
      await counted('1 of 2,000');
      assert.equal(await note.count(), 0);
    });

    test('what is not drawn as it is written marks its message', async () => {
      await open(of([[text('See [the notes](https://example.com/hiddenpath).')], [text('after')]]));
      await find('hiddenpath');
      await counted('1 of 1');
      await host.page.locator('article[data-found]').waitFor();
      assert.equal(await current(), undefined);
      await host.page.locator('.find input').fill('notes');
      await at(0);
      assert.equal(await host.page.locator('article[data-found]').count(), 0);
    });

    test('goes to real rows only once they are known', async () => {
      const total = 20_000;
      const all = withNeedles(total);
      const shown: Session = { ...all, total: 300, complete: false, row: (row) => ({ ...plainRow(row, 300) }) };
      await open(shown);
      await land(10_007, plainPattern('needle'));
      await host.page.waitForTimeout(100);
      assert.equal(await current(), undefined);
      Object.assign(shown, { total, complete: true, row: all.row });
      await host.changed(total - 60);
      await at(10_007);
    });
  });

  suite('marks', () => {
    test('a word is one word through tags, colours and hidden characters, never across blocks', async () => {
      const code = '```ts\nconst splitword = "splitword";\n```';
      const rows = [
        [text('a **split**word and split*wo*rd and `split`word')],
        [text(code)],
        [text('| split | word |\n|---|---|\n| a splitword | b |')],
        [text('split\n\nword')],
        [text('مرحبا splitword بالعالم')],
      ];
      await open(of(rows));
      await find('splitword');
      await host.until(async () => (await marked()).length === 7, 'all matches');
      await host.page.waitForTimeout(500); // the colours of the code arrive
      const words = await marked();
      assert.deepEqual(
        words.map(({ row, text: word }) => [row, word]),
        [0, 0, 0, 1, 1, 2, 4].map((row) => [row, 'splitword']),
      );
      assert.ok((await host.page.locator('.hljs-keyword').count()) > 0);
    });

    test('letter case and diacritics do not matter', async () => {
      await open(of([[text('Schöne Grüße, SCHONE gruße, scho\u0308ne')]]));
      await find('schone');
      await host.until(async () => (await marked()).length === 3, 'three spellings');
    });

    test('a message of 200,000 characters and a letter that is everywhere', async () => {
      const long = Array.from({ length: 5 }, (_, part) =>
        text(`${'the quick brown fox jumps over it. '.repeat(1140)} part${part}end`),
      );
      await open(of([[text('before')], long, [text('after')]]), {}, { at: 'row', row: 1, offset: 0 });
      await find('e');
      await host.until(async () => (await marked()).length > 500, 'marks');
      // Far down as well, with each of its places in view.
      for (const fraction of [0.4, 0.8]) {
        await host.probe(`probe.scrollTo(${fraction})`);
        await host.settled();
        const inView = (await marked()).filter(({ top, view }) => top > 0 && top < view);
        assert.ok(inView.length > 100, `${inView.length} at ${fraction}`);
      }
      await host.page.locator('.find input').fill('part4end');
      await at(1);
      await host.page.locator('.find input').fill('part0end');
      await at(1);
    });

    test('no motion for a reader who wants none', async () => {
      await open(withNeedles(500), { reducedMotion: true });
      await host.page.evaluate(`new MutationObserver((records) => {
        for (const { addedNodes } of records)
          for (const node of addedNodes) if (node.className === 'flash') window.flashed = true;
      }).observe(document.body, { childList: true })`);
      await find('needle');
      await counted('1 of 5');
      await press('Enter');
      await at(107);
      await host.probe('probe.frame()');
      assert.equal(await host.page.evaluate('window.flashed'), undefined);
    });
  });

  for (const width of [300, 200]) {
    test(`nothing is cut off at ${width} px`, async () => {
      await open(withNeedles(5000), { width, height: 600 }, { at: 'row', row: 2500, offset: 0 });
      await find('needle');
      await counted('26 of 50');
      for (const part of await host.page.locator('.find *:visible').all()) {
        const box = await part.boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
      }
      const input = await host.page.locator('.find input').boundingBox();
      assert.ok(input && input.width >= 90, `${input?.width} px for the text`);
    });
  }
});
