import { type Bytes, skipPlain, Utf8Checker } from './bytes';
import { LineMachine, type ParsedLine } from './lineMachine';

export { ParsedLine } from './lineMachine';

// `{"role":"` and `","content":"` as little-endian words, for comparing four bytes at a time.
const OPEN_1 = 0x6f72227b; // {"ro
const OPEN_2 = 0x3a22656c; // le":
const MIDDLE_1 = 0x6f63222c; // ,"co
const MIDDLE_2 = 0x6e65746e; // nten
const MIDDLE_3 = 0x223a2274; // t":"
const LONGEST_ROLE = 64;
/** Bytes of a canonical line apart from its texts; nothing shorter is tried. */
const SHORTEST = 27;

/** 1 for the characters of a two-byte escape. */
const SIMPLE_ESCAPES = new Uint8Array(128);
for (const character of '"\\/bfnrt') SIMPLE_ESCAPES[character.charCodeAt(0)] = 1;

const machine = new LineMachine();
const utf8 = new Utf8Checker();

/**
 * Tries the form that zeroclaw itself writes, `{"role":"...","content":"..."}` and a line feed, beginning at `start` of
 * bytes that are valid UTF-8. Returns the position of the line feed with the spans in `result`, or -1 when the line has
 * any other form: that says nothing about whether it is a message.
 */
export function matchCanonical(bytes: Bytes, start: number, end: number, result: ParsedLine): number {
  if (end - start < SHORTEST) return -1;
  const { buffer, view } = bytes;
  if (view.getInt32(start, true) !== OPEN_1 || view.getInt32(start + 4, true) !== OPEN_2) return -1;
  if (buffer[start + 8] !== 0x22) return -1;
  const role = start + 9;
  let i = skipPlain(bytes, role, Math.min(end, role + LONGEST_ROLE));
  const roleEnd = i;
  if (i + 13 >= end || buffer[i] !== 0x22) return -1;
  if (view.getInt32(i + 1, true) !== MIDDLE_1 || view.getInt32(i + 5, true) !== MIDDLE_2) return -1;
  if (view.getInt32(i + 9, true) !== MIDDLE_3) return -1;
  const content = i + 13;
  let escaped = false;
  i = content;
  for (;;) {
    i = skipPlain(bytes, i, end);
    if (i >= end) return -1;
    const byte = buffer[i];
    if (byte === 0x22) break;
    if (byte !== 0x5c) return -1;
    escaped = true;
    const next = buffer[i + 1] ?? 0;
    if (next < 128 && SIMPLE_ESCAPES[next] === 1) i += 2;
    else if (next === 0x75 && i + 6 <= end && isPlainHex(buffer, i + 2)) i += 6;
    else return -1;
  }
  if (i + 2 >= end || buffer[i + 1] !== 0x7d || buffer[i + 2] !== 0x0a) return -1;
  result.kind = 'message';
  result.reason = '';
  result.roleStart = 9;
  result.roleEnd = roleEnd - start;
  result.roleEscaped = false;
  result.contentStart = content - start;
  result.contentEnd = i - start;
  result.contentEscaped = escaped;
  return i + 2;
}

/**
 * Validates one line (without its line feed) and finds its texts, decoding nothing.
 * `knownUtf8`: the caller has checked the bytes already.
 */
export function parseLine(bytes: Bytes, start: number, end: number, result: ParsedLine, knownUtf8 = false): void {
  if (!knownUtf8) {
    utf8.reset();
    utf8.feed(bytes, start, end);
    utf8.finish();
    if (utf8.invalidAt >= 0) {
      rejectUtf8(result, utf8.invalidAt);
      return;
    }
  }
  machine.reset();
  machine.feed(bytes, start, end);
  machine.finish(result);
}

/** Rust's `BufRead::lines` fails on such a line before JSON is looked at, so this reason goes before all others. */
export function rejectUtf8(result: ParsedLine, at: number): void {
  result.kind = 'unreadable';
  result.reason = `invalid UTF-8 at byte ${at + 1}`;
}

/** Text of a span in `buffer` [start, end) between its quotes. The span must come from a message. */
export function decodeText(buffer: Buffer, start: number, end: number, escaped: boolean): string {
  const text = buffer.toString('utf8', start, end);
  if (!escaped) return text;
  const parsed: unknown = JSON.parse(`"${text}"`);
  return typeof parsed === 'string' ? parsed : '';
}

/** Text of the first bytes of a span: at most `limit` of them, ending between characters and escapes. */
export function decodeHead(buffer: Buffer, start: number, end: number, limit: number): string {
  if (end - start <= limit) return decodeText(buffer, start, end, true);
  const last = start + limit;
  let i = start;
  while (i < last) {
    const byte = buffer[i] ?? 0;
    let size = 1;
    if (byte === 0x5c) size = buffer[i + 1] !== 0x75 ? 2 : isHighSurrogate(buffer, i + 2) ? 12 : 6;
    else if (byte >= 0xf0) size = 4;
    else if (byte >= 0xe0) size = 3;
    else if (byte >= 0xc0) size = 2;
    if (i + size > last) break;
    i += size;
  }
  return decodeText(buffer, start, i, true);
}

function isHighSurrogate(buffer: Buffer, at: number): boolean {
  const first = (buffer[at] ?? 0) | 0x20;
  const second = (buffer[at + 1] ?? 0) | 0x20;
  return first === 0x64 && (second === 0x38 || second === 0x39 || second === 0x61 || second === 0x62);
}

/** Four hexadecimal digits that are no half of a surrogate pair. */
function isPlainHex(buffer: Buffer, at: number): boolean {
  for (let i = at; i < at + 4; i++) {
    const byte = buffer[i] ?? 0;
    const lower = byte | 0x20;
    if (!((byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66))) return false;
  }
  return ((buffer[at] ?? 0) | 0x20) !== 0x64;
}
