import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorText } from '../errors';

/** Events of one write come together: one report for a key within this time. */
const COALESCE_MILLISECONDS = 3;

/**
 * Watches one folder (not its files) and reports names that changed; `undefined`: anything may have changed.
 * Nothing runs while nothing happens. When the folder goes away, that is reported and the watch ends; `ensure` begins a
 * new one when it is there again.
 */
export class FolderWatcher {
  #watcher: fs.FSWatcher | undefined;
  #inode = 0n;
  #timer: NodeJS.Timeout | undefined;
  #names = new Set<string>();
  #isAll = false;
  #closed = false;

  constructor(
    private readonly folder: string,
    private readonly report: (names: ReadonlySet<string> | undefined) => void,
    private readonly log: (message: string) => void,
  ) {}

  /** Watches the folder if that is not so already. Reports a change when a watch begins after one was lost. */
  ensure(): void {
    if (this.#closed) return;
    const inode = this.#folderInode();
    if (this.#watcher && inode === this.#inode) return;
    const isFirst = this.#inode === 0n;
    this.#stop();
    if (inode === undefined) return;
    try {
      this.#watcher = fs.watch(this.folder, { persistent: false }, (event, name) => this.#onEvent(event, name));
      this.#watcher.on('error', (error) => this.#lose(errorText(error)));
      this.#inode = inode;
      if (!isFirst) this.#add(undefined);
    } catch (error) {
      this.log(`The folder ${this.folder} cannot be watched: ${errorText(error)}`);
    }
  }

  /** Stops until the next `ensure`. */
  pause(): void {
    this.#stop();
    this.#inode = 0n;
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #onEvent(event: string, name: string | null): void {
    this.#add(name ?? undefined);
    // A folder that is removed or renamed reports itself; what is watched from then on is nobody's.
    // Its inode number may already belong to the folder that took its place, so its own name is enough.
    const isOwn = name === path.basename(this.folder) || this.#folderInode() !== this.#inode;
    if (event === 'rename' && isOwn) this.#lose('it was removed or replaced');
  }

  #lose(why: string): void {
    this.log(`The watch on ${this.folder} ended: ${why}`);
    this.#stop();
    this.#add(undefined);
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #folderInode(): bigint | undefined {
    try {
      return fs.statSync(this.folder, { bigint: true, throwIfNoEntry: false })?.ino;
    } catch {
      return undefined;
    }
  }

  #add(name: string | undefined): void {
    if (name === undefined) this.#isAll = true;
    else this.#names.add(name);
    this.#timer ??= setTimeout(() => this.#flush(), COALESCE_MILLISECONDS);
  }

  #flush(): void {
    this.#timer = undefined;
    const names = this.#isAll ? undefined : this.#names;
    this.#names = new Set();
    this.#isAll = false;
    this.report(names);
  }
}
