import * as fs from 'node:fs';
import { StoreError } from '../../errors';
import { lookAt, sizeOf, syncFolder } from '../../jsonl/write/editedFile';
import { absorb } from './absorb';
import { holdsMessages } from './messageRows';
import { removeImported } from './removal';
import { closeSource, hashOf, readSource, type Source } from './sourceFile';
import { dropStaged, linkMigrated, syncStaged, there } from './staging';
import { flushLog } from './target';
import {
  addLateRows,
  type EarlierRows,
  type Import,
  isSmall,
  type WrittenRows,
  writeRows,
  writeTogether,
} from './writeRows';

/** Rounds of lines that come while a file is handed over. An agent that fills more is left to go on with a file anew. */
const MOST_ROUNDS = 6;
const NONE: WrittenRows = { firstId: 0, lastId: 0, rows: 0 };

/** A staged file that is to be imported. `earlier`: rows of an attempt that was cut off. */
export interface Job {
  readonly work: Import;
  readonly source: Source;
  readonly earlier: EarlierRows | null;
}

export interface Imported {
  readonly written: WrittenRows;
  /** What was imported in the end, late lines included. Still open. */
  readonly source: Source;
  /** Hash over all its messages; what was read back is the same. */
  readonly hash: string;
  /** Lines that came meanwhile. */
  readonly late: number;
}

/** A job under way. */
interface Running {
  readonly work: Import;
  readonly earlier: EarlierRows | null;
  source: Source;
  written: WrittenRows;
  late: number;
  failure: { readonly error: unknown } | undefined;
  isDone: boolean;
}

/**
 * Imports staged files of one folder, reads them back and hands them over; small ones share a transaction and the flushes
 * of the disk. Each succeeds or fails by itself: with a `StoreError`, or with `PlaceChanged` before anything of it is
 * written. What there is then, `recover` ends. The source of a job that fails stays the caller's to close.
 */
export async function importTogether(
  jobs: readonly Job[],
  onLocked: (bytes: number, milliseconds: number) => void = () => undefined,
): Promise<(Imported | { error: unknown })[]> {
  const all = jobs.map(
    ({ work, source, earlier }): Running => ({
      work,
      earlier,
      source,
      written: NONE,
      late: 0,
      failure: undefined,
      isDone: false,
    }),
  );
  const alive = (): Running[] => all.filter(({ failure, isDone }) => !failure && !isDone);
  await syncStaged(all.filter(({ work }) => there(work.files.staged)).map(({ work }) => work.files));
  await write(all, onLocked);
  const [first] = alive();
  // The disk works while the rows are read back.
  const flushed = first && flushLog(first.work.target);
  for (const job of alive()) await attempt(job, () => verifyWritten(job));
  await flushed;
  for (const job of alive()) job.work.onStep('verified');
  for (let round = 0; alive().length > 0; round++) await handOver(alive(), round);
  return Promise.all(
    all.map(async ({ failure, source, written, late }, index) => {
      if (!failure) return { written, source, hash: await source.digest, late };
      if (source !== jobs[index]?.source) closeSource(source);
      return failure;
    }),
  );
}

async function attempt(job: Running, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    job.failure = { error };
  }
}

async function write(all: readonly Running[], onLocked: (bytes: number, milliseconds: number) => void): Promise<void> {
  const fresh = all.filter(({ work }) => !work.place.hasReceipt);
  let alone = fresh;
  const small = fresh.filter(({ source, earlier }) => isSmall(source) && !earlier);
  if (small.length > 1) {
    try {
      const { results, milliseconds } = await writeTogether(small);
      onLocked(
        small.reduce((sum, { source }) => sum + source.file.size, 0),
        milliseconds,
      );
      for (const [index, job] of small.entries()) {
        const result = results[index];
        if (result && 'error' in result) job.failure = result;
        else if (result) job.written = result;
      }
      alone = fresh.filter((job) => !small.includes(job));
    } catch {
      // What one of them cannot do shall not keep the others from it.
    }
  }
  for (const job of alone) {
    await attempt(job, async () => {
      job.written = await writeRows(job.work, job.source, job.earlier);
    });
  }
}

async function verifyWritten({ work, source, written }: Running): Promise<void> {
  const { place, files, target } = work;
  if (place.hasReceipt) return;
  // With what was there before, where that is known to stand in one row with it.
  const isWhole = place.anchor > 0;
  try {
    if (isWhole) await verify(work, source, place.anchor, 0);
    else await verify(work, source, written.firstId, place.skip);
  } catch (error) {
    const { targetKey, existed, metadataBefore } = place;
    await removeImported(target, files.name, { targetKey, existed, metadataBefore, ...written });
    throw error;
  }
}

/** Compares the rows from an id on with the source's messages from a position on. */
async function verify({ target, place, files }: Import, source: Source, fromId: number, from: number): Promise<void> {
  if (await holdsMessages(target.connection, place.targetKey, fromId, source, from)) return;
  throw new StoreError(
    'write-failed',
    `What ${target.file} holds of ${place.targetKey} after the import is not what ${files.name} holds. The import of this session was taken back.`,
  );
}

async function handOver(jobs: readonly Running[], round: number): Promise<void> {
  const linked: Running[] = [];
  for (const job of jobs) {
    await attempt(job, async () => {
      await takeLateLines(job);
      if (linkMigrated(job.work.files)) linked.push(job);
      job.work.onStep('linked');
    });
  }
  syncFolders(jobs);
  const hashes = await Promise.all(
    linked.map(({ source: { file } }) => hashOf(file.fd, sizeOf(file.fd)).catch(() => null)),
  );
  for (const [index, job] of linked.entries()) {
    await attempt(job, async () => {
      const isSame = hashes[index] === job.source.hash;
      // Otherwise a line has come: the next round takes it.
      if (!isSame && round < MOST_ROUNDS) return;
      if (!isSame) throw new StoreError('busy', `${job.work.files.name} is written to without a pause.`);
      dropStaged(job.work.files);
      job.work.onStep('handed-over');
    });
  }
  syncFolders(jobs);
  for (const job of jobs) {
    const { files } = job.work;
    if (job.failure || there(files.staged)) continue;
    if (!lookAt(files.live) || round >= MOST_ROUNDS) job.isDone = true;
    // An agent has made the live file anew: its lines belong to the session. Staged again, with a receipt that matches.
    else fs.renameSync(files.migrated, files.staged);
  }
}

async function takeLateLines(job: Running): Promise<void> {
  const { work, source } = job;
  const { files, target } = work;
  const isGrown = (await absorb(files)) || sizeOf(source.file.fd) > source.file.size;
  if (!isGrown) return;
  const now = await readSource(there(files.staged) ? files.staged : files.migrated);
  closeSource(source);
  job.source = now;
  const more = await addLateRows(work, now, source.count);
  await verify(work, now, more.firstId, source.count);
  await flushLog(target);
  job.late += more.rows;
  job.written = {
    firstId: job.written.firstId || more.firstId,
    lastId: more.lastId || job.written.lastId,
    rows: job.written.rows + more.rows,
  };
}

function syncFolders(jobs: readonly Running[]): void {
  for (const folder of new Set(jobs.map(({ work }) => work.files.folder))) syncFolder(folder);
}
