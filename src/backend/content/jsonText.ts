/**
 * JSON as text: what a parse and a reprint would change stays as it was written. Numbers keep their digits (`1.0`, `1e3`,
 * integers above 2^53), members their order, and a name that comes twice comes twice. All functions take text that
 * `JSON.parse` accepts, and are linear.
 */

/** Characters of pretty text at the most: indents of deep nesting grow with the square of it. */
const PRETTY_LIMIT = 4_000_000;

export interface JsonMember {
  readonly key: string;
  /** The name as it is written, quotes included. */
  readonly keyText: string;
  /** The value as it is written. */
  readonly value: string;
}

/**
 * The text as `JSON.stringify(value, null, 2)` would lay it out, strings with the escapes that they need. `null` when that
 * would be far longer than what it shows.
 */
export function prettyJson(source: string): string | null {
  let text = '';
  let depth = 0;
  let before = '';
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const token of jsonTokens(source)) {
    const closes = token === '}' || token === ']';
    if (closes) {
      depth--;
      text += before === '{' || before === '[' ? token : line() + token;
    } else {
      if (before === '{' || before === '[' || before === ',') text += line();
      text += token === ':' ? ': ' : token.startsWith('"') ? shortest(token) : token;
      if (token === '{' || token === '[') depth++;
    }
    if (text.length > PRETTY_LIMIT + source.length) return null;
    before = token;
  }
  return text;
}

/** The members of an object, in their order; those of other values are none. */
export function membersOf(source: string): JsonMember[] {
  const members: JsonMember[] = [];
  for (const part of partsOf(source, '{')) {
    const end = stringEnd(part, 0);
    const keyText = part.slice(0, end);
    members.push({ key: decoded(keyText), keyText, value: part.slice(part.indexOf(':', end) + 1).trim() });
  }
  return members;
}

/** The value of a member, as it is written; of the last one with that name, as a parse takes it. */
export function memberOf(source: string, key: string): string | undefined {
  return membersOf(source).findLast((member) => member.key === key)?.value;
}

/** The elements of an array as they are written; those of other values are none. */
export function elementsOf(source: string): string[] {
  return partsOf(source, '[');
}

/** What stands between the commas of the outermost object or array. */
function partsOf(source: string, opening: '{' | '['): string[] {
  const text = source.trim();
  if (!text.startsWith(opening)) return [];
  const parts: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (depth > 1 || (character !== ',' && depth > 0)) continue;
    const part = text.slice(start, at).trim();
    if (part !== '') parts.push(part);
    start = at + 1;
    if (depth === 0) break;
  }
  return parts;
}

function* jsonTokens(source: string): Generator<string> {
  for (let at = 0; at < source.length; ) {
    const character = source[at] ?? '';
    let end = at + 1;
    if (character === '"') end = stringEnd(source, at);
    else if (!PUNCTUATION.includes(character)) {
      PLAIN.lastIndex = at;
      end = at + (PLAIN.exec(source)?.[0].length ?? 1);
    }
    if (!SPACE.includes(character)) yield source.slice(at, end);
    at = end;
  }
}

const SPACE = ' \t\n\r';
const PUNCTUATION = `{}[],:${SPACE}`;
/** A number, `true`, `false` or `null`. */
const PLAIN = /[^{}[\],:\s"]+/y;

/** Where the string ends that begins at `at`, its quote included. */
function stringEnd(source: string, at: number): number {
  let close = source.indexOf('"', at + 1);
  while (close >= 0) {
    let backslashes = 0;
    while (source[close - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return close + 1;
    close = source.indexOf('"', close + 1);
  }
  return source.length;
}

/** A string with those escapes alone that it needs. */
function shortest(token: string): string {
  return token.includes('\\') ? JSON.stringify(decoded(token)) : token;
}

function decoded(token: string): string {
  const value: unknown = JSON.parse(token);
  return typeof value === 'string' ? value : token;
}
