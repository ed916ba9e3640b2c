import type { FindPattern, Found } from '../../../shared/search/answer';
import { StoreError, systemErrorCode } from '../../errors';
import { describeFile, type FileFacts, problemError, readProblem } from '../../jsonl/sessionFiles';
import { candidateFileNames } from '../../jsonl/sessionKeys';
import type { SearchPool } from '../workers/SearchPool';
import type { FindParams, FindResult } from './findTypes';

/** Smaller files are looked through by one thread. */
const SPLIT = 1024 * 1024;
const PART = 8 * 1024 * 1024;
const ATTEMPTS = 4;
/** Places that are counted at the most. */
const MOST = 10_000_000;

export interface FindOptions {
  readonly folder: string;
  readonly key: string;
  readonly pattern: FindPattern;
  readonly pool: SearchPool;
  readonly signal: AbortSignal;
}

/**
 * Every place of a pattern in one session, by rows. Rejects with `no-such-session`, `bad-query` for an expression that
 * does not end, and why the file cannot be read. `generation` is left to whoever numbers the rows.
 */
export async function findInSession({
  folder,
  key,
  pattern,
  pool,
  signal,
}: FindOptions): Promise<Omit<Found, 'generation'>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { name, identity } = required(folder, key);
    // As many parts as keep all threads busy, and no more: each of them is one message to a thread.
    const count = identity.size < SPLIT ? 1 : Math.max(pool.size, Math.ceil(identity.size / PART));
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const parts = await Promise.all(
        Array.from({ length: count }, (_, i) => {
          const from = Math.floor((identity.size * i) / count);
          const end = Math.floor((identity.size * (i + 1)) / count);
          const params: FindParams = { folder, name, identity, from, end, pattern };
          return pool.run<FindResult>('jsonl.find', params, { signal: stop.signal, watched: pattern.regex });
        }),
      );
      const found = joined(parts);
      if (found) return found;
    } catch (error) {
      if (signal.aborted) throw new StoreError('cancelled', 'Cancelled.');
      if (error instanceof StoreError || systemErrorCode(error) === undefined) throw error;
      throw problemError(readProblem(name, error), error);
    } finally {
      signal.removeEventListener('abort', onAbort);
      stop.abort();
    }
  }
  throw new StoreError('read-failed', `The session ${key} is rewritten faster than it can be read. Try again.`);
}

/** The file of a session. */
function required(folder: string, key: string): FileFacts {
  for (const name of candidateFileNames(key)) {
    const facts = describeFile(folder, name);
    if (facts?.problem) throw problemError(facts.problem);
    if (facts) return facts;
  }
  throw new StoreError('no-such-session', `There is no session ${key} in ${folder}. It may have been deleted.`);
}

function joined(parts: readonly FindResult[]): Omit<Found, 'generation'> | null {
  const rows: number[] = [];
  const counts: number[] = [];
  let total = 0;
  let matches = 0;
  for (const part of parts) {
    if (!part) return null;
    for (const [i, row] of part.rows.entries()) {
      const count = part.counts[i] ?? 0;
      if (matches + count > MOST) continue;
      rows.push(total + row);
      counts.push(count);
      matches += count;
    }
    total += part.lines;
  }
  const all = parts.reduce((sum, part) => sum + (part?.counts ?? []).reduce((own, count) => own + count, 0), 0);
  return { total, rows, counts, matches, complete: all === matches };
}
