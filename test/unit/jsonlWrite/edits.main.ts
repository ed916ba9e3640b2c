/**
 * Edits a folder as a process of its own, to be killed or to run out of disk. Arguments: the bench's folder, and the kind
 * of an edit (made once; its error is printed) or `loop` (all kinds by turns, with undo and redo, until it is killed).
 */
import { StoreError } from '../../../src/backend/errors';
import type { JournalItem } from '../../../src/backend/journal/Journal';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { Bench } from './support';

const [root = '', kind = 'loop', seed = '0'] = process.argv.slice(2);

function edits(number: number): SessionEdit[] {
  const key = 'a';
  return [
    { kind: 'append', key, role: 'user', content: `ours ${number} ${'long '.repeat(number % 7 ? 3 : 200_000)}` },
    { kind: 'compact', key, duplicates: false },
    { kind: 'remove-messages', key, positions: [number % 5, 3 + (number % 11)] },
    { kind: 'update-last', key, role: 'assistant', content: `ours better ${number}` },
    { kind: 'remove-last', key },
    { kind: 'delete', key },
    { kind: 'append', key: `new${number}`, role: 'user', content: `ours ${number}` },
    { kind: 'clear', key },
  ];
}

async function once(bench: Bench): Promise<void> {
  const edit = edits(7).find((one) => one.kind === kind);
  if (!edit) throw new Error(`no edit ${kind}`);
  process.stdout.write('begun\n');
  try {
    await bench.apply(edit);
    process.stdout.write('made\n');
  } catch (error) {
    process.stdout.write(error instanceof StoreError ? `${error.code}: ${error.message}\n` : `${String(error)}\n`);
  }
}

async function loop(bench: Bench): Promise<void> {
  process.stdout.write('begun\n');
  for (let number = Number(seed); ; number++) {
    const edit = edits(number)[number % 8];
    if (!edit) continue;
    try {
      const { item } = await bench.apply(edit);
      if (item) await thereAndBack(bench, item);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code !== 'no-such-session' && error.code !== 'conflict') throw error;
    }
  }
}

async function thereAndBack(bench: Bench, item: JournalItem): Promise<void> {
  for (const direction of ['undo', 'redo', 'undo'] as const) {
    const verdict = await bench.writer.check(item, direction);
    const choice = verdict.kind === 'conflict' ? 'keep-new' : undefined;
    if (verdict.kind === 'conflict' && !verdict.choices.some(({ id }) => id === 'keep-new')) return;
    await bench.reverse(item, direction, choice);
  }
}

void Bench.open(root).then((bench) => (kind === 'loop' ? loop(bench) : once(bench)));
