import type { DroppedLine } from '../../../shared/operations';
import { completeRounds, describeRounds, type RoundMessage } from '../../content/toolRounds';
import type { SessionEdit } from '../../StoreWriter';
import { Slices } from '../slices';
import { FIRST, type Scope } from './draft';
import { repeatedBlocks, textOf } from './duplicates';
import { rowSize, type StoredRow } from './rowCodec';

/** The rows that an edit means, chosen outside of the transaction that changes them. */
export interface Target {
  readonly ids: readonly number[];
  readonly notes: readonly string[];
  readonly dropped: readonly DroppedLine[];
  readonly droppedCount: number;
  /** False when what has been appended since makes it another choice. */
  holds(scope: Scope): boolean;
}

/** Reads one session in a transaction. */
export type ReadSession = <T>(read: (scope: Scope) => T) => Promise<T>;

/** As many of the last messages are looked at to find the tool round of the last one. */
const TAIL = 2000;
const LISTED = 1000;

/** Which rows an edit takes away, where that depends on what the messages say; `undefined` for all other edits. */
export async function targetOf(
  edit: SessionEdit,
  read: ReadSession,
  signal?: AbortSignal,
): Promise<Target | undefined> {
  switch (edit.kind) {
    case 'remove-last': {
      const ids = (await read(({ messages, key }) => messages.lastIds(key, TAIL))).reverse();
      return rounds(ids, [ids.length - 1], read, true);
    }
    case 'remove-messages':
      return rounds(await allIds(read, signal), edit.positions, read, false);
    case 'compact':
      return edit.duplicates ? duplicates(edit.key, read, signal) : undefined;
    default:
      return undefined;
  }
}

async function rounds(
  ids: readonly number[],
  positions: readonly number[],
  read: ReadSession,
  isLast: boolean,
): Promise<Target> {
  const load = (from: number, count: number) =>
    read(({ messages }) => ids.slice(from, from + count).map((id) => roundMessage(messages.row(id))));
  const complete = await completeRounds(ids.length, positions, load);
  const chosen = complete.flatMap((position) => ids[position] ?? []);
  // What a choice of many holds is told by numbers alone.
  const words =
    chosen.length <= 100
      ? describeRounds(await read(({ messages }) => chosen.map((id) => roundMessage(messages.row(id)))))
      : null;
  const last = ids.at(-1) ?? 0;
  return {
    ids: chosen,
    notes: words === null ? [] : [words],
    dropped: [],
    droppedCount: 0,
    holds: ({ messages, key }) => {
      if (messages.lastId(key) === last) return true;
      // Results that came since may belong to a call that is to go.
      return !isLast && !messages.rowsAfter(key, last, 1000, 8_000_000).some(isResult);
    },
  };
}

function isResult({ role, content }: StoredRow): boolean {
  return role === 'tool' || (role === 'user' && typeof content === 'string' && content.startsWith('[Tool results]'));
}

/** A row that is no text is a message of its own. */
function roundMessage(row: StoredRow | undefined): RoundMessage {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { role: text(row?.role), content: text(row?.content) };
}

async function allIds(read: ReadSession, signal: AbortSignal | undefined): Promise<number[]> {
  const slices = new Slices(signal);
  const all: number[] = [];
  for (;;) {
    const ids = await read(({ messages, key }) => messages.idsAfter(key, all.at(-1) ?? FIRST, 20_000));
    if (ids.length === 0) return all;
    for (const id of ids) all.push(id);
    await slices.breathe();
  }
}

async function duplicates(session: string, read: ReadSession, signal: AbortSignal | undefined): Promise<Target> {
  const slices = new Slices(signal);
  const ids: number[] = [];
  const sizes: number[] = [];
  const numbers = new Map<string, number>();
  const texts: number[] = [];
  for (;;) {
    const rows = await read(({ messages, key }) => messages.rowsAfter(key, ids.at(-1) ?? FIRST, 500, 4_000_000));
    if (rows.length === 0) break;
    for (const row of rows) {
      ids.push(row.id);
      sizes.push(rowSize(row));
      const text = textOf(row);
      let number = numbers.get(text);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(text, number);
      }
      texts.push(number);
    }
    await slices.breathe();
  }
  const last = ids.at(-1) ?? 0;
  const repeated = repeatedBlocks(texts);
  const gone = repeated.map(({ position }) => ids[position] ?? 0);
  const dropped = repeated.slice(0, LISTED).map(({ position, first }) => ({
    key: session,
    place: `row ${ids[position]}`,
    bytes: sizes[position] ?? 0,
    reason: `repeats row ${ids[first]}`,
  }));
  return {
    ids: gone,
    notes: [],
    dropped,
    droppedCount: gone.length,
    holds: ({ messages, key }) =>
      messages.lastId(key) === last || !messages.rowsAfter(key, last, 1000, 8_000_000).some(isResult),
  };
}
