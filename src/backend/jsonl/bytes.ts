/**
 * Bytes with a view for reading four at a time. The loops over these are what the first reading of a store costs,
 * so they are written for the compiler: no allocation, no call per byte.
 */
export class Bytes {
  readonly view: DataView;

  constructor(readonly buffer: Buffer) {
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  static allocate(size: number): Bytes {
    return new Bytes(Buffer.allocUnsafeSlow(size));
  }
}

/** 1 for the bytes that end a plain run inside a JSON text: control characters, quote and backslash. */
const STOPS = new Uint8Array(256);
STOPS.fill(1, 0, 0x20);
STOPS[0x22] = 1;
STOPS[0x5c] = 1;

/**
 * First position in [from, end) that holds a control character, a quote or a backslash; `end` when there is none.
 * Bytes of 0x80 and above are plain: UTF-8 is checked elsewhere.
 */
export function skipPlain(bytes: Bytes, from: number, end: number): number {
  const { buffer, view } = bytes;
  const lastWord = end - 4;
  let i = from;
  while (i <= lastWord) {
    const word = view.getInt32(i, true);
    const quote = word ^ 0x22222222;
    const slash = word ^ 0x5c5c5c5c;
    // The classic "has a byte less than n" tests, three at once. They may stop early after a real hit, never late.
    const control = (word - 0x20202020) & ~word;
    if (((control | ((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash)) & 0x80808080) !== 0) break;
    i += 4;
  }
  while (i < end && STOPS[buffer[i] ?? 0] === 0) i++;
  return i;
}

/**
 * Checks UTF-8 as Rust does (no overlong forms, no surrogates, nothing above U+10FFFF) over a line that comes in pieces.
 */
export class Utf8Checker {
  /** Offset in the line of the first sequence that is not UTF-8; -1 while there is none. */
  invalidAt = -1;
  #missing = 0;
  #low = 0x80;
  #high = 0xbf;
  #sequenceStart = 0;
  #length = 0;

  reset(): void {
    this.invalidAt = -1;
    this.#missing = 0;
    this.#length = 0;
  }

  feed(bytes: Bytes, start: number, end: number): void {
    const { buffer, view } = bytes;
    const base = this.#length - start;
    this.#length += end - start;
    if (this.invalidAt >= 0) return;
    const lastWord = end - 4;
    let i = start;
    while (i < end) {
      if (this.#missing === 0) {
        while (i <= lastWord && (view.getInt32(i, true) & 0x80808080) === 0) i += 4;
        if (i >= end) return;
        const byte = buffer[i] ?? 0;
        if (byte >= 0x80) {
          this.#sequenceStart = base + i;
          if (!this.#begin(byte)) {
            this.invalidAt = this.#sequenceStart;
            return;
          }
        }
      } else {
        const byte = buffer[i] ?? 0;
        if (byte < this.#low || byte > this.#high) {
          this.invalidAt = this.#sequenceStart;
          return;
        }
        this.#low = 0x80;
        this.#high = 0xbf;
        this.#missing--;
      }
      i++;
    }
  }

  /** To be called after the last piece: a sequence that is cut off is invalid too. */
  finish(): void {
    if (this.invalidAt < 0 && this.#missing > 0) this.invalidAt = this.#sequenceStart;
  }

  #begin(byte: number): boolean {
    this.#low = 0x80;
    this.#high = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) this.#missing = 1;
    else if (byte >= 0xe0 && byte <= 0xef) {
      this.#missing = 2;
      if (byte === 0xe0) this.#low = 0xa0;
      else if (byte === 0xed) this.#high = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      this.#missing = 3;
      if (byte === 0xf0) this.#low = 0x90;
      else if (byte === 0xf4) this.#high = 0x8f;
    } else return false;
    return true;
  }
}
