import { CHECKPOINT_BYTES, CHECKPOINT_LINES, Checkpoints } from './checkpoints';
import type { ScannedLine } from './lineScanner';

/** How many unreadable lines of a file are remembered one by one. */
export const MAX_LISTED = 1000;
/** User messages that are tried for a title. */
const TITLE_TRIES = 8;

export interface UnreadableLine {
  /** From 0. */
  readonly line: number;
  readonly offset: number;
  readonly reason: string;
}

/** A last line without a line feed. */
export interface TornLine {
  readonly kind: 'message' | 'blank' | 'unreadable';
  readonly offset: number;
  readonly size: number;
  readonly reason: string;
  /** Of its last bytes; tells whether the line is still the same one when the file has grown. */
  readonly fingerprint: string;
}

/** Numbers of one file, without the places of its lines. What the cache keeps for every file. */
export interface IndexSummary {
  /** Lines that end with a line feed. */
  readonly lines: number;
  readonly messages: number;
  readonly blank: number;
  readonly unreadable: number;
  /** Position after the last line feed: indexing goes on from here. */
  readonly end: number;
  readonly torn: TornLine | null;
  readonly listed: readonly UnreadableLine[];
  readonly title: string | null;
  readonly titleTries: number;
  /** Of the first and the last bytes before `end`. */
  readonly fingerprint: string;
  /** The full pass that this index goes back to: checkpoints of an earlier state of the same lineage still hold. */
  readonly lineage: string;
}

let passes = 0;

/**
 * What one pass over a session file found: counts, unreadable lines, checkpoints. An index that readers use does not
 * change; to go on after an append it is forked.
 */
export class LineIndex implements IndexSummary {
  lines = 0;
  messages = 0;
  blank = 0;
  unreadable = 0;
  end = 0;
  torn: TornLine | null = null;
  listed: UnreadableLine[] = [];
  title: string | null = null;
  titleTries = 0;
  fingerprint = '';
  lineage = '';
  /** `null` where only the numbers are known (from the cache). */
  checkpoints: Checkpoints | null = null;

  static create(): LineIndex {
    const index = new LineIndex();
    index.checkpoints = Checkpoints.empty();
    index.lineage = `${process.pid}.${Date.now().toString(36)}.${passes++}`;
    return index;
  }

  static fromSummary(summary: IndexSummary, checkpoints: Checkpoints | null): LineIndex {
    // Field by field: ten thousand of these are made at a start.
    const index = new LineIndex();
    index.lines = summary.lines;
    index.messages = summary.messages;
    index.blank = summary.blank;
    index.unreadable = summary.unreadable;
    index.end = summary.end;
    index.torn = summary.torn;
    index.listed = [...summary.listed];
    index.title = summary.title;
    index.titleTries = summary.titleTries;
    index.fingerprint = summary.fingerprint;
    index.lineage = summary.lineage;
    index.checkpoints = checkpoints;
    return index;
  }

  fork(): LineIndex {
    const next = LineIndex.fromSummary(this, this.checkpoints?.fork() ?? null);
    next.#forgetTorn();
    return next;
  }

  /** Rows of the page: physical lines, the torn one too. */
  get totalLines(): number {
    return this.lines + (this.torn ? 1 : 0);
  }

  get totalMessages(): number {
    return this.messages + (this.torn?.kind === 'message' ? 1 : 0);
  }

  get totalUnreadable(): number {
    return this.unreadable + (this.torn?.kind === 'unreadable' ? 1 : 0);
  }

  get wantsTitle(): boolean {
    return this.title === null && this.titleTries < TITLE_TRIES;
  }

  offerTitle(title: string | null): void {
    this.titleTries++;
    this.title = title;
  }

  /** Takes the next line, which ends with a line feed. */
  add(line: ScannedLine): void {
    const last = this.checkpoints;
    if (last && this.#needsCheckpoint(last, line.offset)) last.add(this.lines, line.offset, this.messages);
    const { kind } = line.parsed;
    if (kind === 'message') this.messages++;
    else if (kind === 'blank') this.blank++;
    else {
      this.unreadable++;
      this.#list(this.lines, line);
    }
    this.lines++;
    this.end = line.offset + line.size + 1;
  }

  /** Takes a last line without a line feed; `end` stays before it. */
  addTorn(line: ScannedLine, fingerprint: string): void {
    const { kind, reason } = line.parsed;
    this.torn = { kind, reason, offset: line.offset, size: line.size, fingerprint };
    if (kind === 'unreadable') this.#list(this.lines, line);
  }

  #forgetTorn(): void {
    const torn = this.torn;
    if (torn) this.listed = this.listed.filter((one) => one.offset !== torn.offset);
    this.torn = null;
  }

  #list(line: number, { offset, parsed }: ScannedLine): void {
    if (this.listed.length < MAX_LISTED) this.listed.push({ line, offset, reason: parsed.reason });
  }

  #needsCheckpoint(checkpoints: Checkpoints, offset: number): boolean {
    if (checkpoints.count === 0) return true;
    const last = checkpoints.at(checkpoints.count - 1);
    return this.lines - last.line >= CHECKPOINT_LINES || offset - last.offset >= CHECKPOINT_BYTES;
  }
}
