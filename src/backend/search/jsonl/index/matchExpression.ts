import type { Clause, Query, Term } from '../../../../shared/search/query';
import { isSessionTerm } from '../../match/sessionTerms';
import { needleOf } from './indexText';

/** A query for FTS5. */
export interface IndexQuery {
  readonly expression: string;
  /** The rows that it finds are the hits, no more and no fewer, in the sessions that may hold hits. */
  readonly exact: boolean;
}

/** Beginnings of words of fewer letters find too much to be of use. */
const SHORTEST_START = 3;

interface TermExpression {
  readonly source: string;
  readonly exact: boolean;
}

/**
 * What the index is asked for. A word is looked for as a whole or as the beginning of words; what stands inside of them
 * only a scan finds. `null`: the index knows nothing of what is asked for.
 */
export function indexQuery(query: Query): IndexQuery | null {
  if (query.raw) return null;
  const wanted: string[] = [];
  const unwanted: string[] = [];
  let exact = true;
  for (const { anyOf } of query.clauses) {
    // Whether a session fulfils such a clause is known before: the others are not looked at.
    if (anyOf.every(isDecided)) continue;
    const terms = clauseOf({ anyOf });
    if (!terms) exact = false;
    else {
      const source = `(${terms.sources.join(' OR ')})`;
      (terms.negated ? unwanted : wanted).push(source);
      exact &&= terms.exact;
    }
  }
  if (wanted.length === 0) return null;
  return { expression: [`(${wanted.join(' AND ')})`, ...unwanted].join(' NOT '), exact };
}

/** What is known of a session says whether the term holds for its messages; not so for the opposite of a time. */
function isDecided(term: Term): boolean {
  return isSessionTerm(term) && !(term.kind === 'time' && term.negated);
}

function clauseOf({ anyOf }: Clause): { sources: string[]; negated: boolean; exact: boolean } | null {
  const [first] = anyOf;
  if (first?.negated) {
    // To leave something out, the index must know it for sure.
    const one = anyOf.length === 1 ? termOf(first) : null;
    return one?.exact ? { sources: [one.source], negated: true, exact: true } : null;
  }
  const sources: string[] = [];
  let exact = true;
  for (const term of anyOf) {
    const one = term.negated ? null : termOf(term);
    if (!one) return null;
    sources.push(one.source);
    exact &&= one.exact;
  }
  return sources.length === 0 ? null : { sources, negated: false, exact };
}

function termOf(term: Term): TermExpression | null {
  if (term.kind !== 'text') return null;
  const { tokens, open, isWord, isIdeographs } = needleOf(term.text);
  if (tokens.length === 0) return null;
  const last = tokens.at(-1) ?? '';
  const isStart = !term.whole && open && [...last].length >= SHORTEST_START;
  // No token holds a quotation mark.
  return { source: `"${tokens.join(' ')}"${isStart ? '*' : ''}`, exact: term.whole ? isWord : isIdeographs };
}
