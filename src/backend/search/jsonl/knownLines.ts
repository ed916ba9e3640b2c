/** What is known of the lines of a folder's files: so that a scan need not parse what its filter does not pass. */
import * as fs from 'node:fs';
import { fileFingerprint } from '../../jsonl/fileIndexer';
import { openIndexCache } from '../../jsonl/indexCache';
import { LineIndex, MAX_LISTED } from '../../jsonl/lineIndex';
import { type FileFacts, type FileIdentity, openSessionFile, sameFile } from '../../jsonl/sessionFiles';
import type { BackendContext } from '../../SessionBackend';
import type { SearchPool } from '../workers/SearchPool';
import { noStats } from './chunks';
import type { CountParams, CountResult, FilePart, LineCounts } from './scanTypes';
import { isUntouched } from './sessionPins';

/** Files of this size and more are looked through in parts, by several threads. */
export const BIG = 8 * 1024 * 1024;
const PART = 16 * 1024 * 1024;

interface Known {
  readonly identity: FileIdentity;
  readonly counts: LineCounts;
}

/** A big file: its parts, in file order, and what tells that it has not been rewritten. */
export interface BigFile {
  readonly identity: FileIdentity;
  readonly counts: LineCounts;
  readonly parts: readonly FilePart[];
  readonly fingerprint: string;
  /** The last line has no line feed: what is appended belongs to it. */
  readonly torn: boolean;
}

export class KnownLines {
  private readonly files = new Map<string, Known>();
  private readonly bigFiles = new Map<string, BigFile>();

  constructor(
    private readonly folder: string,
    private readonly context: BackendContext,
    private readonly pool: SearchPool,
  ) {}

  get({ name, identity }: FileFacts): LineCounts | null {
    const known = this.files.get(name);
    return known && isUntouched(known.identity, identity) ? known.counts : null;
  }

  set(name: string, identity: FileIdentity, counts: LineCounts): void {
    this.files.set(name, { identity, counts });
  }

  /** Forgets files that are gone. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const known of [this.files, this.bigFiles]) {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    }
  }

  /**
   * The parts of a big file: from an earlier search, from the index of lines in the data folder, or counted now. `null`:
   * it changes while it is counted. Rejects with a system error when it cannot be opened.
   */
  async big({ name, identity }: FileFacts, signal: AbortSignal): Promise<BigFile | null> {
    const known = this.bigFiles.get(name);
    if (known && isUntouched(known.identity, identity)) return known;
    const { fd, identity: now } = openSessionFile(this.folder, name);
    let fingerprint: string;
    let base: BigFile | null = null;
    let torn: boolean;
    try {
      if (!sameFile(now, identity) || now.size < identity.size) return null;
      fingerprint = fileFingerprint(fd, identity.size, noStats);
      torn = lastByte(fd, identity.size) !== 0x0a;
      const grown = known && !known.torn && sameFile(known.identity, identity) && known.identity.size <= identity.size;
      if (grown && fileFingerprint(fd, known.identity.size, noStats) === known.fingerprint) base = known;
    } finally {
      fs.closeSync(fd);
    }
    const cached = base ? null : this.cached(name, identity);
    const found = cached ?? (await this.count(name, identity, fingerprint, base, signal));
    if (!found) return null;
    const file = { identity, ...found, fingerprint, torn };
    this.bigFiles.set(name, file);
    return file;
  }

  private cached(name: string, identity: FileIdentity): Pick<BigFile, 'counts' | 'parts'> | null {
    const cache = openIndexCache(this.folder, this.context);
    const summary = cache?.get(name, identity)?.summary;
    if (!cache || !summary) return null;
    const index = LineIndex.fromSummary(summary, null);
    const checkpoints = cache.checkpoints(name, index);
    if (!checkpoints) return null;
    const { totalLines: lines, totalMessages: messages, totalUnreadable: unreadable, listed } = index;
    const parts: FilePart[] = [];
    let start = { offset: 0, line: 0, message: 0 };
    for (let i = 0; i < checkpoints.count; i++) {
      const next = checkpoints.at(i);
      if (next.offset - start.offset < PART) continue;
      parts.push({ from: start.offset, end: next.offset, line: start.line, message: start.message });
      start = next;
    }
    parts.push({ from: start.offset, end: identity.size, line: start.line, message: start.message });
    return { counts: { lines, messages, unreadable, listed }, parts };
  }

  private async count(
    name: string,
    identity: FileIdentity,
    fingerprint: string,
    base: BigFile | null,
    signal: AbortSignal,
  ): Promise<Pick<BigFile, 'counts' | 'parts'> | null> {
    const first = base?.identity.size ?? 0;
    const starts: number[] = [];
    for (let at = first; at < identity.size; at += PART) starts.push(at);
    const results = await Promise.all(
      starts.map((from, i) => {
        const end = starts[i + 1] ?? identity.size;
        const params: CountParams = { folder: this.folder, name, identity, fingerprint, from, end };
        return this.pool.run<CountResult>('jsonl.count', params, { signal });
      }),
    );
    const counts = base
      ? { ...base.counts, listed: [...base.counts.listed] }
      : { lines: 0, messages: 0, unreadable: 0, listed: [] };
    const parts = [...(base?.parts ?? [])];
    for (const result of results) {
      if (!result) return null;
      if (result.end > result.from) {
        parts.push({ from: result.from, end: result.end, line: counts.lines, message: counts.messages });
      }
      for (const one of result.listed) {
        if (counts.listed.length < MAX_LISTED) counts.listed.push({ ...one, line: counts.lines + one.line });
      }
      counts.lines += result.lines;
      counts.messages += result.messages;
      counts.unreadable += result.unreadable;
    }
    return { counts, parts: merged(parts) };
  }
}

function lastByte(fd: number, size: number): number {
  const buffer = Buffer.alloc(1);
  return fs.readSync(fd, buffer, 0, 1, size - 1) === 1 ? (buffer[0] ?? 0) : 0;
}

/** Small parts, as appended lines make them, become one with the part before. */
function merged(parts: readonly FilePart[]): FilePart[] {
  const result: FilePart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last && part.end - last.from <= PART) result[result.length - 1] = { ...last, end: part.end };
    else result.push(part);
  }
  return result;
}
