import type { Problem, SessionMetadata } from '../../shared/session';
import { StoreError } from '../errors';
import type { ListOptions } from '../SessionBackend';
import type { IndexCache } from './indexCache';
import type { LineIndex } from './lineIndex';
import { Slice } from './readBytes';
import { describeFile, type FileFacts, listSessionFiles, readProblem } from './sessionFiles';
import { BIG_FILE, type SessionIndexes } from './sessionIndexes';
import { metadataOf } from './sessionMetadata';

/** A batch of the list is handed out this often. */
const BATCH_MILLISECONDS = 16;

interface Row {
  facts: FileFacts;
  index: LineIndex | null;
  failure: Problem | null;
  /** Described once: a list of ten thousand is otherwise long enough to be felt. */
  metadata: SessionMetadata | null;
}

/** When a list has to make room for other requests, or to stop. Asked for each of ten thousand files, so it is cheap. */
class Pace {
  #slice = new Slice();
  #calls = 0;

  constructor(private readonly signal: AbortSignal | undefined) {}

  /** For steps of microseconds: looks at the clock now and then. */
  get isDue(): boolean {
    return this.#calls++ % 16 === 0 && this.isDueNow;
  }

  /** For steps that read a file. */
  get isDueNow(): boolean {
    return this.signal?.aborted === true || this.#slice.isOver;
  }

  async rest(): Promise<void> {
    if (this.signal?.aborted) throw new StoreError('cancelled', 'The listing was cancelled.');
    await this.#slice.rest();
  }
}

/**
 * All sessions of a folder, newest first. A quick list costs one `stat` for each file; a full one also reads the files
 * that are not known, big ones last, and hands out what is ready at every pause.
 */
export async function listSessions(
  folder: string,
  indexes: SessionIndexes,
  cache: IndexCache | null,
  options: ListOptions,
): Promise<SessionMetadata[]> {
  const found = listSessionFiles(folder);
  const names = new Set(found);
  const hidden = hiddenNames(found, names);
  const pace = new Pace(options.signal);
  const rows: Row[] = [];
  for (const name of names) {
    if (pace.isDue) await pace.rest();
    const facts = describeFile(folder, name);
    if (!facts) continue;
    const index = facts.problem ? null : indexes.known(facts);
    rows.push({ facts, index, failure: facts.problem, metadata: null });
  }
  const describe = (row: Row): SessionMetadata => {
    if (row.metadata) return row.metadata;
    const metadata = metadataOf(row.facts, row.index, (name) => names.has(name), row.failure);
    const problem = hidden.get(row.facts.name);
    row.metadata = problem ? { ...metadata, problems: [...metadata.problems, problem] } : metadata;
    return row.metadata;
  };
  rows.sort(newestFirst);
  let present = rows;
  if (options.detail !== 'quick') {
    present = await complete(rows, indexes, options, describe, pace);
    indexes.keepOnly(names);
    cache?.save(names);
  }
  const sessions: SessionMetadata[] = [];
  for (const row of present.sort(newestFirst).slice(0, options.limit)) {
    if (pace.isDue) await pace.rest();
    sessions.push(describe(row));
  }
  return sessions;
}

/** Names that stand for more than one file: those that are no valid UTF-8 can decode to the same text, and to a real name. */
export function hiddenNames(found: readonly string[], names: ReadonlySet<string>): Map<string, Problem> {
  const problems = new Map<string, Problem>();
  if (found.length === names.size) return problems;
  const counts = new Map<string, number>();
  for (const name of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of counts) {
    if (count === 1) continue;
    const message = `${count} files have names that read ${name}: the bytes of all but one at the most are no valid UTF-8, and those files cannot be opened. Rename them.`;
    problems.set(name, { code: 'read-failed', severity: 'error', message });
  }
  return problems;
}

/** Reads what is not known and returns the rows of the files that are still there. */
async function complete(
  rows: readonly Row[],
  indexes: SessionIndexes,
  { signal, onBatch }: ListOptions,
  describe: (row: Row) => SessionMetadata,
  pace: Pace,
): Promise<Row[]> {
  const found: Row[] = [];
  let batch: SessionMetadata[] = [];
  let emitted = performance.now();
  const emit = (): void => {
    if (batch.length > 0) onBatch?.(batch);
    batch = [];
    emitted = performance.now();
  };
  const take = (row: Row): void => {
    found.push(row);
    if (onBatch) batch.push(describe(row));
    if (performance.now() - emitted > BATCH_MILLISECONDS) emit();
  };
  const unknown: Row[] = [];
  for (const row of rows) {
    if (pace.isDue) await pace.rest();
    if (row.index || row.failure) take(row);
    else unknown.push(row);
  }
  emit();
  const isBig = (row: Row): boolean => row.facts.identity.size > BIG_FILE;
  for (const row of [...unknown.filter((one) => !isBig(one)), ...unknown.filter(isBig)]) {
    if (pace.isDueNow) await pace.rest();
    if (await read(row, indexes, signal)) take(row);
  }
  emit();
  return found;
}

/** Indexes one file; false when it is gone. What is wrong with it never stops the rest. */
async function read(row: Row, indexes: SessionIndexes, signal: AbortSignal | undefined): Promise<boolean> {
  const { name } = row.facts;
  try {
    const { identity, index } = await indexes.ensure(name, false, signal);
    row.facts = { ...row.facts, identity };
    row.index = index;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'cancelled') throw error;
    if (error instanceof StoreError && error.code === 'no-such-session') return false;
    row.failure = readProblem(name, error);
  }
  return true;
}

function newestFirst(a: Row, b: Row): number {
  const left = a.facts.identity.modifiedNs;
  const right = b.facts.identity.modifiedNs;
  if (left !== right) return left > right ? -1 : 1;
  return a.facts.name < b.facts.name ? -1 : 1;
}
