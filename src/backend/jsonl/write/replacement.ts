import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StoreError, systemErrorCode } from '../../errors';
import {
  type EditedFile,
  endsLine,
  endsOf,
  isSameFile,
  readBytes,
  removeFile,
  sizeOf,
  syncFolder,
  writeAll,
} from './editedFile';
import { appendLines, drain, lastLineEnd, MoveNote } from './lateLines';
import { writersOf } from './openWriters';
import { type Insertion, SpliceCopy } from './spliceCopy';
import { Replaced, throwIfAborted } from './writeErrors';

/** Paths of what stands beside a file while it is changed. */
export interface Scratch {
  /** The new file. */
  readonly next: string;
  /** The old one, by a second name. */
  readonly old: string;
  /** See MoveNote. */
  readonly note: string;
}

export function scratchPaths(folder: string, names: readonly string[]): Scratch {
  const [next = '', old = '', note = ''] = names.map((name) => path.join(folder, name));
  return { next, old, note };
}

/** More growth than this is copied before the last step, which nothing else may interrupt. */
const LARGEST_LAST_STEP = 1 << 20;
/** Windows refuses to rename over a file that is open in some ways: tried again so many times, */
const RENAME_TRIES = 40;
/** after so many milliseconds. */
const RENAME_PAUSE = 25;
/** Milliseconds for which a writer must have the file open, at every look, to count as one that keeps it open. */
const KEEPS_OPEN = 2000;

export interface InstallOptions {
  /** The splices end here; what follows in the old file came later and is taken over as it is. */
  readonly base: number;
  /** `ends` of the old file's first `base` bytes. */
  readonly ends: string;
  /** Nanoseconds, for the case that nothing came later; `kept`: the old file's; `now`. */
  readonly modified: 'now' | 'kept' | string;
  readonly log: (message: string) => void;
}

/**
 * A new file that takes the place of a session's file. Lines that an agent adds at any moment are in the new file
 * afterwards, once: those before the exchange are copied, those that reach the old file after it are moved.
 */
export class Replacement {
  readonly copy: SpliceCopy;
  #isOpen = true;
  #isExchanged = false;

  private constructor(
    private readonly file: EditedFile,
    private readonly scratch: Scratch,
    private readonly target: number,
    insertion: Insertion,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.copy = new SpliceCopy(file.fd, target, insertion, signal);
  }

  /** Makes the new file, empty, with mode and owner of the old one. Throws system errors and `no-permission`. */
  static create(file: EditedFile, scratch: Scratch, insertion: Insertion, signal?: AbortSignal): Replacement {
    const { O_CREAT, O_EXCL, O_RDWR } = fs.constants;
    const target = fs.openSync(scratch.next, O_CREAT | O_EXCL | O_RDWR, 0o600);
    try {
      const { uid, gid, mode } = fs.fstatSync(file.fd);
      const own = fs.fstatSync(target);
      if (own.uid !== uid || own.gid !== gid) keepOwner(target, uid, gid, file.path);
      fs.fchmodSync(target, mode & 0o7777);
      return new Replacement(file, scratch, target, insertion, signal);
    } catch (error) {
      fs.closeSync(target);
      removeFile(scratch.next);
      throw error;
    }
  }

  /**
   * True when the new file is the session's and only the old one's late lines are still to be moved: an error from then
   * on must not be answered by `abandon`. What is left over is completed at the next start.
   */
  get isExchanged(): boolean {
    return this.#isExchanged;
  }

  /** Drops the new file: the session is as it was. */
  async abandon(): Promise<void> {
    await this.copy.stop();
    this.#close();
    for (const file of [this.scratch.next, this.scratch.old, this.scratch.note]) removeFile(file);
  }

  /**
   * Copies the rest and exchanges the files. Throws `Replaced` when the agent has rewritten the file meanwhile, `busy`
   * when a program keeps it open for writing; nothing has changed then and `abandon` is due.
   */
  async install(options: InstallOptions): Promise<void> {
    const { base } = options;
    const { fd } = this.file;
    await this.copy.keep(base);
    let copied = base;
    const separate = async (): Promise<void> => {
      // What the new file ends with must not glue on to what came later.
      if (copied !== base || !(await this.#endsTorn()) || !endsLine(fd, base)) return;
      await this.copy.insert(Buffer.from('\n'));
    };
    for (;;) {
      const end = lastLineEnd(fd, copied, sizeOf(fd));
      if (end > copied) {
        await separate();
        await this.copy.keep(end);
        copied = end;
      }
      await this.copy.settle();
      await promisify(fs.fsync)(this.target);
      await this.#noLongWriter();
      throwIfAborted(this.signal);
      if (sizeOf(fd) - copied < LARGEST_LAST_STEP) break;
    }
    for (let attempt = 1; ; attempt++) {
      try {
        copied = this.#exchange(copied, options);
        break;
      } catch (error) {
        const code = systemErrorCode(error);
        const isWindowsBusy =
          process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY');
        if (!isWindowsBusy || attempt === RENAME_TRIES) throw isWindowsBusy ? inUse(this.file.path, error) : error;
        await sleep(RENAME_PAUSE);
      }
    }
    this.#isExchanged = true;
    try {
      await this.#finish(copied, options.log);
    } finally {
      this.#close();
    }
  }

  async #endsTorn(): Promise<boolean> {
    await this.copy.settle();
    return !endsLine(this.target, this.copy.size);
  }

  /** The last step, in one go: growth, second name, note, rename. Returns how much of the old file is in the new one. */
  #exchange(copiedBefore: number, { base, ends, modified }: InstallOptions): number {
    const { fd, path: live, stat } = this.file;
    const { next, old, note } = this.scratch;
    let copied = copiedBefore;
    let { size } = this.copy;
    const end = lastLineEnd(fd, copied, sizeOf(fd));
    if (end > copied) {
      const parts = [readBytes(fd, copied, end)];
      if (copied === base && !endsLine(this.target, size) && endsLine(fd, base)) parts.unshift(Buffer.from('\n'));
      const bytes = Buffer.concat(parts);
      writeAll(this.target, bytes, size);
      size += bytes.length;
      copied = end;
      fs.fsyncSync(this.target);
    }
    if (modified !== 'now') {
      const { mtimeNs } = fs.fstatSync(fd, { bigint: true });
      const time = Number(modified === 'kept' || copied > base ? mtimeNs : BigInt(modified)) / 1e9;
      fs.futimesSync(this.target, time, time);
    }
    removeFile(old);
    linkIfPossible(live, old);
    MoveNote.write(note, copied, size);
    const isSame = isSameFile(fs.lstatSync(live, { bigint: true, throwIfNoEntry: false }) ?? null, stat);
    if (!isSame || sizeOf(fd) < copied || endsOf(fd, base) !== ends) throw new Replaced();
    fs.renameSync(next, live);
    return copied;
  }

  async #finish(copied: number, log: (message: string) => void): Promise<void> {
    const { fd, path: live, stat } = this.file;
    const { old, note } = this.scratch;
    syncFolder(path.dirname(live));
    const names = [path.basename(live), path.basename(old)];
    const moves = MoveNote.read(note) ?? undefined;
    const { rewritten } = await drain(fd, { stat, names }, live, copied, moves, log);
    if (rewritten && fs.existsSync(old)) {
      await giveBack({ old: fd, scratch: this.scratch, live, ours: this.target, size: moves?.size ?? 0, log });
      this.#isExchanged = false;
      throw new Replaced();
    }
    removeFile(old);
    removeFile(note);
  }

  /** A program that keeps the file open would go on writing to what nobody reads any more. */
  async #noLongWriter(): Promise<void> {
    const { stat, path: live } = this.file;
    const watched = { stat, names: [path.basename(live)] };
    const begin = performance.now();
    let always = writersOf(watched).ids;
    while (always.size > 0) {
      const writers = writersOf(watched).ids;
      always = new Set([...always].filter((id) => writers.has(id)));
      if (always.size === 0) return;
      if (performance.now() - begin > KEEPS_OPEN) throw inUse(live);
      await sleep(5);
      throwIfAborted(this.signal);
    }
  }

  #close(): void {
    if (this.#isOpen) fs.closeSync(this.target);
    this.#isOpen = false;
  }
}

function inUse(file: string, cause?: unknown): StoreError {
  const words = `A program keeps ${file} open for writing. Nothing was changed; close it there and try again.`;
  return new StoreError('busy', words, { cause });
}

function keepOwner(target: number, uid: number, gid: number, file: string): void {
  try {
    fs.fchownSync(target, uid, gid);
  } catch (error) {
    const words = `${file} belongs to another user or group, which a new file could not be given. Nothing was changed; do this as that user.`;
    throw new StoreError('no-permission', words, { cause: error });
  }
}

/** File systems without hard links (exFAT) go on without: the descriptor is then all that leads to the old file. */
function linkIfPossible(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
  }
}

export function isWithoutLinks(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR', 'EINVAL'].includes(code);
}

/**
 * For the case that the agent began to rewrite the old file in place (zeroclaw up to 0.8.4) right when it was exchanged:
 * what it wrote is the session, so the old file comes back, with the lines that reached ours since.
 */
export async function giveBack(options: {
  readonly old: number;
  readonly scratch: Scratch;
  readonly live: string;
  readonly ours: number;
  readonly size: number;
  readonly log: (message: string) => void;
}): Promise<void> {
  const { old, scratch, live, ours, log } = options;
  const stat = fs.fstatSync(old, { bigint: true });
  const names = [path.basename(live), path.basename(scratch.old)];
  for (let begin = performance.now(); performance.now() - begin < KEEPS_OPEN; await sleep(5)) {
    const writers = writersOf({ stat, names });
    if (writers.ids.size === 0) break;
  }
  const since = readBytes(ours, options.size, sizeOf(ours));
  if (since.length > 0 && !endsWith(old, since)) appendLines(scratch.old, since, Number(stat.mode) & 0o777);
  fs.renameSync(scratch.old, live);
  syncFolder(path.dirname(live));
  const oursStat = fs.fstatSync(ours, { bigint: true });
  await drain(ours, { stat: oursStat, names }, live, options.size + since.length, undefined, log);
  removeFile(scratch.note);
}

function endsWith(fd: number, bytes: Buffer): boolean {
  const size = sizeOf(fd);
  return readBytes(fd, Math.max(0, size - bytes.length), size).equals(bytes);
}
