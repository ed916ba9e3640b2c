import type { HitPart, Skipped } from '../../../shared/search/answer';
import type { Query } from '../../../shared/search/query';
import { Bytes } from '../../jsonl/bytes';
import { MAX_LISTED, type UnreadableLine } from '../../jsonl/lineIndex';
import { ParsedLine, parseLine } from '../../jsonl/lineParser';
import { ScannedLine, scanLines } from '../../jsonl/lineScanner';
import { readSpan } from '../../jsonl/readBytes';
import type { CompiledQuery, StoredMessage } from '../match/compiledQuery';
import type { FoundHit } from '../StoreSearch';

import { type Chunk, ChunkReader, countLineFeeds, LONGEST_LINE, noStats } from './chunks';
import { candidateLines, type LineFilter, lineFilterOf } from './lineFilter';
import { contentOf, lineName, roleOf } from './lineText';
import type { LineCounts, ScanFile } from './scanTypes';
import { ToolCalls } from './toolCalls';

/** What a query asks for besides the texts of messages. */
export interface QueryNeeds {
  /** Unreadable lines may be hits. */
  readonly unreadable: boolean;
  /** The names of the tools that results answer. */
  readonly calls: boolean;
}

export function needsOf({ clauses }: Query): QueryNeeds {
  const terms = clauses.flatMap(({ anyOf }) => anyOf);
  return {
    unreadable: terms.some((term) => term.kind === 'has' && term.what === 'problem'),
    calls: terms.some((term) => term.kind === 'field' && term.field === 'tool'),
  };
}

export interface FileScanOptions {
  readonly store: string;
  readonly compiled: CompiledQuery;
  readonly needs: QueryNeeds;
  readonly limit: number;
  readonly fromRow: number;
  /** False: hits are counted and not handed out. */
  readonly wanted: boolean;
  /** Called between lines; throws to stop the scan. */
  readonly look: () => void;
}

/** A line that matches: enough to make the words of the hit when it is among those that are handed out. */
interface Match {
  readonly offset: number;
  readonly size: number;
  readonly row: number;
  readonly index: number;
  readonly kind: 'message' | 'unreadable';
  readonly tools?: ReadonlyMap<string, string | null>;
}

/**
 * Looks through one file, or a part of one. Where its lines have been counted before, only those are parsed that the
 * query's filter passes; else the parser goes over all of them, which tells what is a message and what is unreadable.
 */
export class FileScan {
  hits = 0;
  readonly skipped: Skipped[] = [];
  /** First and last bytes that were read: still the same, if the file was only appended to meanwhile. */
  head: Buffer = Buffer.alloc(0);
  tail: Buffer = Buffer.alloc(0);
  private lines = 0;
  private messages = 0;
  private unreadable = 0;
  private readonly listed: UnreadableLine[] = [];
  private row: number;
  private index: number;
  private matches: Match[] = [];
  private readonly calls: ToolCalls | undefined;
  /** Nothing was read: there can be no hits. */
  private passed = false;
  private readonly every: boolean;
  private readonly rows: boolean;
  private readonly filter: LineFilter | null;
  private readonly line = new ScannedLine();

  constructor(
    private readonly fd: number,
    private readonly file: ScanFile,
    private readonly options: FileScanOptions,
  ) {
    const { known, part } = file;
    const { needs, wanted, fromRow, compiled } = options;
    this.row = part?.line ?? 0;
    this.index = part?.message ?? 0;
    this.calls = needs.calls ? new ToolCalls(fd, part?.from ?? 0) : undefined;
    this.filter = lineFilterOf(compiled);
    const plain = known !== null && known.lines === known.messages;
    this.every =
      known === null ||
      (wanted && !plain) ||
      fromRow > 0 ||
      needs.calls ||
      (needs.unreadable && known.unreadable > 0) ||
      this.filter === null;
    this.rows = wanted || file.identity.size > LONGEST_LINE;
  }

  /** Reads [from, end). Throws `FileChanged`. */
  run(from: number, end: number): void {
    const { known } = this.file;
    if (this.options.compiled.wantsUnreadable && known && known.unreadable === 0) {
      this.passed = true;
      return;
    }
    const reader = new ChunkReader(this.fd, from, end);
    try {
      for (let chunk = reader.next(); chunk; chunk = reader.next()) {
        this.options.look();
        if (chunk.long) this.takeLong(chunk.long);
        else {
          this.keepEnds(chunk, from, end);
          if (this.every) this.takeEvery(chunk);
          else this.takeSome(chunk);
        }
      }
    } finally {
      reader.close();
    }
  }

  /** What was counted; `undefined` where it was known before. */
  get counts(): LineCounts | undefined {
    if (!this.every || this.passed) return undefined;
    const { lines, messages, unreadable, listed } = this;
    return { lines, messages, unreadable, listed };
  }

  /** The newest hits, newest first. `time` is that of the file. */
  found(time: number): FoundHit[] {
    const newest = this.matches.slice(Math.max(0, this.matches.length - this.options.limit)).reverse();
    return newest.flatMap((match) => this.hitOf(match, time) ?? []);
  }

  private keepEnds({ bytes: { buffer }, end, offset }: Chunk, from: number, last: number): void {
    if (offset === from) this.head = Buffer.from(buffer.subarray(0, Math.min(end, 512, last - from)));
    const bytes = Math.min(end, last - offset);
    this.tail = Buffer.from(buffer.subarray(Math.max(0, bytes - 512), bytes));
  }

  private takeEvery(chunk: Chunk): void {
    const starts = this.filter && candidateLines(chunk, this.filter);
    let next = 0;
    scanLines(chunk.bytes, chunk.offset, 0, chunk.end, this.line, (line) => {
      const candidate = starts === null || starts[next] === line.start;
      if (candidate) next++;
      this.takeLine(chunk, line, candidate);
    });
  }

  private takeSome(chunk: Chunk): void {
    const { filter } = this;
    if (!filter) return;
    const { bytes, end, offset } = chunk;
    const { buffer } = bytes;
    const { row } = this;
    let counted = 0;
    for (const start of candidateLines(chunk, filter)) {
      const lineEnd = buffer.indexOf(0x0a, start);
      if (this.rows) this.row += countLineFeeds(buffer, counted, start);
      counted = start;
      // All lines of such a file are messages, or nobody asks for their numbers.
      this.index = this.row;
      scanLines(bytes, offset, start, lineEnd + 1, this.line, (line) => {
        if (line.parsed.kind === 'message') this.takeMessage(chunk, line, true);
      });
    }
    if (this.rows) this.row += countLineFeeds(buffer, counted, end);
    // What was not counted is made up for, so that the next chunk does not begin at the same number.
    else this.row = row;
  }

  private takeLine(chunk: Chunk, line: ScannedLine, candidate: boolean): void {
    const { kind } = line.parsed;
    const inRange = this.row >= this.options.fromRow;
    if (inRange) this.lines++;
    if (kind === 'message') {
      if (inRange) this.messages++;
      this.takeMessage(chunk, line, candidate && inRange);
      this.index++;
    } else if (kind === 'unreadable' && inRange) this.takeUnreadable(chunk, line);
    this.row++;
  }

  private takeMessage(
    { bytes: { buffer } }: Chunk,
    { offset, size, start, parsed }: ScannedLine,
    candidate: boolean,
  ): void {
    const { compiled } = this.options;
    if (!candidate && !this.calls) return;
    this.options.look();
    const text = contentOf(buffer, start, parsed);
    const role = roleOf(buffer, start, parsed);
    const content = compiled.query.raw ? buffer.toString('utf8', start, start + size) : text;
    if (candidate && !compiled.wantsUnreadable && compiled.mayMatch(content)) {
      const asked = new Map<string, string | null>();
      if (compiled.matches(this.messageOf(role, content, asked))) {
        const tools = asked.size > 0 ? { tools: asked } : {};
        this.match({ offset, size, row: this.row, index: this.index, kind: 'message', ...tools });
      }
    }
    this.calls?.add(role, text);
  }

  private messageOf(role: string, content: string, asked: Map<string, string | null>): StoredMessage {
    const toolOfCall = (id: string): string | null => {
      const name = this.calls?.nameOf(id) ?? null;
      asked.set(id, name);
      return name;
    };
    return { role, content, createdAt: null, bits: this.file.bits, toolOfCall };
  }

  private takeUnreadable({ bytes: { buffer } }: Chunk, { offset, size, start, parsed }: ScannedLine): void {
    this.unreadable++;
    if (this.listed.length < MAX_LISTED) this.listed.push({ line: this.row, offset, reason: parsed.reason });
    const { needs, compiled } = this.options;
    if (!needs.unreadable) return;
    this.options.look();
    if (compiled.matchesUnreadable(buffer.toString('utf8', start, start + size), this.file.bits)) {
      this.match({ offset, size, row: this.row, index: this.index, kind: 'unreadable' });
    }
  }

  private takeLong({ offset, size, kind, reason }: NonNullable<Chunk['long']>): void {
    if (this.row >= this.options.fromRow) {
      this.lines++;
      if (kind === 'message') {
        this.messages++;
        const message = `Line ${this.row + 1} of ${this.file.name} is ${Math.round(size / 1e6)} MB long: too big to search. The agent reads it.`;
        const { store } = this.options;
        const { key } = this.file;
        this.skipped.push({ store, key, place: lineName(this.row), row: this.row, code: 'read-failed', message });
      } else if (kind === 'unreadable') {
        this.unreadable++;
        if (this.listed.length < MAX_LISTED) this.listed.push({ line: this.row, offset, reason });
      }
    }
    this.row++;
    if (kind === 'message') this.index++;
  }

  private match(match: Match): void {
    this.hits++;
    const { wanted, limit } = this.options;
    if (!wanted) return;
    this.matches.push(match);
    if (this.matches.length >= 2 * limit + 100) this.matches = this.matches.slice(-limit);
  }

  private hitOf({ offset, size, row, index, kind, tools }: Match, time: number): FoundHit | null {
    const { store, compiled } = this.options;
    const { key } = this.file;
    const bytes = new Bytes(readSpan(this.fd, offset, offset + size, noStats));
    const { buffer } = bytes;
    const order = { rank: null, time, sequence: row };
    if (kind === 'unreadable') {
      const { snippet, ranges } = compiled.hitTextOfUnreadable(buffer.toString('utf8'));
      return { hit: { kind, store, key, row, place: lineName(row), snippet, ranges }, ...order };
    }
    return { hit: { store, key, row, index, ...messageHit(bytes, compiled, this.file.bits, tools) }, ...order };
  }
}

/** The words of a hit from the bytes of its line. */
export function messageHit(
  bytes: Bytes,
  compiled: CompiledQuery,
  bits: number,
  tools: ReadonlyMap<string, string | null> | undefined,
): {
  kind: 'message';
  role: string;
  createdAt: null;
  part: HitPart;
  tool?: string;
  snippet: string;
  ranges: readonly (readonly [number, number])[];
} {
  const { buffer } = bytes;
  const parsed = new ParsedLine();
  parseLine(bytes, 0, buffer.length, parsed);
  const isMessage = parsed.kind === 'message';
  const role = isMessage ? roleOf(buffer, 0, parsed) : '';
  const content = compiled.query.raw ? buffer.toString('utf8') : isMessage ? contentOf(buffer, 0, parsed) : '';
  const toolOfCall = (id: string): string | null => tools?.get(id) ?? null;
  const text = compiled.hitText({ role, content, createdAt: null, bits, toolOfCall });
  return { kind: 'message', role, createdAt: null, ...text };
}
