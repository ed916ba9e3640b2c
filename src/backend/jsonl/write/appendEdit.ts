import * as fs from 'node:fs';
import * as path from 'node:path';
import { systemErrorCode } from '../../errors';
import type { EditReport } from '../../StoreWriter';
import { type EditedFile, isSameFile, readBytes, sizeOf, stateOf, stateWith, syncFolder } from './editedFile';
import { appendedBytes, reportOf, wholeNotes } from './editPlans';
import { findLine, holds } from './lateLines';
import { newFileMode } from './newFile';
import { splicedState } from './splices';
import { Replaced } from './writeErrors';
import { type EditContext, jsonlChange, scratchNames } from './writerContext';

export interface AppendedMessage {
  readonly role: string;
  readonly content: string;
}

/**
 * Adds a message as zeroclaw does: one write at the end of the file. Costs the line and 128 KiB of reading, whatever the
 * size of the file. `file` null: there is none yet, and `live` is made.
 */
export async function applyAppend(
  message: AppendedMessage,
  live: string,
  file: EditedFile | null,
  context: EditContext,
): Promise<EditReport> {
  const { recorder, folder, key } = context;
  const size = file ? sizeOf(file.fd) : 0;
  const bytes = appendedBytes(file, size, message.role, message.content);
  const report = reportOf({ messages: 1, bytes: bytes.length, notes: wholeNotes(message) });
  recorder.image('inserted').write(bytes);
  const name = path.relative(folder, live);
  const scratch = scratchNames(folder);
  const change = (place: number, stat: fs.BigIntStats) => {
    const splices = [{ at: place, removed: 0, inserted: bytes.length }];
    const before = file ? stateOf(file, place) : null;
    const { size: total, ends } = splicedState(file?.fd ?? -1, place, splices, bytes);
    return jsonlChange({ file: name, before, after: stateWith(stat, total, ends), splices, scratch });
  };
  // The mode of a file that is still to be made is known afterwards.
  const planned = change(size, file?.stat ?? fs.statSync(folder, { bigint: true }));
  const started = recorder.start(planned, { key, messages: 1, bytes: bytes.length, trashed: false });
  const { at, stat } = write(live, file, bytes, size, folder);
  started.finish(change(file ? at : 0, stat));
  return report;
}

/** Writes the line and returns where it stands, and the file as it is then. Throws system errors and `Replaced`; the file is as it was then. */
function write(
  live: string,
  file: EditedFile | null,
  bytes: Buffer,
  size: number,
  folder: string,
): { readonly at: number; readonly stat: fs.BigIntStats } {
  const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(
      live,
      O_RDWR | O_APPEND | O_NOFOLLOW | (file ? 0 : O_CREAT | O_EXCL),
      file ? 0 : newFileMode(folder),
    );
  } catch (error) {
    const code = systemErrorCode(error);
    // The agent made it, replaced it or took it away since it was looked at.
    if (code === 'EEXIST' || (file && code === 'ENOENT')) throw new Replaced();
    throw error;
  }
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (file && !isSameFile(stat, file.stat)) throw new Replaced();
    const begin = sizeOf(fd);
    let at: number;
    try {
      const written = fs.writeSync(fd, bytes);
      // A short write: the next one says why, unless there is room after all.
      for (let done = written; done < bytes.length; ) done += fs.writeSync(fd, bytes, done);
      fs.fsyncSync(fd);
      at = findLine(fd, size, bytes);
    } catch (error) {
      takeBack(fd, live, begin, bytes, file === null ? null : stat);
      throw error;
    }
    if (file === null) syncFolder(folder);
    const now = fs.lstatSync(live, { bigint: true, throwIfNoEntry: false }) ?? null;
    // The agent put another file in its place meanwhile, made from one without the line: it goes there too.
    if (file && !isSameFile(now, stat) && !holds(live, Math.max(0, begin - bytes.length), bytes)) throw new Replaced();
    return { at: at < 0 ? begin : at, stat: fs.fstatSync(fd, { bigint: true }) };
  } finally {
    fs.closeSync(fd);
  }
}

/** Cuts off what could be written of a line, when nothing has come after it. `before`: the file then, `null` for a new one. */
function takeBack(fd: number, live: string, begin: number, bytes: Buffer, before: fs.BigIntStats | null): void {
  const size = sizeOf(fd);
  const part = readBytes(fd, begin, size);
  if (!part.equals(bytes.subarray(0, part.length))) return;
  if (part.length > 0) fs.ftruncateSync(fd, begin);
  if (before === null) {
    if (sizeOf(fd) === 0) fs.unlinkSync(live);
  } else if (part.length > 0) {
    // Nothing has happened to the session: it must not look new.
    const time = Number(before.mtimeNs) / 1e9;
    fs.futimesSync(fd, time, time);
  }
}
