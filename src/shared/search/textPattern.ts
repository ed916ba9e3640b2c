import type { FindPattern, TextRange } from './answer';
import { fold, MARK_CLASS, WORD_CHARACTERS } from './fold';
import { foldedSource } from './foldedSource';
import { QueryError } from './query';

/**
 * A global regular expression that finds a pattern in a text as it is, so that its places need no translation. Without
 * `matchCase` letter case and diacritics do not matter ("schone" finds "Schöne"); `wholeWord`: no letter, digit or
 * underscore before and after. White space in a text stands for any white space. An empty text is found nowhere. Throws
 * a `QueryError` for a wrong regular expression.
 */
export function compilePattern(pattern: FindPattern): RegExp {
  if (pattern.regex && pattern.text !== '') return compileRegex(pattern);
  const { matchCase, wholeWord } = pattern;
  // White space at the ends would be a boundary of its own.
  const text = wholeWord ? pattern.text.trim() : pattern.text;
  if (text === '') return /(?!)/g;
  const build = (source: string): RegExp =>
    wholeWord ? new RegExp(`${WORD_BEFORE}(?:${source})(?![${WORD_CHARACTERS}])`, 'gu') : new RegExp(source, 'g');
  const source = textSource(text, matchCase, wholeWord);
  const found = source === '' ? null : build(source);
  if (found?.test(text)) {
    found.lastIndex = 0;
    return found;
  }
  // Marks alone, or marks in an order of their own: the text as it was written.
  const written = escapeText(text);
  return build(source === '' ? written : `${source}|${written}`);
}

/** No word character before, whatever marks it has; marks that stand on something else are none. */
const WORD_BEFORE = `(?<!(?!${MARK_CLASS})[${WORD_CHARACTERS}]${MARK_CLASS}*)`;

/** White space, and marks that stand on it. */
const SPACES = `\\s[\\s${MARK_CLASS.slice(1)}*`;

function textSource(text: string, matchCase: boolean, unicode: boolean): string {
  return (matchCase ? text : fold(text))
    .split(/(\s+)/)
    .map((part, index) => (index % 2 === 1 ? SPACES : foldedSource(part, { exact: matchCase, unicode })))
    .join('');
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Nearly the same without the `u` flag, under which some expressions mean something else or nothing. */
const NEAR_WORD_CHARACTERS =
  '\\w\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u1fff\\u2c00-\\u2dff\\u3040-\\ud7ff\\uf900-\\uffef';

function compileRegex({ text, matchCase, wholeWord, flags }: FindPattern): RegExp {
  // Places are looked for one after the other, so `g` is ours; `y` and `d` would only say how.
  const own = flags === undefined ? `m${matchCase ? '' : 'i'}` : flags;
  try {
    new RegExp(text, own);
    const unicode = /[uv]/.test(own);
    const word = unicode ? WORD_CHARACTERS : NEAR_WORD_CHARACTERS;
    return new RegExp(wholeWord ? `(?<![${word}])(?:${text})(?![${word}])` : text, `${own.replace(/[gyd]/g, '')}g`);
  } catch (error) {
    throw new QueryError(regexFault(error), { at: 0, length: text.length });
  }
}

/** What the engine says of a wrong regular expression, in a sentence. */
function regexFault(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  if (words.startsWith('Invalid flags'))
    return 'The flags of the regular expression are wrong: each of dgimsuvy once, and u or v.';
  const reason = words.slice(words.lastIndexOf(': ') + 2);
  return `The regular expression is wrong: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}.`;
}

/**
 * The places of a global pattern in a text, those without a character left out. `limit`: no more than so many are looked
 * for. Linear but for what a regular expression itself needs.
 */
export function placesOf(pattern: RegExp, text: string, limit = Number.POSITIVE_INFINITY): TextRange[] {
  const places: TextRange[] = [];
  pattern.lastIndex = 0;
  while (places.length < limit) {
    const match = pattern.exec(text);
    if (!match) break;
    const end = match.index + match[0].length;
    if (match[0] !== '') places.push([match.index, end]);
    else pattern.lastIndex = nextAfter(pattern, text, end);
  }
  pattern.lastIndex = 0;
  return places;
}

function nextAfter(pattern: RegExp, text: string, at: number): number {
  const paired = /[uv]/.test(pattern.flags) && (text.codePointAt(at) ?? 0) > 0xffff;
  return at + (paired ? 2 : 1);
}
