import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RowHeights } from '../../../media/conversation/list/rowHeights';

/** The same, the slow way. */
class Naive {
  rows: (number | null)[];
  estimate: number;

  constructor(total: number, estimate: number) {
    this.rows = new Array<number | null>(total).fill(null);
    this.estimate = estimate;
  }

  offset(row: number): number {
    return this.rows.slice(0, row).reduce<number>((sum, height) => sum + (height ?? this.estimate), 0);
  }
}

const height = fc.integer({ min: 0, max: 4000 }).map((quarter) => quarter / 4);
const command = fc.oneof(
  fc.record({ do: fc.constant('set' as const), at: fc.nat(400), height }),
  fc.record({ do: fc.constant('forget' as const), at: fc.nat(400) }),
  fc.record({ do: fc.constant('resize' as const), total: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ do: fc.constant('shift' as const), delta: fc.integer({ min: -80, max: 120 }), more: fc.nat(40) }),
  fc.record({ do: fc.constant('estimate' as const), height: height.filter((value) => value > 0) }),
);

suite('page: row heights', () => {
  test('sums and rows agree with naive sums', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(command, { maxLength: 60 }), (start, commands) => {
        const heights = new RowHeights(start, 20);
        const naive = new Naive(start, 20);
        for (const one of commands) {
          const { total } = heights;
          if (one.do === 'set' && one.at < total) {
            heights.set(one.at, one.height);
            naive.rows[one.at] = one.height;
          } else if (one.do === 'forget' && one.at < total) {
            heights.forget(one.at);
            naive.rows[one.at] = null;
          } else if (one.do === 'resize') {
            heights.resize(one.total);
            naive.rows = Array.from({ length: one.total }, (_, row) => naive.rows[row] ?? null);
          } else if (one.do === 'shift') {
            const next = Math.max(1, total + one.delta + one.more);
            heights.shift(one.delta, next);
            const old = naive.rows;
            naive.rows = Array.from({ length: next }, (_, row) => old[row - one.delta] ?? null);
          } else if (one.do === 'estimate') {
            heights.estimate = one.height;
            naive.estimate = one.height;
          }
        }
        for (let row = 0; row <= naive.rows.length; row++) {
          assert.ok(Math.abs(heights.offset(row) - naive.offset(row)) < 1e-6, `offset of ${row}`);
        }
        for (let y = -10; y < naive.offset(naive.rows.length) + 50; y += 37) {
          const row = heights.rowAt(y);
          assert.ok(row >= 0 && row < naive.rows.length);
          if (y < 0 || y >= naive.offset(naive.rows.length)) continue;
          assert.ok(naive.offset(row) <= y + 1e-6 && y < naive.offset(row + 1) + 1e-6, `row at ${y}: ${row}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a row without height is never the one at a position', () => {
    const heights = new RowHeights(5, 10);
    heights.set(1, 0);
    heights.set(2, 0);
    assert.equal(heights.rowAt(9.9), 0);
    assert.equal(heights.rowAt(10), 3);
  });

  test('a million rows: updates and look-ups take no time to speak of', () => {
    const heights = new RowHeights(1_000_000, 80);
    const from = performance.now();
    for (let step = 0; step < 20_000; step++) {
      const row = (step * 7919) % 1_000_000;
      heights.set(row, 40 + (step % 100));
      heights.rowAt(heights.offset(row) + 1);
    }
    assert.ok(performance.now() - from < 1000);
    assert.ok(Math.abs(heights.sum - heights.offset(1_000_000)) < 1e-6);
  });

  test('the empty list', () => {
    const heights = new RowHeights(0, 10);
    assert.equal(heights.sum, 0);
    assert.equal(heights.rowAt(0), 0);
  });
});
