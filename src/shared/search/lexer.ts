/** A query's text -> its words, quotes, regular expressions and fields. Gives them no meaning yet. */
import { QueryError, type Span } from './query';

export type Token =
  | { readonly kind: 'or'; readonly span: Span }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly quoted: boolean;
      readonly whole: boolean;
      readonly negated: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: 'regex';
      readonly source: string;
      readonly flags: string;
      readonly negated: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: 'field';
      /** As typed; whether there is such a field is not known here. */
      readonly name: string;
      readonly value: string;
      readonly quoted: boolean;
      readonly whole: boolean;
      readonly negated: boolean;
      readonly span: Span;
      readonly valueSpan: Span;
    };

const SPACE = /\s/;
/** What a minus sign negates; before anything else it is a character like others (`->`, `--flag`). */
const NEGATED = /^-(?:[\p{L}\p{N}"_]|=["\p{L}\p{N}_]|\/\S)/u;
/** What an equals sign makes whole; `=>` and `==` are words. */
const WHOLE = /^=["\p{L}\p{N}_]/u;
/** Letters and a colon; two colons (`std::vector`) and an address (`http://x`) are text. */
const FIELD = /^([A-Za-z]+):(?![:]|\/\/)/;

interface Start {
  readonly at: number;
  readonly negated: boolean;
}

/** Throws a `QueryError` for a quote or a class of characters without an end. Linear. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (SPACE.test(source[at] ?? '')) at++;
    else {
      const token = tokenAt(source, at);
      found.push(token);
      at = token.span.at + token.span.length;
    }
  }
  return found;
}

function tokenAt(source: string, at: number): Token {
  const end = wordEnd(source, at);
  const word = source.slice(at, end);
  if (word === 'OR') return { kind: 'or', span: { at, length: 2 } };
  const negated = NEGATED.test(word);
  const start: Start = { at, negated };
  const from = negated ? at + 1 : at;
  const regex = source[from] === '/' ? regexAt(source, start, from) : null;
  if (regex) return regex;
  const field = FIELD.exec(source.slice(from, end));
  if (field) return fieldAt(source, start, field[1] ?? '', from + field[0].length);
  const { text, quoted, whole, end: last } = valueAt(source, from);
  return { kind: 'text', text, quoted, whole, negated, span: { at, length: last - at } };
}

function fieldAt(source: string, { at, negated }: Start, name: string, from: number): Token {
  const value = valueAt(source, from);
  return {
    kind: 'field',
    name,
    value: value.text,
    quoted: value.quoted,
    whole: value.whole,
    negated,
    span: { at, length: value.end - at },
    valueSpan: { at: from, length: value.end - from },
  };
}

/** A word or a quoted text, with an equals sign before it or not. */
function valueAt(source: string, at: number): { text: string; quoted: boolean; whole: boolean; end: number } {
  const whole = WHOLE.test(source.slice(at, at + 3));
  const from = whole ? at + 1 : at;
  if (source[from] === '"') return { ...quotedAt(source, from), quoted: true, whole };
  const end = wordEnd(source, from);
  return { text: source.slice(from, end), quoted: false, whole, end };
}

function quotedAt(source: string, at: number): { text: string; end: number } {
  let text = '';
  for (let index = at + 1; index < source.length; index++) {
    const character = source[index] ?? '';
    if (character === '"') return { text, end: index + 1 };
    const next = source[index + 1];
    if (character === '\\' && (next === '"' || next === '\\')) {
      text += next;
      index++;
    } else text += character;
  }
  throw new QueryError('The quote that begins here has no end.', { at, length: source.length - at });
}

/** `/re/flags`, or `null`: a word that begins with a slash (`/usr/bin/node`). Throws a `QueryError` for `/[/`. */
function regexAt(source: string, { at, negated }: Start, from: number): Token | null {
  let inClass = false;
  for (let index = from + 1; index < source.length; index++) {
    const character = source[index];
    if (character === '\n') return null;
    if (character === '\\') index++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) {
      const end = wordEnd(source, index);
      const flags = source.slice(index + 1, end);
      if (index === from + 1 || !/^[dgimsuvy]*$/.test(flags)) return null;
      return { kind: 'regex', source: source.slice(from + 1, index), flags, negated, span: { at, length: end - at } };
    }
  }
  const end = wordEnd(source, from);
  // Ends as an expression does, but for its bracket.
  if (inClass && /^\/.+\/[dgimsuvy]*$/.test(source.slice(from, end))) {
    const words = 'The regular expression is wrong: its [ has no ]. To search for the text put it in quotes.';
    throw new QueryError(words, { at, length: end - at });
  }
  return null;
}

function wordEnd(source: string, at: number): number {
  let end = at;
  while (end < source.length && !SPACE.test(source[end] ?? '')) end++;
  return end;
}
