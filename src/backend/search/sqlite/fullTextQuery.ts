import type { Query, Term } from '../../../shared/search/query';

/** Shorter words are looked for as they are: the rows of all words that begin with them would have to be merged. */
const SHORTEST_PREFIX = 3;
/** What unicode61, the tokenizer of `sessions_fts`, makes words of. */
const WORD = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu;

/** FTS5's form of a text: its words as they follow each other, the last one as a beginning. `null`: it has no words. */
function phrase(text: string, whole: boolean): string | null {
  const words = [...text.matchAll(WORD)];
  const last = words.at(-1);
  if (!last) return null;
  const endsInWord = last.index + last[0].length === text.length;
  const prefix = !whole && endsInWord && [...last[0]].length >= SHORTEST_PREFIX;
  // NUL would end the expression.
  return `"${text.replace(/\0/g, ' ').replaceAll('"', '""')}"${prefix ? '*' : ''}`;
}

function expression(term: Term): string | null {
  return term.kind === 'text' && !term.negated ? phrase(term.text, term.whole) : null;
}

/**
 * The FTS5 expression whose rows are candidates for a query: the clauses of which every term is a text with words in it.
 * The others are left to the verification. `null` when there is none.
 */
export function fullTextExpression(query: Query): string | null {
  if (query.raw) return null;
  const clauses = query.clauses.flatMap(({ anyOf }) => {
    const terms = anyOf.map(expression);
    return terms.length > 0 && terms.every((term) => term !== null) ? [`(${terms.join(' OR ')})`] : [];
  });
  return clauses.length === 0 ? null : `content : (${clauses.join(' AND ')})`;
}
