import type { FindPattern, Found } from '../../../shared/search/answer';
import type { SearchPool } from '../workers/SearchPool';
import type { StoreChanges } from './StoreChanges';
import type { FindParams, FindPlan, FindPlanParams, FindResult, StoreParams } from './taskTypes';

/** Places that are counted at the most. */
const MOST_PLACES = 10_000_000;
/** How often a session that is being written to is looked through again. */
const MOST_AGAIN = 3;

export interface FindOptions {
  readonly pool: SearchPool;
  readonly store: StoreParams;
  readonly changes: StoreChanges;
  readonly key: string;
  readonly pattern: FindPattern;
  readonly generation: (key: string) => Promise<number>;
  readonly signal: AbortSignal;
}

/** Looks for a pattern in one session, with all threads. */
export class Find {
  constructor(private readonly options: FindOptions) {}

  async run(): Promise<Found> {
    const { changes, key, generation } = this.options;
    let mark = await changes.begin();
    try {
      for (let times = 1; ; times++) {
        const before = await generation(key);
        const found = await this.look(mark.rows?.far ?? false);
        const { changed, mark: now } = await changes.since(mark);
        const isSame = changed !== undefined && !changed.has(key) && (await generation(key)) === before;
        if (isSame || times > MOST_AGAIN) return { ...found, generation: before };
        mark = now;
      }
    } finally {
      changes.end();
    }
  }

  private async look(far: boolean): Promise<Omit<Found, 'generation'>> {
    const { pool, store, key, pattern, signal } = this.options;
    const planParams: FindPlanParams = { store, key, far };
    const { total, slices: planned } = await pool.run<FindPlan>('sqliteFindPlan', planParams, { signal });
    const slices = [...planned];
    const found: FindResult[] = [];
    let matches = 0;
    const next = async (): Promise<void> => {
      for (let slice = slices.shift(); slice && matches < MOST_PLACES; slice = slices.shift()) {
        const params: FindParams = { store, pattern, slice, most: MOST_PLACES - matches };
        const result = await pool.run<FindResult>('sqliteFind', params, { signal, watched: pattern.regex });
        found.push(result);
        matches += result.matches;
        if (result.rest) slices.unshift(result.rest);
      }
    };
    await Promise.all(Array.from({ length: pool.size }, next));
    found.sort((a, b) => (a.rows[0] ?? 0) - (b.rows[0] ?? 0));
    return {
      total,
      rows: found.flatMap(({ rows }) => rows),
      counts: found.flatMap(({ counts }) => counts),
      matches,
      complete: matches < MOST_PLACES,
    };
  }
}
