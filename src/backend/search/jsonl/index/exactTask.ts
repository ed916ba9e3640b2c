/** Runs in a search thread: counts from the index alone, where it covers all that is there. */
import * as fs from 'node:fs';
import type { Skipped } from '../../../../shared/search/answer';
import { fileFingerprint } from '../../../jsonl/fileIndexer';
import { type FileIdentity, openSessionFile } from '../../../jsonl/sessionFiles';
import type { SqliteDatabase } from '../../../sqlite/binding';
import type { FoundHit } from '../../StoreSearch';
import type { Task, TaskContext } from '../../workers/tasks';
import { noStats } from '../chunks';
import { FileScan, needsOf } from '../fileScan';
import { compiledFor } from '../scanTask';
import type { LineCounts, ScanFile } from '../scanTypes';
import { type Pin, pinSessions, timeOf } from '../sessionPins';
import { unreadableLine } from '../skippedLines';
import { allFiles, type FileRow, isFresh, listedOf, mayHaveGrown } from './fileRows';
import { LINES, openIndex } from './indexDatabase';
import type { ExactResult, IndexQueryParams } from './indexTypes';
import { indexQuery } from './matchExpression';

/** What the index lacks is looked through here, if it is no more than this. */
const MOST_FILES = 100;
const MOST_BYTES = 1024 * 1024;
const MOST_SKIPPED = 1000;

export const exactTask: Task<IndexQueryParams, never, ExactResult> = async (params, context) => {
  const asked = indexQuery(params.query);
  if (!asked?.exact) return null;
  let database: SqliteDatabase | null = null;
  try {
    database = await openIndex(params);
    return database && (await count(database, asked.expression, params, context));
  } catch (error) {
    // The scan counts then. What is wrong with the index is found and mended when it is brought up to date.
    context.log('info', `The search index could not count: ${String(error)}`);
    return null;
  } finally {
    database?.close();
  }
};

/** What lies behind the indexed part of a file. */
interface Rest {
  readonly pin: Pin;
  readonly row: FileRow | undefined;
}

async function count(
  database: SqliteDatabase,
  expression: string,
  params: IndexQueryParams,
  context: TaskContext,
): Promise<ExactResult> {
  const { folder, store, sessions } = params;
  // One state of the index for the files and the words.
  database.exec('BEGIN');
  const rows = new Map(allFiles(database).map((row) => [row.name, row]));
  const pins = await pinSessions(folder, store, sessions && ((key) => sessions.has(key)));
  const rests: Rest[] = [];
  const counted = new Map<number, { key: string; hits: number }>();
  const tally = new Tally(store, pins.skipped);
  for (const pin of pins.files) {
    const { identity, name } = pin.facts;
    const row = rows.get(name);
    if (row && row.long > 0) return null;
    const isWhole = row !== undefined && isFresh(row, identity);
    if (!isWhole || row.end < identity.size) rests.push({ pin, row });
    if (row && (isWhole || mayHaveGrown(row, identity))) {
      counted.set(row.id, { key: pin.key, hits: 0 });
      tally.add(pin.key, name, row);
    } else tally.sessions++;
  }
  if (!areFew(rests)) return null;
  const ids = database.prepare('SELECT rowid FROM words WHERE words MATCH ?').pluck().all(expression) as number[];
  for (const rowid of ids) {
    const own = counted.get(Math.floor(rowid / LINES));
    if (own) own.hits++;
  }
  // The index orders by the times that it knows: those of files that have changed since are others.
  if (params.order === 'time' && rests.length > 0 && ids.length > params.limit) return null;
  const counts = new Map<string, number>();
  for (const { key, hits } of counted.values()) if (hits > 0) counts.set(key, (counts.get(key) ?? 0) + hits);
  const hits: FoundHit[] = [];
  for (const rest of rests) {
    const found = lookThrough(rest, params, context);
    if (!found) return null;
    const { key } = rest.pin;
    if (found.hits > 0) counts.set(key, (counts.get(key) ?? 0) + found.hits);
    hits.push(...found.newest);
    tally.addLines(key, rest.pin.facts.name, found);
  }
  return { exact: { counts: [...counts], coverage: tally.coverage }, hits };
}

function areFew(rests: readonly Rest[]): boolean {
  const bytes = rests.reduce((sum, { pin, row }) => sum + pin.facts.identity.size - (row?.end ?? 0), 0);
  // A file that was rewritten counts with all of its bytes, when it is looked at.
  return rests.length <= MOST_FILES && bytes <= MOST_BYTES;
}

interface RestFound extends LineCounts {
  readonly hits: number;
  readonly newest: readonly FoundHit[];
}

function lookThrough({ pin, row }: Rest, params: IndexQueryParams, context: TaskContext): RestFound | null {
  const { folder, store, query, sessions, limit } = params;
  const { key, facts } = pin;
  const { fd, identity } = openSessionFile(folder, facts.name);
  try {
    // The index counts this file up to the end of its row: it must be the same file, appended to at the most.
    if (row && !isSameFile(fd, row, facts.identity, identity)) return null;
    if (identity.size < facts.identity.size) return null;
    const part = { from: row?.end ?? 0, end: facts.identity.size, line: row?.lines ?? 0, message: row?.messages ?? 0 };
    const bits = sessions?.get(key) ?? 0;
    const file: ScanFile = { name: facts.name, key, bits, identity: facts.identity, known: null, part };
    const look = (): void => void context.cancelled();
    const asked = { store, compiled: compiledFor(query), needs: needsOf(query), limit, fromRow: 0, wanted: limit > 0 };
    const scan = new FileScan(fd, file, { ...asked, look });
    scan.run(part.from, part.end);
    const { counts, hits } = scan;
    return counts ? { ...counts, hits, newest: scan.found(timeOf(facts)) } : null;
  } finally {
    fs.closeSync(fd);
  }
}

function isSameFile(fd: number, row: FileRow, pinned: FileIdentity, now: FileIdentity): boolean {
  if (isFresh(row, pinned) && isFresh(row, now)) return true;
  return (
    mayHaveGrown(row, pinned) && mayHaveGrown(row, now) && fileFingerprint(fd, row.end, noStats) === row.fingerprint
  );
}

/** What the counts cover. */
class Tally {
  sessions = 0;
  private messages = 0;
  private skippedCount: number;
  private readonly skipped: Skipped[];

  constructor(
    private readonly store: string,
    skipped: readonly Skipped[],
  ) {
    this.skipped = skipped.slice(0, MOST_SKIPPED);
    this.skippedCount = skipped.length;
  }

  add(key: string, name: string, row: FileRow): void {
    this.sessions++;
    const { messages, unreadable } = row;
    this.addLines(key, name, { messages, unreadable, listed: unreadable > 0 ? listedOf(row) : [] });
  }

  addLines(key: string, name: string, { messages, unreadable, listed }: Omit<LineCounts, 'lines'>): void {
    this.messages += messages;
    this.skippedCount += unreadable;
    for (const one of listed) {
      if (this.skipped.length < MOST_SKIPPED) this.skipped.push(unreadableLine(this.store, key, name, one));
    }
  }

  get coverage() {
    const { messages, sessions, skipped, skippedCount } = this;
    return { messages, sessions, skipped, skippedCount };
  }
}
