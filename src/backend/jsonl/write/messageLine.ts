import { wholeText } from '../../wholeText';

/**
 * One message as zeroclaw writes it: compact, `role` before `content`, characters outside ASCII raw, a line feed.
 * JSON.stringify escapes what serde_json escapes, in the same way. Half a surrogate pair, which zeroclaw could not read
 * back, becomes U+FFFD.
 */
export function messageLine(role: string, content: string): Buffer {
  return Buffer.from(`${JSON.stringify({ role: wholeText(role), content: wholeText(content) })}\n`);
}
