import type { HistoryEntry, HistoryItem, ItemStatus, OperationKind, TrashItem } from '../../shared/operations';
import { type StoreLocation, storeId } from '../../shared/session';
import { StoreError } from '../errors';
import type { Change } from './changes';
import { ImageReader, ImageWriter } from './images';
import { JournalDatabase } from './journalDatabase';
import { imageBytes, purgeItems, purgeOld } from './retention';

/** One change of one session, as recorded. */
export interface JournalItem {
  readonly id: number;
  readonly entry: number;
  readonly store: StoreLocation;
  readonly operation: OperationKind;
  readonly key: string;
  readonly label: string;
  readonly status: ItemStatus;
  readonly change: Change;
  readonly messages: number;
  readonly bytes: number;
  readonly purged: boolean;
  /** Key under which an undo or redo has put, or is about to put, what it brings back, where that is another one. */
  readonly newKey: string | undefined;
  /** Takes `newKey` down before a reversal uses it; on the disk when it returns. A killed one is recovered from it. */
  announce(newKey: string): void;
  /** The bytes of an image, in pieces, in order. Throws `purged` when they have been dropped. */
  image(name: string): ImageReader;
}

export interface ItemFacts {
  readonly key: string;
  readonly label: string;
  readonly messages: number;
  readonly bytes: number;
  /** The session is gone after the change: it waits in the trash. */
  readonly trashed: boolean;
}

/** Takes down one change before it is made. */
export interface ItemRecorder {
  readonly label: string;
  /** Call before `start`, as often as there are images. Pieces of any size; they are compressed and stored as they come. */
  image(name: string): ImageWriter;
  /**
   * Flushes images and change to the disk. From now on the change counts as begun; a crash is recovered from here.
   * May be called again with what is known by then, before the store's own files are changed.
   */
  start(change: Change, facts: Omit<ItemFacts, 'label'>): StartedItem;
  /** Drops what was written when the change will not be made. After `start`: nothing of the store was changed. */
  discard(): void;
  /** The item, once `start` has been called and `discard` has not. */
  readonly startedItem: number | undefined;
}

export interface StartedItem {
  readonly id: number;
  /** The change is made. `change`: as it turned out, where that could not be known before. */
  finish(change?: Change): void;
}

type ItemRow = {
  id: number;
  entry: number;
  key: string;
  label: string;
  status: ItemStatus;
  change: string;
  messages: number;
  bytes: number;
  purged: number;
  new_key: string | null;
  operation: OperationKind;
  store: string;
  at: string;
};

const ITEM_COLUMNS = `items.id, items.entry, items.key, items.label, items.status, items.change, items.messages,
  items.bytes, items.purged, items.new_key, entries.operation, entries.store, entries.at`;

/**
 * The record of every change, in `journal.db` of the data folder. Several processes may use it at the same time. What
 * `start` has written is on the disk when it returns; all else is safe against a killed process.
 */
export class Journal {
  private constructor(
    private readonly database: JournalDatabase,
    private readonly now: () => number,
  ) {}

  /** Rejects with `journal-unavailable` when there is no data folder or it cannot be written. */
  static async open(dataFolder: string | undefined, now: () => number, sqliteBinding?: string): Promise<Journal> {
    return new Journal(await JournalDatabase.open(dataFolder, sqliteBinding), now);
  }

  /** The file was deleted or replaced since it was opened: this journal is of no use any more. */
  get isLost(): boolean {
    return this.database.isLost;
  }

  /** A new entry. Entries without an item are not shown and go at the next start. */
  begin(operation: OperationKind, store: StoreLocation, planned: number): number {
    const at = new Date(this.now()).toISOString();
    return this.database.writing(() => {
      const { lastInsertRowid } = this.database.sqlite
        .prepare('INSERT INTO entries (at, operation, store, planned, summary) VALUES (?, ?, ?, ?, ?)')
        .run(at, operation, JSON.stringify(store), planned, '');
      return Number(lastInsertRowid);
    });
  }

  /** Words for an entry when its operation has ended; an entry without items is dropped. */
  end(entry: number, summary: string): void {
    this.database.writing(() => {
      this.database.sqlite.prepare('UPDATE entries SET summary = ? WHERE id = ?').run(summary, entry);
      this.database.sqlite
        .prepare('DELETE FROM entries WHERE id = ? AND NOT EXISTS (SELECT 1 FROM items WHERE entry = entries.id)')
        .run(entry);
    });
  }

  /** Prepares the record of one change. Nothing is written before the first image or `start`. */
  recorder(entry: number, label: string): ItemRecorder {
    let id: number | undefined;
    let startedItem: number | undefined;
    const writers: ImageWriter[] = [];
    const itemId = (): number => {
      id ??= this.database.writing(() =>
        Number(
          this.database.sqlite
            .prepare("INSERT INTO items (entry, key, label, status, change) VALUES (?, '', ?, 'prepared', 'null')")
            .run(entry, label).lastInsertRowid,
        ),
      );
      return id;
    };
    return {
      label,
      image: (name) => {
        const writer = new ImageWriter(this.database, itemId, name);
        writers.push(writer);
        return writer;
      },
      start: (change, facts) => {
        // One transaction, and so one flush, where the images are small.
        this.database.flushing(() => {
          const own = itemId();
          for (const writer of writers) writer.flush();
          this.database.sqlite
            .prepare(
              `UPDATE items SET key = ?, label = ?, status = 'started', change = ?, messages = ?, bytes = ?, trashed = ?
               WHERE id = ?`,
            )
            .run(facts.key, label, JSON.stringify(change), facts.messages, facts.bytes, facts.trashed ? 1 : 0, own);
        });
        const started = itemId();
        startedItem = started;
        return {
          id: started,
          finish: (final) =>
            this.database.writing(() => {
              if (final) {
                this.database.sqlite
                  .prepare('UPDATE items SET change = ? WHERE id = ?')
                  .run(JSON.stringify(final), started);
              }
              this.database.sqlite.prepare("UPDATE items SET status = 'done' WHERE id = ?").run(started);
            }),
        };
      },
      discard: () => {
        if (id !== undefined) this.drop(id);
        id = undefined;
        startedItem = undefined;
        writers.length = 0;
      },
      get startedItem() {
        return startedItem;
      },
    };
  }

  setStatus(item: number, status: ItemStatus): void {
    this.database.writing(() =>
      this.database.sqlite.prepare('UPDATE items SET status = ? WHERE id = ?').run(status, item),
    );
  }

  /**
   * Begins to take an item back, or to make it again; on the disk when it returns. False when it is not `from` any more,
   * or its images have been purged: another window was faster.
   */
  claim(item: number, from: ItemStatus, to: 'undoing' | 'redoing'): boolean {
    return this.database.flushing(() => {
      const { changes } = this.database.sqlite
        .prepare('UPDATE items SET status = ?, new_key = NULL WHERE id = ? AND status = ? AND purged = 0')
        .run(to, item, from);
      return changes === 1;
    });
  }

  /** Removes an item as if it had never been: its change was rolled back before it was made. */
  drop(item: number): void {
    this.database.writing(() => {
      this.database.sqlite.prepare('DELETE FROM images WHERE item = ?').run(item);
      this.database.sqlite.prepare('DELETE FROM items WHERE id = ?').run(item);
    });
  }

  item(id: number): JournalItem | undefined {
    const row = this.database.sqlite
      .prepare(`SELECT ${ITEM_COLUMNS} FROM items JOIN entries ON entries.id = items.entry WHERE items.id = ?`)
      .get(id) as ItemRow | undefined;
    return row && this.itemOf(row);
  }

  /** Items of an entry, in the order in which they were made. */
  itemsOf(entry: number): JournalItem[] {
    const rows = this.database.sqlite
      .prepare(
        `SELECT ${ITEM_COLUMNS} FROM items JOIN entries ON entries.id = items.entry
         WHERE items.entry = ? AND items.status <> 'prepared' ORDER BY items.id`,
      )
      .all(entry) as ItemRow[];
    return rows.map((row) => this.itemOf(row));
  }

  /** Changes that a killed process may have left half made. Those of a living one are among them: take the store's lock first. */
  unfinished(store?: StoreLocation): JournalItem[] {
    const rows = this.database.sqlite
      .prepare(
        `SELECT ${ITEM_COLUMNS} FROM items JOIN entries ON entries.id = items.entry
         WHERE items.status IN ('started', 'undoing', 'redoing') ORDER BY items.id`,
      )
      .all() as ItemRow[];
    const items = rows.map((row) => this.itemOf(row));
    return store ? items.filter((item) => storeId(item.store) === storeId(store)) : items;
  }

  /** Newest first. `before`: entries older than this one. */
  history(limit: number, before = Number.MAX_SAFE_INTEGER): HistoryEntry[] {
    const entries = this.database.sqlite
      .prepare(
        `SELECT id, at, operation, store, summary, planned FROM entries WHERE id < ?
         AND EXISTS (SELECT 1 FROM items WHERE entry = entries.id AND status <> 'prepared') ORDER BY id DESC LIMIT ?`,
      )
      .all(before, limit) as {
      id: number;
      at: string;
      operation: OperationKind;
      store: string;
      summary: string;
      planned: number;
    }[];
    return entries.map(({ store, ...entry }) => ({
      ...entry,
      store: storeFrom(store),
      items: this.itemsOf(entry.id).map(historyItem),
    }));
  }

  entry(id: number): HistoryEntry | undefined {
    return this.history(1, id + 1).find((entry) => entry.id === id);
  }

  /** Deleted sessions that can be restored, newest first. */
  trash(): TrashItem[] {
    const rows = this.database.sqlite
      .prepare(
        `SELECT ${ITEM_COLUMNS} FROM items JOIN entries ON entries.id = items.entry
         WHERE items.trashed = 1 AND items.status = 'done' AND items.purged = 0 ORDER BY items.id DESC`,
      )
      .all() as ItemRow[];
    return rows.map((row) => ({
      entry: row.entry,
      item: row.id,
      at: row.at,
      store: storeFrom(row.store),
      key: row.key,
      label: row.label,
      messages: row.messages,
      bytes: row.bytes,
    }));
  }

  /** Compressed bytes of all images. */
  usage(): number {
    return imageBytes(this.database);
  }

  /** Drops the images of these items: they cannot be undone any more. Returns the bytes set free. */
  purge(items: readonly number[]): number {
    return purgeItems(this.database, items);
  }

  /** Drops what is older than `days` and, oldest first, what goes beyond `bytes` in all. Returns the number of items. */
  purgeOld(days: number, bytes: number): number {
    return purgeOld(this.database, this.now(), days, bytes);
  }

  close(): void {
    this.database.close();
  }

  private itemOf(row: ItemRow): JournalItem {
    return {
      id: row.id,
      entry: row.entry,
      store: storeFrom(row.store),
      operation: row.operation,
      key: row.key,
      label: row.label,
      status: row.status,
      change: JSON.parse(row.change) as Change,
      messages: row.messages,
      bytes: row.bytes,
      purged: row.purged !== 0,
      newKey: row.new_key ?? undefined,
      announce: (newKey) => {
        this.database.flushing(() =>
          this.database.sqlite.prepare('UPDATE items SET new_key = ? WHERE id = ?').run(newKey, row.id),
        );
      },
      image: (name) => {
        if (row.purged !== 0) {
          throw new StoreError('purged', `What "${row.label}" held before is purged: it cannot be brought back.`);
        }
        return new ImageReader(this.database.sqlite, row.id, name);
      },
    };
  }
}

function storeFrom(text: string): StoreLocation {
  return JSON.parse(text) as StoreLocation;
}

function historyItem({ id, key, label, status, messages, bytes, purged }: JournalItem): HistoryItem {
  return { id, key, label, status, messages, bytes, purged };
}
