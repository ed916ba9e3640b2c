import { parseQuery } from '../../shared/search/parseQuery';
import { type Query, QueryError, type Span, type Term } from '../../shared/search/query';
import { StoreError } from '../errors';
import type { CompiledQuery } from './match/compiledQuery';
import { compileQuery } from './match/compileQuery';
import { sessionTerms } from './match/sessionTerms';

/** Session terms of one query: they are bits of a number. */
const MOST_SESSION_TERMS = 30;

/** A query that means nothing, with the place of the fault. */
export class BadQuery extends StoreError {
  constructor(
    message: string,
    readonly span: Span,
  ) {
    super('bad-query', message);
    this.name = 'BadQuery';
  }
}

/** Runs work that reads a query or a pattern; what it finds wrong with it becomes a `BadQuery`. */
export async function reading<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof QueryError ? new BadQuery(error.message, error.span) : error;
  }
}

/** A query that is ready for all stores. */
export interface SearchedQuery {
  readonly query: Query;
  readonly compiled: CompiledQuery;
  readonly terms: readonly Term[];
}

/** Takes a text as a query. Rejects with `BadQuery` when it means nothing; an empty one is none and has no clauses. */
export function searchedQuery(source: string, now: number): Promise<SearchedQuery> {
  return reading(() => {
    const query = parseQuery(source, now);
    const whole = { at: 0, length: source.length };
    if (query.raw && query.clauses.length === 0) {
      throw new QueryError('in:raw says where to look. Add what to look for: in:raw "tool_call_id".', whole);
    }
    const terms = sessionTerms(query);
    if (terms.length > MOST_SESSION_TERMS) {
      const span = terms[MOST_SESSION_TERMS]?.span ?? whole;
      throw new QueryError(`A query can have ${MOST_SESSION_TERMS} fields about sessions at the most.`, span);
    }
    return { query, compiled: compileQuery(query), terms };
  });
}
