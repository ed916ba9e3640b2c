import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorText } from '../errors';
import type { BackendContext, StoreChange } from '../SessionBackend';
import type { DatabaseConnection } from './connection';
import type { ChangedKeys, SessionCache } from './sessionCache';

/**
 * Milliseconds after a file event at which the database is looked at. A writer touches the log first and makes its
 * commit visible through shared memory, for which there is no event: a look right after the event can come too early,
 * and much too early while a disk is flushed. After the last of these nothing runs until the next event.
 */
const looks = [2, 20, 100, 500];
/** Changes found within this time are told of together. */
const gathering = 2;

/** Tells of changes of one database, from events of the file system alone: nothing runs while nothing happens. */
export class DatabaseWatcher {
  private readonly listeners = new Set<(change: StoreChange) => void>();
  private watcher: fs.FSWatcher | undefined;
  /** What is watched. */
  private watched: string | undefined;
  private lost = false;
  private cacheSubscription: { dispose(): void } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private nextLook = 0;
  private looking = false;
  private failed = false;
  private flushTimer: NodeJS.Timeout | undefined;
  private changed: Set<string> | undefined;
  private anything = false;

  constructor(
    private readonly file: string,
    private readonly connection: DatabaseConnection,
    private readonly cache: SessionCache,
    private readonly context: BackendContext,
  ) {}

  watch(listener: (change: StoreChange) => void): { dispose(): void } {
    // A wrapper, so that one function given twice is two listeners.
    const own = (change: StoreChange) => listener(change);
    this.listeners.add(own);
    if (this.listeners.size === 1) this.start();
    return {
      dispose: () => {
        this.listeners.delete(own);
        if (this.listeners.size === 0) this.stop();
      },
    };
  }

  dispose(): void {
    this.listeners.clear();
    this.stop();
  }

  private start(): void {
    this.cacheSubscription = this.cache.onChange((keys) => this.note(keys));
    this.ensure();
    // What later changes are compared with.
    this.schedule();
  }

  /** Watches the database's folder if that is not so already: another may have taken its place. */
  ensure(): void {
    if (this.listeners.size === 0) return;
    const { real, identity } = this.place();
    if (this.watched === identity) return;
    this.endWatch();
    if (identity === undefined) return;
    // Noted although it may fail: the next reason to try again is another folder.
    this.watched = identity;
    const name = path.basename(real);
    // Reading writes to -shm, and zeroclaw's writes all go to one of the other two first.
    const names = new Set([name, `${name}-wal`, `${name}-journal`]);
    const own = path.basename(path.dirname(real));
    try {
      this.watcher = fs.watch(path.dirname(real), { persistent: false }, (event, changed) => {
        if (changed === null || names.has(changed)) this.schedule();
        // A folder that is removed or renamed reports itself; what is watched from then on is nobody's.
        else if (event === 'rename' && changed === own) this.lose();
      });
      this.watcher.on('error', (error) => this.warn(error));
    } catch (error) {
      this.warn(error);
    }
    // Nobody has told of what happened before.
    if (this.lost) this.schedule();
    this.lost = false;
  }

  /** The real file, and what tells its folder from another; `undefined` when there is none. */
  private place(): { real: string; identity: string | undefined } {
    // The log lies beside the real file, not beside a link to it.
    let real = this.file;
    try {
      real = fs.realpathSync.native(this.file);
    } catch {
      // Not there at the moment: the folder tells when it comes.
    }
    try {
      const { dev, ino } = fs.statSync(path.dirname(real), { bigint: true });
      return { real, identity: `${dev}:${ino} ${real}` };
    } catch {
      return { real, identity: undefined };
    }
  }

  private lose(): void {
    this.endWatch();
    this.schedule();
  }

  private endWatch(): void {
    if (this.watched !== undefined) this.lost = true;
    this.watcher?.close();
    this.watcher = undefined;
    this.watched = undefined;
  }

  private stop(): void {
    this.endWatch();
    this.lost = false;
    this.cacheSubscription?.dispose();
    clearTimeout(this.timer);
    clearTimeout(this.flushTimer);
    this.cacheSubscription = undefined;
    this.timer = undefined;
    this.flushTimer = undefined;
    this.changed = undefined;
    this.anything = false;
  }

  private warn(error: unknown): void {
    const { log } = this.context;
    log('warning', `Changes of ${this.file} are not noticed by themselves (${errorText(error)}). Refresh shows them.`);
  }

  /** A file event: begins the series of looks anew, but never puts off one that is due. */
  private schedule(): void {
    if (this.timer !== undefined && this.nextLook <= 1) {
      this.nextLook = 0;
      return;
    }
    clearTimeout(this.timer);
    this.nextLook = 0;
    this.setTimer();
  }

  private setTimer(): void {
    const delay = looks[this.nextLook];
    this.timer = undefined;
    if (delay === undefined || this.listeners.size === 0) return;
    this.nextLook++;
    this.timer = setTimeout(() => void this.look(), delay);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    this.timer = undefined;
    if (this.looking) return;
    this.looking = true;
    try {
      this.ensure();
      // New messages first: they are found by their ids, while metadata has to be compared row by row.
      await this.connection.run((reader) => this.cache.syncMessages(reader));
      this.flush();
      await new Promise((resolve) => setImmediate(resolve));
      await this.connection.run((reader) => this.cache.syncMetadata(reader));
      if (this.failed) this.note(undefined);
      this.flush();
      this.failed = false;
    } catch (error) {
      // Told of once: whoever lists the store gets the error itself.
      if (!this.failed) this.note(undefined);
      this.failed = true;
      this.context.log('info', errorText(error));
    } finally {
      this.looking = false;
      if (this.timer === undefined) this.setTimer();
    }
  }

  private note(keys: ChangedKeys): void {
    if (this.listeners.size === 0) return;
    if (keys === undefined) this.anything = true;
    else {
      this.changed ??= new Set();
      for (const key of keys) this.changed.add(key);
    }
    this.flushTimer ??= setTimeout(() => this.flush(), gathering);
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (!this.anything && !this.changed) return;
    const change: StoreChange = this.anything ? {} : { keys: [...(this.changed ?? [])] };
    this.anything = false;
    this.changed = undefined;
    for (const listener of [...this.listeners]) listener(change);
  }
}
