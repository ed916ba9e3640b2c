/** The first hits, from zeroclaw's full-text index. */

import { StoreError } from '../../errors';
import type { DatabaseConnection, Reader } from '../../sqlite/connection';
import type { FoundHit } from '../StoreSearch';
import type { Task, TaskContext } from '../workers/tasks';
import { damagedIndex, fullTextProblem, isIndexError } from './fullText';
import { fullTextExpression } from './fullTextQuery';
import { type Candidate, candidate, foundHit } from './hits';
import { rowNumbers } from './rowNumbers';
import { isDamage, type RawRow, type StoredRow, storedRow } from './rowWalk';
import { withSigns } from './scanTask';
import { bestRows, newestRows, rowOfId } from './searchStatements';
import { type PreparedQuery, preparedQuery } from './sharedQuery';
import type { RankedParams, RankedResult } from './taskTypes';
import { Verifier } from './Verifier';
import { withStore } from './workerStores';

/** Candidates for each hit that is wanted, and in all: what the index cannot see may rule out most of them. */
const PER_HIT = 10;
const MOST_CANDIDATES = 5000;
/** Candidates that are read and verified together. */
const BATCH = 100;
/** Up to so many sessions the index is asked for those only. */
const MOST_KEYS = 2000;

type Ranking = [id: number, rank: number | null];

/** JSON list of the keys of few sessions; odd keys have no form in it, and are found by the scan. */
function keyList({ sessions }: PreparedQuery): string | undefined {
  return sessions && sessions.size <= MOST_KEYS ? JSON.stringify([...sessions.keys()]) : undefined;
}

function rankings(reader: Reader, expression: string, query: PreparedQuery, params: RankedParams): Ranking[] {
  const keys = keyList(query);
  const sql = (params.order === 'rank' ? bestRows : newestRows)(keys !== undefined);
  const most = Math.min(MOST_CANDIDATES, params.limit * PER_HIT);
  return keys === undefined
    ? reader.all<Ranking>(sql, expression, most)
    : reader.all<Ranking>(sql, expression, keys, most);
}

interface Candidates {
  readonly rows: readonly Ranking[];
  readonly note: string | undefined;
}

/** What the index answers; a query that it refuses, and an index that is broken, have no candidates. */
async function candidates(
  connection: DatabaseConnection,
  expression: string | null,
  query: PreparedQuery,
  params: RankedParams,
): Promise<Candidates> {
  return connection.run((reader) => {
    const note = fullTextProblem(connection, reader);
    if (note !== undefined || expression === null || !reader.schema.messages) return { rows: [], note };
    try {
      return { rows: rankings(reader, expression, query, params), note: undefined };
    } catch (error) {
      if (!isIndexError(error)) throw error;
      return { rows: [], note: damagedIndex() };
    }
  });
}

async function readRows(connection: DatabaseConnection, batch: readonly Ranking[]): Promise<StoredRow[]> {
  try {
    return await connection.run((reader) =>
      batch.flatMap(([id]): StoredRow[] => {
        // A row that is gone since, or that the index still holds: it is no hit.
        const row = reader.get<RawRow>(rowOfId(false), id);
        return row ? [storedRow(reader, row)] : [];
      }),
    );
  } catch (error) {
    // The scan goes around what is damaged, and names it.
    if (isDamage(error)) return [];
    throw error;
  }
}

async function ranked(
  connection: DatabaseConnection,
  params: RankedParams,
  context: TaskContext,
): Promise<RankedResult> {
  const query = preparedQuery(params.shared);
  const expression = fullTextExpression(query.compiled.query);
  const { rows, note } = await candidates(connection, expression, query, params);
  const verifier = new Verifier(connection, query, context);
  const found: Candidate[] = [];
  for (let at = 0; at < rows.length && found.length < params.limit; at += BATCH) {
    const batch = rows.slice(at, at + BATCH).filter(([id]) => Number.isSafeInteger(id));
    const ranks = new Map(batch);
    const stored = await readRows(connection, batch);
    const verified = await verifier.verify(stored);
    if (!verified) throw new StoreError('cancelled', 'Cancelled.');
    for (const verdict of verified.matching) {
      const rank = ranks.get(Number(verdict.row.id)) ?? null;
      found.push(candidate(verifier, verdict, rank, await verifier.time(verdict.row)));
      if (found.length === params.limit) break;
    }
  }
  const number = await rowNumbers(connection, found);
  const hits: FoundHit[] = found.map((one) => foundHit(one, params.store.store, number(one)));
  return { hits, note };
}

/** Asks the index, and verifies what it answers in the messages themselves. */
export const rankedHits: Task<RankedParams, never, RankedResult> = (params, context) =>
  withSigns(context, () => withStore(params.store, (connection) => ranked(connection, params, context)));
