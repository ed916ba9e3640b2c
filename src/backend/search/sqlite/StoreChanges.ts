import type { DatabaseConnection } from '../../sqlite/connection';
import { type ChangedKeys, SessionCache } from '../../sqlite/sessionCache';
import { type IdRange, readIdRange } from './planTasks';

/** A state of the database. */
export interface Mark {
  readonly at: number;
  /** Rows that belong to it; `null` when there are none. */
  readonly rows: IdRange | null;
}

/**
 * Which sessions have been changed since a state of the database: from its version, the ids of new rows and the metadata,
 * as the list of sessions finds it out. It is looked at before the first row of a search is read and after the last one.
 */
export class StoreChanges {
  private readonly cache = new SessionCache(0);
  private readonly log: ChangedKeys[] = [];
  private forgotten = 0;
  private users = 0;

  constructor(private readonly connection: DatabaseConnection) {
    this.cache.onChange((keys) => {
      if (this.users > 0) this.log.push(keys);
    });
  }

  /** The state as it is now. End with `end`. */
  async begin(): Promise<Mark> {
    this.users++;
    try {
      return await this.mark();
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Sessions that were changed since, and the state up to which that is known; `undefined`: any of them may have been. */
  async since({ at }: Mark): Promise<{ readonly changed: ReadonlySet<string> | undefined; readonly mark: Mark }> {
    const mark = await this.mark();
    const keys = new Set<string>();
    for (const entry of this.log.slice(at - this.forgotten, mark.at - this.forgotten)) {
      if (!entry) return { changed: undefined, mark };
      for (const key of entry) keys.add(key);
    }
    return { changed: keys, mark };
  }

  end(): void {
    this.users--;
    if (this.users > 0) return;
    this.forgotten += this.log.length;
    this.log.length = 0;
  }

  private async mark(): Promise<Mark> {
    const rows = await this.connection.run((reader) => {
      this.cache.syncMetadata(reader);
      return readIdRange(reader);
    });
    return { at: this.forgotten + this.log.length, rows };
  }
}
