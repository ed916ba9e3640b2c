import type { JsonlChange, JsonlFileState, Splice } from '../../journal/changes';
import { END_BYTES, hashEnds, readBytes } from './editedFile';

/** Half-open, in bytes. */
export interface ByteSpan {
  readonly from: number;
  readonly end: number;
}

/** More places than these are not changed at once: each of them is kept in the journal. */
export const MOST_SPLICES = 100_000;

/** A change in one of its two directions. */
export interface Step {
  readonly from: JsonlFileState | null;
  readonly to: JsonlFileState | null;
  readonly splices: readonly Splice[];
  /** Name of the journal's image with the bytes that are inserted. */
  readonly image: 'inserted' | 'removed';
}

export function forward({ before, after, splices }: JsonlChange): Step {
  return { from: before, to: after, splices, image: 'inserted' };
}

export function backward({ before, after, splices }: JsonlChange): Step {
  let shift = 0;
  const reversed = splices.map(({ at, removed, inserted }) => {
    const place = at + shift;
    shift += inserted - removed;
    return { at: place, removed: inserted, inserted: removed };
  });
  return { from: after, to: before, splices: reversed, image: 'removed' };
}

export function insertedBytes(splices: readonly Splice[]): number {
  return splices.reduce((sum, { inserted }) => sum + inserted, 0);
}

export function removedBytes(splices: readonly Splice[]): number {
  return splices.reduce((sum, { removed }) => sum + removed, 0);
}

/** What the first `base` bytes of a file are after the splices: its size, and the hash of its ends. */
export function splicedState(
  fd: number,
  base: number,
  splices: readonly Splice[],
  inserted: Buffer,
): { readonly size: number; readonly ends: string } {
  const size = base - removedBytes(splices) + insertedBytes(splices);
  const pieces: { readonly bytes: Buffer | null; readonly from: number; readonly end: number }[] = [];
  let at = 0;
  let used = 0;
  for (const splice of splices) {
    if (splice.at > at) pieces.push({ bytes: null, from: at, end: splice.at });
    if (splice.inserted > 0) pieces.push({ bytes: inserted, from: used, end: used + splice.inserted });
    used += splice.inserted;
    at = splice.at + splice.removed;
  }
  if (base > at) pieces.push({ bytes: null, from: at, end: base });
  const read = (bytes: Buffer | null, from: number, end: number): Buffer =>
    bytes ? bytes.subarray(from, end) : readBytes(fd, from, end);
  const head: Buffer[] = [];
  let missing = Math.min(size, END_BYTES);
  for (const { bytes, from, end } of pieces) {
    if (missing === 0) break;
    const part = Math.min(missing, end - from);
    head.push(read(bytes, from, from + part));
    missing -= part;
  }
  const tail: Buffer[] = [];
  missing = Math.min(size, END_BYTES);
  for (let i = pieces.length - 1; i >= 0 && missing > 0; i--) {
    const piece = pieces[i];
    if (!piece) break;
    const part = Math.min(missing, piece.end - piece.from);
    tail.unshift(read(piece.bytes, piece.end - part, piece.end));
    missing -= part;
  }
  return { size, ends: hashEnds(Buffer.concat(head), Buffer.concat(tail)) };
}
