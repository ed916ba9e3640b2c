import * as path from 'node:path';
import type { JsonlChange, JsonlFileState } from '../../journal/changes';
import type { EditReport } from '../../StoreWriter';
import { type CompactionOptions, type CompactionReport, compactLines, repeatedRuns } from './compaction';
import { type EditedFile, stateOf, stateWith } from './editedFile';
import { type EditPlan, type LineEdit, planLineEdit, reportOf } from './editPlans';
import { Replacement, scratchPaths } from './replacement';
import { settledEnd } from './settledEnd';
import { insertionOf } from './spliceCopy';
import { MOST_SPLICES, removedBytes, splicedState } from './splices';
import { type EditContext, jsonlChange, scratchNames, writeRemoved } from './writerContext';

/** From this size on a file is copied while the rest of it is still being looked through. */
const COPIED_EARLY = 16 << 20;
const LINE_FEED = Buffer.from('\n');

/** Removes or replaces lines. The session is as it was when this rejects, unless the exchange was made (`Replacement`). */
export async function applyLineEdit(edit: LineEdit, file: EditedFile, context: EditContext): Promise<EditReport> {
  const base = await settledEnd(file, context.signal);
  // Before the file is read: what is planned holds for this state alone.
  const before = stateOf(file, base);
  const plan = await planLineEdit(edit, file, base, context.signal);
  if (!plan.report.changed) return plan.report;
  const { recorder, folder, key, signal } = context;
  await writeRemoved(recorder.image('removed'), file, plan.splices, signal);
  recorder.image('inserted').write(plan.inserted);
  const change = changeOf(file, before, plan, context, scratchNames(folder));
  const { messages, bytes } = plan.report;
  const started = recorder.start(change, { key, messages, bytes, trashed: false });
  const scratch = scratchPaths(folder, change.scratch);
  const replacement = Replacement.create(file, scratch, insertionOf(plan.inserted), signal);
  await unlessFailed(replacement, async () => {
    for (const splice of plan.splices) await replacement.copy.splice(splice);
    await replacement.install({ base, ends: before.ends, modified: plan.modified, log: context.log });
  });
  started.finish();
  return plan.report;
}

function changeOf(
  file: EditedFile,
  before: JsonlFileState,
  { base, splices, inserted, modified }: Pick<EditPlan, 'base' | 'splices' | 'inserted' | 'modified'>,
  { folder }: EditContext,
  scratch: readonly string[],
): JsonlChange {
  const { size, ends } = splicedState(file.fd, base, splices, inserted);
  const after = stateWith(file.stat, size, ends);
  const time = modified === 'now' ? String(BigInt(Date.now()) * 1_000_000n) : after.modifiedNs;
  const name = path.relative(folder, file.path);
  return jsonlChange({ file: name, before, after: { ...after, modifiedNs: time }, splices, scratch });
}

async function unlessFailed(replacement: Replacement, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!replacement.isExchanged) await replacement.abandon();
    throw error;
  }
}

export interface CompactEdit {
  readonly key: string;
  readonly duplicates: boolean;
}

/** What a compaction would do. Reads only. */
export async function planCompaction(
  edit: CompactEdit,
  file: EditedFile,
  signal: AbortSignal | undefined,
): Promise<EditReport> {
  const base = await settledEnd(file, signal);
  const runs = edit.duplicates ? await repeatedRuns(file.fd, base, signal) : [];
  const found = await compactLines(file.fd, base, { key: edit.key, runs: runs ?? [], signal });
  return compactionReport(found, runs === null);
}

/**
 * Drops lines. A big file is copied while it is looked through: the journal then gets a change without splices first,
 * which tells recovery what stands beside the file, and the real one before the files are exchanged.
 */
export async function applyCompaction(edit: CompactEdit, file: EditedFile, context: EditContext): Promise<EditReport> {
  const { recorder, folder, key, signal } = context;
  const base = await settledEnd(file, signal);
  const before = stateOf(file, base);
  const runs = edit.duplicates ? await repeatedRuns(file.fd, base, signal) : [];
  const scratch = scratchNames(folder);
  let image: ReturnType<typeof recorder.image> | undefined;
  let replacement: Replacement | undefined;
  const begin = (): Replacement => {
    return Replacement.create(file, scratchPaths(folder, scratch), insertionOf(LINE_FEED), signal);
  };
  const onDropped = (bytes: Buffer): void => {
    image ??= recorder.image('removed');
    image.write(bytes);
  };
  const onDecided: CompactionOptions['onDecided'] = async (splices, offset) => {
    if (base < COPIED_EARLY || (splices.length === 0 && !replacement)) return;
    if (!replacement) {
      const change = changeOf(
        file,
        before,
        { base, splices: [], inserted: NO_BYTES, modified: 'kept' },
        context,
        scratch,
      );
      recorder.start(change, { key, messages: 0, bytes: 0, trashed: false });
      replacement = begin();
    }
    for (const splice of splices) await replacement.copy.splice(splice);
    await replacement.copy.keep(offset);
  };
  try {
    const found = await compactLines(file.fd, base, { key, runs: runs ?? [], signal, onDropped, onDecided });
    const report = compactionReport(found, runs === null);
    if (!report.changed) return report;
    const inserted = found.closesLastLine ? LINE_FEED : NO_BYTES;
    recorder.image('inserted').write(inserted);
    const plan = { base, splices: found.splices, inserted, modified: 'kept' as const };
    const change = changeOf(file, before, plan, context, scratch);
    const { messages, bytes } = report;
    const started = recorder.start(change, { key, messages, bytes, trashed: false });
    const isEarly = replacement !== undefined;
    const made = replacement ?? begin();
    replacement = made;
    if (!isEarly) for (const splice of found.splices) await made.copy.splice(splice);
    await made.install({ base, ends: before.ends, modified: 'kept', log: context.log });
    started.finish();
    return report;
  } catch (error) {
    if (replacement && !replacement.isExchanged) await replacement.abandon();
    throw error;
  }
}

const NO_BYTES = Buffer.alloc(0);

function compactionReport(found: CompactionReport, isUncompared: boolean): EditReport {
  const { splices, dropped, droppedCount, repeated, closesLastLine, isPartial } = found;
  const notes: string[] = [];
  if (closesLastLine) notes.push('The last line gets the line feed that it lacks.');
  if (isPartial) notes.push(`There are more than ${MOST_SPLICES} places to change: compact again for the rest.`);
  if (isUncompared) notes.push('There are too many messages to look for repeated blocks.');
  return reportOf({
    changed: splices.length > 0,
    messages: repeated,
    bytes: removedBytes(splices) - (closesLastLine ? 1 : 0),
    notes,
    dropped,
    droppedCount,
  });
}
