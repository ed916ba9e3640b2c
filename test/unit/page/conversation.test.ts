import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alignRows } from '../../../media/conversation/store/alignRows';
import { Conversation } from '../../../media/conversation/store/conversation';
import { blockSize, RowCache } from '../../../media/conversation/store/rowCache';
import { RowRequests } from '../../../media/conversation/store/rowRequests';
import type { ConversationRow, Place, RowRange } from '../../../src/shared/conversationProtocol';
import { header, message, text } from '../../e2e/page/sampleRows';

function row(number: number, words = `Row ${number}`): ConversationRow {
  return message(number, number % 2 === 0 ? 'user' : 'assistant', [text(words)]);
}

function range(first: number, count: number, total: number, extra: Partial<RowRange> = {}): RowRange {
  const rows = Array.from({ length: count }, (_, index) => row(first + index));
  return { generation: 1, complete: true, total, first, rows, ...extra };
}

function open(
  shown: RowRange,
  place: Place = { at: 'end' },
): { page: Conversation; asked: [number, number, number][] } {
  const asked: [number, number, number][] = [];
  const send = (request: number, first: number, count: number): void => void asked.push([request, first, count]);
  const page = new Conversation({ type: 'show', show: 1, header: header(), range: shown, place }, send);
  page.scroll.viewHeight = 900;
  return { page, asked };
}

suite('page: rows at hand', () => {
  test('the oldest blocks go, those in use stay', () => {
    const cache = new RowCache(4);
    for (let block = 0; block < 10; block++) {
      cache.put(Array.from({ length: blockSize }, (_, index) => row(block * blockSize + index)));
      cache.use(new Set([0, block]));
    }
    assert.equal(cache.blockCount, 4);
    assert.ok(cache.get(0) && cache.get(499));
    assert.equal(cache.get(100), undefined);
    assert.deepEqual(cache.missing([0, 2, 9], 500), [2]);
  });

  test('what is the same keeps its object, through renumbering its blocks', () => {
    const cache = new RowCache();
    cache.put([row(1), row(2)]);
    const old = cache.get(1);
    cache.put([row(1), row(2, 'other')]);
    assert.equal(cache.get(1), old);
    cache.renumber(100, 1000);
    const moved = cache.get(101);
    assert.ok(moved?.kind === 'message' && old?.kind === 'message' && moved.blocks === old.blocks);
    assert.equal(cache.get(1), undefined);
    assert.deepEqual(cache.missing([2], 1000), [2], 'to be asked for again');
  });

  test('truncating leaves what is before', () => {
    const cache = new RowCache();
    cache.put(Array.from({ length: 120 }, (_, number) => row(number)));
    cache.truncate(60);
    assert.ok(cache.get(59));
    assert.equal(cache.get(60), undefined);
    assert.equal(cache.get(110), undefined);
  });

  test('few requests at a time, none twice, late answers dropped', () => {
    const sent: number[] = [];
    const requests = new RowRequests((_request, first) => sent.push(first), 2);
    requests.want([5, 6, 7], 1000);
    requests.want([5, 6, 7], 1000);
    assert.deepEqual(sent, [250, 300]);
    assert.equal(requests.take(1), 5);
    assert.equal(requests.take(1), undefined);
    requests.want([6, 7], 1000);
    assert.deepEqual(sent, [250, 300, 350]);
    requests.reset();
    assert.equal(requests.take(2), undefined);
    requests.want([999], 1000);
    assert.equal(sent.length, 3, 'nothing beyond the end');
  });
});

suite('page: how far rows have moved', () => {
  test('provisional rows find their numbers, messages added meanwhile', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(20), fc.integer({ min: 1, max: 40 }), (shift, added, overlap) => {
        const old = new Map(Array.from({ length: 50 }, (_, number) => [number, row(number)] as const));
        const total = 50 + shift + added;
        const first = Math.max(0, total - added - overlap);
        const fresh = Array.from({ length: total - first }, (_, index) => ({
          ...row(first + index - shift),
          row: first + index,
        }));
        assert.equal(alignRows(old, fresh, 49, shift + added), shift);
      }),
    );
  });

  test('rows that say the same: the expected distance wins', () => {
    const same = (number: number): ConversationRow => ({ ...row(0, 'again'), row: number });
    const old = new Map(Array.from({ length: 10 }, (_, number) => [number, same(number)] as const));
    assert.equal(
      alignRows(
        old,
        Array.from({ length: 10 }, (_, number) => same(90 + number)),
        9,
        90,
      ),
      90,
    );
  });

  test('nothing in common: the expected distance', () => {
    assert.equal(alignRows(new Map([[0, row(0, 'a')]]), [row(7, 'b')], 0, 3), 3);
  });
});

suite('page: one conversation', () => {
  test('asks for what is in view, and takes an answer of the same state only', () => {
    const { page, asked } = open(range(940, 60, 1000), { at: 'row', row: 500, offset: 0 });
    page.request({ first: 500, last: 510 }, { first: 495, last: 515 });
    assert.deepEqual(asked, [
      [1, 500, 50],
      [2, 450, 50],
    ]);
    assert.equal(page.received(1, range(500, 50, 1000, { generation: 2 })), true);
    assert.equal(page.row(500), undefined);
    assert.equal(page.received(2, range(450, 50, 1000)), true);
    assert.ok(page.row(450));
    page.request({ first: 500, last: 510 }, { first: 495, last: 515 });
    assert.equal(asked.length, 2, 'the host is ahead: its news are awaited');
    page.changed(header(), range(990, 10, 1000, { generation: 2 }));
    page.request({ first: 500, last: 510 }, { first: 495, last: 515 });
    assert.deepEqual(asked[2], [3, 500, 50]);
    assert.equal(page.received(77, range(0, 50, 1000)), false);
  });

  test('an answer that is short is not asked for without end', () => {
    const { page, asked } = open(range(940, 60, 1000), { at: 'row', row: 500, offset: 0 });
    const view = { first: 500, last: 510 };
    page.request(view, view);
    for (const [request, first] of [...asked]) page.received(request, range(first, 10, 1000));
    const before = asked.length;
    page.request(view, view);
    assert.equal(asked.length, before);
  });

  test('counts new messages only for a reader who is elsewhere', () => {
    const { page } = open(range(0, 50, 50), { at: 'row', row: 10, offset: 0 });
    page.changed(header(), range(50, 3, 53));
    assert.equal(page.newRows, 3);
    page.changed(header(), range(52, 2, 54));
    assert.equal(page.newRows, 4);
    page.scroll.place = { at: 'end' };
    page.touched();
    assert.equal(page.newRows, 0);
    page.changed(header(), range(54, 5, 59));
    assert.equal(page.newRows, 0);
  });

  test('a place among provisional numbers is not saved; the real one is', () => {
    const { page } = open(range(0, 100, 100, { complete: false }));
    page.scroll.place = { at: 'row', row: 40, offset: -12 };
    assert.deepEqual(page.placeToSave, { at: 'end' });
    const id = page.id(40);
    const rows = range(0, 100, 100).rows.map((one) => ({ ...one, row: one.row + 900 }));
    page.changed(header(), { generation: 1, complete: true, total: 1000, first: 900, rows });
    assert.deepEqual(page.placeToSave, { at: 'row', row: 940, offset: -12 });
    assert.equal(page.id(940), id);
  });

  test('a place that only real numbers can name is gone to when they are known, unless the reader moved', () => {
    for (const moved of [false, true]) {
      const { page } = open(range(0, 100, 100, { complete: false }), { at: 'row', row: 321, offset: 5 });
      assert.equal(page.scroll.atEnd, true);
      if (moved) page.touched();
      const rows = range(0, 100, 100).rows.map((one) => ({ ...one, row: one.row + 900 }));
      page.changed(header(), { generation: 1, complete: true, total: 1000, first: 900, rows });
      assert.deepEqual(page.scroll.place, moved ? { at: 'end' } : { at: 'row', row: 321, offset: 5 });
    }
  });

  test('thousands of blank lines are passed over, not asked for', () => {
    const { page, asked } = open(range(0, 50, 100_000), { at: 'row', row: 0, offset: 0 });
    for (let number = 50; number < 90_000; number++) page.heights.set(number, 0);
    page.request({ first: 40, last: 90_010 }, { first: 0, last: 90_020 });
    for (const [, first] of asked) assert.ok(first >= 90_000 || first === 0, `${first}`);
  });

  test('a problem finds its line', () => {
    const { page } = open(range(0, 50, 500));
    assert.equal(page.rowOf('line 12'), 11);
    assert.equal(page.rowOf('line 400'), 399);
    assert.equal(page.rowOf('line 501'), null);
    assert.equal(page.rowOf('row 7'), null);
  });
});
