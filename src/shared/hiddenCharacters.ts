/**
 * Characters that hide, reorder or fake text are shown as small labelled marks. Characters that ordinary writing
 * needs stay: joiners inside emoji and between letters of scripts that join, one variation selector, flag tags.
 */

export interface Mark {
  /** Short name, or the code point. */
  readonly label: string;
  /** Code point of the character. */
  readonly code: number;
  /** How many of it follow one another. */
  readonly count: number;
}

export type Piece = string | Mark;

/** A noncharacter for NUL where a parser would swallow that. Marked as what it stands for. */
export const nulStandIn = '\uFDD0';

/** More marks than this in one text become plain text: each mark is an element. */
const maxMarks = 1000;

const c0 =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

const named = new Map<number, string>([
  [0x7f, 'DEL'],
  [0x85, 'NEL'],
  [0x61c, 'ALM'],
  [0x180e, 'MVS'],
  [0x200b, 'ZWSP'],
  [0x200c, 'ZWNJ'],
  [0x200d, 'ZWJ'],
  [0x200e, 'LRM'],
  [0x200f, 'RLM'],
  [0x2028, 'LS'],
  [0x2029, 'PS'],
  [0x202a, 'LRE'],
  [0x202b, 'RLE'],
  [0x202c, 'PDF'],
  [0x202d, 'LRO'],
  [0x202e, 'RLO'],
  [0x2060, 'WJ'],
  [0x2066, 'LRI'],
  [0x2067, 'RLI'],
  [0x2068, 'FSI'],
  [0x2069, 'PDI'],
  [0xfeff, 'BOM'],
]);

const pictograph = /^[\p{Extended_Pictographic}\p{Regional_Indicator}]$/u;
const skinTone = /^\p{Emoji_Modifier}$/u;
const joiningScript =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Tibetan}\p{Script=Khmer}\p{Script=Myanmar}\p{M}]$/u;
const unspacedScript = /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{M}]$/u;

function isSelector(code: number): boolean {
  return (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
}

function isTag(code: number): boolean {
  return code >= 0xe0000 && code <= 0xe007f;
}

/** Whether the character may have to be marked; what stands beside it decides for some. */
function isCandidate(code: number): boolean {
  if (code < 0x20) return code !== 0x0a && code !== 0x09;
  if (code < 0x7f) return false;
  if (code <= 0x9f) return true;
  if (code < 0x61c) return false;
  return (
    code === 0x61c ||
    code === 0x180e ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    code === 0xfdd0 ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    isSelector(code) ||
    isTag(code)
  );
}

/** High surrogate of the planes that hold tags and variation selectors. */
function mayHide(unit: number): boolean {
  return isCandidate(unit) || unit === 0xdb40;
}

function labelOf(code: number): string {
  return c0[code] ?? named.get(code) ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The code point that ends just before `index`, as text. */
function before(text: string, index: number): string {
  if (index <= 0) return '';
  const low = text.charCodeAt(index - 1);
  const paired = low >= 0xdc00 && low <= 0xdfff && index > 1;
  return text.slice(paired ? index - 2 : index - 1, index);
}

function after(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/** What stands before a joiner, a variation selector or skin tone skipped. */
function baseBefore(text: string, index: number): string {
  let at = index;
  for (let step = 0; step < 2; step++) {
    const previous = before(text, at);
    const code = previous.codePointAt(0) ?? 0;
    if (!isSelector(code) && !skinTone.test(previous)) return previous;
    at -= previous.length;
  }
  return before(text, at);
}

/** Tags that spell a flag after U+1F3F4: the length of the sequence, else 0. */
function flagTags(text: string, index: number): number {
  if (before(text, index).codePointAt(0) !== 0x1f3f4) return 0;
  let at = index;
  for (let tags = 0; tags < 8; tags++) {
    const code = text.codePointAt(at) ?? 0;
    if (!isTag(code)) return 0;
    at += 2;
    if (code === 0xe007f) return tags > 0 ? at - index : 0;
  }
  return 0;
}

/** How many UTF-16 units from `index` on may stay though they are candidates. */
function allowed(text: string, index: number, code: number): number {
  const width = code > 0xffff ? 2 : 1;
  if (code === 0x0d) return text.charCodeAt(index + 1) === 0x0a ? 1 : 0;
  if (isSelector(code)) {
    const previous = before(text, index);
    const base = previous.codePointAt(0) ?? 0;
    return previous === '' || base <= 0x20 || isCandidate(base) ? 0 : width;
  }
  if (isTag(code)) return flagTags(text, index);
  if (code === 0x200d && pictograph.test(baseBefore(text, index)) && pictograph.test(after(text, index + 1))) return 1;
  if (code === 0x200c || code === 0x200d) return joiningScript.test(before(text, index)) ? 1 : 0;
  if (code === 0x200b)
    return unspacedScript.test(before(text, index)) && unspacedScript.test(after(text, index + 1)) ? 1 : 0;
  return 0;
}

/** Text and marks in turn; one piece with the text itself where nothing hides. */
export function splitHidden(text: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let marks = 0;
  let index = 0;
  while (index < text.length) {
    if (!mayHide(text.charCodeAt(index))) {
      index++;
      continue;
    }
    const code = text.codePointAt(index) ?? 0;
    const width = code > 0xffff ? 2 : 1;
    const stays = isCandidate(code) ? allowed(text, index, code) : width;
    if (stays > 0) {
      index += stays;
      continue;
    }
    if (index > start) pieces.push(text.slice(start, index));
    let count = 0;
    while (text.codePointAt(index) === code) {
      count++;
      index += width;
    }
    marks++;
    const shown = code === 0xfdd0 ? 0 : code;
    const mark: Mark = { label: labelOf(shown), code: shown, count };
    pieces.push(marks > maxMarks ? spell(mark) : mark);
    start = index;
  }
  if (start < text.length || pieces.length === 0) pieces.push(text.slice(start));
  return pieces;
}

/** A mark in plain text: `⟨RLO⟩`, `⟨ZWSP ×3⟩`. */
export function spell(mark: Mark): string {
  return mark.count > 1 ? `⟨${mark.label} ×${mark.count}⟩` : `⟨${mark.label}⟩`;
}

/** The same in plain text, for places that hold no elements: tooltips, labels for screen readers. */
export function spellHidden(text: string): string {
  return splitHidden(text)
    .map((piece) => (typeof piece === 'string' ? piece : spell(piece)))
    .join('');
}

/** `U+202E`, for the tooltip of a mark. */
export function codeName(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
