import * as fs from 'node:fs';
import * as path from 'node:path';
import type { JournalItem } from '../../journal/Journal';
import type { ChangeSide } from '../../StoreWriter';
import { putBack } from './deleteEdit';
import {
  compareState,
  type EditedFile,
  endsOf,
  isSameFile,
  lookAt,
  openEdited,
  readBytes,
  removeFile,
  sizeOf,
} from './editedFile';
import { isRestoredElsewhere } from './elsewhere';
import { drain, MoveNote } from './lateLines';
import { giveBack, Replacement, type Scratch, scratchPaths } from './replacement';
import { type ReversalContext, relocated } from './reversal';
import { NO_INSERTION } from './spliceCopy';
import { backward, forward, type Step } from './splices';
import { changeOfItem, withFile } from './writerContext';

/**
 * Completes or rolls back what a killed process left half made, and says on which side of the change the session is. Old
 * and new file are told apart by what stands beside the session: nothing of the old file is given up before all of its
 * lines are in the new one.
 */
export async function recoverChange(item: JournalItem, context: ReversalContext): Promise<ChangeSide> {
  const change = changeOfItem(item);
  const { folder, log } = context;
  const isUndo = item.status === 'undoing';
  const step = isUndo ? backward(change) : forward(change);
  const target: ChangeSide = isUndo ? 'before' : 'after';
  const origin: ChangeSide = isUndo ? 'after' : 'before';
  if (item.newKey !== undefined) return isRestoredElsewhere(item.newKey, item, folder) ? target : origin;
  const live = path.join(folder, change.file);
  const scratch = scratchPaths(folder, change.scratch);
  const beside = await settleScratch(live, scratch, step, log);
  if (beside !== undefined) return beside === 'made' ? target : origin;
  // A change without splices is the announcement of one: nothing was exchanged.
  if (step.splices.length === 0) return origin;
  const file = lookAt(live) ? openEdited(live) : null;
  if (!file) return step.to === null ? target : origin;
  return withFile(file, async () => {
    if (step.from === null) return step.to && compareState(file.fd, step.to) !== 'other' ? target : origin;
    const isFrom = compareState(file.fd, step.from) !== 'other';
    if (step.to === null) return isFrom ? origin : target;
    const isTo = compareState(file.fd, step.to) !== 'other';
    if (isFrom && isTo) return step.to.size > step.from.size ? target : origin;
    if (isTo) return target;
    if (!isUndo && relocated(change, item, file)) return target;
    if (!isUndo && isFrom) await dropPart(item, step, file, scratch, log);
    return origin;
  });
}

/** Ends what can be told from the names beside the file; `undefined` when there is nothing. */
async function settleScratch(
  live: string,
  scratch: Scratch,
  step: Step,
  log: (message: string) => void,
): Promise<'made' | 'not made' | undefined> {
  const [old, next, now] = [scratch.old, scratch.next, live].map((name) => {
    return fs.lstatSync(name, { bigint: true, throwIfNoEntry: false }) ?? null;
  });
  const clear = (): void => {
    for (const file of [scratch.next, scratch.old, scratch.note]) removeFile(file);
  };
  const note = MoveNote.read(scratch.note);
  if (!old) {
    // A new file has two names for a moment; one that takes another's place, none but its own.
    const isNamed = isSameFile(next ?? null, now ?? null);
    const isMade = isNamed || (next === null && note !== null && step.to !== null && step.from !== null);
    const isKnown = next !== null || isMade;
    clear();
    return isKnown ? (isMade ? 'made' : 'not made') : undefined;
  }
  if (next || isSameFile(old, now ?? null)) {
    clear();
    return 'not made';
  }
  const file = openEdited(scratch.old);
  return withFile(file, async () => {
    if (step.from && compareState(file.fd, step.from) === 'other' && step.to === null) {
      // The rename took a file that an agent had just put there.
      putBack(scratch.old, live);
      clear();
      return 'not made';
    }
    const names = [path.basename(live), path.basename(scratch.old)];
    const copied = note?.takenOver(file.fd, live) ?? sizeOf(file.fd);
    const { rewritten } = await drain(file.fd, { stat: file.stat, names }, live, copied, note ?? undefined, log);
    if (rewritten && now && note) {
      const ours = openEdited(live);
      await withFile(ours, () => giveBack({ old: file.fd, scratch, live, ours: ours.fd, size: note.size, log }));
      return 'not made';
    }
    clear();
    return 'made';
  });
}

/** Part of a line that was being appended when the process was killed, as long as nothing has come after it. */
async function dropPart(
  item: JournalItem,
  { from, splices }: Step,
  file: EditedFile,
  scratch: Scratch,
  log: (message: string) => void,
): Promise<void> {
  const [splice] = splices;
  const size = sizeOf(file.fd);
  if (!from || !splice || splice.removed > 0 || splice.at !== from.size || splices.length !== 1) return;
  const part = readBytes(file.fd, from.size, size);
  const line = item.image('inserted').all();
  if (part.length === 0 || part.length >= line.length || !line.subarray(0, part.length).equals(part)) return;
  const replacement = Replacement.create(file, scratch, NO_INSERTION);
  try {
    await replacement.copy.splice({ at: from.size, removed: part.length, inserted: 0 });
    await replacement.install({ base: size, ends: endsOf(file.fd, size), modified: 'kept', log });
  } catch (error) {
    if (!replacement.isExchanged) await replacement.abandon();
    throw error;
  }
}
