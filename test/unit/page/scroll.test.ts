import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RowHeights } from '../../../media/conversation/list/rowHeights';
import { maxDomHeight, scrollMap, toDom, toVirtual } from '../../../media/conversation/list/scrollMap';
import { ScrollModel } from '../../../media/conversation/list/scrollModel';

const view = 900;

function model(total: number, estimate: number, place: ScrollModel['place']): ScrollModel {
  const made = new ScrollModel(new RowHeights(total, estimate), place);
  made.viewHeight = view;
  made.dom = Math.round(made.wantedDom);
  return made;
}

/** What the list does after each step: brings the bar into line when it must. */
function settle(scroll: ScrollModel): void {
  if (scroll.mustSettle) scroll.dom = Math.round(scroll.wantedDom);
}

suite('page: scroll map', () => {
  const heights = fc.integer({ min: 100, max: 400_000_000 });

  test('rises, stays within both ranges, and comes back', () => {
    fc.assert(
      fc.property(
        heights,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (height, a, b) => {
          const map = scrollMap(height, view);
          const [low, high] = [Math.min(a, b) * map.virtualMax, Math.max(a, b) * map.virtualMax];
          assert.ok(toDom(low, map) <= toDom(high, map));
          assert.ok(toDom(high, map) <= map.domMax + 1e-6);
          assert.ok(Math.abs(toVirtual(toDom(low, map), map) - low) <= 1 + map.virtualMax * 1e-9);
        },
      ),
    );
  });

  test('ends meet ends, and near them a pixel is a pixel', () => {
    const map = scrollMap(100_000_000, view);
    assert.equal(map.domMax, maxDomHeight - view);
    assert.equal(toDom(0, map), 0);
    assert.equal(toDom(map.virtualMax, map), map.domMax);
    assert.equal(toDom(12_345, map), 12_345);
    assert.equal(map.domMax - toDom(map.virtualMax - 12_345, map), 12_345);
  });
});

suite('page: scroll model', () => {
  test('small steps move exactly, wherever the view stands', () => {
    const scroll = model(1_000_000, 100, { at: 'row', row: 500_000, offset: 0 });
    for (let step = 0; step < 500; step++) {
      const before = scroll.virtual;
      scroll.scrolled(scroll.dom + 120);
      assert.ok(Math.abs(scroll.virtual - before - 120) < 1e-6);
      settle(scroll);
    }
  });

  test('a drag of the thumb goes where it points', () => {
    const scroll = model(1_000_000, 100, { at: 'row', row: 10, offset: 0 });
    scroll.scrolled(Math.round(scroll.map.domMax / 2));
    const { place } = scroll;
    assert.ok(place.at === 'row' && Math.abs(place.row - 500_000) < 1000);
    scroll.scrolled(scroll.map.domMax);
    assert.equal(scroll.place.at, 'end');
    scroll.scrolled(0);
    assert.deepEqual(scroll.place, { at: 'row', row: 0, offset: 8 });
  });

  test('small steps without a pause reach both ends', () => {
    for (const direction of [-1, 1]) {
      const scroll = model(100_000, 200, { at: 'row', row: direction < 0 ? 2500 : 97_500, offset: 0 });
      for (let step = 0; step < 6000; step++) {
        const dom = Math.max(0, Math.min(scroll.dom + direction * 100, scroll.map.domMax));
        scroll.scrolled(dom);
        settle(scroll);
      }
      if (direction > 0) assert.equal(scroll.place.at, 'end');
      else assert.equal(scroll.virtual, 0);
    }
  });

  test('heights that become known do not move the row at the top', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(999), fc.integer({ min: 0, max: 900 })), { maxLength: 80 }), (measured) => {
        const scroll = model(1000, 80, { at: 'row', row: 500, offset: 33 });
        const top = scroll.domTop(500) - scroll.dom;
        for (const [row, height] of measured) if (row < 600 || row > 700) scroll.heights.set(row, height);
        assert.ok(Math.abs(scroll.domTop(500) - scroll.dom - top) < 1e-3);
      }),
    );
  });

  test('at the end, what grows keeps the end; held, it does not', () => {
    const scroll = model(100, 80, { at: 'end' });
    scroll.heights.set(99, 500);
    assert.equal(scroll.virtual, scroll.map.virtualMax);
    scroll.hold();
    const before = scroll.virtual;
    scroll.heights.set(99, 1500);
    assert.ok(Math.abs(scroll.virtual - before) < 1e-6);
    scroll.heights.set(99, 20);
    scroll.normalise();
    assert.equal(scroll.place.at, 'end');
  });

  test('a session shorter than the view stands at its end and at its beginning', () => {
    const scroll = model(3, 80, { at: 'row', row: 0, offset: 8 });
    assert.equal(scroll.virtual, 0);
    assert.equal(scroll.domHeight, 3 * 80 + 32);
    assert.deepEqual(scroll.rows(500, 500), { first: 0, last: 2 });
  });

  test('reveal moves as little as will do', () => {
    const scroll = model(1000, 80, { at: 'row', row: 500, offset: 0 });
    const before = scroll.virtual;
    scroll.reveal(505);
    assert.equal(scroll.virtual, before);
    scroll.reveal(511);
    assert.equal(scroll.virtual, before + 12 * 80 + 8 - view);
    scroll.reveal(400);
    assert.deepEqual(scroll.rows(0, 0).first, 399);
  });
});
