/** Messages [from, end) repeat, one for one, what stands `period` messages before. */
export interface RepeatedRun {
  readonly from: number;
  readonly end: number;
  readonly period: number;
}

/** More messages than these are not searched: their hashes would not fit into the memory that there is for it. */
export const MOST_COMPARED = 4_000_000;

/** Hashes of messages, in order: 64 bits each. */
export class MessageHashes {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  length = 0;

  add(high: number, low: number): void {
    if (this.length === this.#high.length) {
      this.#high = grown(this.#high);
      this.#low = grown(this.#low);
    }
    this.#high[this.length] = high;
    this.#low[this.length] = low;
    this.length++;
  }

  same(a: number, b: number): boolean {
    return this.#high[a] === this.#high[b] && this.#low[a] === this.#low[b];
  }

  /** One number for the prefixes below; equal hashes give equal ones. */
  mixed(index: number): number {
    return Math.imul(this.#high[index] ?? 0, 0x9e3779b1) ^ (this.#low[index] ?? 0);
  }
}

function grown(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2);
  larger.set(values);
  return larger;
}

const FACTOR = 0x01000193;

/** Tells in about log n steps how far two places of the sequence agree. */
class Prefixes {
  readonly #sums: Int32Array;
  readonly #powers: Int32Array;

  constructor(private readonly hashes: MessageHashes) {
    const { length } = hashes;
    this.#sums = new Int32Array(length + 1);
    this.#powers = new Int32Array(length + 1);
    this.#powers[0] = 1;
    for (let i = 0; i < length; i++) {
      this.#sums[i + 1] = (Math.imul(this.#sums[i] ?? 0, FACTOR) + hashes.mixed(i)) | 0;
      this.#powers[i + 1] = Math.imul(this.#powers[i] ?? 0, FACTOR);
    }
  }

  #sum(from: number, length: number): number {
    return ((this.#sums[from + length] ?? 0) - Math.imul(this.#sums[from] ?? 0, this.#powers[length] ?? 0)) | 0;
  }

  /** How many messages from `a` and from `b` on are the same, at most `most`. Probably: to be verified. */
  forward(a: number, b: number, most: number): number {
    if (most <= 0 || !this.hashes.same(a, b)) return 0;
    let low = 1;
    let high = most;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#sum(a, middle) === this.#sum(b, middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The same for those before `a` and `b`. */
  backward(a: number, b: number, most: number): number {
    if (most <= 0 || !this.hashes.same(a - 1, b - 1)) return 0;
    let low = 1;
    let high = most;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#sum(a - middle, middle) === this.#sum(b - middle, middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/**
 * What an importer that was interrupted and ran again leaves (zeroclaw 0.7.5 to 0.8.4): a block of two or more messages
 * that is followed, at once, by the very same block. Messages are the same when their lines are the same byte for byte.
 * One message that is repeated, however often, is no such block: people say "yes" twice. Larger blocks go before smaller
 * ones; of each the first copy stays. In order of the sequence, without overlaps.
 *
 * Each block of length L covers a place that is a multiple of L, so looking there and as far as the sequences agree
 * around it finds all of them in about n log n steps (the method of Main and Lorentz).
 */
export function findRepeatedRuns(hashes: MessageHashes): RepeatedRun[] {
  const { length } = hashes;
  const prefixes = new Prefixes(hashes);
  const runs: RepeatedRun[] = [];
  const taken = new Uint8Array(length);
  for (let period = length >>> 1; period >= 2; period--) {
    for (let at = 0; at + period < length; at += period) {
      const other = at + period;
      // Nearly all places fail here.
      if (!hashes.same(at, other) && (at === 0 || !hashes.same(at - 1, other - 1))) continue;
      const after = prefixes.forward(at, other, length - other);
      const before = prefixes.backward(at, other, Math.min(at, period - 1));
      const from = at - before;
      // A run is periodic in [from, from + agreed + period).
      if (before + after < period) continue;
      const block = smallestPeriod(prefixes, from, period);
      const copies = Math.floor((before + after + period) / block);
      const run = { from: from + block, end: from + copies * block, period: block };
      if (isFree(taken, from, run.end) && isBlock(hashes, from, block) && isVerified(hashes, run)) {
        taken.fill(1, run.from, run.end);
        runs.push(run);
      }
      // What the run covers need not be looked at again for this period.
      at += Math.max(0, Math.floor((after - 1) / period)) * period;
    }
  }
  return runs.sort((a, b) => a.from - b.from);
}

function isFree(taken: Uint8Array, from: number, end: number): boolean {
  return taken.subarray(from, end).indexOf(1) < 0;
}

/** Of a block that consists of repeated smaller ones, the length of these. */
function smallestPeriod(prefixes: Prefixes, from: number, period: number): number {
  for (let smaller = 2; smaller * 2 <= period; smaller++) {
    if (period % smaller !== 0) continue;
    const length = period - smaller;
    if (prefixes.forward(from, from + smaller, length) === length) return smaller;
  }
  return period;
}

/** Not one message over and over. */
function isBlock(hashes: MessageHashes, from: number, period: number): boolean {
  for (let i = from + 1; i < from + period; i++) if (!hashes.same(from, i)) return true;
  return false;
}

function isVerified(hashes: MessageHashes, { from, end, period }: RepeatedRun): boolean {
  for (let i = from; i < end; i++) if (!hashes.same(i, i - period)) return false;
  return true;
}
