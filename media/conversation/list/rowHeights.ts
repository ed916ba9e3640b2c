/**
 * Heights of a million rows without an object per row: a typed array of what is known and two Fenwick trees (sum and
 * number of known heights). A row not known yet counts with the estimate, so changing the estimate costs nothing.
 */

const unknown = -1;

export class RowHeights {
  #total: number;
  #capacity = 0;
  #raw = new Float32Array(0);
  #sums = new Float64Array(1);
  #counts = new Int32Array(1);
  #estimate: number;

  constructor(total: number, estimate: number) {
    this.#total = total;
    this.#estimate = estimate;
    this.#rebuild(new Float32Array(0), 0);
  }

  get total(): number {
    return this.#total;
  }

  get estimate(): number {
    return this.#estimate;
  }

  set estimate(value: number) {
    this.#estimate = value;
  }

  /** Height of all rows together. */
  get sum(): number {
    return this.offset(this.#total);
  }

  isKnown(row: number): boolean {
    return (this.#raw[row] ?? unknown) >= 0;
  }

  height(row: number): number {
    const raw = this.#raw[row] ?? unknown;
    return raw >= 0 ? raw : this.#estimate;
  }

  set(row: number, height: number): void {
    if (row < 0 || row >= this.#total) return;
    const old = this.#raw[row] ?? unknown;
    this.#raw[row] = height;
    const stored = this.#raw[row] ?? 0; // as the 32-bit array keeps it, so that sums and heights agree
    this.#add(row, old < 0 ? stored : stored - old, old < 0 ? 1 : 0);
  }

  forget(row: number): void {
    const old = this.#raw[row] ?? unknown;
    if (old < 0) return;
    this.#raw[row] = unknown;
    this.#add(row, -old, -1);
  }

  /** Height of the rows before `row`. */
  offset(row: number): number {
    let sum = 0;
    let known = 0;
    const end = Math.min(row, this.#total);
    for (let node = end; node > 0; node &= node - 1) {
      sum += this.#sums[node] ?? 0;
      known += this.#counts[node] ?? 0;
    }
    return sum + (end - known) * this.#estimate;
  }

  /** The row that covers `y`, the first one above the top, the last one below the bottom. */
  rowAt(y: number): number {
    let row = 0;
    let rest = y;
    for (let step = this.#capacity; step > 0; step >>= 1) {
      const node = row + step;
      if (node > this.#total) continue;
      const height = (this.#sums[node] ?? 0) + (step - (this.#counts[node] ?? 0)) * this.#estimate;
      if (height > rest) continue;
      row = node;
      rest -= height;
    }
    return Math.max(0, Math.min(row, this.#total - 1));
  }

  /** Rows were added at, or taken from, the end. */
  resize(total: number): void {
    if (total < this.#total) for (let row = total; row < this.#total; row++) this.forget(row);
    this.#total = total;
    if (total > this.#capacity) this.#rebuild(this.#raw, 0);
  }

  /** Every row's number grows by `delta`; there are `total` rows now. */
  shift(delta: number, total: number): void {
    this.#total = total;
    this.#rebuild(this.#raw, delta);
  }

  #add(row: number, height: number, count: number): void {
    for (let node = row + 1; node <= this.#capacity; node += node & -node) {
      this.#sums[node] = (this.#sums[node] ?? 0) + height;
      this.#counts[node] = (this.#counts[node] ?? 0) + count;
    }
  }

  #rebuild(old: Float32Array, delta: number): void {
    let capacity = 64;
    while (capacity < this.#total) capacity *= 2;
    const raw = new Float32Array(capacity).fill(unknown);
    const from = Math.max(0, -delta);
    const kept = old.subarray(from, Math.max(from, Math.min(old.length, this.#total - delta)));
    raw.set(kept, from + delta);
    this.#capacity = capacity;
    this.#raw = raw;
    this.#sums = new Float64Array(capacity + 1);
    this.#counts = new Int32Array(capacity + 1);
    // Only what is known is added: a conversation of a million rows begins with none.
    for (const [index, value] of kept.entries()) if (value >= 0) this.#add(from + delta + index, value, 1);
  }
}
