import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorText, systemErrorCode } from '../errors';
import type { BackendContext } from '../SessionBackend';
import { Checkpoints } from './checkpoints';
import type { LineIndex } from './lineIndex';
import { type FileIdentity, sameIdentity } from './sessionFiles';
import { type CachedSummary, decodeSummary, encodeSummary } from './summaryFormat';

/** To be raised when the parser, the titles or the format change: everything is then indexed anew. */
const FORMAT = 'agent-session-inspector jsonl index 2';
/** Files above this size keep their checkpoints on disk; below, indexing anew is as fast. */
export const CHECKPOINTS_FROM = 1024 * 1024;
/** Checkpoints are written again when a file has grown by this much. */
const CHECKPOINTS_STEP = 4 * 1024 * 1024;
const SAVE_INTERVAL = 30_000;
const CHECKPOINT_FILE = /^[0-9a-f]{24}\.checkpoints$/;
const TEMPORARY_FILE = /\.\d+\.\d+\.new$/;
const DIGEST_BYTES = 20;
/** Magic and digest, padded so that the numbers are aligned. */
const HEADER_BYTES = 32;
const MAGIC = 'ASIJCP1\n';

let temporaries = 0;

/**
 * What was found out about the files of one store, kept in the data folder so that the next start reads only what has
 * changed. Everything in it can be rebuilt: a missing, foreign or damaged file is the same as none, and an error of the
 * disk is logged and otherwise ignored.
 */
export class IndexCache {
  readonly #folder: string;
  #rows: Map<string, unknown> | undefined;
  readonly #changed = new Map<string, { identity: FileIdentity; index: LineIndex }>();
  readonly #checkpointEnds = new Map<string, number>();
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(
    dataFolder: string,
    private readonly store: string,
    private readonly context: BackendContext,
  ) {
    this.#folder = path.join(dataFolder, 'jsonl-index', hash(store));
  }

  /** What is known about a file in exactly this state. */
  get(name: string, identity: FileIdentity): CachedSummary | null {
    const cached = decodeSummary(this.#stored().get(name));
    return cached && sameIdentity(cached.identity, identity) ? cached : null;
  }

  /** What is known about a file in whatever state: an appended file need not be read from its beginning. */
  getAnyState(name: string): CachedSummary | null {
    return decodeSummary(this.#stored().get(name));
  }

  /** The stored checkpoints of an index, `null` when there are none that fit. */
  checkpoints(name: string, index: LineIndex): Checkpoints | null {
    try {
      const data = fs.readFileSync(this.#checkpointFile(name));
      const digest = data.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES);
      const body = data.subarray(HEADER_BYTES);
      if (data.toString('latin1', 0, MAGIC.length) !== MAGIC || body.length % 8 !== 0) return null;
      if (!digest.equals(checkpointDigest(index.lineage, body))) return null;
      const numbers = new Float64Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.length));
      const end = numbers[0] ?? Number.POSITIVE_INFINITY;
      if (end > index.end) return null;
      this.#checkpointEnds.set(name, end);
      return Checkpoints.from(numbers.subarray(1));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') this.#complain('read', error);
      return null;
    }
  }

  set(name: string, identity: FileIdentity, index: LineIndex): void {
    this.#changed.set(name, { identity, index });
    if (identity.size < CHECKPOINTS_FROM || !index.checkpoints) return;
    const stored = this.#checkpointEnds.get(name);
    if (stored !== undefined && stored <= index.end && index.end - stored < CHECKPOINTS_STEP) return;
    const body = new Float64Array([index.end, ...index.checkpoints.toArray()]);
    const bytes = Buffer.from(body.buffer);
    const header = Buffer.alloc(HEADER_BYTES);
    header.write(MAGIC, 'latin1');
    checkpointDigest(index.lineage, bytes).copy(header, MAGIC.length);
    if (this.#write(this.#checkpointFile(name), Buffer.concat([header, bytes])))
      this.#checkpointEnds.set(name, index.end);
  }

  /** A full pass of this file begins: stored checkpoints belong to another lineage. */
  forgetCheckpoints(name: string): void {
    this.#checkpointEnds.delete(name);
  }

  /** Writes what has changed, if it is much or has waited for some time (or `always`). `names`: all files of the store. */
  save(names: ReadonlySet<string>, always = false): void {
    const stored = this.#stored();
    const gone = [...stored.keys()].filter((name) => !names.has(name));
    const changes = this.#changed.size + gone.length;
    if (changes === 0) return;
    const isMuch = changes >= Math.max(20, names.size / 20);
    if (!always && !isMuch && this.context.now() - this.#savedAt < SAVE_INTERVAL) return;
    for (const name of gone) stored.delete(name);
    for (const [name, entry] of this.#changed) {
      if (names.has(name)) stored.set(name, encodeSummary({ identity: entry.identity, summary: entry.index }));
    }
    this.#changed.clear();
    this.#savedAt = this.context.now();
    const body = JSON.stringify({ store: this.store, files: Object.fromEntries(stored) });
    this.#write(this.#summaryFile, Buffer.from(`${FORMAT}\n${digestOf(body)}\n${body}`));
    this.#prune(names);
  }

  get #summaryFile(): string {
    return path.join(this.#folder, 'summaries');
  }

  #checkpointFile(name: string): string {
    return path.join(this.#folder, `${hash(name)}.checkpoints`);
  }

  #stored(): Map<string, unknown> {
    this.#rows ??= this.#read();
    return this.#rows;
  }

  #read(): Map<string, unknown> {
    try {
      const text = fs.readFileSync(this.#summaryFile, 'utf8');
      const [format, digest] = text.split('\n', 2);
      const body = text.slice((format?.length ?? 0) + (digest?.length ?? 0) + 2);
      if (format !== FORMAT || digest !== digestOf(body)) return new Map();
      const parsed: unknown = JSON.parse(body);
      if (typeof parsed !== 'object' || parsed === null || !('files' in parsed) || !('store' in parsed))
        return new Map();
      const { files, store } = parsed;
      if (store !== this.store || typeof files !== 'object' || files === null) return new Map();
      return new Map(Object.entries(files));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') this.#complain('read', error);
      return new Map();
    }
  }

  /** Temporary file and rename, so that a crash or a second window leaves a whole file. */
  #write(file: string, data: Buffer): boolean {
    const temporary = `${file}.${process.pid}.${temporaries++}.new`;
    try {
      fs.mkdirSync(this.#folder, { recursive: true });
      fs.writeFileSync(temporary, data, { mode: 0o600 });
      fs.renameSync(temporary, file);
      return true;
    } catch (error) {
      this.#complain('written', error);
      try {
        fs.rmSync(temporary, { force: true });
      } catch {
        // The same cause as above, which is in the log.
      }
      return false;
    }
  }

  #prune(names: ReadonlySet<string>): void {
    try {
      const wanted = new Set([...names].map((name) => `${hash(name)}.checkpoints`));
      const dayAgo = Date.now() - 24 * 3600 * 1000;
      for (const file of fs.readdirSync(this.#folder)) {
        const full = path.join(this.#folder, file);
        const isLeft = TEMPORARY_FILE.test(file) && fs.statSync(full).mtimeMs < dayAgo;
        if (isLeft || (CHECKPOINT_FILE.test(file) && !wanted.has(file))) fs.rmSync(full, { force: true });
      }
    } catch (error) {
      this.#complain('pruned', error);
    }
  }

  #complain(what: string, error: unknown): void {
    this.context.log('warning', `The index cache ${this.#folder} could not be ${what}: ${errorText(error)}`);
  }
}

/** The cache for a store, or none: without a data folder, or when that folder would lie inside the store. */
export function openIndexCache(store: string, context: BackendContext): IndexCache | null {
  if (context.dataFolder === undefined) return null;
  const relative = path.relative(store, path.resolve(context.dataFolder));
  const isInside = relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
  if (isInside) {
    context.log('warning', `No index is kept for ${store}: the data folder ${context.dataFolder} lies inside it.`);
    return null;
  }
  return new IndexCache(context.dataFolder, store, context);
}

function hash(text: string): string {
  return createHash('sha1').update(text).digest('hex').slice(0, 24);
}

function digestOf(body: string): string {
  return createHash('sha1').update(body).digest('hex');
}

function checkpointDigest(lineage: string, body: Uint8Array): Buffer {
  return createHash('sha1').update(lineage).update(body).digest();
}
