/**
 * A process that makes edits, to be limited or killed by a test. Argument: a file with `{ file, dataFolder, edits }`, and
 * `loop: true` to make each edit, take it back and make it again until it is killed. Prints what came of each edit.
 */
import * as fs from 'node:fs';
import { Journal } from '../../../src/backend/journal/Journal';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { SqliteWriter } from '../../../src/backend/sqlite/write/SqliteWriter';
import type { OperationKind } from '../../../src/shared/operations';
import type { StoreLocation } from '../../../src/shared/session';

interface Job {
  readonly file: string;
  readonly dataFolder: string;
  readonly edits: readonly SessionEdit[];
  readonly loop?: boolean;
}

async function run({ file, dataFolder, edits, loop }: Job): Promise<void> {
  const now = () => Date.UTC(2026, 3, 1);
  const location: StoreLocation = { kind: 'sqlite', path: file, role: 'live' };
  const writer = await SqliteWriter.open(location, { now, log: () => undefined, dataFolder });
  const journal = await Journal.open(dataFolder, now);
  do {
    for (const edit of edits) {
      const entry = journal.begin(edit.kind as OperationKind, location, 1);
      const recorder = journal.recorder(entry, edit.key);
      try {
        await writer.apply(edit, recorder);
        process.stdout.write('done\n');
      } catch (error) {
        process.stdout.write(`${(error as { code?: string }).code} ${(error as Error).message}\n`);
      }
      if (!loop || recorder.startedItem === undefined) continue;
      for (const direction of ['undo', 'redo', 'undo'] as const) {
        journal.setStatus(recorder.startedItem, direction === 'undo' ? 'undoing' : 'redoing');
        const item = journal.item(recorder.startedItem);
        if (item) await writer.reverse(item, direction);
        journal.setStatus(recorder.startedItem, direction === 'undo' ? 'undone' : 'done');
      }
    }
  } while (loop);
  await writer.close();
  journal.close();
}

void run(JSON.parse(fs.readFileSync(process.argv[2] ?? '', 'utf8')) as Job);
