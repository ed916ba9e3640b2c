/**
 * What does not matter in a search: letter case, diacritics, vowel marks, and whether a letter is stored as one character
 * or as a letter and its marks. One definition for the page, the backend and the tests.
 */

/** Combining marks that are left out: Latin, Greek and Cyrillic diacritics, Hebrew points, Arabic vowel marks. */
const MARK_RANGES =
  '\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670';

/** Source of a class of the combining marks that are left out; for regular expressions with and without `u`. */
export const MARK_CLASS = `[${MARK_RANGES}]`;

const MARKS = new RegExp(`${MARK_CLASS}+`, 'g');
const BEYOND_ASCII = /[\u0080-\uffff]/;

/** Members of the class of word characters, with the `u` flag: letters, digits, combining marks and the underscore. */
export const WORD_CHARACTERS = '\\p{L}\\p{N}\\p{M}_';

/**
 * The text with all taken away that does not matter: two texts are the same for a search when this is. Linear. Japanese
 * voiced sound marks, Hangul and the marks of Indic scripts stay: they are letters of their own.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (!BEYOND_ASCII.test(lower)) return lower;
  return lower.normalize('NFD').replace(MARKS, '').normalize('NFC').replaceAll('ς', 'σ');
}

/** Code points among which some fold to another one: all scripts that have letter case or compositions. */
const WALKED: readonly (readonly [from: number, to: number])[] = [
  [0x41, 0x5a],
  [0xc0, 0x33ff],
  [0xa640, 0xabff],
  [0xf900, 0xfdff],
  [0xfe70, 0xffef],
  [0x10400, 0x11fff],
  [0x16100, 0x1613f],
  [0x16d00, 0x16eff],
  [0x1d100, 0x1d1ff],
  [0x1e900, 0x1e9ff],
  [0x2f800, 0x2fa1f],
];

interface Tables {
  /** By what they fold to: the other code points that do. */
  readonly same: ReadonlyMap<string, readonly string[]>;
  /** Characters that fold to several ones, with those. */
  readonly several: ReadonlyMap<string, readonly string[]>;
  /** Characters that become another letter with certain characters behind them (か with U+3099 is が): those. */
  readonly followers: ReadonlyMap<string, string>;
}

let tables: Tables | undefined;

function buildTables(): Tables {
  const characters: string[] = [];
  for (const [from, to] of WALKED) {
    for (let code = from; code <= to; code++) characters.push(String.fromCodePoint(code));
  }
  // All in one go: a call for each of them would cost ten times as much. No line feed takes part in anything.
  const folded = fold(characters.join('\n')).split('\n');
  const same = new Map<string, string[]>();
  const several = new Map<string, string[]>();
  const followers = new Map<string, string>();
  characters.forEach((character, index) => {
    const to = folded[index] ?? '';
    const parts = [...to];
    if (parts.length > 1) several.set(character, parts);
    else if (to !== character && to !== '') same.set(to, [...(same.get(to) ?? []), character]);
    else if (to === character) {
      const split = splitLast(character);
      if (split) followers.set(split[0], (followers.get(split[0]) ?? '') + split[1]);
    }
  });
  return { same, several, followers };
}

/** A composed character -> what is composed before its last part, and that part; `null`: it is not composed. */
export function splitLast(character: string): readonly [string, string] | null {
  const parts = [...character.normalize('NFD')];
  const last = parts.pop();
  return last === undefined || parts.length === 0 ? null : [parts.join('').normalize('NFC'), last];
}

function known(): Tables {
  tables ??= buildTables();
  return tables;
}

/** The code points that fold to a folded one, itself first. */
export function variantsOf(folded: string): readonly string[] {
  return [folded, ...(known().same.get(folded) ?? [])];
}

/** Characters that fold to several ones, with those: the Indic letters that Unicode always takes apart. */
export function foldedToSeveral(): ReadonlyMap<string, readonly string[]> {
  return known().several;
}

/** Characters that make another letter of a folded one when they follow it, as the members of a class; empty: none. */
export function followersOf(folded: string): string {
  const code = folded.charCodeAt(0);
  // Hangul: a leading consonant takes a vowel, a syllable without a final consonant takes one.
  if (code >= 0x1100 && code <= 0x1112) return '\\u1161-\\u1175';
  if (code >= 0xac00 && code <= 0xd7a3 && (code - 0xac00) % 28 === 0) return '\\u11a8-\\u11c2';
  return known().followers.get(folded) ?? '';
}
