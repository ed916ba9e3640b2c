/**
 * One message as zeroclaw writes it: compact, `role` before `content`, characters outside ASCII raw, a line feed.
 * JSON.stringify escapes what serde_json escapes, in the same way. Half a surrogate pair, which zeroclaw could not read
 * back, becomes U+FFFD: see `isWhole`.
 */
export function messageLine(role: string, content: string): Buffer {
  return Buffer.from(`${JSON.stringify({ role: wellFormed(role), content: wellFormed(content) })}\n`);
}

/** False when a text holds half of a surrogate pair, which no UTF-8 file can hold. */
export function isWhole(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

function wellFormed(text: string): string {
  return isWhole(text) ? text : Buffer.from(text).toString();
}
