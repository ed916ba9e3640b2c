import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EditedFile, endsLine, sizeOf } from './editedFile';
import { lastLineEnd } from './lateLines';
import { writersOf } from './openWriters';
import { throwIfAborted } from './writeErrors';

/** Milliseconds for which a line that is being written is waited for. */
const PATIENCE = 1000;
/** So many times the grace without a change: a last line without a line feed counts as torn. */
const STILL = 10;

/**
 * How much of a file can be decided about: all of it, unless its last line has no line feed and is still being written.
 * Half of such a line must not be taken for a torn one.
 */
export async function settledEnd(file: EditedFile, signal?: AbortSignal): Promise<number> {
  const watched = { stat: file.stat, names: [path.basename(file.path)] };
  for (const begin = performance.now(); ; await sleep(5)) {
    throwIfAborted(signal);
    const size = sizeOf(file.fd);
    if (endsLine(file.fd, size)) return size;
    const writers = writersOf(watched);
    const age = Date.now() - fs.fstatSync(file.fd).mtimeMs;
    const isStill = writers.ids.size === 0 && (writers.grace === 0 || age > STILL * writers.grace);
    if (isStill && sizeOf(file.fd) === size) return size;
    if (performance.now() - begin > PATIENCE) return lastLineEnd(file.fd, 0, size);
  }
}
