import type { ItemRecorder } from '../../journal/Journal';
import type { EditReport } from '../../StoreWriter';
import { Slices } from '../slices';
import { countWith } from './counts';
import { changeOf, type Draft, FIRST, isCurrent, reportOf, type Scope } from './draft';
import { lastLeft, type Removal } from './edits';
import { rowHash, rowLine, rowSize, type StoredRow } from './rowCodec';
import { checkSignal, type SessionAccess } from './sessionAccess';
import type { Target } from './targets';

/** Milliseconds after which a step commits. */
const STEP = 20;
/** Rows between two looks at the clock. */
const FEW = 20;

/** Rows that are in the journal, to be told from what an agent may make of them. */
interface Imaged {
  readonly ids: readonly number[];
  readonly hashes: readonly number[];
  readonly bytes: number;
}

/**
 * Takes many rows away: their image is written outside of any lock, then they go in steps, the metadata row with the
 * first of them, so that what an agent appends meanwhile makes a session of its own. A row that is not as it was imaged
 * stays. `moved`: the session has changed since the rows were chosen, and nothing was done.
 */
export async function removeInSteps(
  access: SessionAccess,
  removal: Removal,
  target: Target | undefined,
  recorder: ItemRecorder,
  signal: AbortSignal | undefined,
): Promise<EditReport | 'moved'> {
  const imaged = await imageRows(access, removal, recorder, signal);
  const head = imaged && (await access.read((scope) => headOf(scope, removal, imaged, target)));
  if (!imaged || !head) {
    recorder.discard();
    return 'moved';
  }
  checkSignal(signal);
  const facts = { key: access.name, messages: imaged.ids.length, bytes: imaged.bytes, trashed: removal.trashed };
  const item = recorder.start(changeOf(access.name, head, imaged.ids.length, 0), facts);
  let left = await access.changeCounts((scope) => {
    if (!isCurrent(scope, head) || target?.holds(scope) === false) return undefined;
    scope.metadata.change(scope.key, scope.metadata.read(scope.key), head.metadataAfter);
    return removeSome(scope, imaged, imaged.ids.length);
  });
  if (left === undefined) {
    recorder.discard();
    return 'moved';
  }
  while (left > 0) {
    const from: number = left;
    left = await access.change((scope) => removeSome(scope, imaged, from));
  }
  item.finish();
  return head.report;
}

async function imageRows(
  access: SessionAccess,
  { ids }: Removal,
  recorder: ItemRecorder,
  signal: AbortSignal | undefined,
): Promise<Imaged | undefined> {
  const slices = new Slices(signal);
  const writer = recorder.image('removed');
  const imaged = { ids: [] as number[], hashes: [] as number[], bytes: 0 };
  for (;;) {
    const from = imaged.ids.length;
    const rows = await access.read(({ messages, key }): (StoredRow | undefined)[] =>
      ids === 'all'
        ? messages.rowsAfter(key, imaged.ids.at(-1) ?? FIRST, 200, 1_000_000)
        : ids.slice(from, from + 100).map((id) => messages.row(id)),
    );
    if (rows.length === 0) return imaged;
    const lines: string[] = [];
    for (const row of rows) {
      if (!row) return undefined;
      const line = rowLine(row);
      lines.push(line);
      imaged.ids.push(row.id);
      imaged.hashes.push(rowHash(line));
      imaged.bytes += rowSize(row);
    }
    writer.write(Buffer.from(lines.join('')));
    await slices.breathe();
  }
}

/** The change without its rows; of these only the last, which tells whether the session has gone on. */
function headOf(scope: Scope, removal: Removal, imaged: Imaged, target: Target | undefined): Draft | undefined {
  const { messages, metadata, key } = scope;
  const lastIdBefore = messages.lastId(key);
  const isAll = removal.ids === 'all';
  if (isAll ? lastIdBefore !== imaged.ids.at(-1) : target?.holds(scope) === false) return undefined;
  const last = isAll ? messages.row(lastIdBefore) : undefined;
  const before = metadata.read(key);
  return {
    removed: last ? [last] : [],
    added: [],
    metadataBefore: before,
    metadataAfter: removal.after(before, isAll ? 0 : countWith(scope, before, -imaged.ids.length)),
    lastIdBefore,
    lastIdAfter: isAll ? 0 : lastLeft(scope, new Set(imaged.ids), lastIdBefore),
    trashed: removal.trashed,
    report: reportOf(imaged.ids.length, imaged.bytes, removal.notes, removal.dropped, target?.droppedCount),
  };
}

/** From the end: an agent that takes back its last message takes one that is not ours to take. */
function removeSome({ messages }: Scope, { ids, hashes }: Imaged, end: number): number {
  const deadline = performance.now() + STEP;
  let next = end;
  while (next > 0 && (next === end || performance.now() < deadline)) {
    const from = Math.max(0, next - FEW);
    for (let place = from; place < next; place++) {
      const row = messages.row(ids[place] ?? 0);
      if (row && rowHash(rowLine(row)) === hashes[place]) messages.delete(row.id);
    }
    next = from;
  }
  return next;
}
