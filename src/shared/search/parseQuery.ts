/** The text of a query -> what it asks for. */
import type { FindPattern } from './answer';
import { DATE_FORMS, parseDate } from './dates';
import { FIELDS, fieldLike, listed } from './fields';
import { type Token, tokens } from './lexer';
import {
  type Clause,
  type Condition,
  HAS_VALUES,
  type Query,
  QueryError,
  type Span,
  TEXT_FIELDS,
  type Term,
} from './query';
import { compilePattern, LONGEST_TEXT, tooLong } from './textPattern';

export { completions, type QueryCompletion } from './completions';
export { correctedQuery, describeQueryError, FIELDS } from './fields';

/** Terms of one query; each is looked for in every message. */
const MOST_TERMS = 100;

/**
 * Reads a query. `now` in milliseconds since the epoch, for dates such as `7d`. White space alone gives no clauses. Throws
 * a `QueryError` with words for the user and the place of the fault.
 */
export function parseQuery(source: string, now: number): Query {
  const clauses: Term[][] = [];
  const notes: string[] = [];
  let raw = false;
  let or: Span | undefined;
  let mayJoin = false;
  for (const token of tokens(source)) {
    if (token.kind === 'or') {
      if (or || !mayJoin) throw new QueryError(lonelyOr(or ? 'another OR' : 'nothing'), token.span);
      or = token.span;
      continue;
    }
    if (isRaw(token)) {
      if (token.negated) throw new QueryError('in:raw cannot be negated: leave it out.', token.span);
      if (or) throw new QueryError('in:raw holds for the whole query and cannot stand beside OR.', token.span);
      raw = true;
      mayJoin = false;
      continue;
    }
    const term: Term = { ...condition(token, now, notes), negated: token.negated, span: token.span };
    const last = clauses.at(-1);
    if (or && last) last.push(term);
    else clauses.push([term]);
    or = undefined;
    mayJoin = true;
    checkCount(clauses, token.span);
  }
  if (or) throw new QueryError('OR has nothing behind it. To search for the word put it in quotes.', or);
  return { source, clauses: clauses.map((anyOf): Clause => ({ anyOf })), raw, notes };
}

function lonelyOr(before: string): string {
  return `OR stands between two terms; here it has ${before} before it. To search for the word put it in quotes.`;
}

function checkCount(clauses: readonly Term[][], span: Span): void {
  const count = clauses.reduce((sum, terms) => sum + terms.length, 0);
  if (count > MOST_TERMS) throw new QueryError(`A query can have ${MOST_TERMS} terms at the most.`, span);
}

function isRaw(token: Token): token is Extract<Token, { kind: 'field' }> {
  if (token.kind !== 'field' || token.quoted || token.whole) return false;
  return token.name.toLowerCase() === 'in' && token.value.toLowerCase() === 'raw';
}

function condition(token: Exclude<Token, { kind: 'or' }>, now: number, notes: string[]): Condition {
  switch (token.kind) {
    case 'regex':
      return regexCondition(token);
    case 'text':
      if (token.text.trim() === '') throw new QueryError('There is nothing between the quotes.', token.span);
      if (token.text.length > LONGEST_TEXT) throw tooLong(token.text, token.span.at);
      return { kind: 'text', text: token.text, whole: token.whole };
    case 'field':
      return fieldCondition(token, now, notes);
  }
}

function regexCondition({ source, flags, span }: Extract<Token, { kind: 'regex' }>): Condition {
  try {
    compilePattern({ text: source, matchCase: true, wholeWord: false, regex: true, flags });
  } catch (error) {
    throw error instanceof QueryError ? new QueryError(error.message, span) : error;
  }
  return { kind: 'regex', source, flags };
}

function fieldCondition(token: Extract<Token, { kind: 'field' }>, now: number, notes: string[]): Condition {
  if (token.value.length > LONGEST_TEXT) throw tooLong(token.value, token.valueSpan.at);
  const name = token.name.toLowerCase();
  const field = FIELDS.find((each) => each.name === name);
  if (!field) return otherField(token, notes);
  const { value, valueSpan, span } = token;
  if (value.trim() === '') {
    const [example] = field.values;
    throw new QueryError(`${name}: needs a value${example ? `, such as ${name}:${example.text}` : ''}.`, span);
  }
  if (name === 'has') {
    const what = HAS_VALUES.find((each) => each === value.toLowerCase());
    if (what) return { kind: 'has', what };
    throw new QueryError(`has: takes ${listed(HAS_VALUES, 'or')}, not "${value}".`, valueSpan);
  }
  if (name === 'after' || name === 'before') {
    const time = parseDate(value, now);
    if (time !== null && !token.whole) return { kind: 'time', field: name, time };
    throw new QueryError(`"${value}" is no date. ${name}: takes ${DATE_FORMS}.`, valueSpan);
  }
  const textField = TEXT_FIELDS.find((each) => each === name);
  if (!textField) return otherField(token, notes);
  return { kind: 'field', field: textField, value, whole: token.whole };
}

/** Words with a colon that are no field: a typing mistake, or text. */
function otherField(token: Extract<Token, { kind: 'field' }>, notes: string[]): Condition {
  const { name, value, span, negated } = token;
  const meant = fieldLike(name.toLowerCase());
  if (meant) {
    throw new QueryError(
      `There is no field ${name}:. Did you mean ${meant.name}:? To search for the text put it in quotes.`,
      { at: span.at + (negated ? 1 : 0), length: name.length + 1 },
    );
  }
  if (value !== '') {
    const fields = listed(
      FIELDS.map((field) => `${field.name}:`),
      'and',
    );
    notes.push(`${name}: is no field and was searched as text. The fields are ${fields}.`);
  }
  return { kind: 'text', text: `${name}:${token.whole ? '=' : ''}${value}`, whole: false };
}

/** What of a query can be marked in the messages that it finds: its texts and regular expressions. */
export function patternsOf(query: Query): FindPattern[] {
  return query.clauses
    .flatMap(({ anyOf }) => anyOf)
    .filter(({ negated }) => !negated)
    .flatMap((term): FindPattern[] => {
      if (term.kind === 'text') return [{ text: term.text, matchCase: false, wholeWord: term.whole, regex: false }];
      if (term.kind !== 'regex') return [];
      const { source: text, flags } = term;
      return [{ text, matchCase: !flags.includes('i'), wholeWord: false, regex: true, flags }];
    });
}
