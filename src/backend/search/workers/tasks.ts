/** What runs in a search worker: functions by name, each in the folder of its store. */

/** What a task function is given besides its parameters. Everything that crosses is structured-cloned. */
export interface TaskContext {
  /** True once the caller no longer wants the result: look between chunks, and return. */
  cancelled(): boolean;
  /** Hands something over before the result. */
  emit(part: unknown): void;
  log(level: 'info' | 'warning' | 'error', message: string): void;
}

/** A function that a worker runs. A thrown `StoreError` arrives at the caller as one, with its code. */
export type Task<Params, Part, Result> = (
  params: Params,
  context: TaskContext & { emit(part: Part): void },
) => Result | Promise<Result>;
