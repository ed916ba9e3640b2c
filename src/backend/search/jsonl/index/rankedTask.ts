/** Runs in a search thread: the first hits, from the index, each read from its file. */
import * as fs from 'node:fs';
import { StoreError, systemErrorCode } from '../../../errors';
import { fileFingerprint } from '../../../jsonl/fileIndexer';
import { ParsedLine, parseLine } from '../../../jsonl/lineParser';
import { type FileIdentity, openSessionFile } from '../../../jsonl/sessionFiles';
import { parseFileName } from '../../../jsonl/sessionKeys';
import type { SqliteDatabase } from '../../../sqlite/binding';
import { sqliteCode } from '../../../sqlite/sqliteErrors';
import type { CompiledQuery } from '../../match/compiledQuery';
import type { FoundHit } from '../../StoreSearch';
import type { Task, TaskContext } from '../../workers/tasks';
import { FileChanged, noStats } from '../chunks';
import { messageHit, needsOf } from '../fileScan';
import { contentOf, roleOf } from '../lineText';
import { compiledFor } from '../scanTask';
import { ToolCalls } from '../toolCalls';
import { allFiles, type FileRow, isFresh, mayHaveGrown } from './fileRows';
import { isDamage, LINES, openIndex } from './indexDatabase';
import type { IndexQueryParams, RankedResult } from './indexTypes';
import { LineReader } from './lineReader';
import { indexQuery } from './matchExpression';

/** Candidates of one try; each further one takes ten times as many. */
const FIRST_TRY = 4;
const TRIES = 3;
/** Milliseconds of reading candidates after which no more are read: the scan finds the rest. */
const PATIENCE = 150;
/** And for each hit that is asked for. */
const PATIENCE_PER_HIT = 0.5;
/** Names of called tools are looked for in all that lies before a result: only in smaller files. */
const MOST_FOR_CALLS = 8 * 1024 * 1024;

interface Candidate {
  readonly rowid: number;
  readonly rank: number;
}

export const rankedTask: Task<IndexQueryParams, never, RankedResult> = async (params, context) => {
  const asked = indexQuery(params.query);
  if (!asked || params.limit === 0) return { hits: [], damaged: false };
  let database: SqliteDatabase | null = null;
  try {
    database = await openIndex(params);
    if (!database) return { hits: [], damaged: false };
    return { hits: new Asking(database, params, context).hits(asked.expression), damaged: false };
  } catch (error) {
    // An expression that FTS5 does not take is no damage.
    if (sqliteCode(error) === 'SQLITE_ERROR')
      context.log('warning', `The search index was asked in vain: ${String(error)}`);
    else if (isDamage(error)) return { hits: [], damaged: true };
    else if (sqliteCode(error) === undefined) throw error;
    return { hits: [], damaged: false };
  } finally {
    database?.close();
  }
};

class Asking {
  private readonly compiled: CompiledQuery;
  private readonly files = new Map<number, FileRow>();
  private readonly opened = new Map<number, { fd: number; identity: FileIdentity } | null>();
  private readonly seen = new Set<number>();
  private readonly found: FoundHit[] = [];
  private until = Number.POSITIVE_INFINITY;
  private readonly calls: boolean;
  private readonly byId;
  private readonly all: boolean;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly params: IndexQueryParams,
    private readonly context: TaskContext,
  ) {
    this.compiled = compiledFor(params.query);
    this.calls = needsOf(params.query).calls;
    this.byId = database.prepare('SELECT * FROM files WHERE id = ?');
    // All rows cost as much as the rest of a question: they are read only where some of them are left out.
    const { sessions, order } = params;
    this.all = sessions !== undefined || order === 'time';
    if (!this.all) return;
    for (const row of allFiles(database)) if (!sessions || sessions.has(keyOf(row))) this.files.set(row.id, row);
  }

  hits(expression: string): FoundHit[] {
    try {
      if (this.params.order === 'time') this.verify(this.newest(expression));
      else {
        for (let attempt = 0, count = this.params.limit * FIRST_TRY; attempt < TRIES; attempt++, count *= 10) {
          const best = this.best(expression, count);
          this.verify(best);
          if (this.isEnough || best.length < count) break;
        }
      }
    } finally {
      for (const file of this.opened.values()) if (file) fs.closeSync(file.fd);
    }
    return this.found;
  }

  private get isEnough(): boolean {
    return this.found.length >= this.params.limit || performance.now() > this.until;
  }

  private best(expression: string, count: number): Candidate[] {
    const only = this.all && this.files.size === 1 ? [...this.files.keys()][0] : undefined;
    const range = only === undefined ? '' : 'AND rowid >= ? AND rowid < ?';
    const bounds = only === undefined ? [] : [BigInt(only * LINES), BigInt((only + 1) * LINES)];
    return this.database
      .prepare(`SELECT rowid, rank FROM words WHERE words MATCH ? ${range} ORDER BY rank LIMIT ?`)
      .all(expression, ...bounds, BigInt(count)) as Candidate[];
  }

  private newest(expression: string): Candidate[] {
    const ids = this.database
      .prepare('SELECT rowid FROM words WHERE words MATCH ?')
      .pluck()
      .all(expression) as number[];
    const modified = new Map([...this.files].map(([id, row]) => [id, row.modified === '' ? 0n : BigInt(row.modified)]));
    const candidates = ids.filter((rowid) => this.files.has(Math.floor(rowid / LINES)));
    candidates.sort((a, b) => {
      const [left, right] = [modified.get(Math.floor(a / LINES)) ?? 0n, modified.get(Math.floor(b / LINES)) ?? 0n];
      return left === right ? b - a : left > right ? -1 : 1;
    });
    return candidates.slice(0, this.params.limit * FIRST_TRY * 10).map((rowid) => ({ rowid, rank: 0 }));
  }

  private verify(candidates: readonly Candidate[]): void {
    if (this.until === Number.POSITIVE_INFINITY) {
      this.until = performance.now() + PATIENCE + PATIENCE_PER_HIT * this.params.limit;
    }
    for (const candidate of candidates) {
      if (this.isEnough) return;
      if (this.context.cancelled()) throw new StoreError('cancelled', 'Cancelled.');
      if (this.seen.has(candidate.rowid)) continue;
      this.seen.add(candidate.rowid);
      const hit = this.hitOf(candidate);
      if (hit) this.found.push(hit);
    }
  }

  private hitOf({ rowid, rank }: Candidate): FoundHit | null {
    const id = Math.floor(rowid / LINES);
    const row = this.rowOf(id);
    const file = row && this.open(row);
    if (!row || !file) return null;
    const line = rowid - id * LINES;
    try {
      const read = new LineReader(this.database, file.fd, row).read(line);
      if (!read) return null;
      const { bytes, index } = read;
      const { buffer } = bytes;
      const parsed = new ParsedLine();
      parseLine(bytes, 0, buffer.length, parsed);
      const key = keyOf(row);
      const bits = this.params.sessions?.get(key) ?? 0;
      const calls = this.calls ? new ToolCalls(file.fd, read.offset) : undefined;
      const tools = new Map<string, string | null>();
      const toolOfCall = (call: string): string | null => {
        const name = calls?.nameOf(call) ?? null;
        tools.set(call, name);
        return name;
      };
      const message = { role: roleOf(buffer, 0, parsed), content: contentOf(buffer, 0, parsed) };
      if (!this.compiled.matches({ ...message, createdAt: null, bits, toolOfCall })) return null;
      const words = messageHit(bytes, this.compiled, bits, tools);
      return {
        hit: { store: this.params.store, key, row: line, index, ...words },
        rank: this.params.order === 'time' ? null : rank,
        time: Number(file.identity.modifiedNs / 1_000_000n),
        sequence: line,
      };
    } catch (error) {
      if (error instanceof FileChanged || systemErrorCode(error) !== undefined) return null;
      throw error;
    }
  }

  private rowOf(id: number): FileRow | undefined {
    const known = this.files.get(id);
    if (known || this.all) return known;
    const row = this.byId.get(BigInt(id)) as FileRow | undefined;
    if (row) this.files.set(id, row);
    return row;
  }

  /** `null`: the file is gone, or no longer the one that was indexed. */
  private open(row: FileRow): { fd: number; identity: FileIdentity } | null {
    const known = this.opened.get(row.id);
    if (known !== undefined) return known;
    const file = this.openNow(row);
    this.opened.set(row.id, file);
    return file;
  }

  private openNow(row: FileRow): { fd: number; identity: FileIdentity } | null {
    if (this.calls && row.end > MOST_FOR_CALLS) return null;
    try {
      const file = openSessionFile(this.params.folder, row.name);
      const { fd, identity } = file;
      const isSame =
        isFresh(row, identity) ||
        (mayHaveGrown(row, identity) && fileFingerprint(fd, row.end, noStats) === row.fingerprint);
      if (isSame) return file;
      fs.closeSync(fd);
      return null;
    } catch {
      // Gone or not to be read: the scan says why.
      return null;
    }
  }
}

function keyOf({ name }: FileRow): string {
  return parseFileName(name)?.key ?? name;
}
