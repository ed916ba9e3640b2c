/**
 * The source of a regular expression for text -> one for the bytes of that text in UTF-8, taken as characters of one byte
 * each. Such an expression needs no decoding and looks at half of the memory. Understands what `foldedSource` writes:
 * characters, `\u` escapes, classes, groups without names, alternatives, `*` and `+`; `null` for anything else.
 */
export function byteSource(source: string): string | null {
  let result = '';
  for (let at = 0; at < source.length; ) {
    if (source.startsWith('(?:', at)) {
      result += '(?:';
      at += 3;
      continue;
    }
    const character = source.charAt(at);
    if (character === ')' || character === '|' || isRepeat(character)) {
      result += character;
      at++;
      continue;
    }
    const item = character === '[' ? readClass(source, at) : readPoint(source, at);
    if (!item) return null;
    const bytes = bytesOf(item.points);
    // What is repeated is all bytes of the character.
    result += isRepeat(source.charAt(item.end)) ? `(?:${bytes})` : bytes;
    at = item.end;
  }
  return result;
}

function isRepeat(character: string): boolean {
  return character === '*' || character === '+';
}

interface Item {
  /** Ranges of code points, both ends included. */
  readonly points: readonly (readonly [from: number, to: number])[];
  readonly end: number;
}

function readClass(source: string, start: number): Item | null {
  const points: [number, number][] = [];
  let at = start + 1;
  if (source.charAt(at) === '^') return null;
  while (at < source.length && source.charAt(at) !== ']') {
    if (source.startsWith('\\d', at)) {
      points.push([0x30, 0x39]);
      at += 2;
      continue;
    }
    const from = readUnit(source, at);
    if (!from) return null;
    at = from.end;
    let to = from.code;
    if (source.charAt(at) === '-' && source.charAt(at + 1) !== ']') {
      const last = readUnit(source, at + 1);
      if (!last) return null;
      to = last.code;
      at = last.end;
    }
    points.push([from.code, to]);
  }
  // Half of a pair has no bytes.
  if (points.some(([from, to]) => to >= 0xd800 && from <= 0xdfff)) return null;
  return { points, end: at + 1 };
}

function readPoint(source: string, at: number): Item | null {
  if ('.?^$({}'.includes(source.charAt(at))) return null;
  const unit = readUnit(source, at);
  if (!unit) return null;
  const { code } = unit;
  if (code < 0xd800 || code > 0xdfff) return { points: [[code, code]], end: unit.end };
  const low = code < 0xdc00 ? readUnit(source, unit.end) : null;
  if (!low || low.code < 0xdc00 || low.code > 0xdfff) return null;
  const point = 0x10000 + ((code - 0xd800) << 10) + (low.code - 0xdc00);
  return { points: [[point, point]], end: low.end };
}

function readUnit(source: string, at: number): { code: number; end: number } | null {
  if (source.charAt(at) !== '\\') return at < source.length ? { code: source.charCodeAt(at), end: at + 1 } : null;
  const hex = /^\\u([\da-f]{4})/i.exec(source.slice(at, at + 6))?.[1];
  if (hex !== undefined) return { code: Number.parseInt(hex, 16), end: at + 6 };
  // Before punctuation a backslash only takes its meaning away.
  const next = source.charAt(at + 1);
  return /[!-/:-@[-`{-~]/.test(next) ? { code: next.charCodeAt(0), end: at + 2 } : null;
}

/** One of some code points: a class of the last bytes behind each beginning that they have. */
function bytesOf(ranges: Item['points']): string {
  const ends = new Map<string, number[]>();
  for (const [from, to] of ranges) {
    for (let point = from; point <= to; point++) {
      const bytes = Buffer.from(String.fromCodePoint(point));
      const start = [...bytes.subarray(0, -1)].map(hexOf).join('');
      const own = ends.get(start);
      const last = bytes.at(-1) ?? 0;
      if (own) own.push(last);
      else ends.set(start, [last]);
    }
  }
  const alternatives = [...ends].map(([start, last]) => start + classOf(last));
  return alternatives.length === 1 ? alternatives.join('') : `(?:${alternatives.join('|')})`;
}

function classOf(bytes: readonly number[]): string {
  const sorted = [...new Set(bytes)].sort((a, b) => a - b);
  const [only = 0] = sorted;
  return sorted.length === 1 ? hexOf(only) : `[${sorted.map(hexOf).join('')}]`;
}

function hexOf(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
