/** What no store can hold: half of a surrogate pair has no form in UTF-8. */

export const REPLACED_HALVES = 'Half of a surrogate pair in the text was replaced by U+FFFD: no store can hold it.';

/** False when a text holds half of a surrogate pair. */
export function isWhole(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** The text with U+FFFD in the place of each such half: what it would be once written and read again. */
export function wholeText(text: string): string {
  return isWhole(text) ? text : Buffer.from(text).toString();
}
