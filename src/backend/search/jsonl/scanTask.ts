/** Runs in a search thread: files, or parts of files, one after the other. */
import * as fs from 'node:fs';
import { StoreError, systemErrorCode } from '../../errors';
import { fileFingerprint } from '../../jsonl/fileIndexer';
import { readSpan } from '../../jsonl/readBytes';
import { type FileIdentity, openSessionFile, readProblem, sameFile } from '../../jsonl/sessionFiles';
import type { CompiledQuery } from '../match/compiledQuery';
import { compileQuery } from '../match/compileQuery';
import type { FoundHit } from '../StoreSearch';
import type { Task, TaskContext } from '../workers/tasks';
import { FileChanged, noStats } from './chunks';
import { FileScan, type FileScanOptions, needsOf, type QueryNeeds } from './fileScan';
import { NewestHits } from './newestHits';
import type { FileFound, ScanFile, ScanParams, ScanTaskPart } from './scanTypes';
import { isUntouched } from './sessionPins';

/** Milliseconds after which what was found is handed over. */
const PART_INTERVAL = 40;
/** A file that is rewritten while it is read is read again, so many times in all. */
const ATTEMPTS = 4;

let compiledSource = '';
let compiledQuery: CompiledQuery | undefined;

/** Compiled once for all parts of a search. */
export function compiledFor(query: ScanParams['query']): CompiledQuery {
  const source = JSON.stringify(query);
  if (!compiledQuery || source !== compiledSource) {
    compiledQuery = compileQuery(query);
    compiledSource = source;
  }
  return compiledQuery;
}

export const scanTask: Task<ScanParams, ScanTaskPart, null> = (params, context) => {
  const compiled = compiledFor(params.query);
  const needs = needsOf(params.query);
  const newest = new NewestHits(params.limit);
  let files: FileFound[] = [];
  let hits: FoundHit[] = [];
  let emitted = performance.now();
  const emit = (): void => {
    context.emit({ files, hits });
    files = [];
    hits = [];
    emitted = performance.now();
  };
  for (const file of params.files) {
    const look = lookFor(context);
    look();
    const { found, own } = scanFile(file, params, compiled, needs, look, (time) => {
      return time >= params.oldest && newest.accepts(time);
    });
    files.push(found);
    for (const hit of newest.add(own)) hits.push(hit);
    if (performance.now() - emitted > PART_INTERVAL) emit();
  }
  emit();
  return null;
};

function lookFor(context: TaskContext): () => void {
  return () => {
    if (context.cancelled()) throw new StoreError('cancelled', 'Cancelled.');
  };
}

interface Scanned {
  readonly found: FileFound;
  readonly own: readonly FoundHit[];
}

function scanFile(
  file: ScanFile,
  params: ScanParams,
  compiled: CompiledQuery,
  needs: QueryNeeds,
  look: () => void,
  accepts: (time: number) => boolean,
): Scanned {
  const { store, limit, fromRow } = params;
  const none = { name: file.name, key: file.key, hits: 0, skipped: [], identity: file.identity };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let opened: { fd: number; identity: FileIdentity };
    try {
      opened = openSessionFile(params.folder, file.name);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return { found: { ...none, state: 'gone' }, own: [] };
      const { code, message } = readProblem(file.name, error);
      const skipped = [{ store, key: file.key, code, message }];
      return { found: { ...none, skipped, state: 'failed' }, own: [] };
    }
    const { fd } = opened;
    try {
      const pinned = attempt === 0 ? pin(fd, file, opened.identity) : null;
      if (!pinned && file.part) return { found: { ...none, state: 'changed' }, own: [] };
      // What was counted of an earlier state says nothing about a rewritten file.
      const now = pinned ?? { ...file, identity: opened.identity, known: null };
      const time = Number(now.identity.modifiedNs / 1_000_000n);
      const options: FileScanOptions = { store, compiled, needs, limit, fromRow, wanted: accepts(time), look };
      const scan = new FileScan(fd, now, options);
      const from = file.part?.from ?? 0;
      const end = file.part?.end ?? now.identity.size;
      scan.run(from, end);
      if (!file.part && attempt + 1 < ATTEMPTS && isBeingWritten(fd, end)) continue;
      const own = scan.found(time);
      if (isUnchanged(fd, opened.identity, now, scan, from, end)) {
        const { hits, counts, skipped } = scan;
        const { identity } = now;
        return { found: { ...none, hits, ...(counts ? { counts } : {}), identity, skipped, state: 'read' }, own };
      }
    } catch (error) {
      if (!(error instanceof FileChanged)) {
        if (error instanceof StoreError || systemErrorCode(error) === undefined) throw error;
        const { code, message } = readProblem(file.name, error);
        return { found: { ...none, skipped: [{ store, key: file.key, code, message }], state: 'failed' }, own: [] };
      }
    } finally {
      fs.closeSync(fd);
    }
    if (file.part) return { found: { ...none, state: 'changed' }, own: [] };
  }
  const message = `${file.name} is rewritten faster than it can be read. Search again.`;
  const skipped = [{ store, key: file.key, code: 'read-failed', message }];
  return { found: { ...none, skipped, state: 'failed' }, own: [] };
}

/** Milliseconds in which a line that somebody is writing gets its end. */
const WRITING = 2;

/** True when the last line had no end because its writer was in the middle of it: it is no unreadable line. */
function isBeingWritten(fd: number, end: number): boolean {
  if (end === 0 || readSpan(fd, end - 1, end, noStats)[0] === 0x0a) return false;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITING);
  return fs.fstatSync(fd).size > end;
}

/** The file as it was when the search began, if it has only been appended to since; else `null`. */
function pin(fd: number, file: ScanFile, now: FileIdentity): ScanFile | null {
  const { identity, fingerprint } = file;
  if (isUntouched(identity, now)) return file;
  if (!sameFile(identity, now) || now.size < identity.size) return null;
  // Written to without getting longer. (A change of its mode alone costs a second look.)
  if (now.size === identity.size) return null;
  if (fingerprint !== undefined) return fileFingerprint(fd, identity.size, noStats) === fingerprint ? file : null;
  // Cut at a line feed it may well be the beginning of what is there now; anywhere else it was rewritten, or a last line
  // without an end has gone on.
  const cut = identity.size === 0 || readSpan(fd, identity.size - 1, identity.size, noStats)[0] === 0x0a;
  return cut ? file : null;
}

function isUnchanged(
  fd: number,
  opened: FileIdentity,
  file: ScanFile,
  scan: FileScan,
  from: number,
  end: number,
): boolean {
  const stat = fs.fstatSync(fd, { bigint: true });
  const size = Number(stat.size);
  // Not its ctime: that changes too when another file takes its name.
  if (size === opened.size) return stat.mtimeNs === opened.modifiedNs;
  if (size < file.identity.size) return false;
  if (file.fingerprint !== undefined && fileFingerprint(fd, file.identity.size, noStats) !== file.fingerprint) {
    return false;
  }
  const { head, tail } = scan;
  return (
    readSpan(fd, from, from + head.length, noStats).equals(head) &&
    readSpan(fd, end - tail.length, end, noStats).equals(tail)
  );
}
