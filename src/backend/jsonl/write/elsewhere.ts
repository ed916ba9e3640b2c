import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../errors';
import type { JournalItem } from '../../journal/Journal';
import { Slice } from '../readBytes';
import { agentFileName, isAside, sanitizeKey } from '../sessionKeys';
import { isSameFile, lookAt, removeFile, requireWritable, writeAll } from './editedFile';
import { createFile, newFileMode } from './newFile';
import { scratchPaths } from './replacement';
import { insertedBytes, type Step } from './splices';
import { changeOfItem } from './writerContext';

/** The key under which a session comes back whose own key is taken. */
export function restoredKey(key: string, number = 1): string {
  const plain = isAside(key) ? key.replace(/\.jsonl\.(?:migrated|importing)$/, '') : key;
  return `${sanitizeKey(plain)}_restored${number === 1 ? '' : number}`;
}

/** A whole image into a new file, a piece at a time. */
export async function writeImage(fd: number, item: JournalItem, { image, splices }: Step): Promise<void> {
  const slice = new Slice();
  for (const bytes of item.image(image).take(insertedBytes(splices))) {
    writeAll(fd, bytes);
    if (slice.isOver) await slice.rest();
  }
}

/** What the step would bring back, as a session of its own. Resolves to its key. */
export async function restoreElsewhere(item: JournalItem, step: Step, folder: string): Promise<string> {
  requireWritable(folder);
  for (let number = 1; ; number++) {
    const key = restoredKey(item.key, number);
    const live = path.join(folder, agentFileName(key));
    if (lookAt(live)) continue;
    // A killed process leaves the file or what it is made from: both are known then.
    item.announce(key);
    try {
      await createFile({
        live,
        scratch: scratchPaths(folder, changeOfItem(item).scratch),
        like: step.to ?? newFileMode(folder),
        modified: null,
        write: (fd) => writeImage(fd, item, step),
      });
      return key;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'exists')) throw error;
    }
  }
}

/** After a crash in the middle of `restoreElsewhere`: whether the session is there. Removes what else is left of it. */
export function isRestoredElsewhere(newKey: string, item: JournalItem, folder: string): boolean {
  const { next } = scratchPaths(folder, changeOfItem(item).scratch);
  const look = (name: string) => fs.lstatSync(name, { bigint: true, throwIfNoEntry: false }) ?? null;
  const unnamed = look(next);
  const made = look(path.join(folder, agentFileName(newKey)));
  removeFile(next);
  return made !== null && (unnamed === null || isSameFile(unnamed, made));
}
