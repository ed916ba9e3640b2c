import * as path from 'node:path';
import type { Direction, ReversalChoice, ReversalChoiceId } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { JsonlChange } from '../../journal/changes';
import type { JournalItem } from '../../journal/Journal';
import type { Reversal } from '../../StoreWriter';
import { removeSession } from './deleteEdit';
import { compareState, type EditedFile, endsOf, lookAt, openEdited, requireWritable, sizeOf } from './editedFile';
import { countMessages } from './editPlans';
import { restoredKey, restoreElsewhere, writeImage } from './elsewhere';
import { findLine } from './lateLines';
import { scanLines } from './messageMap';
import { createFile } from './newFile';
import { Replacement, scratchPaths } from './replacement';
import type { Insertion } from './spliceCopy';
import { backward, forward, insertedBytes, type Step } from './splices';
import { Replaced } from './writeErrors';
import { changeOfItem, withFile } from './writerContext';

/** What stands where the change was made. */
type Found = 'same' | 'grown' | 'other' | 'missing';

export interface ReversalContext {
  readonly folder: string;
  readonly log: (message: string) => void;
}

/** The step that undoes or makes a change again, as the file is now (see `relocated`). */
export function stepOf(change: JsonlChange, direction: Direction, item: JournalItem, file: EditedFile | null): Step {
  if (direction === 'redo') return forward(change);
  return backward((file && relocated(change, item, file)) ?? change);
}

/**
 * An appended line whose place is not known for sure: the process was killed before it could be noted, and lines of an
 * agent came before it. `null` when it is where it was expected, or nowhere.
 */
export function relocated(change: JsonlChange, item: JournalItem, { fd }: EditedFile): JsonlChange | null {
  const [splice] = change.splices;
  const { before, after } = change;
  if (!before || !after || change.splices.length !== 1 || !splice) return null;
  if (splice.removed > 0 || splice.at !== before.size || compareState(fd, after) !== 'other') return null;
  if (compareState(fd, before) === 'other') return null;
  const at = findLine(fd, before.size, item.image('inserted').all());
  if (at < 0) return null;
  const size = at + splice.inserted;
  return {
    ...change,
    splices: [{ ...splice, at }],
    before: { ...before, size: at, ends: endsOf(fd, at) },
    after: { ...after, size, ends: endsOf(fd, size) },
  };
}

function find(step: Step, file: EditedFile | null): Found {
  if (!file) return 'missing';
  return step.from ? compareState(file.fd, step.from) : 'other';
}

function openIfThere(live: string): EditedFile | null {
  return lookAt(live) ? openEdited(live) : null;
}

/** Whether a change can be taken back, or made again, as the file is now. Reads only. */
export async function checkReversal(
  item: JournalItem,
  direction: Direction,
  { folder }: ReversalContext,
): Promise<Reversal> {
  const change = changeOfItem(item);
  const live = path.join(folder, change.file);
  const file = openIfThere(live);
  if (!file) return judge(stepOf(change, direction, item, null), 'missing', item, 0);
  return withFile(file, async () => {
    const step = stepOf(change, direction, item, file);
    const found = find(step, file);
    const from = found === 'grown' ? (step.from?.size ?? 0) : 0;
    const added = found === 'same' ? 0 : await countFrom(file, from);
    return judge(step, found, item, added);
  });
}

async function countFrom(file: EditedFile, from: number): Promise<number> {
  if (from === 0) return countMessages(file, sizeOf(file.fd));
  let messages = 0;
  await scanLines(file.fd, from, sizeOf(file.fd), ({ parsed }) => {
    if (parsed.kind === 'message') messages++;
  });
  return messages;
}

function judge(step: Step, found: Found, item: JournalItem, messages: number): Reversal {
  const count = messages === 1 ? '1 message' : `${messages} messages`;
  const brings = insertedBytes(step.splices) > 0;
  const conflict = (message: string, choices: readonly ReversalChoice[]): Reversal => {
    return { kind: 'conflict', message: `"${item.label}": ${message}`, choices };
  };
  if (found === 'same') return { kind: 'ready' };
  if (found === 'missing') {
    if (!step.from) return { kind: 'ready' };
    return conflict('The session has been deleted since.', step.to && brings ? [otherKey(item.key)] : []);
  }
  if (!step.from) {
    const words = `A session with this key is there again, with ${count}.`;
    return conflict(words, brings ? [keepNew(messages, 'behind the old ones'), otherKey(item.key)] : []);
  }
  if (found === 'grown') {
    const words = messages === 0 ? 'Something has been added since.' : `The agent has added ${count} since.`;
    return conflict(words, [keepNew(messages, messages === 1 ? 'as it is' : 'as they are')]);
  }
  return conflict('The session has been changed otherwise since.', brings && step.to ? [otherKey(item.key)] : []);
}

function keepNew(messages: number, where: string): ReversalChoice {
  const lines = messages === 1 ? 'the new message' : `the ${messages} new messages`;
  return {
    id: 'keep-new',
    label: 'Keep What Is New',
    description: `Takes the change back and keeps ${lines} ${where}.`,
  };
}

function otherKey(key: string): ReversalChoice {
  return {
    id: 'other-key',
    label: 'Restore Under Another Key',
    description: `Puts what was removed into a session of its own, ${restoredKey(key)}; this one stays as it is.`,
  };
}

/** Makes the reversal. Rejects as StoreWriter says; the file is then as it was. */
export async function makeReversal(
  item: JournalItem,
  direction: Direction,
  choice: ReversalChoiceId | undefined,
  context: ReversalContext,
): Promise<{ readonly newKey?: string }> {
  const verdict = await checkReversal(item, direction, context);
  if (verdict.kind === 'conflict' && !verdict.choices.some(({ id }) => id === choice)) {
    throw new StoreError('conflict', verdict.message);
  }
  const change = changeOfItem(item);
  const { folder } = context;
  const live = path.join(folder, change.file);
  if (verdict.kind === 'conflict' && choice === 'other-key') {
    return { newKey: await restoreElsewhere(item, stepOf(change, direction, item, null), folder) };
  }
  const file = openIfThere(live);
  if (file) {
    await withFile(file, () => stepOn(file, stepOf(change, direction, item, file), change, item, context));
    return {};
  }
  const step = stepOf(change, direction, item, null);
  const { to } = step;
  if (!to) throw new StoreError('conflict', `"${item.label}" is not there any more.`);
  requireWritable(folder);
  const scratch = scratchPaths(folder, change.scratch);
  await createFile({ live, scratch, like: to, modified: null, write: (fd) => writeImage(fd, item, step) });
  return {};
}

async function stepOn(
  file: EditedFile,
  step: Step,
  change: JsonlChange,
  item: JournalItem,
  { folder, log }: ReversalContext,
): Promise<void> {
  requireWritable(folder, file.path);
  const scratch = scratchPaths(folder, change.scratch);
  const found = find(step, file);
  if (step.to === null && found === 'same' && step.from) {
    return removeSession(file, step.from.size, step.from.ends, scratch, log);
  }
  if (step.from && found !== 'same' && found !== 'grown') throw new Replaced();
  const base = step.from?.size ?? 0;
  const replacement = Replacement.create(file, scratch, imageInsertion(item, step.image));
  try {
    for (const splice of step.splices) await replacement.copy.splice(splice);
    await replacement.install({
      base,
      ends: step.from?.ends ?? endsOf(file.fd, 0),
      modified: found === 'same' && step.to ? step.to.modifiedNs : 'kept',
      log,
    });
  } catch (error) {
    if (!replacement.isExchanged) await replacement.abandon();
    throw error;
  }
}

function imageInsertion(item: JournalItem, name: string): Insertion {
  let reader: ReturnType<JournalItem['image']> | undefined;
  return (count) => {
    reader ??= item.image(name);
    return reader.take(count);
  };
}
