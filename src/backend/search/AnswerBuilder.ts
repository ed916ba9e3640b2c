import type { SearchAnswer, SessionHits, Skipped, StoreCoverage } from '../../shared/search/answer';
import type { FoundHit, Ranked, ScanCoverage, ScanPart } from './StoreSearch';

const MOST_SESSIONS = 1000;
const MOST_SKIPPED = 1000;

/** What is known of one store while it is searched. */
interface StorePart {
  readonly label: string;
  /** Hits of the index by session, as long as nothing better is known. */
  readonly ranked: Map<string, number>;
  readonly scanned: Map<string, number>;
  /** Sessions that are hits themselves. */
  readonly named: Map<string, number>;
  /** Hits of the index that the scan has not found too, by `identity`. */
  readonly unconfirmed: Set<string>;
  progress: number;
  coverage: StoreCoverage | undefined;
}

export interface AnswerOptions {
  readonly order: 'rank' | 'time';
  readonly limit: number;
  readonly notes: readonly string[];
  readonly started: number;
  label(store: string, key: string): string;
  lastActivity(store: string, key: string): string | null;
}

function identity({ hit }: FoundHit): string {
  // A key may hold anything, line feeds and numbers too.
  return hit.kind === 'session' ? `session\n${hit.store}\n${hit.key}` : `${hit.row}\n${hit.store}\n${hit.key}`;
}

function newestFirst(a: FoundHit, b: FoundHit): number {
  return b.time - a.time || b.sequence - a.sequence;
}

/** Sessions that are called so, then what an index ranks, then the rest. */
function bestFirst(a: FoundHit, b: FoundHit): number {
  const named = Number(b.hit.kind === 'session') - Number(a.hit.kind === 'session');
  if (named !== 0) return named;
  if (a.rank !== null && b.rank !== null) return a.rank - b.rank || newestFirst(a, b);
  if (a.rank !== null || b.rank !== null) return a.rank !== null ? -1 : 1;
  return newestFirst(a, b);
}

/** Puts together what the stores find: the first hits in order, the totals, and what they cover. */
export class AnswerBuilder {
  private readonly stores = new Map<string, StorePart>();
  private hits: FoundHit[] = [];
  private readonly known = new Map<string, FoundHit>();
  private readonly skipped: Skipped[] = [];
  private skippedCount = 0;
  private sorted = true;

  constructor(private readonly options: AnswerOptions) {}

  /** Nothing has been found yet that a screen could show. */
  get empty(): boolean {
    return this.hits.length === 0;
  }

  addStore(store: string, label: string): void {
    const counts = { ranked: new Map(), scanned: new Map(), named: new Map(), unconfirmed: new Set<string>() };
    this.stores.set(store, { label, ...counts, progress: 0, coverage: undefined });
  }

  addSessionHits(store: string, hits: readonly FoundHit[]): void {
    for (const { hit } of hits) this.part(store).named.set(hit.key, 1);
    this.take(hits);
  }

  addRanked(store: string, { hits }: Ranked): void {
    const { ranked, unconfirmed } = this.part(store);
    for (const found of hits) {
      ranked.set(found.hit.key, (ranked.get(found.hit.key) ?? 0) + 1);
      unconfirmed.add(identity(found));
    }
    this.take(hits);
  }

  addScanned(store: string, { hits, counts, progress, rewritten }: ScanPart): void {
    const part = this.part(store);
    if (rewritten) this.forget(store, new Set(rewritten), part);
    for (const [key, count] of counts) part.scanned.set(key, (part.scanned.get(key) ?? 0) + count);
    part.progress = progress;
    for (const found of hits) part.unconfirmed.delete(identity(found));
    this.take(hits);
  }

  /** The totals of a store are exact now. */
  finish(store: string, how: 'index' | 'scan', coverage: ScanCoverage, note: string | undefined): void {
    const part = this.part(store);
    // Only what was counted counts: a hit of the index may be gone since.
    part.ranked.clear();
    if (how === 'scan') this.dropGone(store, part);
    part.progress = 1;
    const { messages, sessions } = coverage;
    const words = [note, coverage.note].filter((text) => text !== undefined).join(' ');
    part.coverage = { store, label: part.label, messages, sessions, how, ...(words === '' ? {} : { note: words }) };
    this.skip(coverage.skipped, coverage.skippedCount);
  }

  /** A store that could not be searched to its end: nothing of it is in the answer but the reason. */
  fail(store: string, code: string, message: string): void {
    const part = this.part(store);
    for (const counts of [part.ranked, part.scanned, part.named]) counts.clear();
    this.remove(({ hit }) => hit.store === store);
    part.progress = 1;
    this.skip([{ store, code, message: `${part.label}: ${message}` }], 1);
  }

  /** Between the question to the index and the scan messages may have gone: sessions with more hits than there are. */
  private dropGone(store: string, { scanned, unconfirmed }: StorePart): void {
    let total = 0;
    for (const count of scanned.values()) total += count;
    const held = new Map<string, number>();
    for (const { hit } of this.hits) {
      if (hit.store === store && hit.kind !== 'session') held.set(hit.key, (held.get(hit.key) ?? 0) + 1);
    }
    // Up to the limit the scan has handed out all that it has found.
    const isWhole = total <= this.options.limit;
    this.remove((found) => {
      const { hit } = found;
      if (hit.store !== store || hit.kind === 'session' || !unconfirmed.has(identity(found))) return false;
      return isWhole || (held.get(hit.key) ?? 0) > (scanned.get(hit.key) ?? 0);
    });
    unconfirmed.clear();
  }

  /** Messages of these sessions are no longer what they were. */
  private forget(store: string, keys: ReadonlySet<string>, part: StorePart): void {
    for (const key of keys) part.ranked.delete(key);
    this.remove(({ hit }) => hit.kind !== 'session' && hit.store === store && keys.has(hit.key));
  }

  private remove(unwanted: (found: FoundHit) => boolean): void {
    for (const found of this.hits) if (unwanted(found)) this.known.delete(identity(found));
    this.hits = this.hits.filter((found) => !unwanted(found));
  }

  private skip(skipped: readonly Skipped[], count: number): void {
    this.skippedCount += count;
    for (const one of skipped) if (this.skipped.length < MOST_SKIPPED) this.skipped.push(one);
  }

  answer(complete: boolean): SearchAnswer {
    this.sort();
    const counts = this.counts();
    const { notes, limit, started } = this.options;
    const parts = [...this.stores.values()];
    return {
      hits: this.hits.slice(0, limit).map(({ hit }) => hit),
      sessions: this.sessions(counts),
      totalHits: counts.reduce((sum, { hits }) => sum + hits, 0),
      totalSessions: counts.length,
      complete,
      coverage: parts.flatMap(({ coverage }) => coverage ?? []),
      skipped: [...this.skipped],
      skippedCount: this.skippedCount,
      notes,
      elapsed: performance.now() - started,
      progress: parts.length === 0 ? 1 : parts.reduce((sum, { progress }) => sum + progress, 0) / parts.length,
    };
  }

  private counts(): { store: string; key: string; hits: number }[] {
    const counts: { store: string; key: string; hits: number }[] = [];
    for (const [store, { ranked, scanned, named }] of this.stores) {
      for (const key of new Set([...named.keys(), ...scanned.keys(), ...ranked.keys()])) {
        const hits = Math.max(scanned.get(key) ?? 0, ranked.get(key) ?? 0) + (named.get(key) ?? 0);
        if (hits > 0) counts.push({ store, key, hits });
      }
    }
    return counts;
  }

  /** In the order of their first hits; those without a hit among the first ones behind them, newest first. */
  private sessions(counts: readonly { store: string; key: string; hits: number }[]): SessionHits[] {
    const { label, lastActivity, limit } = this.options;
    const place = new Map<string, number>();
    for (const { hit } of this.hits.slice(0, limit)) {
      const id = `${hit.store}\n${hit.key}`;
      if (!place.has(id)) place.set(id, place.size);
    }
    const placed = counts.map(({ store, key, hits }) => ({
      place: place.get(`${store}\n${key}`) ?? Number.POSITIVE_INFINITY,
      activity: lastActivity(store, key) ?? '',
      session: { store, key, hits },
    }));
    placed.sort((a, b) =>
      a.place !== b.place ? a.place - b.place : a.activity < b.activity ? 1 : a.activity > b.activity ? -1 : 0,
    );
    return placed.slice(0, MOST_SESSIONS).map(({ session }) => ({
      ...session,
      label: label(session.store, session.key),
      lastActivity: lastActivity(session.store, session.key),
    }));
  }

  private part(store: string): StorePart {
    const part = this.stores.get(store);
    if (!part) throw new Error(`The search has no store ${store}.`);
    return part;
  }

  private take(hits: readonly FoundHit[]): void {
    for (const found of hits) {
      const id = identity(found);
      if (this.known.has(id)) continue;
      this.known.set(id, found);
      this.hits.push(found);
      this.sorted = false;
    }
    // Far behind the limit nothing is shown any more; what is dropped may be found again by the next part.
    if (this.hits.length > this.options.limit * 4 + 1000) this.drop();
  }

  private sort(): void {
    if (this.sorted) return;
    this.hits.sort(this.options.order === 'rank' ? bestFirst : newestFirst);
    this.sorted = true;
  }

  private drop(): void {
    this.sort();
    for (const found of this.hits.slice(this.options.limit)) this.known.delete(identity(found));
    this.hits = this.hits.slice(0, this.options.limit);
  }
}
