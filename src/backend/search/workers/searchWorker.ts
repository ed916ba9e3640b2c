/** The program of a search thread: runs one task at a time. */
import { parentPort } from 'node:worker_threads';
import { QueryError } from '../../../shared/search/query';
import { errorText, StoreError, type StoreErrorCode } from '../../errors';
import { jsonlTasks } from '../jsonl/tasks';
import { sqliteTasks } from '../sqlite/tasks';
import type { TaskMessage, WorkerMessage } from './SearchPool';
import type { Task, TaskContext } from './tasks';

const tasks: Readonly<Record<string, Task<never, unknown, unknown>>> = { ...jsonlTasks, ...sqliteTasks };

function send(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function run({ task, params, control }: TaskMessage): Promise<void> {
  const signs = new Int32Array(control);
  const context: TaskContext = {
    cancelled: () => {
      Atomics.add(signs, 1, 1);
      return Atomics.load(signs, 0) === 1;
    },
    emit: (part) => send({ type: 'part', part }),
    log: (level, message) => send({ type: 'log', level, message }),
  };
  try {
    const work = tasks[task];
    if (!work) throw new Error(`A search thread has no task ${task}.`);
    // What was posted has been cloned: its type is that of the function which the caller named.
    send({ type: 'done', result: await work(params as never, context) });
  } catch (error) {
    send({ type: 'failed', code: codeOf(error), message: errorText(error) });
  }
}

function codeOf(error: unknown): StoreErrorCode | null {
  if (error instanceof StoreError) return error.code;
  return error instanceof QueryError ? 'bad-query' : null;
}

parentPort?.on('message', (message: TaskMessage) => void run(message));
