/**
 * Whether a character outside ASCII, given as its UTF-8 bytes in one number (U+00A0 is 0xC2A0), has the Unicode property
 * White_Space, which is what Rust's `str::trim` removes. U+FEFF has not: a byte order mark stays and spoils its line.
 */
export function isWhiteSpace(utf8: number): boolean {
  if (utf8 >= 0xe28080 && utf8 <= 0xe2808a) return true; // U+2000 to U+200A
  switch (utf8) {
    case 0xc285: // U+0085
    case 0xc2a0: // U+00A0
    case 0xe19a80: // U+1680
    case 0xe280a8: // U+2028
    case 0xe280a9: // U+2029
    case 0xe280af: // U+202F
    case 0xe2819f: // U+205F
    case 0xe38080: // U+3000
      return true;
    default:
      return false;
  }
}
