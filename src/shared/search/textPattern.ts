import type { FindPattern, TextRange } from './answer';
import { fold, MARK_CLASS, WORD_CHARACTERS } from './fold';
import { foldedSource } from './foldedSource';
import { QueryError } from './query';

/**
 * Characters of one text at the most. The expression for a longer one no longer fits into an engine's stack, and to hold
 * a text against another one that is nearly the same all along costs the product of their lengths.
 */
export const LONGEST_TEXT = 1000;

/**
 * A global regular expression that finds a pattern in a text as it is, so that its places need no translation. Without
 * `matchCase` letter case and diacritics do not matter ("schone" finds "Schöne"); `wholeWord`: no letter, digit or
 * underscore before and after. White space in a text stands for any white space. An empty text is found nowhere. Throws
 * a `QueryError` for a wrong regular expression and for a text of more than `LONGEST_TEXT` characters.
 */
export function compilePattern(pattern: FindPattern): RegExp {
  if (pattern.regex && pattern.text !== '') return compileRegex(pattern);
  const { matchCase, wholeWord } = pattern;
  // White space at the ends would be a boundary of its own.
  const text = wholeWord ? pattern.text.trim() : pattern.text;
  if (text === '') return /(?!)/g;
  if (text.length > LONGEST_TEXT) throw tooLong(text);
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
/** The same before the first word: one of it is as good as all, and does not begin anew at each of many. */
const FIRST_SPACE = `\\s${MARK_CLASS}*`;

function textSource(text: string, matchCase: boolean, unicode: boolean): string {
  return (matchCase ? text : fold(text))
    .split(/(\s+)/)
    .map((part, index, parts) => {
      if (index % 2 === 0) return foldedSource(part, { exact: matchCase, unicode });
      return index === 1 && parts[0] === '' && parts[2] !== '' ? FIRST_SPACE : SPACES;
    })
    .join('');
}

/** Words for the user, and the place: from the first character that is too much. */
export function tooLong(text: string, at = 0): QueryError {
  const message = `A text of a search can have ${LONGEST_TEXT.toLocaleString('en')} characters at the most; this one has ${text.length.toLocaleString('en')}.`;
  return new QueryError(message, { at, length: text.length });
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
    const match = nextMatch(pattern, text);
    if (!match) break;
    const end = match.index + match[0].length;
    if (match[0] !== '') places.push([match.index, end]);
    else pattern.lastIndex = nextAfter(pattern, text, end);
  }
  pattern.lastIndex = 0;
  return places;
}

/**
 * The next match of a global pattern from its `lastIndex` on. Throws a `QueryError` for a regular expression that keeps
 * more ways to try than the engine has room for: `(a|b)*` on a text of megabytes.
 */
export function nextMatch(pattern: RegExp, text: string): RegExpExecArray | null {
  try {
    return pattern.exec(text);
  } catch (error) {
    // The engine's only way to say so.
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    const message =
      'The regular expression needs too much memory for a message of this length. Give its repetitions less to keep: [ab]* instead of (a|b)*.';
    throw new QueryError(message, { at: 0, length: pattern.source.length });
  }
}

/** Whether a global pattern stands in a text, whatever was looked for with it before. Throws as `nextMatch`. */
export function isIn(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return nextMatch(pattern, text) !== null;
}

/** Where a global pattern must go on behind a match without characters that ended at `at`. */
export function nextAfter(pattern: RegExp, text: string, at: number): number {
  const paired = /[uv]/.test(pattern.flags) && (text.codePointAt(at) ?? 0) > 0xffff;
  return at + (paired ? 2 : 1);
}
