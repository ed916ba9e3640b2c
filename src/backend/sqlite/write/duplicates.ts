import * as crypto from 'node:crypto';
import type { StoredRow } from './rowCodec';

/** The same text exactly for rows whose role and content are the same. */
export function textOf({ role, content }: StoredRow): string {
  return crypto
    .createHash('sha256')
    .update(JSON.stringify([role, content]))
    .digest('base64');
}

/** Comparisons of one list at the most: a session that says the same a million times ends sometime. */
const MOST_WORK = 5_000_000;
const BASES = [1_000_003, 998_244_353] as const;
const MODULI = [1_000_000_007, 1_000_000_009] as const;

/** Hashes of all beginnings of a list, so that two parts of it are compared at once. */
class Parts {
  readonly #sums: Float64Array[] = [];
  readonly #powers: Float64Array[] = [];

  constructor(private readonly list: readonly number[]) {
    for (let place = 0; place < 2; place++) {
      const base = BASES[place] ?? 1;
      const modulus = MODULI[place] ?? 1;
      const sums = new Float64Array(list.length + 1);
      const powers = new Float64Array(list.length + 1).fill(1);
      for (let index = 0; index < list.length; index++) {
        sums[index + 1] = (multiply(sums[index] ?? 0, base, modulus) + (list[index] ?? 0) + 1) % modulus;
        powers[index + 1] = multiply(powers[index] ?? 1, base, modulus);
      }
      this.#sums.push(sums);
      this.#powers.push(powers);
    }
  }

  /** Whether `length` elements from `left` on are those from `right` on. */
  same(left: number, right: number, length: number): boolean {
    if (right + length > this.list.length) return false;
    for (let place = 0; place < 2; place++) {
      if (this.#hash(place, left, length) !== this.#hash(place, right, length)) return false;
    }
    // What goes is decided by the elements themselves.
    for (let index = 0; index < length; index++) {
      if (this.list[left + index] !== this.list[right + index]) return false;
    }
    return true;
  }

  #hash(place: number, from: number, length: number): number {
    const modulus = MODULI[place] ?? 1;
    const sums = this.#sums[place];
    const before = multiply(sums?.[from] ?? 0, this.#powers[place]?.[length] ?? 0, modulus);
    return ((sums?.[from + length] ?? 0) - before + modulus) % modulus;
  }
}

/** Products of numbers below 2^30 without loss. */
function multiply(left: number, right: number, modulus: number): number {
  const high = Math.floor(right / 32768);
  return (((((left * high) % modulus) * 32768) % modulus) + left * (right % 32768)) % modulus;
}

/**
 * Blocks of two or more elements that stand two or more times one right after the other (what zeroclaw's importer up to
 * 0.8.4 left after a crash between its insert and its rename): the positions of all but the first of them, each with the
 * position that it repeats. The longest block is taken where there is a choice.
 */
export function repeatedBlocks(list: readonly number[]): { position: number; first: number }[] {
  const parts = new Parts(list);
  const places = new Map<number, number[]>();
  for (const [position, element] of list.entries()) {
    const known = places.get(element);
    if (known) known.push(position);
    else places.set(element, [position]);
  }
  const repeated: { position: number; first: number }[] = [];
  let work = 0;
  const lengthAt = (start: number): number => {
    const candidates = places.get(list[start] ?? -1) ?? [];
    for (let index = candidates.length - 1; index >= 0 && work < MOST_WORK; index--) {
      const length = (candidates[index] ?? 0) - start;
      if (length < 2) break;
      work++;
      if (start + 2 * length <= list.length && parts.same(start, start + length, length)) return length;
    }
    return 0;
  };
  for (let start = 0; start < list.length; ) {
    const length = lengthAt(start);
    if (length === 0) {
      start++;
      continue;
    }
    let next = start + length;
    for (; parts.same(start, next, length); next += length) {
      for (let index = 0; index < length; index++) repeated.push({ position: next + index, first: start + index });
    }
    start = next;
  }
  return repeated;
}
