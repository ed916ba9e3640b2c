import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Problem, ProblemCode } from '../../shared/session';
import { errorText, StoreError, type StoreErrorCode, systemErrorCode } from '../errors';
import { parseFileName } from './sessionKeys';

/** What tells one state of a file from another. */
export interface FileIdentity {
  readonly dev: string;
  readonly ino: string;
  readonly size: number;
  readonly modifiedNs: bigint;
  /** When anything about it was changed last (ctime), which no program can set; what was read from a cache has none. */
  readonly changedNs?: bigint;
}

/** A name in the folder as the file system describes it, without opening anything. */
export interface FileFacts {
  readonly name: string;
  readonly identity: FileIdentity;
  /** Set when it is no file that can be read; nothing more is known then. */
  readonly problem: Problem | null;
}

export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.size === b.size && a.modifiedNs === b.modifiedNs && sameFile(a, b);
}

export function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Names of all session files, readable or not. Throws a `StoreError` when the folder cannot be read. */
export function listSessionFiles(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter((name) => parseFileName(name) !== null);
  } catch (error) {
    throw folderError(folder, error);
  }
}

/** Words for a folder that cannot be read. */
export function folderError(folder: string, error: unknown): StoreError {
  const code = systemErrorCode(error);
  const [storeCode, message]: [StoreErrorCode, string] =
    code === 'ENOENT'
      ? ['not-found', `The sessions folder ${folder} does not exist. Check the path, or start the agent once.`]
      : code === 'ENOTDIR'
        ? ['not-a-store', `${folder} is not a folder. Choose the agent's sessions folder.`]
        : code === 'EACCES' || code === 'EPERM'
          ? ['no-permission', `No permission to read the sessions folder ${folder}. Give your user read access to it.`]
          : ['read-failed', `The sessions folder ${folder} could not be read: ${errorText(error)}`];
  return new StoreError(storeCode, message, { cause: error });
}

/** Facts about one name, links followed; `null` when it is not there (any more). */
export function describeFile(folder: string, name: string): FileFacts | null {
  // Not path.join: this is called for every file of a list.
  const file = folder + path.sep + name;
  try {
    const stat = fs.statSync(file, { bigint: true });
    return { name, identity: identityOf(stat), problem: stat.isFile() ? null : notAFile(name, kindOf(stat)) };
  } catch (error) {
    return describeUnfollowed(file, name, error);
  }
}

function describeUnfollowed(file: string, name: string, error: unknown): FileFacts | null {
  let stat: fs.BigIntStats | undefined;
  try {
    stat = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    // Not even the name can be looked at: the first error says why.
  }
  const code = systemErrorCode(error);
  if (!stat) {
    // A key too long for a file name names no file.
    if (code === 'ENAMETOOLONG') return null;
    // Gone between the listing and now, unless its name does not survive decoding.
    if (code === 'ENOENT' && !name.includes('\uFFFD')) return null;
    const words =
      code === 'ENOENT' ? 'its name is no valid UTF-8, so it cannot be opened; rename it' : errorText(error);
    const identity = { dev: '', ino: '', size: 0, modifiedNs: 0n };
    return { name, identity, problem: fileProblem('read-failed', name, words) };
  }
  const identity = identityOf(stat);
  if (code === 'ENOENT') {
    const words = 'is a symbolic link whose target does not exist. Restore the target or remove the link.';
    return { name, identity, problem: problemOf('dangling-link', `${name} ${words}`) };
  }
  return { name, identity, problem: readProblem(name, error) };
}

/**
 * Opens a session file for reading. Nothing but a regular file is ever opened (a FIFO would wait for a writer), and
 * what was opened is checked again. Throws a system error, or a `StoreError` for what is no file.
 */
export function openSessionFile(folder: string, name: string): { fd: number; identity: FileIdentity } {
  const file = path.join(folder, name);
  const before = fs.statSync(file);
  if (!before.isFile()) throw new StoreError('read-failed', notAFile(name, kindOf(before)).message);
  // O_NONBLOCK for the case that a FIFO takes the file's place just now; Windows has neither.
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) | (fs.constants.O_NOCTTY ?? 0));
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new StoreError('read-failed', notAFile(name, kindOf(stat)).message);
    return { fd, identity: identityOf(stat) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** The problem of a session whose file cannot be opened or read. */
export function readProblem(name: string, error: unknown): Problem {
  if (error instanceof StoreError) return problemOf('read-failed', error.message);
  const code = systemErrorCode(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return problemOf('no-permission', `No permission to read ${name}. Give your user read access to the file.`);
  }
  if (code === 'ELOOP') {
    return problemOf('dangling-link', `${name} is a symbolic link that leads back to itself. Remove the link.`);
  }
  return fileProblem('read-failed', name, errorText(error));
}

/** The same as an error, for calls that have no place for a problem in their answer. */
export function problemError(problem: Problem, cause?: unknown): StoreError {
  return new StoreError(problem.code === 'no-permission' ? 'no-permission' : 'read-failed', problem.message, { cause });
}

function identityOf(stat: fs.BigIntStats): FileIdentity {
  const { dev, ino, size, mtimeNs: modifiedNs, ctimeNs: changedNs } = stat;
  return { dev: String(dev), ino: String(ino), size: Number(size), modifiedNs, changedNs };
}

function kindOf(stat: fs.StatsBase<bigint> | fs.StatsBase<number>): string {
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a FIFO (named pipe)';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

function notAFile(name: string, kind: string): Problem {
  const hint =
    kind === 'a directory' ? ' Some zeroclaw versions hang when they list it; move it away.' : ' Move it away.';
  return problemOf('not-a-file', `${name} is ${kind}, not a session file. Nothing was read from it.${hint}`);
}

function fileProblem(code: ProblemCode, name: string, words: string): Problem {
  return problemOf(code, `${name} could not be read: ${words}`);
}

function problemOf(code: ProblemCode, message: string): Problem {
  return { code, severity: 'error', message };
}
