/** Run in a search thread: what the index lacks, and steps of taking it up. */
import { StoreError } from '../../../errors';
import { describeFile, listSessionFiles } from '../../../jsonl/sessionFiles';
import type { Task } from '../../workers/tasks';
import { allFiles, isFresh, mayHaveGrown } from './fileRows';
import { indexError, metaOf, openIndexToWrite } from './indexDatabase';
import { FileWriter } from './indexFile';
import type { IndexParams, IndexPlan, IndexStep, IndexStepParams, IndexWork } from './indexTypes';

/** A step ends after so many bytes or milliseconds: what was taken up is there for all, and others get the thread. */
const STEP_BYTES = 16 * 1024 * 1024;
const STEP_TIME = 1500;

export const planTask: Task<IndexParams, never, IndexPlan> = async ({ file, sqliteBinding, folder }) => {
  const database = await openIndexToWrite({ file, sqliteBinding });
  try {
    const rows = new Map(allFiles(database).map((row) => [row.name, row]));
    const work: (IndexWork & { readonly modified: bigint })[] = [];
    for (const name of new Set(listSessionFiles(folder))) {
      const facts = describeFile(folder, name);
      if (!facts || facts.problem) continue;
      const { identity } = facts;
      const row = rows.get(name);
      rows.delete(name);
      if (row && isFresh(row, identity)) continue;
      const from = row && mayHaveGrown(row, identity) ? row.end : 0;
      work.push({ name, bytes: identity.size - from, modified: identity.modifiedNs });
    }
    work.sort((a, b) => (a.modified === b.modified ? (a.name < b.name ? -1 : 1) : a.modified > b.modified ? -1 : 1));
    const gone = [...rows.keys()].map((name) => ({ name, bytes: 0 }));
    const build = metaOf(database, 'build') ?? '';
    return { build, work: [...gone, ...work.map(({ name, bytes }) => ({ name, bytes }))] };
  } catch (error) {
    throw indexError(error, file);
  } finally {
    database.close();
  }
};

export const stepTask: Task<IndexStepParams, never, IndexStep> = async (params, context) => {
  const { file, sqliteBinding, folder, build, names } = params;
  const database = await openIndexToWrite({ file, sqliteBinding });
  try {
    if (metaOf(database, 'build') !== build) return { lost: true, bytes: 0, left: names };
    const until = performance.now() + STEP_TIME;
    const goesOn = (): boolean => !context.cancelled() && performance.now() < until;
    let bytes = 0;
    let next = 0;
    const step = database.transaction(() => {
      const writer = new FileWriter(database);
      while (next < names.length && bytes < STEP_BYTES && goesOn()) {
        const update = writer.update(folder, names[next] ?? '', STEP_BYTES - bytes, goesOn);
        bytes += update.bytes;
        if (!update.done) break;
        next++;
      }
    });
    step.immediate();
    return { lost: false, bytes, left: names.slice(next) };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'cancelled') throw error;
    throw indexError(error, file);
  } finally {
    database.close();
  }
};
