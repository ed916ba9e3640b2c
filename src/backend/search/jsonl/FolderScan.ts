import type { Skipped } from '../../../shared/search/answer';
import { StoreError, systemErrorCode } from '../../errors';
import { describeFile, readProblem } from '../../jsonl/sessionFiles';
import { compileQuery, hasExpression } from '../match/compileQuery';
import type { ScanCoverage, ScanPart, StoreQuery } from '../StoreSearch';
import type { SearchPool } from '../workers/SearchPool';
import { needsOf } from './fileScan';
import { BIG, type BigFile, type KnownLines } from './knownLines';
import { NewestHits } from './newestHits';
import type { FileFound, FilePart, LineCounts, ScanFile, ScanParams, ScanTaskPart } from './scanTypes';
import { isUntouched, type Pin, pinSessions } from './sessionPins';
import { unreadableLine } from './skippedLines';

/** Bytes of the first task, so that its hits come at once; each task is twice as long as the one before, up to `MOST`. */
const FIRST = 256 * 1024;
const MOST = 4 * 1024 * 1024;
/** What opening a file costs, in bytes that could be read meanwhile. */
const FILE_COST = 8 * 1024;
const MOST_SKIPPED = 1000;
/** A big file that is rewritten during the scan is looked through again, so many times in all. */
const ATTEMPTS = 4;

export interface FolderScanOptions {
  readonly folder: string;
  readonly store: string;
  readonly pool: SearchPool;
  readonly known: KnownLines;
  readonly query: StoreQuery;
  readonly onPart: (part: ScanPart) => void;
  readonly signal: AbortSignal;
}

type Unit = () => Promise<void>;

/** Looks through all files of a folder in worker threads, newest first. For one use. */
export class FolderScan {
  private readonly newest: NewestHits;
  private readonly asksForUnreadable: boolean;
  private readonly skipped: Skipped[] = [];
  private skippedCount = 0;
  private messages = 0;
  private sessions = 0;
  private bytesDone = 0;
  private bytesTotal = 0;
  /** Fires when the search is cancelled, and when one task fails: the others are then in vain. */
  private readonly stop = new AbortController();

  constructor(private readonly options: FolderScanOptions) {
    this.newest = new NewestHits(options.query.limit);
    this.asksForUnreadable = compileQuery(options.query.query).wantsUnreadable;
  }

  async run(): Promise<ScanCoverage> {
    const { folder, store, known, query, signal, pool } = this.options;
    if (signal.aborted) throw cancelled();
    const { sessions } = query;
    const pins = await pinSessions(folder, store, sessions && ((key) => sessions.has(key)));
    if (signal.aborted) throw cancelled();
    known.keepOnly(pins.names);
    this.skip(pins.skipped, pins.skipped.length);
    const units = this.units(pins.files);
    for (const { facts } of pins.files) this.bytesTotal += facts.identity.size + FILE_COST;
    const onAbort = (): void => this.stop.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // One more than there are threads, so that none of them waits for us.
      await Promise.all(Array.from({ length: pool.size + 1 }, () => this.work(units)));
    } catch (error) {
      this.stop.abort();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    const { messages, skipped, skippedCount } = this;
    return { messages, sessions: this.sessions, skipped, skippedCount };
  }

  private async work(units: Iterator<Unit>): Promise<void> {
    for (let next = units.next(); !next.done; next = units.next()) {
      if (this.stop.signal.aborted) throw cancelled();
      await next.value();
    }
  }

  /** What is to be done, in order. A big file becomes known to its parts only when it is its turn. */
  private *units(pins: readonly Pin[]): Generator<Unit> {
    let size = FIRST;
    let group: Pin[] = [];
    let bytes = 0;
    const flush = function* (scan: FolderScan): Generator<Unit> {
      const files = group;
      if (files.length > 0) yield () => scan.small(files);
      group = [];
      bytes = 0;
      size = Math.min(size * 2, MOST);
    };
    for (const pin of pins) {
      if (pin.facts.identity.size >= BIG) {
        yield* flush(this);
        if (this.options.query.fromRow !== undefined) {
          yield () => this.bigFromRow(pin, this.options.query.fromRow ?? 0);
          continue;
        }
        const parts = this.bigParts(pin);
        for (let i = 0; i < this.partCount(pin); i++) yield () => parts(i);
        continue;
      }
      group.push(pin);
      bytes += pin.facts.identity.size + FILE_COST;
      if (bytes >= size) yield* flush(this);
    }
    yield* flush(this);
  }

  private async small(pins: readonly Pin[]): Promise<void> {
    const { known, query } = this.options;
    const files = pins.map(({ key, facts }): ScanFile => {
      // From a row on everything is counted anew: where it begins is not known.
      const counted = query.fromRow === undefined ? known.get(facts) : null;
      return { name: facts.name, key, bits: this.bits(key), identity: facts.identity, known: numbersOf(counted) };
    });
    const sizes = new Map(pins.map(({ facts }) => [facts.name, facts.identity.size + FILE_COST]));
    // What is known now: another search may learn of a newer state meanwhile.
    const before = new Map(pins.map(({ facts }) => [facts.name, known.get(facts)]));
    await this.task(files, (found) => {
      this.bytesDone += sizes.get(found.name) ?? 0;
      this.takeFile(found, before.get(found.name) ?? null);
    });
  }

  /** A whole file has been looked through. */
  private takeFile(found: FileFound, before: LineCounts | null): void {
    const { known, query } = this.options;
    this.skip(found.skipped, found.skipped.length);
    if (found.state !== 'read') return;
    if (found.counts && query.fromRow === undefined) known.set(found.name, found.identity, found.counts);
    const counts = found.counts ?? before;
    if (counts) this.cover(found.key, found.name, counts);
  }

  /** The end of a big file: what lies before the part with that row is not read. */
  private async bigFromRow(pin: Pin, row: number): Promise<void> {
    const { key, facts } = pin;
    const file = await this.options.known.big(facts, this.stop.signal).catch((error: unknown) => {
      if (this.stop.signal.aborted || systemErrorCode(error) === undefined) throw error;
      return null;
    });
    const first = file?.parts.findLast(({ line }) => line <= row);
    let again = !file || !first;
    if (file && first) {
      const { identity, fingerprint } = file;
      const part = { ...first, end: identity.size };
      const one = { name: facts.name, key, bits: this.bits(key), identity, known: null, part, fingerprint };
      await this.task([one], (found) => {
        again = found.state === 'changed';
        if (!again) this.takeFile(found, null);
      });
    }
    if (again) await this.small([pin]);
  }

  private cover(key: string, name: string, { messages, unreadable, listed }: LineCounts): void {
    this.messages += messages;
    this.sessions++;
    // Where they are what is asked for, they are not left out.
    if (this.asksForUnreadable) return;
    this.skip(
      listed.map((one) => unreadableLine(this.options.store, key, name, one)),
      unreadable,
    );
  }

  /** How many units a big file is: as many as threads can work on it at a time. */
  private partCount({ facts }: Pin): number {
    return Math.max(1, Math.min(this.options.pool.size + 1, Math.ceil(facts.identity.size / BIG)));
  }

  /** The work on one big file: each of the threads that call it takes its parts by turns, the last one first. */
  private bigParts(pin: Pin): (worker: number) => Promise<void> {
    const scan = new BigScan(pin, this);
    return () => scan.work();
  }

  /** For `BigScan`. */
  get parent(): FolderScanOptions & { readonly stop: AbortSignal } {
    return { ...this.options, stop: this.stop.signal };
  }

  async task(files: readonly ScanFile[], take: (found: FileFound) => void): Promise<void> {
    const { folder, store, query, pool, onPart } = this.options;
    const params: ScanParams = {
      folder,
      store,
      query: query.query,
      limit: query.limit,
      oldest: this.newest.oldest,
      fromRow: query.fromRow ?? 0,
      files,
    };
    await pool.run<null>('jsonl.scan', params, {
      signal: this.stop.signal,
      watched: hasExpression(query.query),
      onPart: (part) => {
        const { files: found, hits } = part as ScanTaskPart;
        for (const one of found) take(one);
        const counts = found.flatMap(({ key, hits: count }) => (count > 0 ? [[key, count] as const] : []));
        const rewritten = found.flatMap((one) => (isOther(one, files) ? [one.key] : []));
        const more = rewritten.length === 0 ? {} : { rewritten };
        onPart({ hits: this.newest.add(hits), counts, ...more, progress: this.progress });
      },
    });
  }

  /** Counts of a file that was rewritten under the scan are taken back: it is looked through again. */
  takeBack(key: string, hits: number): void {
    const counts = hits > 0 ? [[key, -hits] as const] : [];
    this.options.onPart({ hits: [], counts, rewritten: [key], progress: this.progress });
  }

  addBytes(bytes: number): void {
    this.bytesDone += bytes;
  }

  coverBig(pin: Pin, counts: LineCounts, skipped: readonly Skipped[]): void {
    this.cover(pin.key, pin.facts.name, counts);
    this.skip(skipped, skipped.length);
  }

  bits(key: string): number {
    return this.options.query.sessions?.get(key) ?? 0;
  }

  skip(skipped: readonly Skipped[], count: number): void {
    this.skippedCount += count;
    for (const one of skipped) if (this.skipped.length < MOST_SKIPPED) this.skipped.push(one);
  }

  private get progress(): number {
    return this.bytesTotal === 0 ? 1 : Math.min(1, this.bytesDone / this.bytesTotal);
  }
}

/** One big file, whose parts several threads look through at the same time. */
class BigScan {
  private prepared: Promise<void> | undefined;
  private file: BigFile | undefined;
  private waiting: FilePart[] = [];
  private running = 0;
  private hits = 0;
  private skipped: Skipped[] = [];
  private attempts = 0;
  private changed = false;
  private ended = false;

  constructor(
    private pin: Pin,
    private readonly scan: FolderScan,
  ) {}

  async work(): Promise<void> {
    while (!this.ended) {
      this.prepared ??= this.prepare();
      await this.prepared;
      const part = this.waiting.pop();
      if (!part || !this.file) return;
      this.running++;
      await this.part(part, this.file);
      this.running--;
      if (this.running === 0 && (this.changed || this.waiting.length === 0)) this.finish();
    }
  }

  private async part(part: FilePart, file: BigFile): Promise<void> {
    const { key, facts } = this.pin;
    const { identity, fingerprint } = file;
    const one = { name: facts.name, key, bits: this.scan.bits(key), identity, known: numbersOf(file.counts), part };
    await this.scan.task([{ ...one, fingerprint }], (found) => {
      if (found.state === 'read') {
        this.hits += found.hits;
        this.skipped.push(...found.skipped);
        this.scan.addBytes(part.end - part.from);
      } else if (found.state === 'failed') this.fail(found.skipped);
      else {
        this.changed = true;
        this.waiting = [];
      }
    });
  }

  /** Pins the file as it is now and counts its lines. */
  private async prepare(): Promise<void> {
    const { folder, known, stop, query } = this.scan.parent;
    while (this.attempts++ < ATTEMPTS) {
      const { name } = this.pin.facts;
      if (this.attempts > 1) {
        const facts = describeFile(folder, name);
        if (!facts) return this.end();
        if (facts.problem) return this.fail([this.problem(facts.problem.code, facts.problem.message)]);
        this.pin = { ...this.pin, facts };
      }
      try {
        const file = await known.big(this.pin.facts, stop);
        if (!file) continue;
        this.file = file;
        this.waiting = needsOf(query.query).calls ? halves(file, this.scan.parent.pool.size) : [...file.parts];
        return;
      } catch (error) {
        if (error instanceof StoreError && error.code === 'cancelled') throw error;
        if (systemErrorCode(error) === 'ENOENT') return this.end();
        if (!(error instanceof StoreError) && systemErrorCode(error) === undefined) throw error;
        const { code, message } = readProblem(name, error);
        return this.fail([this.problem(code, message)]);
      }
    }
    const words = `${this.pin.facts.name} is rewritten faster than it can be read. Search again.`;
    this.fail([this.problem('read-failed', words)]);
  }

  private problem(code: string, message: string): Skipped {
    return { store: this.scan.parent.store, key: this.pin.key, code, message };
  }

  private finish(): void {
    if (this.ended) return;
    if (!this.changed) {
      if (this.file) this.scan.coverBig(this.pin, this.file.counts, this.skipped);
      this.end();
      return;
    }
    this.scan.takeBack(this.pin.key, this.hits);
    this.hits = 0;
    this.skipped = [];
    this.changed = false;
    this.file = undefined;
    this.prepared = undefined;
  }

  private fail(skipped: readonly Skipped[]): void {
    if (this.ended) return;
    this.scan.takeBack(this.pin.key, this.hits);
    this.scan.skip(skipped, skipped.length);
    this.end();
  }

  private end(): void {
    this.ended = true;
    this.waiting = [];
  }
}

/** Few large parts: a part looks for the calls before it by itself. */
function halves({ parts }: BigFile, count: number): FilePart[] {
  const size = Math.ceil(parts.length / count);
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, i) => {
    const group = parts.slice(i * size, (i + 1) * size);
    const first = group[0] ?? { from: 0, end: 0, line: 0, message: 0 };
    return { ...first, end: group.at(-1)?.end ?? first.end };
  });
}

/** What was read is not what was there when the scan began: the file was rewritten, or is gone. */
function isOther({ name, state, identity }: FileFound, files: readonly ScanFile[]): boolean {
  if (state === 'changed') return false; // A part of a big file: who takes it back says so.
  const pinned = files.find((file) => file.name === name);
  return state !== 'read' || (pinned !== undefined && !isUntouched(pinned.identity, identity));
}

function numbersOf(counts: LineCounts | null): ScanFile['known'] {
  return counts && { lines: counts.lines, messages: counts.messages, unreadable: counts.unreadable };
}

function cancelled(): StoreError {
  return new StoreError('cancelled', 'Cancelled.');
}
