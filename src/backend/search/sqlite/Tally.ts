import type { Skipped } from '../../../shared/search/answer';
import type { FoundHit } from '../StoreSearch';
import { Newest } from './firstHits';
import type { ScanResult } from './taskTypes';

/** Places left out that one answer names. */
const MOST_SKIPPED = 1000;

type Counts = Map<string, number>;

function add(counts: Counts, more: readonly (readonly [key: string, count: number])[]): void {
  for (const [key, count] of more) counts.set(key, (counts.get(key) ?? 0) + count);
}

function sum(counts: Counts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

/** What a pass over rows has found. */
export class Tally {
  readonly counts: Counts = new Map();
  readonly skippedCounts: Counts = new Map();
  readonly messagesOf: Counts = new Map();
  skipped: Skipped[] = [];
  /** Of a pass over all sessions; else `messagesOf` has them. */
  messages = 0;
  newest: Newest<FoundHit>;

  constructor(private readonly limit: number) {
    this.newest = new Newest<FoundHit>(limit, undefined);
  }

  get total(): number {
    return sum(this.counts);
  }

  get skippedCount(): number {
    return sum(this.skippedCounts);
  }

  get messagesOfSessions(): number {
    return sum(this.messagesOf);
  }

  /** Takes over the result of a task; returns its hits that may be among the first ones. */
  take(result: ScanResult): FoundHit[] {
    add(this.counts, result.counts);
    add(this.skippedCounts, result.skippedCounts);
    add(this.messagesOf, result.messagesOf);
    this.messages += result.messages;
    this.skipped = [...this.skipped, ...result.skipped].slice(0, MOST_SKIPPED);
    const hits = result.hits.filter((hit) => this.newest.takes(hit));
    for (const hit of hits) this.newest.add(hit);
    return hits;
  }

  /**
   * Puts what a later pass has found in some sessions in place of what is known of them. Returns the differences of their
   * counts, and whether the first hits are still known: hits that were too old to be kept may have taken the place of
   * those that are gone.
   */
  replace(keys: ReadonlySet<string>, later: Tally): { differences: [key: string, hits: number][]; sure: boolean } {
    const differences: [key: string, hits: number][] = [];
    for (const key of new Set([...keys, ...later.counts.keys()])) {
      const difference = (later.counts.get(key) ?? 0) - (this.counts.get(key) ?? 0);
      if (difference !== 0) differences.push([key, difference]);
    }
    for (const name of ['counts', 'skippedCounts', 'messagesOf'] as const) {
      for (const key of keys) this[name].delete(key);
      add(this[name], [...later[name]]);
    }
    const stays = ({ key }: { key?: string }): boolean => key === undefined || !keys.has(key);
    this.skipped = [...this.skipped.filter(stays), ...later.skipped].slice(0, MOST_SKIPPED);
    const floor = this.newest.worst();
    const known = [...this.newest.sorted().filter(({ hit }) => stays(hit)), ...later.newest.sorted()];
    const before = new Newest<FoundHit>(this.limit, floor);
    const sure =
      floor === undefined || known.filter((hit) => before.takes(hit) || isAt(hit, floor)).length >= this.limit;
    this.newest = new Newest<FoundHit>(this.limit, undefined);
    for (const hit of known) this.newest.add(hit);
    return { differences, sure: sure || this.total <= known.length };
  }
}

function isAt(hit: FoundHit, floor: { time: number; sequence: number }): boolean {
  return hit.time === floor.time && hit.sequence === floor.sequence;
}
