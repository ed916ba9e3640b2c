import type { FoundHit } from '../StoreSearch';

function newestFirst(a: FoundHit, b: FoundHit): number {
  return b.time - a.time || b.sequence - a.sequence;
}

/** The newest `limit` of the hits that it is given. */
export class NewestHits {
  private hits: FoundHit[] = [];
  private floor = Number.NEGATIVE_INFINITY;

  constructor(private readonly limit: number) {}

  /** False when no hit of that time can be among the newest any more. */
  accepts(time: number): boolean {
    return this.limit > 0 && time >= this.floor;
  }

  /** Adds hits, and returns those that may be among the newest, newest first. */
  add(hits: readonly FoundHit[]): FoundHit[] {
    const taken = hits.filter(({ time }) => this.accepts(time)).sort(newestFirst);
    taken.splice(this.limit);
    for (const hit of taken) this.hits.push(hit);
    if (this.hits.length >= this.limit && taken.length > 0) {
      this.hits.sort(newestFirst);
      this.hits.splice(this.limit);
      this.floor = this.hits.at(-1)?.time ?? this.floor;
    }
    return taken;
  }

  /** Time of the oldest hit that is still among the newest; minus infinity while there is room. */
  get oldest(): number {
    return this.floor;
  }

  all(): FoundHit[] {
    return this.hits.sort(newestFirst);
  }
}
