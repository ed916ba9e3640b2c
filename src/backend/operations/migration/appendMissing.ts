import * as fs from 'node:fs';
import * as path from 'node:path';
import { plural } from '../../../shared/format';
import { StoreError } from '../../errors';
import type { JsonlFileState } from '../../journal/changes';
import type { ItemRecorder } from '../../journal/Journal';
import { agentFileName } from '../../jsonl/sessionKeys';
import { endsLine, stateOf, stateWith } from '../../jsonl/write/editedFile';
import { appendLines } from '../../jsonl/write/lateLines';
import { messageLine } from '../../jsonl/write/messageLine';
import { splicedState } from '../../jsonl/write/splices';
import { writeError } from '../../jsonl/write/writeErrors';
import { jsonlChange, scratchNames } from '../../jsonl/write/writerContext';
import type { EditReport } from '../../StoreWriter';
import type { ExportedMessages } from './exportedMessages';
import { align } from './messageHash';
import { IN_TARGET } from './placement';
import { closeSource, fingerprintsOf, readSource, type Source } from './sourceFile';

/**
 * Adds to a session's file the messages that are missing at its end. Answers with the reason when there are none, or when
 * they do not go on where the file ends.
 */
export async function appendMissing(
  folder: string,
  key: string,
  messages: ExportedMessages,
  recorder: ItemRecorder,
): Promise<EditReport | string> {
  const live = path.join(folder, agentFileName(key));
  const source = await readSource(live);
  try {
    const held = (await fingerprintsOf(source, 0)).all;
    const { at, length } = align(held, await messages.fingerprints());
    if (length === messages.total) return `${IN_TARGET}, with all its messages`;
    if (at + length !== held.length || (length < 2 && length < held.length)) {
      return `${IN_TARGET}, with ${plural(held.length, 'message')} which the database's do not continue`;
    }
    const lines = await linesFrom(messages, length);
    const report = await append(source, live, key, lines, messages.total - length, recorder);
    await verify(live, messages);
    return report;
  } catch (error) {
    throw writeError(error, live);
  } finally {
    closeSource(source);
  }
}

/** Reads the file back: the database's messages stand in it, one after the other. */
async function verify(live: string, messages: ExportedMessages): Promise<void> {
  const source = await readSource(live);
  try {
    const { all } = await fingerprintsOf(source, 0);
    if (align(all, await messages.fingerprints()).length === messages.total) return;
  } finally {
    closeSource(source);
  }
  throw new StoreError(
    'write-failed',
    `What ${live} holds after the export is not what the database holds. Undo the export of this session and make it again.`,
  );
}

async function linesFrom(messages: ExportedMessages, from: number): Promise<Buffer> {
  const lines: Buffer[] = [];
  let position = 0;
  for await (const batch of messages.batches()) {
    for (const { role, content } of batch) if (position++ >= from) lines.push(messageLine(role, content));
  }
  return Buffer.concat(lines);
}

async function append(
  { file }: Source,
  live: string,
  key: string,
  lines: Buffer,
  count: number,
  recorder: ItemRecorder,
): Promise<EditReport> {
  const { fd, size, stat } = file;
  // A last line without an end must not glue on to the first new one.
  const bytes = endsLine(fd, size) ? lines : Buffer.concat([Buffer.from('\n'), lines]);
  recorder.image('inserted').write(bytes);
  const splices = [{ at: size, removed: 0, inserted: bytes.length }];
  const before = stateOf(file, size);
  const { size: total, ends } = splicedState(fd, size, splices, bytes);
  const scratch = scratchNames(path.dirname(live));
  const change = (after: JsonlFileState) => jsonlChange({ file: path.basename(live), before, after, splices, scratch });
  const started = recorder.start(change(stateWith(stat, total, ends)), {
    key,
    messages: count,
    bytes: bytes.length,
    trashed: false,
  });
  appendLines(live, lines, Number(stat.mode) & 0o777);
  started.finish(change(stateWith(fs.lstatSync(live, { bigint: true }), total, ends)));
  return { changed: true, messages: count, bytes: bytes.length, notes: [], dropped: [], droppedCount: 0 };
}
