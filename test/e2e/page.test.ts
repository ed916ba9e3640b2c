/** The conversation page, its real bundle in a real browser, against a host played from here. */
import assert from 'node:assert/strict';
import type { ConversationRow } from '../../src/shared/conversationProtocol';
import { type FakeHost, type PageOptions, type Session, session } from './page/fakeHost';
import { pageSuite } from './page/pageSuite';
import { message, plainRow, text } from './page/sampleRows';

interface SeenRow {
  readonly row: number;
  readonly id: number;
  readonly top: number;
  readonly bottom: number;
  readonly loaded: boolean;
  readonly text: string;
}

const million = 1_000_000;

function plain(total: number): Session {
  return session(total, (row) => plainRow(row, total));
}

suite('conversation page', () => {
  const pages = pageSuite();
  let host: FakeHost;

  async function open(
    shown: Session,
    options: PageOptions = {},
    ...place: Parameters<FakeHost['open']>[1][]
  ): Promise<void> {
    host = await pages.open(options);
    await host.open(shown, place[0]);
    await host.settled();
  }
  const rows = (): Promise<SeenRow[]> => host.probe<SeenRow[]>('probe.rows()');
  const saved = (): Promise<{ place: { at: string; row?: number; offset?: number } }> => host.probe('probe.saved()');
  const topOf = async (id: number): Promise<number | undefined> => (await rows()).find((row) => row.id === id)?.top;
  const near = (a: number | undefined, b: number | undefined, tolerance = 1): void =>
    assert.ok(a !== undefined && b !== undefined && Math.abs(a - b) <= tolerance, `${a} is not near ${b}`);

  suite('one million rows', () => {
    test('opens at the end', async () => {
      await open(plain(million));
      const shown = await rows();
      assert.equal(shown.at(-1)?.row, million - 1);
      const { top, height, view } = await host.probe<{ top: number; height: number; view: number }>('probe.scroll()');
      near(top, height - view);
      assert.ok(height <= 8_000_000);
    });

    test('shows every region, without holes, and both ends', async function () {
      this.timeout(60_000);
      await open(plain(million));
      for (const fraction of [0, 0.0001, 0.01, 0.1, 0.25, 0.5, 0.77, 0.9, 0.999, 1]) {
        await host.probe(`probe.scrollTo(${fraction})`);
        await host.settled();
        const shown = await rows();
        const middle = shown[Math.floor(shown.length / 2)]?.row ?? -1;
        assert.ok(Math.abs(middle / million - fraction) < 0.06, `${fraction} shows row ${middle}`);
        assert.deepEqual(await host.probe('probe.holes()'), []);
      }
      assert.equal((await rows()).at(-1)?.row, million - 1);
      await host.probe('probe.scrollTo(0)');
      await host.settled();
      assert.equal((await rows())[0]?.row, 0);
      near((await rows())[0]?.top, 8);
    });

    test('small steps move exactly, in the middle too', async () => {
      await open(plain(million), {}, { at: 'row', row: 500_000, offset: 0 });
      for (let step = 0; step < 30; step++) {
        const before = await rows();
        const kept = before.find((row) => row.top > 350) ?? before[0];
        await host.probe('probe.scrollBy(120)');
        await host.settled();
        near(await topOf(kept?.id ?? -1), (kept?.top ?? 0) - 120, 1.5);
      }
      assert.deepEqual(await host.probe('probe.holes()'), []);
    });

    test('the wheel reaches both ends from near them', async function () {
      this.timeout(60_000);
      await open(plain(million), {}, { at: 'row', row: 60, offset: 0 });
      for (let step = 0; step < 80; step++) await host.probe('probe.scrollBy(-200)');
      await host.settled();
      assert.equal((await rows())[0]?.row, 0);
      await host.page.keyboard.press('Tab');
      await host.page.locator('.rows, .row[tabindex="0"]').first().focus();
      await host.page.keyboard.press('End');
      await host.settled();
      assert.equal((await rows()).at(-1)?.row, million - 1);
    });

    test('a real wheel in the middle: no holes, and nothing jumps when it stops', async function () {
      this.timeout(60_000);
      await open(plain(million), {}, { at: 'row', row: 500_000, offset: 0 });
      await host.page.mouse.move(700, 500);
      for (let step = 0; step < 15; step++) {
        await host.page.mouse.wheel(0, step % 5 === 4 ? -900 : 400);
        await host.probe('probe.frame()');
      }
      await host.page.waitForTimeout(300);
      await host.settled();
      const before = await rows();
      assert.ok((before[0]?.row ?? 0) > 500_000 && (before[0]?.row ?? 0) < 500_100);
      await host.page.waitForTimeout(300);
      assert.deepEqual(await rows(), before);
      assert.deepEqual(await host.probe('probe.holes()'), []);
    });

    test('keys work from the first moment, without a click', async () => {
      await open(plain(million));
      await host.page.keyboard.press('PageUp');
      await host.settled();
      assert.ok(((await rows()).at(-1)?.row ?? million) < million - 2);
      await host.page.keyboard.press('Home');
      await host.settled();
      assert.equal((await rows())[0]?.row, 0);
    });

    test('asks for rows in view only, each block once, and drops what comes late', async () => {
      host = await pages.open();
      host.delay = 60;
      await host.open(plain(million));
      for (let step = 0; step < 20; step++) await host.probe(`probe.scrollTo(${step / 20})`);
      await host.settled();
      const asked = host.of('requestRows');
      assert.ok(asked.length < 60, `${asked.length} requests`);
      for (const { count } of asked) assert.ok(count <= 50);
      await host.page.waitForTimeout(200);
      const before = host.of('requestRows').length;
      await host.page.waitForTimeout(300);
      assert.equal(host.of('requestRows').length, before, 'nothing is asked for while nothing moves');
    });
  });

  suite('keeping its place', () => {
    test('what is measured above does not move what is seen', async () => {
      await open(plain(5000), {}, { at: 'row', row: 2500, offset: 40 });
      near((await rows()).find(({ row }) => row === 2500)?.top, 40);
      for (let step = 0; step < 25; step++) {
        const before = await rows();
        const kept = before.find((row) => row.top > 100) ?? before[0];
        await host.probe('probe.scrollBy(-150)');
        await host.settled();
        near(await topOf(kept?.id ?? -1), (kept?.top ?? 0) + 150, 1.5);
      }
    });

    test('a narrower window keeps the top row', async () => {
      await open(plain(5000), {}, { at: 'row', row: 2500, offset: 0 });
      await host.page.setViewportSize({ width: 420, height: 800 });
      await host.settled();
      near((await rows()).find(({ row }) => row === 2500)?.top, 0, 1.5);
    });

    test('saves its place', async () => {
      await open(plain(5000), {}, { at: 'row', row: 2500, offset: 12 });
      await host.page.waitForTimeout(400);
      assert.deepEqual((await saved()).place.row, 2500);
      await host.page.reload();
      await host.until(() => host.of('ready').length === 2, 'second ready');
      const place = host.of('ready')[1]?.saved?.place;
      assert.equal(place?.at === 'row' && place.row, 2500);
      await host.probe('probe.frame()');
    });

    test('follows new messages at the end', async () => {
      const shown = plain(200);
      await open(shown);
      for (let added = 0; added < 5; added++) {
        shown.total++;
        await host.changed(shown.total - 1);
        await host.settled();
        const hidden = shown.total - 1 === 202; // a result, drawn in its call's card
        assert.equal((await rows()).at(-1)?.row, shown.total - (hidden ? 2 : 1));
      }
      assert.equal(await host.page.locator('.new-messages').count(), 0);
    });

    test('elsewhere it stays, and says how many came', async () => {
      const shown = plain(200);
      await open(shown, {}, { at: 'row', row: 100, offset: 0 });
      shown.total = 204;
      await host.changed(200);
      near((await rows()).find(({ row }) => row === 100)?.top, 0);
      const button = host.page.locator('.new-messages');
      assert.match((await button.textContent()) ?? '', /new message/);
      await button.click();
      await host.settled();
      assert.equal((await rows()).at(-1)?.row, 203);
      assert.equal(await button.count(), 0);
    });

    test('real numbers in place of provisional ones move nothing, and keep focus and folds', async () => {
      const total = 100_000;
      const tail = 300;
      const real = (row: number): ConversationRow => plainRow(row, total);
      const shown: Session = {
        ...plain(tail),
        complete: false,
        row: (row) =>
          ({
            ...real(total - tail + row),
            row,
            ...(row % 10 === 9 ? {} : { place: `line ? ${row}` }),
          }) as ConversationRow,
      };
      await open(shown);
      await host.probe('probe.scrollBy(-700)');
      await host.settled();
      await host.send({ type: 'indexing', show: host.show, done: 0.43 });
      assert.match((await host.page.locator('.indexing').textContent()) ?? '', /43 %/);
      const fold = host.page.locator('.row .fold').first();
      await fold.click();
      await host.settled();
      const focused = await host.page.evaluate('document.activeElement.closest(".row").dataset.id');
      const before = await rows();
      Object.assign(shown, { ...plain(total), row: real, total, complete: true });
      await host.changed(total - 60);
      await host.settled();
      const after = await rows();
      assert.deepEqual(
        after.map(({ row }) => row),
        before.map(({ row }) => row + total - tail),
      );
      for (const [index, row] of after.entries()) near(row.top, before[index]?.top);
      assert.equal(await host.page.evaluate('document.activeElement.closest(".row").dataset.id'), focused);
      assert.equal(await host.page.locator('.fold[aria-expanded="true"]').count(), 1);
      assert.equal(await host.page.locator('.indexing').count(), 0);
      await host.probe('probe.scrollTo(0)');
      await host.settled();
      assert.equal((await rows())[0]?.row, 0);
    });

    test('another generation of the file keeps the row in view', async () => {
      const shown = plain(3000);
      await open(shown, {}, { at: 'row', row: 2900, offset: 30 });
      const seen = (await rows()).find(({ row }) => row === 2900);
      const old = shown.row;
      shown.total = 2990;
      shown.generation = 2;
      shown.row = (row) => ({ ...old(row + 10), row });
      await host.changed(2700);
      await host.settled();
      const now = (await rows()).find(({ row }) => row === 2890);
      assert.equal(now?.text, seen?.text);
      near(now?.top, seen?.top);
    });

    test('another session in the same page starts over', async () => {
      await open(plain(5000), {}, { at: 'row', row: 2500, offset: 0 });
      await host.page.locator('.fold').first().click();
      host.forget('drawn');
      await host.open(session(3, (row) => message(row, 'user', [text(`Other ${row}`)]), { label: 'Other' }));
      await host.settled();
      assert.equal(await host.page.locator('h1').textContent(), 'Other');
      assert.deepEqual(
        (await rows()).map(({ row }) => row),
        [0, 1, 2],
      );
      assert.equal(await host.page.locator('[aria-expanded="true"]').count(), 0);
    });
  });
});
