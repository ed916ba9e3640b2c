import * as fs from 'node:fs';
import * as path from 'node:path';
import { DATABASE_NAME } from '../backend/discovery';

/** Names whose coming or going in a workspace folder or a sessions folder changes the set of stores. */
const NAMES: ReadonlySet<string> = new Set(['sessions', 'archive', 'data', 'workspace', DATABASE_NAME]);

/** Folders below a watched one that hold stores. */
const BELOW = ['', 'sessions', 'data', 'data/sessions', 'workspace', 'workspace/sessions'];

/** The folder itself, or the nearest one above it that is there: that tells when the folder comes. */
function nearest(folder: string): string {
  let found = folder;
  while (!fs.existsSync(found) && path.dirname(found) !== found) found = path.dirname(found);
  return found;
}

/**
 * Notices that a store has appeared or vanished below the discovered folders: one file watch for each folder, not recursive.
 * It tells only that something may have changed; the answer is a new discovery.
 */
export class StoreWatch {
  private watchers: fs.FSWatcher[] = [];
  private known = '';
  private scheduled: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: () => void) {}

  /** Watches these folders instead of the ones before; for one that does not exist, what tells of its coming. */
  watch(folders: readonly string[]): void {
    const all = folders.flatMap((folder) => BELOW.map((below) => path.join(folder, below)));
    const wanted = new Set([...folders.map(nearest), ...all.filter((folder) => fs.existsSync(folder))]);
    // The folders' own names: a folder reports itself when it goes, and the one above it when it comes.
    const names = new Set([...NAMES, ...folders.flatMap((folder) => folder.split(path.sep))]);
    const matters = (name: string | null) => name === null || names.has(name) || name.endsWith('.jsonl');
    const known = [...wanted, ...names].sort().join('\n');
    if (known === this.known) return;
    this.close();
    this.known = known;
    for (const folder of wanted) {
      try {
        const watcher = fs.watch(folder, { persistent: false }, (event, name) => {
          // Appends are 'change' events: only names that come and go matter here.
          if (event === 'rename' && matters(name)) this.schedule();
        });
        watcher.on('error', () => watcher.close());
        this.watchers.push(watcher);
      } catch {
        // Too many watches, or a folder that has just gone: the Refresh command still works.
      }
    }
  }

  /** A burst of events is one change. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = setTimeout(() => {
      this.scheduled = undefined;
      this.known = '';
      this.onChange();
    }, 100);
    this.scheduled.unref();
  }

  close(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
    this.known = '';
    if (this.scheduled) clearTimeout(this.scheduled);
    this.scheduled = undefined;
  }
}
