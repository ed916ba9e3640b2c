import type { Task } from '../workers/tasks';
import { findInSlice } from './findTask';
import { planFind, planScan, sizeOfStore } from './planTasks';
import { rankedHits } from './rankedTask';
import { scanSlice } from './scanTask';

/** What the search of a database runs in worker threads. */
export const sqliteTasks: Readonly<Record<string, Task<never, never, unknown>>> = {
  sqlitePlan: planScan,
  sqliteSize: sizeOfStore,
  sqliteScan: scanSlice,
  sqliteRanked: rankedHits,
  sqliteFindPlan: planFind,
  sqliteFind: findInSlice,
};
