import type { JournalDatabase } from './journalDatabase';

/** How many entries are kept at most; of older ones not even the history remains. */
const MOST_ENTRIES = 10_000;
/** Pages that are given back to the file system in one transaction. */
const PAGES = 2000;

/** Compressed bytes of all images. */
export function imageBytes({ sqlite }: JournalDatabase): number {
  return Number(sqlite.prepare('SELECT coalesce(sum(length(data)), 0) FROM images').pluck().get());
}

/** Drops the images of these items: they cannot be undone any more. Returns the bytes set free. */
export function purgeItems(database: JournalDatabase, items: readonly number[]): number {
  const { sqlite } = database;
  const freed = database.writing(() => {
    const size = sqlite.prepare('SELECT coalesce(sum(length(data)), 0) FROM images WHERE item = ?').pluck();
    const images = sqlite.prepare('DELETE FROM images WHERE item = ?');
    const mark = sqlite.prepare(
      "UPDATE items SET purged = 1 WHERE id = ? AND purged = 0 AND status IN ('done', 'undone') RETURNING id",
    );
    let bytes = 0;
    for (const item of items) {
      if (mark.get(item) === undefined) continue;
      bytes += Number(size.get(item));
      images.run(item);
    }
    return bytes;
  });
  giveBack(database);
  return freed;
}

/** Drops what is older than `days` and, oldest first, what goes beyond `bytes` in all. Returns the number of items. */
export function purgeOld(database: JournalDatabase, now: number, days: number, bytes: number): number {
  const oldest = new Date(now - days * 86_400_000).toISOString();
  const rows = database.sqlite
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
  if (gone.length > 0) purgeItems(database, gone);
  tidy(database, now);
  return gone.length;
}

/** Removes images that no change came of, and history beyond the limit. Not while another process prepares a change. */
function tidy(database: JournalDatabase, now: number): void {
  const { sqlite } = database;
  const hourAgo = new Date(now - 3_600_000).toISOString();
  database.writing(() => {
    sqlite
      .prepare(
        `DELETE FROM images WHERE item IN (SELECT items.id FROM items JOIN entries ON entries.id = items.entry
         WHERE items.status = 'prepared' AND entries.at < ?)`,
      )
      .run(hourAgo);
    sqlite
      .prepare(
        `DELETE FROM items WHERE status = 'prepared' AND entry IN (SELECT id FROM entries WHERE at < ?)
         AND NOT EXISTS (SELECT 1 FROM images WHERE item = items.id)`,
      )
      .run(hourAgo);
    const last = sqlite.prepare('SELECT id FROM entries ORDER BY id DESC LIMIT 1 OFFSET ?').pluck().get(MOST_ENTRIES);
    if (typeof last === 'number') {
      sqlite
        .prepare('DELETE FROM images WHERE item IN (SELECT id FROM items WHERE entry <= ? AND purged = 1)')
        .run(last);
      sqlite.prepare('DELETE FROM items WHERE entry <= ? AND purged = 1').run(last);
    }
    sqlite
      .prepare('DELETE FROM entries WHERE at < ? AND NOT EXISTS (SELECT 1 FROM items WHERE entry = entries.id)')
      .run(hourAgo);
  });
  giveBack(database);
}

/** The space of dropped images goes back to the file system: who empties the trash wants room on the disk. */
function giveBack({ sqlite }: JournalDatabase): void {
  try {
    for (let free = Number.POSITIVE_INFINITY; ; ) {
      const left = Number(sqlite.pragma('freelist_count', { simple: true }));
      if (left === 0 || left >= free) break;
      free = left;
      sqlite.exec(`PRAGMA incremental_vacuum(${PAGES})`);
    }
    // The pages go from the log; the file itself is cut short when the log is moved into it.
    sqlite.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Another window uses the journal, or the disk is full: a later purge does it.
  }
}
