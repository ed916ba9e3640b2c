import { resolveStorePath } from '../backend/discovery';
import { StoreError } from '../backend/errors';
import { BadQuery } from '../backend/search/searchedQuery';
import { describeQueryError } from '../shared/search/parseQuery';
import { QueryError } from '../shared/search/query';
import { type StoreLocation, storeId } from '../shared/session';
import type { SearchArguments } from './arguments';
import type { Write } from './output';
import { json } from './results';
import { searchJson, writeAnswer } from './searchOutput';
import type { CliStores } from './stores';
import { UsageError } from './usageError';

/** A query that means nothing: exit status 2, without the list of commands behind it. */
export class QueryFault extends UsageError {}

/** `agent-sessions search`: exit status 0, 1 when a whole store could not be searched. Throws `QueryFault`. */
export async function search(
  { stores: given, query, limit, order, json: asJson, kind }: SearchArguments,
  stores: CliStores,
  write: Write,
  isTerminal: boolean,
): Promise<number> {
  const locations = await storesAt(given, kind);
  try {
    const answer = await stores.search.run({ query, scope: { kind: 'stores', stores: locations }, order, limit });
    // Before the writing, which lasts as long as its reader likes.
    await stores.closeAll();
    if (asJson) await write(json(searchJson(answer, locations)));
    else await writeAnswer(answer, { locations, now: Date.now(), write, isTerminal });
    return answer.skipped.some(({ key }) => key === undefined) ? 1 : 0;
  } catch (error) {
    if (error instanceof BadQuery) throw new QueryFault(faultWords(error, query));
    // A regular expression that does not end has no place of its own.
    if (error instanceof StoreError && error.code === 'bad-query') throw new QueryFault(error.message);
    throw error;
  }
}

/** Every store at the given places, each once. */
async function storesAt(given: readonly string[], kind: StoreLocation['kind'] | undefined): Promise<StoreLocation[]> {
  const found = new Map<string, StoreLocation>();
  for (const place of given) {
    const all = (await resolveStorePath(place)).filter((location) => !kind || location.kind === kind);
    if (all.length === 0) throw new StoreError('not-a-store', `There is no ${kind} store at ${place}.`);
    for (const location of all) found.set(storeId(location), location);
  }
  return [...found.values()];
}

/** The fault in words, and under the query the place that they speak of. */
function faultWords({ message, span }: BadQuery, query: string): string {
  const words = describeQueryError(new QueryError(message, span), query);
  if (/[^\x20-\x7e]/.test(query)) return words;
  return `${words}\n  ${query}\n  ${' '.repeat(span.at)}${'^'.repeat(Math.max(1, Math.min(span.length, query.length - span.at)))}`;
}
