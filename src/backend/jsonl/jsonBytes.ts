/** Small questions about single bytes of JSON, and their names for messages. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Value of a hexadecimal digit, -1 for any other byte. */
export function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The character that a two-byte escape stands for, -1 for an unknown one. */
export function simpleEscape(byte: number): number {
  switch (byte) {
    case 0x22:
    case 0x2f:
    case 0x5c:
      return byte;
    case 0x62:
      return 8;
    case 0x66:
      return 12;
    case 0x6e:
      return 10;
    case 0x72:
      return 13;
    case 0x74:
      return 9;
    default:
      return -1;
  }
}

export function codePointName(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

export function byteName(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return `\`${String.fromCharCode(byte)}\``;
  return byte < 0x80 ? codePointName(byte) : 'a character outside ASCII';
}

export function valueName(byte: number): string {
  if (byte === 0x7b) return 'an object';
  if (byte === 0x5b) return 'an array';
  if (byte === 0x6e) return 'null';
  if (byte === 0x74 || byte === 0x66) return 'true or false';
  return isDigit(byte) || byte === 0x2d ? 'a number' : 'something else';
}
