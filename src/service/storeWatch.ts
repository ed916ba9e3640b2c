import * as fs from 'node:fs';
import * as path from 'node:path';
import { DATABASE_NAME } from '../backend/discovery';

/** Names whose coming or going in a workspace folder or a sessions folder changes the set of stores. */
function matters(name: string | null): boolean {
  if (name === null) return true;
  return name === 'sessions' || name === 'archive' || name === DATABASE_NAME || name.endsWith('.jsonl');
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

  /** Watches these folders instead of the ones before. Folders that do not exist are passed over. */
  watch(folders: readonly string[]): void {
    const wanted = [...new Set(folders.flatMap((folder) => [folder, path.join(folder, 'sessions')]))].sort();
    if (wanted.join('\n') === this.known) return;
    this.close();
    this.known = wanted.join('\n');
    for (const folder of wanted) {
      if (!fs.existsSync(folder)) continue;
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
