import type { Floor } from './taskTypes';

/** True when a hit with these comes before one with those, newest first. */
function isNewer(a: Floor, b: Floor): boolean {
  return a.time !== b.time ? a.time > b.time : a.sequence > b.sequence;
}

function newestFirst(a: Floor, b: Floor): number {
  return b.time - a.time || b.sequence - a.sequence;
}

/** The newest `limit` of many things. */
export class Newest<Item extends Floor> {
  private items: Item[] = [];

  constructor(
    private readonly limit: number,
    private floor: Floor | undefined,
  ) {}

  /** Whether one with this time would be among the first ones. */
  takes(place: Floor): boolean {
    return this.limit > 0 && (this.floor === undefined || isNewer(place, this.floor));
  }

  add(item: Item): void {
    this.items.push(item);
    // Cut now and then only: sorting for each one would cost more than what is kept too long.
    if (this.items.length >= this.limit * 2 + 16) this.cut();
  }

  /** Newest first. */
  sorted(): readonly Item[] {
    this.cut();
    return this.items;
  }

  /** What a later one must be newer than; undefined as long as there are fewer than `limit`. */
  worst(): Floor | undefined {
    this.cut();
    return this.floor;
  }

  private cut(): void {
    this.items.sort(newestFirst);
    if (this.items.length < this.limit) return;
    this.items.length = this.limit;
    const last = this.items.at(-1);
    if (last) this.floor = { time: last.time, sequence: last.sequence };
  }
}
