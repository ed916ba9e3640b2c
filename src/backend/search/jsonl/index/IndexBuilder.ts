import * as path from 'node:path';
import type { IndexState } from '../../../../shared/search/answer';
import type { StoreLocation } from '../../../../shared/session';
import { errorText, StoreError } from '../../../errors';
import { StoreLocks } from '../../../journal/storeLock';
import { describeFile } from '../../../jsonl/sessionFiles';
import { candidateFileNames } from '../../../jsonl/sessionKeys';
import type { SearchPool } from '../../workers/SearchPool';
import { discardIndex, isDamage } from './indexDatabase';
import type { IndexParams, IndexPlan, IndexStep, IndexStepParams, IndexWork } from './indexTypes';

/** Milliseconds after a search, or a change, until the index is brought up to date. */
const AFTER_SEARCH = 300;
const AFTER_CHANGE = 100;
/** And until it is looked again whether another window has done it, or has gone. */
const AFTER_OTHERS = 2000;
/** And until it is tried again where it could not be made. */
const AFTER_FAILURE = 60_000;
/** Milliseconds for which another window is waited for before its work is left to it. */
const PATIENCE = 50;
/** Less than this is taken up without a word. */
const WORTH_TELLING = 1024 * 1024;
/** Files that one step is given at the most. */
const STEP_FILES = 2000;
const STEP_BYTES = 24 * 1024 * 1024;
/** A damaged index is made anew so often in one go. */
const REMAKES = 2;

export interface IndexBuilderOptions {
  readonly location: StoreLocation;
  readonly folder: string;
  readonly dataFolder: string;
  /** The index. */
  readonly file: string;
  readonly store: string;
  readonly sqliteBinding: string | undefined;
  readonly pool: SearchPool;
  readonly log: (level: 'info' | 'warning', message: string) => void;
  readonly onState: (state: IndexState) => void;
}

/**
 * Keeps the index of a folder up to date, in the background, from the first search on. Of all windows one at a time
 * does so: whoever holds the lock, which the system takes away from a process that dies.
 */
export class IndexBuilder {
  private readonly locks: StoreLocks;
  private readonly params: IndexParams;
  /** Files that have changed; undefined: any of them may have. */
  private dirty: Set<string> | undefined;
  private wanted = false;
  private paused = false;
  private closed = false;
  private damaged = false;
  /** Names the making of the index that is known to hold all that is not dirty. */
  private build: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stop = new AbortController();
  private state: IndexState['state'] | undefined;
  private failure: { readonly text: string; readonly at: number } | undefined;
  private updating: Promise<void> | undefined;
  /** Somebody waits for it: then it does not wait until nobody searches. */
  private hurried = false;

  constructor(private readonly options: IndexBuilderOptions) {
    const { dataFolder, sqliteBinding, file, folder } = options;
    // Not the locks of changes: those must never wait for an index.
    this.locks = new StoreLocks(path.join(dataFolder, 'search'), sqliteBinding);
    this.params = { file, sqliteBinding, folder };
  }

  /** Why there is no index. */
  get note(): string | undefined {
    return this.failure?.text;
  }

  /** Somebody searches: from now on there is an index. */
  want(): void {
    if (this.wanted && !this.failure) return;
    this.wanted = true;
    this.schedule(AFTER_SEARCH);
  }

  changed(keys: readonly string[] | undefined): void {
    if (!keys) this.dirty = undefined;
    // Before its first search a store has no index that could be behind.
    else for (const key of keys) for (const name of candidateFileNames(key)) this.dirty?.add(name);
    if (this.wanted) this.schedule(AFTER_CHANGE);
  }

  /** A question has found the index damaged. */
  discard(): void {
    this.damaged = true;
    this.dirty = undefined;
    this.schedule(0);
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (paused) {
      this.interrupt();
      if (this.state === 'building') this.tell('paused', 0);
    } else if (this.wanted) this.schedule(0);
  }

  /** Brings the index up to date now, whether it is paused or not. Rejects with `cancelled`, and why it cannot be made. */
  async update(signal?: AbortSignal): Promise<void> {
    while (this.updating) await this.updating.catch(() => undefined);
    this.updating = this.updateNow(signal).finally(() => {
      this.updating = undefined;
    });
    await this.updating;
  }

  private async updateNow(signal: AbortSignal | undefined): Promise<void> {
    this.wanted = true;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.interrupt();
    await this.running;
    if (this.closed || signal?.aborted) throw cancelled();
    this.dirty = undefined;
    const onAbort = (): void => this.interrupt();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.hurried = true;
    const work = this.bringUpToDate(undefined);
    // Who asks for the background meanwhile waits for this.
    this.running = work.catch(() => undefined);
    try {
      await work;
      this.failure = undefined;
    } catch (error) {
      this.fail(error);
      throw error;
    } finally {
      this.hurried = false;
      this.running = undefined;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.interrupt();
    await this.running;
    this.locks.close();
  }

  private interrupt(): void {
    this.stop.abort();
    this.stop = new AbortController();
  }

  private schedule(delay: number): void {
    if (this.closed || this.paused || this.timer) return;
    if (this.failure && performance.now() - this.failure.at < AFTER_FAILURE) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      // What runs takes up what has changed since when it is done.
      this.running ??= this.inBackground().finally(() => {
        this.running = undefined;
      });
    }, delay);
    this.timer.unref();
  }

  private async inBackground(): Promise<void> {
    try {
      await this.bringUpToDate(PATIENCE);
      this.failure = undefined;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'cancelled') return;
      if (error instanceof StoreError && error.code === 'busy') this.later();
      else this.fail(error);
    }
  }

  /** Another window is at it. When it dies in the middle, somebody must go on. */
  private later(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    queueMicrotask(() => this.schedule(AFTER_OTHERS));
  }

  private fail(error: unknown): void {
    if (error instanceof StoreError && error.code === 'cancelled') return;
    this.dirty = undefined;
    const text = `There is no search index of this folder, so each search looks through all of its files: ${errorText(error)}`;
    this.failure = { text, at: performance.now() };
    this.options.log('warning', text);
    this.tell('failed', 0, errorText(error));
  }

  /** `patience`: milliseconds for which another window is waited for; undefined: as long as it takes. */
  private async bringUpToDate(patience: number | undefined): Promise<void> {
    const { signal } = this.stop;
    const wait = patience === undefined ? { signal, patience: Number.POSITIVE_INFINITY } : { signal, patience };
    await this.locks.hold([this.options.location], () => this.locked(signal), wait);
    if (this.state === 'building' || this.state === 'failed' || this.state === 'paused') this.tell('ready', 1);
  }

  private async locked(signal: AbortSignal): Promise<void> {
    for (let remakes = 0; ; ) {
      if (this.damaged) discardIndex(this.params.file);
      this.damaged = false;
      try {
        // What changes meanwhile is taken up before others get the lock.
        while (!this.dirty || this.dirty.size > 0) {
          const names = this.dirty;
          this.dirty = new Set();
          try {
            await this.round(names, signal);
          } catch (error) {
            // Not done: it is still to be done.
            if (!names) this.dirty = undefined;
            else for (const name of names) this.dirty?.add(name);
            throw error;
          }
        }
        return;
      } catch (error) {
        if (!isDamage(error) || remakes++ >= REMAKES) throw error;
        this.options.log('warning', `${errorText(error)} It is made anew.`);
        this.damaged = true;
        this.dirty = undefined;
      }
    }
  }

  private async round(names: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<void> {
    const { pool } = this.options;
    const { build, work } = names ? await this.planFor(names, signal) : await this.plan(signal);
    const total = work.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    let left = [...work];
    while (left.length > 0) {
      if (total > WORTH_TELLING) this.tell('building', Math.min(1, done / total));
      const batch = this.batch(left);
      const params: IndexStepParams = { ...this.params, build, names: batch.map(({ name }) => name) };
      const step = await pool.run<IndexStep>('jsonl.indexStep', params, { background: !this.hurried, signal });
      if (step.lost) {
        // Deleted under us: another turn makes it anew.
        this.dirty = undefined;
        return;
      }
      done += step.bytes;
      const undone = new Set(step.left);
      left = [...batch.filter(({ name }) => undone.has(name)), ...left.slice(batch.length)];
    }
  }

  private async plan(signal: AbortSignal): Promise<IndexPlan> {
    const plan = await this.options.pool.run<IndexPlan>('jsonl.indexPlan', this.params, {
      background: !this.hurried,
      signal,
    });
    this.build = plan.build;
    return plan;
  }

  /** Only these files are looked at; a plan for all costs a look at each. */
  private async planFor(names: ReadonlySet<string>, signal: AbortSignal): Promise<IndexPlan> {
    if (this.build === undefined) return this.plan(signal);
    const work = [...names].map((name): IndexWork => {
      const facts = describeFile(this.options.folder, name);
      return { name, bytes: facts && !facts.problem ? Math.min(facts.identity.size, WORTH_TELLING / names.size) : 0 };
    });
    return { build: this.build, work };
  }

  private batch(work: readonly IndexWork[]): IndexWork[] {
    let bytes = 0;
    let count = 0;
    while (count < work.length && count < STEP_FILES && (count === 0 || bytes < STEP_BYTES)) {
      bytes += work[count]?.bytes ?? 0;
      count++;
    }
    return work.slice(0, count);
  }

  private tell(state: IndexState['state'], done: number, message?: string): void {
    if (this.closed) return;
    this.state = state;
    this.options.onState({ store: this.options.store, state, done, ...(message === undefined ? {} : { message }) });
  }
}

function cancelled(): StoreError {
  return new StoreError('cancelled', 'Cancelled.');
}
