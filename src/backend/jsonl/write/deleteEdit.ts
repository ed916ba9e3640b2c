import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EditReport } from '../../StoreWriter';
import { timeText } from '../sessionMetadata';
import { type EditedFile, isSameFile, removeFile, sizeOf, stateOf, syncFolder } from './editedFile';
import { countMessages, reportOf } from './editPlans';
import { drain, MoveNote } from './lateLines';
import { isWithoutLinks, type Scratch, scratchPaths } from './replacement';
import { settledEnd } from './settledEnd';
import { Replaced } from './writeErrors';
import { type EditContext, jsonlChange, scratchNames, writeRemoved } from './writerContext';

/**
 * Deletes a session: the whole file goes into the journal, then out of the folder. What an agent adds later makes a new
 * file with only those lines, as it would do itself. `idleBefore`: only a file that is older than that.
 */
export async function applyDelete(
  file: EditedFile,
  context: EditContext,
  idleBefore: string | undefined,
): Promise<EditReport> {
  const { recorder, folder, key, signal, log } = context;
  if (idleBefore !== undefined && !((timeText(file.stat.mtimeNs) ?? '') < idleBefore)) {
    return reportOf({ changed: false, notes: ['it has been active since'] });
  }
  const image = recorder.image('removed');
  let end = 0;
  for (let size = await settledEnd(file, signal); end < size; size = await settledEnd(file, signal)) {
    await writeRemoved(image, file, [{ at: end, removed: size - end }], signal);
    end = size;
  }
  const messages = await countMessages(file, end, signal);
  const before = stateOf(file, end);
  const name = path.relative(folder, file.path);
  const splices = [{ at: 0, removed: end, inserted: 0 }];
  const change = jsonlChange({ file: name, before, after: null, splices, scratch: scratchNames(folder) });
  const started = recorder.start(change, { key, messages, bytes: end, trashed: true });
  await removeSession(file, end, before.ends, scratchPaths(folder, change.scratch), log);
  started.finish();
  return reportOf({ messages, bytes: end });
}

/**
 * Takes a session's file out of its folder when its first `end` bytes are what they were; lines after them, and those
 * that come late, make a new file. Throws `Replaced`, with nothing changed, when the file is another one.
 */
export async function removeSession(
  file: EditedFile,
  end: number,
  ends: string,
  scratch: Scratch,
  log: (message: string) => void,
): Promise<void> {
  const { path: live, fd, stat } = file;
  const state = (): boolean => sizeOf(fd) >= end && stateOf(file, end).ends === ends;
  const lookNow = (name: string) => fs.lstatSync(name, { bigint: true, throwIfNoEntry: false }) ?? null;
  if (!isSameFile(lookNow(live), stat) || !state()) throw new Replaced();
  const note = MoveNote.write(scratch.note, end, 0);
  try {
    // A rename takes whatever file is there at that moment, so nothing can be lost in between.
    fs.renameSync(live, scratch.old);
  } catch (error) {
    removeFile(scratch.note);
    throw error;
  }
  if (!isSameFile(lookNow(scratch.old), stat)) {
    putBack(scratch.old, live);
    removeFile(scratch.note);
    throw new Replaced();
  }
  syncFolder(path.dirname(live));
  const names = [path.basename(live), path.basename(scratch.old)];
  let { rewritten } = await drain(fd, { stat, names }, live, end, note, log);
  // An agent that rewrote the file in place has made a session of it again.
  while (rewritten) ({ rewritten } = await drain(fd, { stat, names }, live, 0, undefined, log));
  removeFile(scratch.old);
  removeFile(scratch.note);
}

/** Gives a file its name back unless another one has it by now. */
export function putBack(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
    fs.unlinkSync(from);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    fs.renameSync(from, to);
  }
}
