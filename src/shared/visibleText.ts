/**
 * Characters that change how text looks without being seen: C0 and C1 controls, direction marks and overrides,
 * byte order mark, tags. Zero width joiners stay: emoji and several scripts need them.
 */
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** One line of plain text in which nothing is hidden: `\u202e` becomes `⟨U+202E⟩`, white space becomes a space. */
export function visibleLine(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(
      HIDDEN,
      (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    );
}
