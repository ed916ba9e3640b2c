import { hasExpression } from '../match/compileQuery';
import type { ScanCoverage, ScanPart, StoreQuery } from '../StoreSearch';
import type { SearchPool } from '../workers/SearchPool';
import { type IdRange, slicesOf } from './planTasks';
import type { Mark, StoreChanges } from './StoreChanges';
import { shareQuery } from './sharedQuery';
import { Tally } from './Tally';
import type {
  Floor,
  Plan,
  PlanParams,
  ScanParams,
  ScanResult,
  SharedQuery,
  SizeParams,
  Slice,
  StoreParams,
  StoreSize,
} from './taskTypes';

/** Up to so many sessions it is found out whether reading them by themselves is quicker than reading everything. */
const MOST_KEYS = 2000;
/** How often a store that is being rewritten is looked through again. */
const MOST_AGAIN = 3;

export interface ScanOptions {
  readonly pool: SearchPool;
  readonly store: StoreParams;
  readonly changes: StoreChanges;
  readonly query: StoreQuery;
  readonly signal: AbortSignal;
  onPart(part: ScanPart): void;
}

/** One scan of a database: parts it, lets the threads look, puts together what they find, and looks again where needed. */
export class Scan {
  private readonly shared: SharedQuery;
  private readonly watched: boolean;
  private readonly tally: Tally;
  private progress = 0;
  /** Sessions were looked at again: how many messages they had before is not known, so all are counted. */
  private isRecounted = false;

  constructor(private readonly options: ScanOptions) {
    const { query } = options;
    this.shared = shareQuery(query);
    this.watched = hasExpression(query.query);
    this.tally = new Tally(query.limit);
  }

  async run(): Promise<ScanCoverage> {
    const { changes, query } = this.options;
    const mark = await changes.begin();
    try {
      const { rows } = mark;
      if (!rows) return { messages: 0, sessions: await this.sessions(null), skipped: [], skippedCount: 0 };
      const slices = await this.plan(rows, query.sessions && [...query.sessions.keys()]);
      const looked = this.look(slices, this.tally, (part) => this.options.onPart(part));
      // Behind the first slices, so that it keeps no hit waiting.
      const [sessions] = await Promise.all([this.sessions(rows), looked]);
      const note = await this.lookAgain(mark, rows);
      const { tally } = this;
      if (this.isRecounted && !query.sessions) {
        tally.messages = (await this.size(rows)).rows - tally.skippedCount;
      }
      return {
        messages: query.sessions ? tally.messagesOfSessions : tally.messages,
        sessions,
        skipped: tally.skipped,
        skippedCount: tally.skippedCount,
        ...(note === undefined ? {} : { note }),
      };
    } finally {
      changes.end();
    }
  }

  /**
   * Looks through what was changed meanwhile. Beside an agent that never pauses that has no end: a session that has been
   * looked at again counts as it was then. Returns what is to be said where not even that could be had.
   */
  private async lookAgain(first: Mark, rows: IdRange): Promise<string | undefined> {
    const seen = new Set<string>();
    let mark = first;
    for (let times = 0; ; times++) {
      const { changed, mark: now } = await this.options.changes.since(mark);
      if (changed?.size === 0) return undefined;
      const isSettled = changed !== undefined && [...changed].every((key) => seen.has(key));
      if (times >= MOST_AGAIN && isSettled) return undefined;
      if (times >= (changed ? MOST_AGAIN * 3 : MOST_AGAIN)) {
        return 'The database was being rewritten while it was searched: what was changed last may be counted as it was before.';
      }
      mark = now;
      for (const key of changed ?? []) seen.add(key);
      const known = changed && (await this.again(rows, changed));
      if (!known) await this.allAgain(rows);
    }
  }

  /** False when a look at everything is needed: for what they hold, or for hits that take the place of theirs. */
  private async again(rows: IdRange, changed: ReadonlySet<string>): Promise<boolean> {
    const { query } = this.options;
    const keys = [...changed].filter((key) => query.sessions?.has(key) ?? true);
    if (keys.length > MOST_KEYS) return false;
    const slices = keys.length === 0 ? [] : await this.plan(rows, keys);
    if (slices.some(({ key }) => key === undefined)) return false;
    const later = new Tally(query.limit);
    await this.look(slices, later, () => undefined);
    const { differences, sure } = this.tally.replace(new Set(keys), later);
    if (keys.length > 0) {
      this.options.onPart({
        hits: later.newest.sorted(),
        counts: differences,
        rewritten: keys,
        progress: this.progress,
      });
    }
    this.isRecounted = true;
    return sure;
  }

  private async allAgain(rows: IdRange): Promise<void> {
    const { query, onPart } = this.options;
    const later = new Tally(query.limit);
    await this.look(await this.plan(rows, query.sessions && [...query.sessions.keys()]), later, () => undefined);
    const rewritten = [...new Set([...this.tally.counts.keys(), ...later.counts.keys()])];
    const everything = new Set([...rewritten, ...this.tally.skippedCounts.keys(), ...this.tally.messagesOf.keys()]);
    const { differences } = this.tally.replace(everything, later);
    this.tally.newest = later.newest;
    this.tally.messages = later.messages;
    this.isRecounted = false;
    onPart({ hits: later.newest.sorted(), counts: differences, rewritten, progress: this.progress });
  }

  /** Slices of some sessions' rows, or of all rows. */
  private async plan(rows: IdRange, keys: readonly string[] | undefined): Promise<Slice[]> {
    const { pool, store, query, signal } = this.options;
    const span =
      rows.far || typeof rows.from === 'string' || typeof rows.to === 'string' ? Infinity : rows.to - rows.from + 1;
    if (keys && keys.length <= MOST_KEYS) {
      const { fromRow } = query;
      const params: PlanParams = { store, keys, newest: rows.to, fromRow, far: rows.far, span };
      const { slices } = await pool.run<Plan>('sqlitePlan', params, { signal });
      if (slices) return [...slices];
    }
    return slicesOf(rows, span);
  }

  private async look(slices: Slice[], tally: Tally, tell: (part: ScanPart) => void): Promise<void> {
    const { pool, store, query, signal } = this.options;
    const first = this.progress === 0;
    const next = async (): Promise<void> => {
      for (let slice = slices.shift(); slice; slice = slices.shift()) {
        const floor: Floor | undefined = tally.newest.worst();
        const params: ScanParams = { store, shared: this.shared, slice, limit: query.limit, floor };
        const result = await pool.run<ScanResult>('sqliteScan', params, { signal, watched: this.watched });
        if (signal.aborted) return;
        if (result.rest) slices.unshift(result.rest);
        const hits = tally.take(result);
        if (first) this.progress = Math.min(1, this.progress + slice.weight - (result.rest?.weight ?? 0));
        tell({ hits, counts: result.counts, progress: this.progress });
      }
    };
    await Promise.all(Array.from({ length: pool.size }, next));
  }

  /** How many sessions are looked through: those that are asked for, else all with messages or metadata. */
  private async sessions(rows: IdRange | null): Promise<number> {
    const { sessions } = this.options.query;
    return sessions ? sessions.size : (await this.size(rows)).sessions;
  }

  private size(rows: IdRange | null): Promise<StoreSize> {
    const { pool, store, signal } = this.options;
    const params: SizeParams = { store, newest: rows?.to ?? 0, far: rows?.far ?? false };
    return pool.run<StoreSize>('sqliteSize', params, { signal });
  }
}
