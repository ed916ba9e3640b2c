import * as fs from 'node:fs';
import { StoreError } from '../errors';
import type { IndexProgress } from '../SessionBackend';
import { FileIndexer, fileFingerprint, tornFingerprint } from './fileIndexer';
import type { IndexCache } from './indexCache';
import { LineIndex } from './lineIndex';
import { type ReadStats, readSpan, Slice, withBuffer } from './readBytes';
import {
  describeFile,
  type FileFacts,
  type FileIdentity,
  openSessionFile,
  problemError,
  sameFile,
  sameIdentity,
} from './sessionFiles';

/** Files of which more than this is unknown are indexed with progress, and their end is shown before. */
export const BIG_FILE = 8 * 1024 * 1024;
const PROGRESS_INTERVAL = 50;
const RESTARTS = 5;

/** A file, the state of it that was read, and what was found. */
export interface IndexedFile {
  readonly identity: FileIdentity;
  readonly index: LineIndex;
  readonly generation: number;
}

interface FileRecord {
  identity: FileIdentity;
  index: LineIndex | null;
  generation: number;
}

interface Job {
  readonly promise: Promise<void>;
  readonly control: { waiters: number; cancelled: boolean };
}

export interface IndexesOptions {
  readonly folder: string;
  readonly stats: ReadStats;
  readonly cache: IndexCache | null;
  /** Generations count on from here; later than any that an earlier process has given. */
  readonly firstGeneration: number;
  readonly onProgress: (name: string, progress: Omit<IndexProgress, 'key'>) => void;
}

/** The indexes of a folder's files: kept, brought up to date, and never built twice at the same time. */
export class SessionIndexes {
  readonly #records = new Map<string, FileRecord>();
  readonly #jobs = new Map<string, Job>();
  #nextGeneration: number;
  #closed = false;

  constructor(private readonly options: IndexesOptions) {
    this.#nextGeneration = options.firstGeneration;
  }

  /** The index of a file in just this state, from memory or from the cache; nothing of the file is read. */
  known({ name, identity }: FileFacts): LineIndex | null {
    const record = this.#records.get(name);
    if (record?.index) return sameIdentity(record.identity, identity) ? record.index : null;
    const cached = this.options.cache?.get(name, identity);
    if (!cached) return null;
    const index = LineIndex.fromSummary(cached.summary, null);
    this.#records.set(name, { identity, index, generation: record?.generation ?? this.#nextGeneration++ });
    return index;
  }

  /** Bytes that `ensure` would have to read. */
  pendingBytes(facts: FileFacts): number {
    const { name, identity } = facts;
    if (this.#withCheckpoints(name, this.known(facts))) return 0;
    const record = this.#records.get(name);
    const canGrow =
      record?.index?.checkpoints && sameFile(record.identity, identity) && identity.size >= record.index.end;
    return identity.size - (canGrow ? (record.index?.end ?? 0) : 0);
  }

  /** The generation that the rows of this file have now, or will have when it is indexed for the first time. */
  generation({ name, identity }: FileFacts): number {
    const record = this.#records.get(name);
    if (record && sameFile(record.identity, identity)) return record.generation;
    const generation = this.#nextGeneration++;
    this.#records.set(name, { identity, index: null, generation });
    return generation;
  }

  /**
   * The index of a file as it is now, or as it was when this was called: reads what is not known. `checkpoints`: places
   * of lines are needed, not only the numbers. Rejects with a system error, or a `StoreError` (`no-such-session`,
   * `cancelled`).
   */
  async ensure(name: string, checkpoints: boolean, signal?: AbortSignal): Promise<IndexedFile> {
    for (let attempt = 0; ; attempt++) {
      if (this.#closed || signal?.aborted) throw cancelled();
      const facts = this.#facts(name);
      const index = this.known(facts);
      const record = this.#records.get(name);
      if (record && index && (!checkpoints || this.#withCheckpoints(name, index))) {
        return { identity: record.identity, index, generation: record.generation };
      }
      const running = this.#jobs.get(name);
      if (running?.control.cancelled) {
        await running.promise.catch(() => {});
        continue;
      }
      await this.#wait(running ?? this.#start(name, checkpoints), signal);
      const done = this.#records.get(name);
      // A file that grows all the time is never up to date: what was read after the call is new enough.
      if (!running && done?.index && (!checkpoints || done.index.checkpoints)) {
        return { identity: done.identity, index: done.index, generation: done.generation };
      }
      if (attempt >= RESTARTS)
        throw new StoreError('read-failed', `${name} changes faster than it can be read. Try again.`);
    }
  }

  /** Forgets files that are gone. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#records.keys()) if (!names.has(name) && !this.#jobs.has(name)) this.#records.delete(name);
  }

  /** Stops all work; everyone who waits gets `cancelled`. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#jobs.values()].map((job) => job.promise));
  }

  #facts(name: string): FileFacts {
    const facts = describeFile(this.options.folder, name);
    if (!facts) throw new StoreError('no-such-session', `${name} does not exist (any more).`);
    if (facts.problem) throw problemError(facts.problem);
    return facts;
  }

  #withCheckpoints(name: string, index: LineIndex | null): boolean {
    if (!index) return false;
    index.checkpoints ??= this.options.cache?.checkpoints(name, index) ?? null;
    return index.checkpoints !== null;
  }

  async #wait({ promise, control }: Job, signal?: AbortSignal): Promise<void> {
    control.waiters++;
    let onAbort: (() => void) | undefined;
    try {
      if (!signal) return await promise;
      if (signal.aborted) throw cancelled();
      const aborted = new Promise<never>((_resolve, reject) => {
        onAbort = () => reject(cancelled());
        signal.addEventListener('abort', onAbort, { once: true });
      });
      await Promise.race([promise, aborted]);
    } finally {
      if (onAbort) signal?.removeEventListener('abort', onAbort);
      // Nobody waits any more: the work stops at its next pause.
      if (--control.waiters === 0) control.cancelled = true;
    }
  }

  #start(name: string, checkpoints: boolean): Job {
    const control = { waiters: 0, cancelled: false };
    const promise = this.#run(name, checkpoints, control).finally(() => this.#jobs.delete(name));
    const job = { promise, control };
    this.#jobs.set(name, job);
    // Whoever waits gets the error; a job that nobody waits for any more must not end the process.
    promise.catch(() => {});
    return job;
  }

  async #run(name: string, checkpoints: boolean, control: Job['control']): Promise<void> {
    for (let attempt = 0; attempt < RESTARTS; attempt++) {
      const { fd, identity } = openSessionFile(this.options.folder, name);
      try {
        this.options.stats.filesOpened++;
        if (await this.#index(name, fd, identity, checkpoints, control)) return;
      } finally {
        fs.closeSync(fd);
      }
    }
    throw new StoreError('read-failed', `${name} is rewritten faster than it can be read. Try again.`);
  }

  /** One pass over what is not known. False: the file was replaced or cut meanwhile. */
  async #index(
    name: string,
    fd: number,
    identity: FileIdentity,
    checkpoints: boolean,
    control: Job['control'],
  ): Promise<boolean> {
    const base = this.#base(name, fd, identity, checkpoints);
    const finished = await withBuffer(async (bytes) => {
      const indexer = new FileIndexer(fd, identity.size, base, bytes, this.options.stats);
      const reportsProgress = identity.size - indexer.position > BIG_FILE;
      const slice = new Slice();
      let reported = 0;
      while (indexer.step()) {
        if (!slice.isOver) continue;
        if (reportsProgress && performance.now() - reported > PROGRESS_INTERVAL) {
          reported = performance.now();
          this.options.onProgress(name, { bytesDone: indexer.position, bytesTotal: identity.size });
        }
        await slice.rest();
        if (this.#closed || control.cancelled) throw cancelled();
        const now = this.#facts(name);
        if (!sameFile(now.identity, identity) || now.identity.size < identity.size) return null;
      }
      if (!indexer.finish()) return null;
      if (reportsProgress) this.options.onProgress(name, { bytesDone: identity.size, bytesTotal: identity.size });
      return indexer.index;
    });
    if (finished) this.#store(name, fd, identity, finished, base);
    return finished !== null;
  }

  /** The index to go on from, when the file is still the one that was indexed, and longer. */
  #base(name: string, fd: number, identity: FileIdentity, checkpoints: boolean): LineIndex | null {
    const record = this.#records.get(name) ?? this.#cachedRecord(name);
    const index = record?.index;
    if (!record || !index || !sameFile(record.identity, identity) || identity.size <= record.identity.size) return null;
    if (checkpoints && !this.#withCheckpoints(name, index)) return null;
    return fileFingerprint(fd, index.end, this.options.stats) === index.fingerprint ? index : null;
  }

  /** A big file that has grown since the last start. */
  #cachedRecord(name: string): FileRecord | undefined {
    const cached = this.options.cache?.getAnyState(name);
    if (!cached) return undefined;
    const index = LineIndex.fromSummary(cached.summary, null);
    if (!this.#withCheckpoints(name, index)) return undefined;
    const record = { identity: cached.identity, index, generation: this.#nextGeneration++ };
    this.#records.set(name, record);
    return record;
  }

  #store(name: string, fd: number, identity: FileIdentity, index: LineIndex, base: LineIndex | null): void {
    const before = this.#records.get(name);
    let keepsRows = before !== undefined && sameFile(before.identity, identity);
    if (keepsRows && before?.index) {
      keepsRows = base ? this.#tornIsSame(fd, base) : sameIdentity(before.identity, identity);
    }
    const generation = before && keepsRows ? before.generation : this.#nextGeneration++;
    if (!base) this.options.cache?.forgetCheckpoints(name);
    this.#records.set(name, { identity, index, generation });
    this.options.cache?.set(name, identity, index);
  }

  /** Whether the last line, handed out without a line feed, has only got its line feed. */
  #tornIsSame(fd: number, { torn }: LineIndex): boolean {
    if (!torn) return true;
    const { stats } = this.options;
    const after = torn.offset + torn.size;
    if (readSpan(fd, after, after + 1, stats)[0] !== 0x0a) return false;
    return tornFingerprint(fd, torn.offset, torn.size, stats) === torn.fingerprint;
  }
}

function cancelled(): StoreError {
  return new StoreError('cancelled', 'The reading was cancelled.');
}
