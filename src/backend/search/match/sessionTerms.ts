/** The terms of a query that a session decides, not its messages: looked at once for each session. */
import { fold } from '../../../shared/search/fold';
import type { Query, Term, TextField } from '../../../shared/search/query';
import { compilePattern } from '../../../shared/search/textPattern';
import type { SessionFacts, SessionTerms } from './compiledQuery';

const SESSION_FIELDS: readonly TextField[] = ['in', 'store', 'state'];

/** `in:`, `store:`, `state:`, `after:` and `before:`, in the order of the query. */
export function sessionTerms(query: Query): SessionTerms {
  return query.clauses.flatMap(({ anyOf }) => anyOf).filter(isSessionTerm);
}

export function isSessionTerm(term: Term): boolean {
  return term.kind === 'time' || (term.kind === 'field' && SESSION_FIELDS.includes(term.field));
}

/**
 * Truth of the terms for one session, negation left out: bit n for the n-th, 30 at the most. A time is true when messages
 * of the session may be of that time: always where messages carry their own.
 */
export function sessionBits(terms: SessionTerms, facts: SessionFacts): number {
  return terms.reduce((bits, term, index) => (holds(term, facts) ? bits | (1 << index) : bits), 0);
}

function holds(term: Term, facts: SessionFacts): boolean {
  if (term.kind === 'time') return timeHolds(term.field, term.time, facts);
  if (term.kind !== 'field') return false;
  return factsOf(term.field, facts).some(matcherOf(term));
}

type FieldTerm = Extract<Term, { kind: 'field' }>;

/** Made once for each term: there may be ten thousand sessions. */
const matchers = new WeakMap<Term, (text: string | null) => boolean>();

function matcherOf(term: FieldTerm): (text: string | null) => boolean {
  const known = matchers.get(term);
  if (known) return known;
  const matcher = fieldMatcher(term.value, term.whole);
  matchers.set(term, matcher);
  return matcher;
}

function factsOf(field: TextField, { key, name, storeLabel, storePath, state }: SessionFacts): (string | null)[] {
  switch (field) {
    case 'in':
      return [name, key];
    case 'store':
      return [storeLabel, storePath];
    case 'state':
      return [state];
    default:
      return [];
  }
}

function timeHolds(field: 'after' | 'before', time: number, facts: SessionFacts): boolean {
  if (facts.messageTimes) return true;
  const at = Date.parse((field === 'after' ? facts.lastActivity : facts.createdAt) ?? '');
  // A date that is not known leaves nothing out.
  return Number.isNaN(at) || (field === 'after' ? at >= time : at < time);
}

/** Says whether a field's value stands in a text; `whole`: is all of it. Letter case and diacritics do not matter. */
export function fieldMatcher(value: string, whole: boolean): (text: string | null) => boolean {
  if (whole) {
    const sought = fold(value.trim());
    return (text) => text !== null && fold(text.trim()) === sought;
  }
  const pattern = compilePattern({ text: value, matchCase: false, wholeWord: false, regex: false });
  return (text) => {
    pattern.lastIndex = 0;
    return text !== null && pattern.test(text);
  };
}

/** False when no message of a session with these bits can match. */
export function mayHoldHits(query: Query, terms: SessionTerms, bits: number): boolean {
  return query.clauses.every(({ anyOf }) =>
    anyOf.some((term) => {
      const index = terms.indexOf(term);
      if (index < 0) return true;
      const holdsHere = (bits & (1 << index)) !== 0;
      // The bit of a time says "may be": its opposite is then not known.
      return term.negated ? term.kind === 'time' || !holdsHere : holdsHere;
    }),
  );
}
