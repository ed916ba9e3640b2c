/** Sources of regular expressions that find folded text in text as it stands. */
import { foldedToSeveral, followersOf, MARK_CLASS, splitLast, variantsOf } from './fold';

export interface SourceOptions {
  /** For a regular expression with the `u` flag. */
  readonly unicode?: boolean;
  /** Letter case and diacritics matter; a letter and its marks may still be one character or several. */
  readonly exact?: boolean;
  /**
   * The text may be JSON, or JSON within JSON: any character may have backslashes before it or be a `\u` escape, ASCII
   * letters and digits excepted. The expression then finds at least all that the text holds once it is decoded. Not
   * together with `unicode`.
   */
  readonly escaped?: boolean;
  /** The text goes on behind it: what follows does not matter. */
  readonly partial?: boolean;
  /** With `escaped`: characters as whose escapes the first one may stand. */
  readonly first?: readonly string[];
}

/** The escapes of the marks that are left out (see fold.ts), and backslashes. */
const ESCAPED_MARKS = `(?:\\\\u(?:03[0-6][\\da-fA-F]|059[1-9a-fA-F]|05[aA][\\da-fA-F]|05[bB][\\da-dfA-DF]|05[cC][12457]|061[\\daA]|064[b-fB-F]|065[\\da-fA-F]|0670)|[\\\\${MARK_CLASS.slice(1)})*`;

/**
 * Source that matches what folds to `folded` (a result of `fold`, or any text with `exact`), with any marks between and
 * behind its letters. White space is taken as it stands: the caller splits there.
 */
export function foldedSource(folded: string, options: SourceOptions = {}): string {
  const { exact = false, escaped = false, partial = escaped } = options;
  const writer = new Writer(options);
  const parts = [...(exact ? folded.normalize('NFC') : folded)];
  const marks = exact ? '' : escaped ? ESCAPED_MARKS : `${MARK_CLASS}*`;
  let source = '';
  for (let at = 0; at < parts.length; ) {
    const several = exact ? [] : joinedAt(parts, at);
    const length = Math.max(1, ...several.map(([, { length }]) => length));
    const each = parts
      .slice(at, at + length)
      .map((part, offset) => writer.letter(part, partialAt(parts, at + offset, exact), at + offset === 0, marks));
    const whole = several.filter(([, own]) => own.length === length).map(([character]) => character);
    source += whole.length === 0 ? each.join(marks) : `(?:${each.join(marks)}|${writer.anyOf(whole)})`;
    at += length;
    // A letter that becomes another one by what follows is not the one that was asked for.
    if (at >= parts.length && !partial) source += writer.notFollowed(parts.at(-1) ?? '', exact);
    source += marks;
  }
  return source;
}

type Several = readonly (readonly [string, readonly string[]])[];

/** Characters that stand for several of the parts from `at` on. */
function joinedAt(parts: readonly string[], at: number): Several {
  if (!INDIC.test(parts[at] ?? '')) return [];
  return [...foldedToSeveral()].filter(([, own]) => own.every((part, offset) => parts[at + offset] === part));
}

/** Scripts with characters that fold to several ones. */
const INDIC = /^[\u0900-\u0fff]|^\ud834/;

/** Characters of which only one end belongs to the text: those that begin with its last part or end with its first. */
function partialAt(parts: readonly string[], at: number, exact: boolean): readonly string[] {
  const part = parts[at] ?? '';
  if (exact || !INDIC.test(part)) return [];
  return [...foldedToSeveral()]
    .filter(([, own]) => (at === parts.length - 1 && own[0] === part) || (at === 0 && own.at(-1) === part))
    .map(([character]) => character);
}

class Writer {
  constructor(private readonly options: SourceOptions) {}

  /** Everything that one folded letter may stand as. */
  letter(part: string, more: readonly string[], isFirst: boolean, marks: string): string {
    const { exact, first = [] } = this.options;
    const variants = exact ? [part] : variantsOf(part);
    const single = this.anyOf([...variants, ...more], isFirst ? first : []);
    const split = splitLast(part);
    if (!split) return single;
    // Composed, or its parts one after the other.
    return `(?:${single}|${this.letter(split[0], [], false, marks)}${marks}${this.letter(split[1], [], false, marks)})`;
  }

  notFollowed(part: string, exact: boolean): string {
    const followers = [...followersOf(part)];
    const class_ = followersClass(followers, part, this.options.unicode ?? false);
    if (exact) return `(?!${MARK_CLASS}${class_ === '' ? '' : `|${class_}`})`;
    return class_ === '' ? '' : `(?!${MARK_CLASS}*${class_})`;
  }

  /** One of some characters, or, where the text is escaped, an escape of them or of some others. */
  anyOf(characters: readonly string[], asEscapes: readonly string[] = []): string {
    const { unicode = false, escaped = false } = this.options;
    const alternatives = [plainClass(characters, unicode)];
    const hex = escaped ? escapes([...characters, ...asEscapes].filter((each) => !/^[A-Za-z\d]$/.test(each))) : '';
    if (hex !== '') alternatives.push(`\\\\u(?:${hex})`);
    const source = alternatives.join('|');
    return alternatives.length === 1 && /^(?:\[[^\]]*\]|\\u[\da-f]{4}|\w)$/.test(source) ? source : `(?:${source})`;
  }
}

function followersClass(followers: readonly string[], part: string, unicode: boolean): string {
  if (followers.length === 0) return '';
  // Those of Hangul are a range already.
  const code = part.charCodeAt(0);
  if ((code >= 0x1100 && code <= 0x1112) || code >= 0xac00) return `[${followersOf(part)}]`;
  return `(?:${plainClass(followers, unicode)})`;
}

/** A character as it stands in a source. */
function literal(character: string, unicode: boolean): string {
  if (/^[A-Za-z0-9]$/.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xffff) return unit(code);
  return unicode ? `\\u{${code.toString(16)}}` : unit(character.charCodeAt(0)) + unit(character.charCodeAt(1));
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

function plainClass(characters: readonly string[], unicode: boolean): string {
  const [only] = characters;
  if (characters.length === 1 && only !== undefined) return literal(only, unicode);
  if (unicode) return `[${characters.map((each) => literal(each, true)).join('')}]`;
  const short = characters.filter((each) => each.length === 1);
  const pairs = characters.filter((each) => each.length > 1).map((each) => literal(each, false));
  return [...(short.length === 0 ? [] : [`[${short.map((each) => literal(each, false)).join('')}]`]), ...pairs].join(
    '|',
  );
}

/** The hexadecimal digits of JSON's escapes of some characters, in either letter case; behind `\u`. */
function escapes(characters: readonly string[]): string {
  const lastDigits = new Map<string, string>();
  const pairs: string[] = [];
  for (const character of characters) {
    const [high = '', low] = Array.from({ length: character.length }, (_, index) =>
      character.charCodeAt(index).toString(16).padStart(4, '0'),
    );
    if (low === undefined) lastDigits.set(high.slice(0, 3), (lastDigits.get(high.slice(0, 3)) ?? '') + high.slice(3));
    else pairs.push(`${eitherCase(high)}\\\\+u${eitherCase(low)}`);
  }
  const short = [...lastDigits].map(([start, ends]) => `${eitherCase(start)}[${ends}${ends.toUpperCase()}]`);
  return [...short, ...pairs].join('|');
}

function eitherCase(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
