import type { FindPattern } from '../shared/search/answer';
import { parseQuery } from '../shared/search/parseQuery';
import { type Query, QueryError } from '../shared/search/query';

/** The texts of a query that a conversation marks. */
export function highlightPatterns({ clauses, raw }: Query): FindPattern[] {
  // What was found in the stored record need not stand in what a person sees of it.
  if (raw) return [];
  return clauses
    .flatMap(({ anyOf }) => anyOf)
    .flatMap((term): FindPattern[] => {
      if (term.negated) return [];
      if (term.kind === 'text') return [{ text: term.text, matchCase: false, wholeWord: term.whole, regex: false }];
      if (term.kind !== 'regex') return [];
      return [{ text: term.source, matchCase: !term.flags.includes('i'), wholeWord: false, regex: true }];
    });
}

/** The same of a query that was taken once already; what cannot be parsed marks nothing. */
export function patternsOf(query: string, now: number): FindPattern[] {
  try {
    return highlightPatterns(parseQuery(query, now));
  } catch (error) {
    if (error instanceof QueryError) return [];
    throw error;
  }
}
