/** A reference for the search that shares nothing with it, and texts in many scripts. */
import fc from 'fast-check';

const MARKS = (code: number): boolean =>
  (code >= 0x300 && code <= 0x36f) ||
  (code >= 0x591 && code <= 0x5c7 && ![0x5be, 0x5c0, 0x5c3, 0x5c6].includes(code)) ||
  (code >= 0x610 && code <= 0x61a) ||
  (code >= 0x64b && code <= 0x65f) ||
  code === 0x670;

/** Lower case, taken apart, marks left out, put together, one sigma. */
export function referenceFold(text: string): string {
  const apart = [...text.toLowerCase().normalize('NFD')];
  return apart
    .filter((character) => !MARKS(character.codePointAt(0) ?? 0))
    .join('')
    .normalize('NFC')
    .replace(/ς/g, 'σ');
}

const squeeze = (text: string): string => text.replace(/\s+/g, ' ');

/** Whether a needle stands in a text, by folding all of both. */
export function referenceFinds(text: string, needle: string): boolean {
  return squeeze(referenceFold(text)).includes(squeeze(referenceFold(needle)));
}

const isWord = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}\p{M}_]/u.test(character);

/** The same for a whole word. */
export function referenceFindsWhole(text: string, needle: string): boolean {
  const within = [...squeeze(referenceFold(text))];
  const sought = [...squeeze(referenceFold(needle))];
  return within.some(
    (_, at) =>
      sought.every((character, index) => within[at + index] === character) &&
      !isWord(within[at - 1]) &&
      !isWord(within[at + sought.length]),
  );
}

/** Pieces of many scripts, composed and not, and what breaks naive searches. */
export const PIECES = [
  'delta', 'Delta_Epsilon', 'psilon', 'Größe', 'GRÖSSE', 'straße', 'Straẞe', 'café', 'cafe\u0301', 'CAFÉ', 'naïve', 'İstanbul', 'ırmak',
  'журнал', 'ЖУРНАЛ', 'йод', 'и\u0306од', 'ёлка', 'Ένας', 'ένας', 'ΌΔΟΣ', 'οδος', 'ὀδύς', 'שָׁלוֹם', 'שלום', '\ufb2aלום', 'مُحَمَّد', 'محمد', 'آب', 'اب',
  '部署', '完了', '你好世界', '世', 'がぎ', 'か\u3099き', 'かき', 'パン', 'ハ\u309aン', '한국어', '\u1112\u1161\u11ab국', '하국', 'हिन्दी', '\u0958लम', 'क\u093cलम', 'কো', 'ক\u09c7\u09be',
  'ไทย', '🚀', '👩‍💻', '🇩🇪', 'Ångström', '\u212bngström', 'Å', '\u212a', 'kelvin', 'ﬁne', 'fine', 'ﬀ', '->', 'C++', '::', '==', '"', '\\', '\\n', '\n', '\t', ' ', '  ', '\u00a0',
  '/', '{', '}', '[', ']', '(', ')', '.', '*', '$', '_', '-', 'n', 't', 'u', 'b', 'r', 'f', '0', '12', '3.0', '1e3', 'null', 'true', '𐐀', '𐐨', '𝔘', '\u202e', '\u200b', '\ufeff', 'o\u0308\u0323',
  '\u0300', 'Ǆ', 'ǆ', 'ſ', 's', 'K', 'k',
]; // biome-ignore format: a list of words

export const anyText = (most = 12): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PIECES) }, fc.string({ unit: 'grapheme', maxLength: 3 })),
      { maxLength: most },
    )
    .map((parts) => parts.join(''));

/** A text, and something to look for that is often in it. */
export const textAndNeedle: fc.Arbitrary<[string, string]> = anyText().chain((text) => {
  const characters = [...text];
  const part = fc
    .tuple(fc.nat(characters.length), fc.integer({ min: 1, max: 8 }))
    .map(([from, count]) => characters.slice(from, from + count).join(''));
  const changed = part.chain((each) =>
    fc.constantFrom(
      each,
      each.toUpperCase(),
      each.toLowerCase(),
      each.normalize('NFC'),
      each.normalize('NFD'),
      referenceFold(each),
    ),
  );
  return fc.tuple(fc.constant(text), fc.oneof({ weight: 5, arbitrary: changed }, anyText(2)));
});
