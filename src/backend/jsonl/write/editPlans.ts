import { completeRounds, describeRounds } from '../../content/toolRounds';
import { StoreError } from '../../errors';
import type { Splice } from '../../journal/changes';
import type { EditReport, SessionEdit } from '../../StoreWriter';
import { isWhole, REPLACED_HALVES } from '../../wholeText';
import type { ScannedLine } from '../lineScanner';
import { type EditedFile, endsLine } from './editedFile';
import { messageLine } from './messageLine';
import { type MessageLine, MessageMap, scanLines } from './messageMap';
import { MOST_SPLICES, removedBytes } from './splices';

/** Tool rounds are named for so many messages at most: they have to be read for it. */
const MOST_NAMED = 200;

/** What an edit does to the first `base` bytes of a file. */
export interface EditPlan {
  readonly base: number;
  readonly splices: readonly Splice[];
  readonly inserted: Buffer;
  /** `kept`: the session does not look new. */
  readonly modified: 'now' | 'kept';
  readonly report: EditReport;
}

export type LineEdit = Extract<SessionEdit, { kind: 'update-last' | 'remove-last' | 'remove-messages' | 'clear' }>;

const NOTHING = Buffer.alloc(0);

export function reportOf(facts: Partial<EditReport>): EditReport {
  return { changed: true, messages: 0, bytes: 0, notes: [], dropped: [], droppedCount: 0, ...facts };
}

/** Plans an edit that removes or replaces lines. Reads only. */
export async function planLineEdit(
  edit: LineEdit,
  file: EditedFile,
  base: number,
  signal?: AbortSignal,
): Promise<EditPlan> {
  const nothing = { base, splices: [], inserted: NOTHING, modified: 'kept' as const };
  const unchanged = (note: string): EditPlan => ({ ...nothing, report: reportOf({ changed: false, notes: [note] }) });
  if (edit.kind === 'clear') {
    if (base === 0) return unchanged('There are no messages.');
    const splices = [{ at: 0, removed: base, inserted: 0 }];
    const report = reportOf({ messages: await countMessages(file, base, signal), bytes: base });
    return { base, splices, inserted: NOTHING, modified: 'now', report };
  }
  const map = await MessageMap.of(file, base, signal);
  if (map.total === 0) return unchanged('There are no messages.');
  if (edit.kind === 'update-last') {
    const [line] = await map.lines([map.total - 1]);
    if (!line) return unchanged('There are no messages.');
    return replaceLine(line, messageLine(edit.role, edit.content), base, wholeNotes(edit));
  }
  const asked = edit.kind === 'remove-last' ? [map.total - 1] : edit.positions;
  const positions = await completeRounds(map.total, asked, (from, count) => map.load(from, count));
  if (positions.length === 0) return unchanged('There are no such messages.');
  const splices = joined(await map.lines(positions));
  if (splices.length > MOST_SPLICES) {
    const words = `${positions.length} messages in ${splices.length} places are too many to remove at once. Nothing was changed; remove fewer.`;
    throw new StoreError('write-failed', words);
  }
  const notes = await roundNotes(map, positions);
  const report = reportOf({ messages: positions.length, bytes: removedBytes(splices), notes });
  return { base, splices, inserted: NOTHING, modified: 'kept', report };
}

export function wholeNotes({ role, content }: { readonly role: string; readonly content: string }): string[] {
  return isWhole(role) && isWhole(content) ? [] : [REPLACED_HALVES];
}

/** The line that is added: after a torn last line a line feed comes first, so that the two do not glue together. */
export function appendedBytes(file: EditedFile | null, size: number, role: string, content: string): Buffer {
  const line = messageLine(role, content);
  return !file || endsLine(file.fd, size) ? line : Buffer.concat([Buffer.from('\n'), line]);
}

function replaceLine({ from, end }: MessageLine, inserted: Buffer, base: number, notes: string[]): EditPlan {
  const splices = [{ at: from, removed: end - from, inserted: inserted.length }];
  const report = reportOf({ messages: 1, bytes: Math.abs(inserted.length - (end - from)), notes });
  return { base, splices, inserted, modified: 'now', report };
}

/** Lines that follow on each other are one splice. */
function joined(lines: readonly MessageLine[]): Splice[] {
  const splices: { at: number; removed: number; inserted: number }[] = [];
  for (const { from, end } of lines) {
    const last = splices.at(-1);
    if (last && last.at + last.removed === from) last.removed += end - from;
    else splices.push({ at: from, removed: end - from, inserted: 0 });
  }
  return splices;
}

async function roundNotes(map: MessageMap, positions: readonly number[]): Promise<string[]> {
  if (positions.length > MOST_NAMED) return [];
  const messages: { role: string; content: string }[] = [];
  for (const position of positions) messages.push(...(await map.load(position, 1)));
  const words = describeRounds(messages);
  return words === null ? [] : [words];
}

export async function countMessages(file: EditedFile, end: number, signal?: AbortSignal): Promise<number> {
  let messages = 0;
  const take = ({ parsed }: ScannedLine): void => {
    if (parsed.kind === 'message') messages++;
  };
  await scanLines(file.fd, 0, end, take, signal);
  return messages;
}
