/** Matches in a text, and where they begin and end when the text is split over several pieces. */
import type { TextRange } from '../../../src/shared/search/answer';

/** Places of a global pattern in `text`. Places without a length are none. */
export function findMatches(pattern: RegExp, text: string): TextRange[] {
  const found: TextRange[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { length } = match[0];
    if (length > 0) found.push([match.index, match.index + length]);
    else pattern.lastIndex += (text.codePointAt(pattern.lastIndex) ?? 0) > 0xffff ? 2 : 1;
  }
  pattern.lastIndex = 0;
  return found;
}

export function countMatches(pattern: RegExp, text: string): number {
  return findMatches(pattern, text).length;
}

/** A place in pieces of text that follow one another. */
export interface PiecePlace {
  readonly piece: number;
  readonly offset: number;
}

/**
 * Where `offset` of the whole lies; `starts[n]` is where piece n begins, the last entry where all end. A match begins in
 * the piece of its first character (`end` false) and ends in that of its last one.
 */
export function placeIn(starts: readonly number[], offset: number, end: boolean): PiecePlace {
  const wanted = end ? offset - 1 : offset;
  let low = 0;
  let high = Math.max(0, starts.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return { piece: low, offset: offset - (starts[low] ?? 0) };
}
