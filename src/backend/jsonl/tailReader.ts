import { type ReadStats, readAt, Slice, withBuffer } from './readBytes';

/** One read backwards; more than a page of usual lines. */
const STEP = 128 * 1024;

/**
 * Where the last `count` lines of a file of `size` bytes begin, in file order; fewer when it has fewer. Reads backwards
 * from the end, no more than these lines, and holds one block at a time whatever their length.
 */
export async function findLastLines(fd: number, size: number, count: number, stats: ReadStats): Promise<number[]> {
  const starts: number[] = [];
  await withBuffer(async ({ buffer }) => {
    const slice = new Slice();
    let blockEnd = size;
    while (blockEnd > 0 && starts.length < count) {
      const blockStart = Math.max(0, blockEnd - STEP);
      const length = readAt(fd, buffer, 0, blockEnd - blockStart, blockStart, stats);
      const block = buffer.subarray(0, length);
      let at = length;
      while (starts.length < count) {
        at = at > 0 ? block.lastIndexOf(0x0a, at - 1) : -1;
        if (at < 0) break;
        // The file's very last line feed ends a line; no line begins after it.
        if (blockStart + at + 1 < size) starts.push(blockStart + at + 1);
      }
      blockEnd = blockStart;
      if (slice.isOver) await slice.rest();
    }
    if (starts.length < count && size > 0) starts.push(0);
  });
  return starts.reverse();
}
