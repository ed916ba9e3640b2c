/** Every place of a pattern in a part of one session. */
import type { FindPattern } from '../../../shared/search/answer';
import { fold } from '../../../shared/search/fold';
import type { Term } from '../../../shared/search/query';
import { compilePattern, placesOf } from '../../../shared/search/textPattern';
import type { DatabaseConnection } from '../../sqlite/connection';
import { compileQuery } from '../match/compileQuery';
import { visibleParts } from '../match/projection';
import type { Task, TaskContext } from '../workers/tasks';
import { rowNumbers } from './rowNumbers';
import { contentOf, RowWalk } from './rowWalk';
import { withSigns } from './scanTask';
import type { FindParams, FindResult } from './taskTypes';
import { withStore } from './workerStores';

/** Milliseconds after which the rest of the rows is left to another task. */
const TASK_TIME = 40;

/** A cheap look at what is stored: messages that cannot hold the pattern need not be parsed. `null`: there is none. */
function fastLook(pattern: FindPattern): ((content: string) => boolean) | null {
  const { text, regex, matchCase, wholeWord } = pattern;
  // Marks alone are looked for as they are written.
  if (fold(text).trim() === '') return null;
  const span = { at: 0, length: text.length };
  const term: Term = regex
    ? { kind: 'regex', source: text, flags: pattern.flags ?? (matchCase ? 'm' : 'im'), negated: false, span }
    : { kind: 'text', text, whole: wholeWord, negated: false, span };
  const compiled = compileQuery({ source: text, clauses: [{ anyOf: [term] }], raw: false, notes: [] });
  return (content) => compiled.mayMatch(content);
}

async function find(connection: DatabaseConnection, params: FindParams, context: TaskContext): Promise<FindResult> {
  const { pattern, slice, most } = params;
  const started = performance.now();
  const expression = compilePattern(pattern);
  const mayMatch = fastLook(pattern);
  const walk = new RowWalk(connection, slice);
  const found: { row: number; count: number }[] = [];
  let matches = 0;
  let next: number | undefined;
  while (matches < most && walk.position !== undefined) {
    const damaged = walk.damaged.length;
    const rows = await walk.next();
    // Rows come one after the other, newest first: the position of the first one gives all others. Behind what cannot
    // be read they are counted anew.
    if (walk.damaged.length > damaged) next = undefined;
    const [first] = rows;
    if (!first) {
      if (context.cancelled()) break;
      if (performance.now() - started > TASK_TIME) break;
      continue;
    }
    next ??= (await rowNumbers(connection, [first]))(first);
    for (let row of rows) {
      if (context.cancelled()) return { rows: [], counts: [], matches: 0, rest: undefined };
      const number = next--;
      if (row.content === null && row.reason === undefined) row = (await contentOf(connection, row)) ?? row;
      if (row.content === null || mayMatch?.(row.content) === false) continue;
      let count = 0;
      for (const { text } of visibleParts(row.role, row.content)) {
        count += placesOf(expression, text, most - matches - count).length;
      }
      if (count === 0) continue;
      matches += count;
      found.push({ row: number, count });
    }
    if (performance.now() - started > TASK_TIME) break;
  }
  found.reverse();
  return {
    rows: found.map(({ row }) => row),
    counts: found.map(({ count }) => count),
    matches,
    rest: walk.rest(),
  };
}

export const findInSlice: Task<FindParams, never, FindResult> = (params, context) =>
  withSigns(context, () => withStore(params.store, (connection) => find(connection, params, context)));
