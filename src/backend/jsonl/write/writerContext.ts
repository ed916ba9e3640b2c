import * as fs from 'node:fs';
import { StoreError } from '../../errors';
import type { JsonlChange, Splice } from '../../journal/changes';
import type { ImageWriter } from '../../journal/images';
import type { ItemRecorder, JournalItem } from '../../journal/Journal';
import { type ReadStats, readAt, Slice, withBuffer } from '../readBytes';
import { type EditedFile, scratchName } from './editedFile';
import { Replaced, throwIfAborted } from './writeErrors';

/** What the parts of the writer need for one edit. */
export interface EditContext {
  readonly folder: string;
  readonly key: string;
  readonly recorder: ItemRecorder;
  readonly signal: AbortSignal | undefined;
  readonly log: (message: string) => void;
}

/** Names for what stands beside the file, chosen before anything is written so that the journal knows them. */
export function scratchNames(folder: string): string[] {
  return [scratchName(folder), scratchName(folder), scratchName(folder)];
}

/** Puts what the splices remove into an image. Throws `Replaced` when the file has become shorter. */
export async function writeRemoved(
  image: ImageWriter,
  { fd }: EditedFile,
  splices: readonly Pick<Splice, 'at' | 'removed'>[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const stats: ReadStats = { bytesRead: 0, filesOpened: 0 };
  const slice = new Slice();
  await withBuffer(async ({ buffer }) => {
    for (const { at, removed } of splices) {
      for (let from = at; from < at + removed; from += buffer.length) {
        const length = Math.min(at + removed - from, buffer.length);
        if (readAt(fd, buffer, 0, length, from, stats) < length) throw new Replaced();
        image.write(buffer.subarray(0, length));
        if (slice.isOver) await slice.rest();
        throwIfAborted(signal);
      }
    }
  });
}

/** What the journal holds of a change of a JSONL session. Throws `unsupported` for another one. */
export function changeOfItem(item: JournalItem): JsonlChange {
  const { change } = item;
  if (change.kind !== 'jsonl') {
    throw new StoreError('unsupported', `The change of "${item.label}" is none of a JSONL session.`);
  }
  return change;
}

export function jsonlChange(facts: Omit<JsonlChange, 'kind'>): JsonlChange {
  return { kind: 'jsonl', ...facts };
}

/**
 * Runs `work` with an open file and closes it. The closing is not waited for: that of a big file whose last name has gone
 * takes as long as its pages take to be given back.
 */
export async function withFile<T>(file: EditedFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    fs.close(file.fd, () => {});
  }
}
