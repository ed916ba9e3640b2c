import type { Task } from '../workers/tasks';
import { countTask } from './countTask';
import { findTask } from './findTask';
import { planTask, stepTask } from './index/buildTasks';
import { exactTask } from './index/exactTask';
import { rankedTask } from './index/rankedTask';
import { scanTask } from './scanTask';

/** What the search of a JSONL folder runs in worker threads. */
export const jsonlTasks: Readonly<Record<string, Task<never, never, unknown>>> = {
  'jsonl.scan': scanTask,
  'jsonl.count': countTask,
  'jsonl.find': findTask,
  'jsonl.ranked': rankedTask,
  'jsonl.exact': exactTask,
  'jsonl.indexPlan': planTask,
  'jsonl.indexStep': stepTask,
};
