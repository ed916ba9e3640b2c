/** The places that a search inside the conversation found, as one numbered list. */
import type { Found } from '../../../src/shared/search/answer';

export interface FoundPlace {
  readonly row: number;
  /** Which of the row's matches, from 0, and how many the store counts in the row. */
  readonly nth: number;
  readonly stored: number;
}

export class Results {
  readonly found: Found;
  /** Number of the first match of each row; the last entry is their count. */
  readonly #starts: Float64Array;

  constructor(found: Found) {
    this.found = found;
    this.#starts = new Float64Array(found.rows.length + 1);
    let sum = 0;
    for (const [index, count] of found.counts.entries()) {
      this.#starts[index] = sum;
      sum += count;
    }
    this.#starts[found.rows.length] = sum;
  }

  get count(): number {
    return this.#starts.at(-1) ?? 0;
  }

  at(index: number): FoundPlace | null {
    if (index < 0 || index >= this.count) return null;
    const at = lastAtMost(this.#starts, this.found.rows.length - 1, index);
    const row = this.found.rows[at];
    const stored = this.found.counts[at];
    return row === undefined || stored === undefined ? null : { row, nth: index - (this.#starts[at] ?? 0), stored };
  }

  /** The first match in `row` or below it; the first of all where there is none; `null` without any. */
  from(row: number): number | null {
    if (this.count === 0) return null;
    const at = this.#rowAt(row);
    return at < this.found.rows.length ? (this.#starts[at] ?? 0) : 0;
  }

  /** Match number `nth` of `row`; where the row has fewer of them now, its last; else what comes next. */
  near(row: number, nth: number): number | null {
    const at = this.#rowAt(row);
    if (this.found.rows[at] !== row) return this.from(row);
    return (this.#starts[at] ?? 0) + Math.min(nth, (this.found.counts[at] ?? 1) - 1);
  }

  /** The next or previous match; after the last comes the first. */
  step(index: number, by: number): number | null {
    const { count } = this;
    return count === 0 ? null : (((index + by) % count) + count) % count;
  }

  /** The place in `rows` of the first one that is not above `row`. */
  #rowAt(row: number): number {
    const { rows } = this.found;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle] ?? 0) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lastAtMost(values: Float64Array, last: number, value: number): number {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
