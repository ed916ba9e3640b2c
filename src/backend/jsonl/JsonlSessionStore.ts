import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SessionMetadata, SessionState, StoreLocation } from '../../shared/session';
import { errorText, StoreError, systemErrorCode } from '../errors';
import type {
  BackendContext,
  EntryPage,
  IndexProgress,
  ListOptions,
  LoadedMessages,
  Range,
  RawEntry,
  SessionReader,
  StoreCapabilities,
  StoreChange,
} from '../SessionBackend';
import { FolderWatcher } from './folderWatcher';
import { openIndexCache } from './indexCache';
import { listSessions } from './listing';
import { type FilePart, readEntries, readMessages, readRaw, readRawSpan } from './pageReader';
import { resolveRange } from './range';
import { pause, type ReadStats } from './readBytes';
import {
  describeFile,
  type FileFacts,
  type FileIdentity,
  folderError,
  listSessionFiles,
  openSessionFile,
  problemError,
  readProblem,
  sameFile,
} from './sessionFiles';
import { BIG_FILE, type IndexedFile, SessionIndexes } from './sessionIndexes';
import { agentFileName, candidateFileNames, isAside, parseFileName } from './sessionKeys';
import { indexProblems, metadataOf } from './sessionMetadata';
import { findLastLines } from './tailReader';

/** A file that is replaced while it is read is read again, this many times. */
const ATTEMPTS = 4;
/** Larger requests from the end wait for the index instead of scanning backwards. */
const LARGEST_TAIL = 10_000;

/** The rows of a page that was answered before the file was indexed. */
interface Tail {
  readonly starts: readonly number[];
  /** Where the last row ends, its line feed included. */
  readonly end: number;
  readonly identity: FileIdentity;
}

/**
 * A folder of zeroclaw's JSONL sessions, read side: one file for each session, one line for each message. Shows what is
 * on disk, readable or not; `load` follows zeroclaw itself (observed on 0.6.9, 0.8.4 and master of August 2026).
 * Opens files only to read, and never anything but regular files.
 */
export class JsonlSessionStore implements SessionReader {
  readonly capabilities: StoreCapabilities = {
    write: true,
    search: true,
    names: false,
    states: false,
    messageTimes: false,
  };
  /** What reading has cost since the store was opened. */
  readonly stats: ReadStats = { bytesRead: 0, filesOpened: 0 };
  readonly #folder: string;
  readonly #cache: ReturnType<typeof openIndexCache>;
  readonly #indexes: SessionIndexes;
  readonly #watcher: FolderWatcher;
  readonly #listeners = new Set<(change: StoreChange) => void>();
  readonly #progressListeners = new Set<(progress: IndexProgress) => void>();
  readonly #tails = new Map<string, Tail>();
  readonly #inBackground = new Set<string>();

  private constructor(
    readonly location: StoreLocation,
    private readonly context: BackendContext,
  ) {
    this.#folder = path.resolve(location.path);
    this.#cache = openIndexCache(this.#folder, context);
    this.#indexes = new SessionIndexes({
      folder: this.#folder,
      stats: this.stats,
      cache: this.#cache,
      firstGeneration: Math.floor(context.now()),
      onProgress: (name, progress) => this.#progress(name, progress),
    });
    this.#watcher = new FolderWatcher(
      this.#folder,
      (names) => this.#changed(names),
      (message) => context.log('info', message),
    );
  }

  /** Rejects with a `StoreError` when the folder is missing, no folder, or not readable. */
  static async open(location: StoreLocation, context: BackendContext): Promise<JsonlSessionStore> {
    const folder = path.resolve(location.path);
    try {
      (await fs.promises.opendir(folder)).closeSync();
      await fs.promises.access(folder, fs.constants.R_OK | fs.constants.X_OK);
    } catch (error) {
      throw folderError(folder, error);
    }
    return new JsonlSessionStore(location, context);
  }

  async listSessions(): Promise<string[]> {
    this.#rewatch();
    return listSessionFiles(this.#folder).map((name) => parseFileName(name)?.key ?? name);
  }

  async listSessionsWithMetadata(options: ListOptions = {}): Promise<SessionMetadata[]> {
    this.#rewatch();
    return listSessions(this.#folder, this.#indexes, this.#cache, options);
  }

  async exists(key: string): Promise<boolean> {
    return this.#find(key) !== null;
  }

  async load(key: string, range?: Range): Promise<LoadedMessages> {
    // zeroclaw sanitizes the key again: a name that it lists but would not write itself loads as empty.
    const name = isAside(key) && this.#find(key)?.name === key ? key : agentFileName(key);
    const facts = describeFile(this.#folder, name);
    if (!facts) return { total: 0, messages: [], problems: [] };
    if (facts.problem) return { total: 0, messages: [], problems: [facts.problem] };
    try {
      return await this.#reading(name, async (fd, { identity, index }) => {
        const total = index.totalMessages;
        const span = resolveRange(range, total);
        const problems = indexProblems(name, index);
        if (span.end <= span.from) return { total, messages: [], problems };
        const place = index.checkpoints?.forMessages(span.from, span.end);
        const start = place?.from ?? { offset: 0, message: 0 };
        const part = this.#part(fd, name, start.offset, place?.endOffset ?? identity.size);
        const read = await readMessages(part, start.message, span);
        if (read.messages.length + read.problems.length < span.end - span.from) return null;
        return { total, messages: read.messages, problems: [...problems, ...read.problems] };
      });
    } catch (error) {
      if (error instanceof StoreError) {
        if (error.code === 'no-such-session') return { total: 0, messages: [], problems: [] };
        if (error.code === 'cancelled') throw error;
      }
      return { total: 0, messages: [], problems: [readProblem(name, error)] };
    }
  }

  async getSessionName(key: string): Promise<string | null> {
    this.#require(key);
    return null;
  }

  async getSessionState(): Promise<SessionState | null> {
    return null;
  }

  async listRunningSessions(): Promise<SessionMetadata[]> {
    return [];
  }

  async listStuckSessions(): Promise<SessionMetadata[]> {
    return [];
  }

  async getSession(key: string, detail: 'quick' | 'full' = 'full'): Promise<SessionMetadata | null> {
    this.#rewatch();
    const facts = this.#find(key);
    if (!facts) return null;
    const exists = (name: string): boolean => describeFile(this.#folder, name) !== null;
    if (facts.problem) return metadataOf(facts, null, exists);
    const known = this.#indexes.known(facts);
    if (known || (detail === 'quick' && this.#indexes.pendingBytes(facts) > BIG_FILE)) {
      return metadataOf(facts, known, exists);
    }
    try {
      const { identity, index } = await this.#indexes.ensure(facts.name, false);
      return metadataOf({ ...facts, identity }, index, exists);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'no-such-session') return null;
      if (error instanceof StoreError && error.code === 'cancelled') throw error;
      return metadataOf(facts, null, exists, readProblem(facts.name, error));
    }
  }

  /**
   * Rows are physical lines from 0. The end of a big file (8 MB and more not indexed yet) is answered at once from the
   * file's end with `complete: false`; it is then indexed, and a change is reported when that is done. Anything but the
   * end waits for the index.
   */
  async entries(key: string, range: Range): Promise<EntryPage> {
    this.#rewatch();
    const facts = this.#require(key);
    if (facts.problem) throw problemError(facts.problem);
    const { name } = facts;
    try {
      if (range.from < 0 && range.from >= -LARGEST_TAIL && this.#indexes.pendingBytes(facts) > BIG_FILE) {
        return await this.#tailPage(key, facts, range);
      }
      const page = await this.#reading(name, (fd, indexed) => this.#page(fd, name, indexed, range));
      this.#tails.delete(name);
      return page;
    } catch (error) {
      throw sessionError(name, error);
    }
  }

  /** The row as numbered by the last answer of `entries`. */
  async rawEntry(key: string, row: number): Promise<RawEntry> {
    const facts = this.#require(key);
    if (facts.problem) throw problemError(facts.problem);
    const { name } = facts;
    try {
      const tail = this.#tails.get(name);
      if (tail && sameFile(tail.identity, facts.identity)) return this.#rawOfTail(name, tail, row);
      return await this.#reading(name, async (fd, { identity, index }) => {
        const span = resolveRange({ from: row, count: 1 }, index.totalLines);
        if (row < 0 || span.end <= span.from) throw noRow(name, row, index.totalLines);
        const place = index.checkpoints?.forLines(row, row + 1);
        const start = place?.from ?? { offset: 0, line: 0 };
        const part = this.#part(fd, name, start.offset, place?.endOffset ?? identity.size);
        return readRaw(part, start.line, row, lineName(row));
      });
    } catch (error) {
      throw sessionError(name, error);
    }
  }

  watch(listener: (change: StoreChange) => void, onProgress?: (progress: IndexProgress) => void): { dispose(): void } {
    // The same function may watch twice; each disposal ends one of them.
    const own = (change: StoreChange): void => listener(change);
    const ownProgress = onProgress && ((progress: IndexProgress): void => onProgress(progress));
    this.#listeners.add(own);
    if (ownProgress) this.#progressListeners.add(ownProgress);
    this.#watcher.ensure();
    return {
      dispose: () => {
        this.#listeners.delete(own);
        if (ownProgress) this.#progressListeners.delete(ownProgress);
        if (this.#listeners.size === 0) this.#watcher.pause();
      },
    };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#progressListeners.clear();
    this.#watcher.close();
    await this.#indexes.close();
    try {
      this.#cache?.save(new Set(listSessionFiles(this.#folder)), true);
    } catch {
      // The folder is gone: what is known of it may stay in the cache until it is there again.
    }
  }

  /** The facts of the file that holds a key's session. */
  #find(key: string): FileFacts | null {
    for (const name of candidateFileNames(key)) {
      const facts = describeFile(this.#folder, name);
      if (facts) return facts;
    }
    return null;
  }

  #require(key: string): FileFacts {
    const facts = this.#find(key);
    if (facts) return facts;
    throw new StoreError('no-such-session', `There is no session ${key} in ${this.#folder}. It may have been deleted.`);
  }

  #part(fd: number, name: string, start: number, end: number): FilePart {
    return { fd, name, start, end, stats: this.stats };
  }

  /** Brings the index up to date and runs `work` with the open file; again when the file was replaced (`null`) meanwhile. */
  async #reading<T>(name: string, work: (fd: number, indexed: IndexedFile) => Promise<T | null>): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const indexed = await this.#indexes.ensure(name, true);
      const { fd, identity } = openSessionFile(this.#folder, name);
      try {
        if (!sameFile(identity, indexed.identity) || identity.size < indexed.identity.size) continue;
        const result = await work(fd, indexed);
        if (result !== null) return result;
      } finally {
        fs.closeSync(fd);
      }
    }
    throw new StoreError('read-failed', `${name} is rewritten faster than it can be read. Try again.`);
  }

  async #page(fd: number, name: string, indexed: IndexedFile, range: Range): Promise<EntryPage | null> {
    const { identity, index, generation } = indexed;
    const total = index.totalLines;
    const rows = resolveRange(range, total);
    const page = { generation, total, complete: true };
    if (rows.end <= rows.from) return { ...page, entries: [] };
    const place = index.checkpoints?.forLines(rows.from, rows.end);
    const start = place?.from ?? { offset: 0, line: 0 };
    const part = this.#part(fd, name, start.offset, place?.endOffset ?? identity.size);
    const entries = await readEntries(part, start.line, rows, lineName);
    return entries.length < rows.end - rows.from ? null : { ...page, entries };
  }

  async #tailPage(key: string, facts: FileFacts, range: Range): Promise<EntryPage> {
    const { name } = facts;
    const { fd, identity } = openSessionFile(this.#folder, name);
    try {
      const generation = this.#indexes.generation({ ...facts, identity });
      const starts = await findLastLines(fd, identity.size, -range.from, this.stats);
      const total = starts.length;
      const rows = resolveRange(range, total);
      const part = this.#part(fd, name, starts[0] ?? 0, starts[rows.end] ?? identity.size);
      const entries = await readEntries(part, 0, rows, (row) => lineFromEnd(total - row));
      this.#tails.set(name, { starts, end: identity.size, identity });
      this.#indexInBackground(key, name);
      return { generation, total, complete: false, entries };
    } finally {
      fs.closeSync(fd);
    }
  }

  #rawOfTail(name: string, tail: Tail, row: number): RawEntry {
    const start = tail.starts[row];
    if (start === undefined) throw noRow(name, row, tail.starts.length);
    const { fd } = openSessionFile(this.#folder, name);
    try {
      const part = this.#part(fd, name, start, tail.starts[row + 1] ?? tail.end);
      const raw = readRawSpan(part, { from: start, end: part.end }, lineFromEnd(tail.starts.length - row));
      return { ...raw, text: raw.text.replace(/\n$/, '') };
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Begins after the answer that asked for it. */
  #indexInBackground(key: string, name: string): void {
    if (this.#inBackground.has(name)) return;
    this.#inBackground.add(name);
    pause()
      .then(() => this.#indexes.ensure(name, true))
      .then(() => this.#fire({ keys: [key] }))
      .catch((error: unknown) => this.context.log('warning', `${name} could not be indexed: ${errorText(error)}`))
      .finally(() => this.#inBackground.delete(name));
  }

  #rewatch(): void {
    if (this.#listeners.size > 0) this.#watcher.ensure();
  }

  #changed(names: ReadonlySet<string> | undefined): void {
    const keys = names && [...names].flatMap((name) => parseFileName(name)?.key ?? []);
    if (!keys) this.#fire({});
    else if (keys.length > 0) this.#fire({ keys });
  }

  #fire(change: StoreChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  #progress(name: string, progress: Omit<IndexProgress, 'key'>): void {
    const key = parseFileName(name)?.key ?? name;
    for (const listener of [...this.#progressListeners]) listener({ key, ...progress });
  }
}

function lineName(row: number): string {
  return `line ${row + 1}`;
}

function lineFromEnd(distance: number): string {
  return distance === 1 ? 'last line' : `line ${distance} from the end`;
}

function noRow(name: string, row: number, total: number): StoreError {
  return new StoreError('not-found', `${name} has no line ${row + 1}: it has ${total.toLocaleString('en')}.`);
}

/** A system error on one file as words for a user. */
function sessionError(name: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (systemErrorCode(error) === 'ENOENT') {
    return new StoreError('no-such-session', `${name} does not exist (any more).`, { cause: error });
  }
  return problemError(readProblem(name, error), error);
}
