import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HistoryEntry, HistoryItem, ItemStatus, OperationKind, TrashItem } from '../../shared/operations';
import { type StoreLocation, storeId } from '../../shared/session';
import { errorText, StoreError } from '../errors';
import { loadSqlite, type SqliteDatabase } from '../sqlite/binding';
import { isBusy } from '../sqlite/sqliteErrors';
import type { Change } from './changes';
import { ImageReader, ImageWriter } from './images';
import { FORMAT, SCHEMA } from './journalSchema';

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

/** How many entries are kept at most; of older ones not even the history remains. */
const MOST_ENTRIES = 10_000;

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
  operation: OperationKind;
  store: string;
  at: string;
};

const ITEM_COLUMNS = `items.id, items.entry, items.key, items.label, items.status, items.change, items.messages,
  items.bytes, items.purged, entries.operation, entries.store, entries.at`;

/**
 * The record of every change, in `journal.db` of the data folder. Several processes may use it at the same time. What
 * `start` has written is on the disk when it returns; all else is safe against a killed process.
 */
export class Journal {
  private constructor(
    private readonly database: SqliteDatabase,
    private readonly now: () => number,
  ) {}

  /** Rejects with `journal-unavailable` when there is no data folder or it cannot be written. */
  static async open(dataFolder: string | undefined, now: () => number, sqliteBinding?: string): Promise<Journal> {
    if (dataFolder === undefined) {
      throw new StoreError('journal-unavailable', 'Nothing is changed without a data folder for the journal.');
    }
    const file = path.join(dataFolder, 'journal.db');
    try {
      fs.mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
      const library = await loadSqlite(sqliteBinding);
      const database = library.open(file, { readonly: false, timeout: 5000, create: true });
      try {
        prepare(database);
      } catch (error) {
        database.close();
        throw error;
      }
      return new Journal(database, now);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw journalError(error, file);
    }
  }

  /** A new entry. Entries without an item are not shown and go at the next start. */
  begin(operation: OperationKind, store: StoreLocation, planned: number): number {
    const at = new Date(this.now()).toISOString();
    return this.writing(() => {
      const { lastInsertRowid } = this.database
        .prepare('INSERT INTO entries (at, operation, store, planned, summary) VALUES (?, ?, ?, ?, ?)')
        .run(at, operation, JSON.stringify(store), planned, '');
      return Number(lastInsertRowid);
    });
  }

  /** Words for an entry when its operation has ended; an entry without items is dropped. */
  end(entry: number, summary: string): void {
    this.writing(() => {
      this.database.prepare('UPDATE entries SET summary = ? WHERE id = ?').run(summary, entry);
      this.database
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
      id ??= this.writing(() =>
        Number(
          this.database
            .prepare("INSERT INTO items (entry, key, label, status, change) VALUES (?, '', ?, 'prepared', 'null')")
            .run(entry, label).lastInsertRowid,
        ),
      );
      return id;
    };
    return {
      label,
      image: (name) => {
        const writer = new ImageWriter((work) => this.writing(work), this.database, itemId, name);
        writers.push(writer);
        return writer;
      },
      start: (change, facts) => {
        // One transaction, and so one flush, where the images are small.
        this.flushing(() => {
          const own = itemId();
          for (const writer of writers) writer.flush();
          this.database
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
            this.writing(() => {
              if (final) {
                this.database.prepare('UPDATE items SET change = ? WHERE id = ?').run(JSON.stringify(final), started);
              }
              this.database.prepare("UPDATE items SET status = 'done' WHERE id = ?").run(started);
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
    const write = () => this.database.prepare('UPDATE items SET status = ? WHERE id = ?').run(status, item);
    // The beginning of a reversal must be on the disk before the store is touched; its end need not be.
    if (status === 'undoing' || status === 'redoing') this.flushing(write);
    else this.writing(write);
  }

  /** Removes an item as if it had never been: its change was rolled back before it was made. */
  drop(item: number): void {
    this.writing(() => {
      this.database.prepare('DELETE FROM images WHERE item = ?').run(item);
      this.database.prepare('DELETE FROM items WHERE id = ?').run(item);
    });
  }

  item(id: number): JournalItem | undefined {
    const row = this.database
      .prepare(`SELECT ${ITEM_COLUMNS} FROM items JOIN entries ON entries.id = items.entry WHERE items.id = ?`)
      .get(id) as ItemRow | undefined;
    return row && this.itemOf(row);
  }

  /** Items of an entry, in the order in which they were made. */
  itemsOf(entry: number): JournalItem[] {
    const rows = this.database
      .prepare(
        `SELECT ${ITEM_COLUMNS} FROM items JOIN entries ON entries.id = items.entry
         WHERE items.entry = ? AND items.status <> 'prepared' ORDER BY items.id`,
      )
      .all(entry) as ItemRow[];
    return rows.map((row) => this.itemOf(row));
  }

  /** Changes that a killed process may have left half made. Those of a living one are among them: take the store's lock first. */
  unfinished(store?: StoreLocation): JournalItem[] {
    const rows = this.database
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
    const entries = this.database
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
    const rows = this.database
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
    return Number(this.database.prepare('SELECT coalesce(sum(length(data)), 0) FROM images').pluck().get());
  }

  /** Drops the images of these items: they cannot be undone any more. Returns the bytes set free. */
  purge(items: readonly number[]): number {
    return this.writing(() => {
      const size = this.database.prepare('SELECT coalesce(sum(length(data)), 0) FROM images WHERE item = ?').pluck();
      const images = this.database.prepare('DELETE FROM images WHERE item = ?');
      const mark = this.database.prepare(
        "UPDATE items SET purged = 1 WHERE id = ? AND status IN ('done', 'undone') RETURNING id",
      );
      let freed = 0;
      for (const item of items) {
        if (mark.get(item) === undefined) continue;
        freed += Number(size.get(item));
        images.run(item);
      }
      return freed;
    });
  }

  /** Drops what is older than `days` and, oldest first, what goes beyond `bytes` in all. Returns the number of items. */
  purgeOld(days: number, bytes: number): number {
    const oldest = new Date(this.now() - days * 86_400_000).toISOString();
    const rows = this.database
      .prepare(
        `SELECT items.id AS id, entries.at AS at, (SELECT coalesce(sum(length(data)), 0) FROM images WHERE item = items.id) AS size
         FROM items JOIN entries ON entries.id = items.entry
         WHERE items.purged = 0 AND items.status IN ('done', 'undone') ORDER BY items.id DESC`,
      )
      .all() as { id: number; at: string; size: number }[];
    let total = 0;
    const gone: number[] = [];
    for (const { id, at, size } of rows) {
      total += size;
      if (at < oldest || total > bytes) gone.push(id);
    }
    if (gone.length > 0) this.purge(gone);
    this.tidy();
    return gone.length;
  }

  /** Removes images that no change came of, and history beyond the limit. Not while another process prepares a change. */
  private tidy(): void {
    const hourAgo = new Date(this.now() - 3_600_000).toISOString();
    this.writing(() => {
      this.database
        .prepare(
          `DELETE FROM images WHERE item IN (SELECT items.id FROM items JOIN entries ON entries.id = items.entry
           WHERE items.status = 'prepared' AND entries.at < ?)`,
        )
        .run(hourAgo);
      this.database
        .prepare(
          `DELETE FROM items WHERE status = 'prepared' AND entry IN (SELECT id FROM entries WHERE at < ?)
           AND NOT EXISTS (SELECT 1 FROM images WHERE item = items.id)`,
        )
        .run(hourAgo);
      const last = this.database
        .prepare('SELECT id FROM entries ORDER BY id DESC LIMIT 1 OFFSET ?')
        .pluck()
        .get(MOST_ENTRIES);
      if (typeof last === 'number') {
        this.database
          .prepare('DELETE FROM images WHERE item IN (SELECT id FROM items WHERE entry <= ? AND purged = 1)')
          .run(last);
        this.database.prepare('DELETE FROM items WHERE entry <= ? AND purged = 1').run(last);
      }
      this.database
        .prepare('DELETE FROM entries WHERE at < ? AND NOT EXISTS (SELECT 1 FROM items WHERE entry = entries.id)')
        .run(hourAgo);
    });
    this.database.exec('PRAGMA incremental_vacuum(2000)');
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
      image: (name) => {
        if (row.purged !== 0) {
          throw new StoreError('purged', `What "${row.label}" held before is purged: it cannot be brought back.`);
        }
        return new ImageReader(this.database, row.id, name);
      },
    };
  }

  /** A transaction that is safe against a killed process. Within another one: part of that. */
  private writing<T>(work: () => T): T {
    if (this.database.inTransaction) return work();
    try {
      return this.database.transaction(work).immediate();
    } catch (error) {
      throw error instanceof StoreError ? error : journalError(error, this.database.name);
    }
  }

  /** The same, and on the disk when it returns. */
  private flushing<T>(work: () => T): T {
    this.database.pragma('synchronous = FULL');
    try {
      return this.writing(work);
    } finally {
      this.database.pragma('synchronous = NORMAL');
    }
  }
}

function prepare(database: SqliteDatabase): void {
  // Before the first table: space of purged images goes back to the file system.
  database.pragma('auto_vacuum = INCREMENTAL');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('temp_store = MEMORY');
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > FORMAT) {
    throw new StoreError(
      'journal-unavailable',
      `The journal ${database.name} was written by a newer version of Agent Session Inspector. Update this one; nothing is changed until then.`,
    );
  }
  if (version < FORMAT) database.transaction(() => database.exec(SCHEMA)).immediate();
}

function journalError(error: unknown, file: string): StoreError {
  const cause = { cause: error };
  if (isBusy(error)) {
    return new StoreError(
      'busy',
      `The journal ${file} is in use by another window. Nothing was changed; try again.`,
      cause,
    );
  }
  const words = errorText(error);
  const full = /full|ENOSPC|EFBIG|EDQUOT/i.test(words) ? ' Make room on that disk.' : '';
  return new StoreError(
    'journal-unavailable',
    `The journal ${file} cannot be written, so nothing was changed: ${words}.${full}`,
    cause,
  );
}

function storeFrom(text: string): StoreLocation {
  return JSON.parse(text) as StoreLocation;
}

function historyItem({ id, key, label, status, messages, bytes, purged }: JournalItem): HistoryItem {
  return { id, key, label, status, messages, bytes, purged };
}
