import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../errors';
import type { JsonlFileState } from '../../journal/changes';
import type { EditReport, SessionEdit } from '../../StoreWriter';
import { isWhole, REPLACED_HALVES } from '../../wholeText';
import { END_BYTES, hashEnds, stateWith, writeAll } from './editedFile';
import { reportOf } from './editPlans';
import { messageLine } from './messageLine';
import { createFile, newFileMode } from './newFile';
import { scratchPaths } from './replacement';
import { throwIfAborted } from './writeErrors';
import { type EditContext, jsonlChange, scratchNames } from './writerContext';

export type CreateEdit = Extract<SessionEdit, { kind: 'create' }>;

/** First and last bytes of what is written piece by piece. */
class Ends {
  size = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.#head.length < END_BYTES) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, END_BYTES - this.#head.length)]);
    }
    const tail = bytes.length >= END_BYTES ? bytes : Buffer.concat([this.#tail, bytes]);
    this.#tail = Buffer.from(tail.subarray(Math.max(0, tail.length - END_BYTES)));
  }

  get hash(): string {
    return hashEnds(this.#head, this.#tail);
  }
}

/** Lines of all messages, a batch at a time. */
async function* linesOf(
  edit: CreateEdit,
  facts: { messages: number; isWhole: boolean },
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  for await (const batch of edit.messages()) {
    throwIfAborted(signal);
    facts.messages += batch.length;
    facts.isWhole &&= batch.every(({ role, content }) => isWhole(role) && isWhole(content));
    if (batch.length > 0) yield Buffer.concat(batch.map(({ role, content }) => messageLine(role, content)));
  }
}

function reportFor(facts: { messages: number; isWhole: boolean }, bytes: number): EditReport {
  return reportOf({ messages: facts.messages, bytes, notes: facts.isWhole ? [] : [REPLACED_HALVES] });
}

export async function planCreate(edit: CreateEdit, signal: AbortSignal | undefined): Promise<EditReport> {
  const facts = { messages: 0, isWhole: true };
  let bytes = 0;
  for await (const lines of linesOf(edit, facts, signal)) bytes += lines.length;
  return reportFor(facts, bytes);
}

/**
 * Makes a session that does not exist. Its messages are asked for twice: for the journal, then for the file. The file's
 * time is the last activity, so that the session does not look new.
 */
export async function applyCreate(edit: CreateEdit, live: string, context: EditContext): Promise<EditReport> {
  const { recorder, folder, key, signal } = context;
  const facts = { messages: 0, isWhole: true };
  const ends = new Ends();
  const image = recorder.image('inserted');
  for await (const lines of linesOf(edit, facts, signal)) {
    image.write(lines);
    ends.add(lines);
  }
  const name = path.relative(folder, live);
  const splices = [{ at: 0, removed: 0, inserted: ends.size }];
  const scratch = scratchNames(folder);
  const change = (after: JsonlFileState) => jsonlChange({ file: name, before: null, after, splices, scratch });
  // Mode, owner and time are those of the folder's new files: known when it is made.
  const planned = stateWith(fs.statSync(folder, { bigint: true }), ends.size, ends.hash);
  const started = recorder.start(change(planned), { key, messages: facts.messages, bytes: ends.size, trashed: false });
  const modified = edit.lastActivity === null ? Number.NaN : Date.parse(edit.lastActivity);
  await createFile({
    live,
    scratch: scratchPaths(folder, scratch),
    like: newFileMode(folder),
    modified: Number.isNaN(modified) ? null : modified,
    write: async (fd) => {
      let size = 0;
      for await (const lines of linesOf(edit, { messages: 0, isWhole: true }, signal)) {
        writeAll(fd, lines);
        size += lines.length;
      }
      if (size !== ends.size) throw new StoreError('replaced', `The source of ${key} has changed while it was read.`);
    },
  });
  started.finish(change(stateWith(fs.lstatSync(live, { bigint: true }), ends.size, ends.hash)));
  return reportFor(facts, ends.size);
}
