import * as os from 'node:os';
import { Worker } from 'node:worker_threads';
import { StoreError, type StoreErrorCode } from '../../errors';

/** Threads at the most; the service and the editor keep a core where there are more than two. */
const MOST_THREADS = 4;
/** Milliseconds without work after which the threads go; their memory with them. */
const IDLE = 60_000;
/** A thread that gives no sign of life for so long is stuck in one regular expression. */
const PATIENCE = 3000;
const CHECK = 250;
/** Milliseconds since the last question after which background work goes on. */
const QUIET = 1000;
/** However often is asked, background work goes on after so many milliseconds. */
const LONGEST_WAIT = 5000;

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onPart?: (part: unknown) => void;
  /** Background work gives way: it starts when nothing has been asked for a second, and in one thread at a time. */
  readonly background?: boolean;
  /** Somebody waits for it with his eyes: it starts before what is waiting already. */
  readonly urgent?: boolean;
  /** Rejects with `bad-query` when the task gives no sign of life; off for tasks that may be silent for long. */
  readonly watched?: boolean;
}

/** To a worker. `control` is shared: [0] is set to 1 to cancel, [1] is counted up by the worker as a sign of life. */
export interface TaskMessage {
  readonly task: string;
  readonly params: unknown;
  readonly control: SharedArrayBuffer;
}

export type WorkerMessage =
  | { readonly type: 'part'; readonly part: unknown }
  | { readonly type: 'log'; readonly level: 'info' | 'warning' | 'error'; readonly message: string }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly code: string | null; readonly message: string };

interface Job {
  readonly message: TaskMessage;
  readonly options: RunOptions;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
  lastSign: number;
  lastSignAt: number;
}

export interface PoolOptions {
  /** The bundled worker (`dist/searchWorker.js`). */
  readonly module: string;
  readonly log: (level: 'info' | 'warning' | 'error', message: string) => void;
  readonly threads?: number;
}

/**
 * The threads in which stores are looked through: started at the first search, gone after a minute without one. A task
 * that hangs costs its thread, nothing else.
 */
export class SearchPool {
  readonly size: number;
  private readonly threads = new Set<Thread>();
  private readonly waiting: Job[] = [];
  private readonly background: Job[] = [];
  private idle: NodeJS.Timeout | undefined;
  private later: NodeJS.Timeout | undefined;
  private lastAsked = Number.NEGATIVE_INFINITY;
  private waitingSince = 0;
  private watch: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: PoolOptions) {
    this.size = options.threads ?? Math.min(MOST_THREADS, Math.max(1, os.availableParallelism()));
  }

  /** Runs a task. Rejects with its `StoreError`; with `cancelled` as soon as the signal fires. */
  run<Result>(task: string, params: unknown, options: RunOptions = {}): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.closed) return reject(new StoreError('cancelled', 'The search has been closed.'));
      if (options.signal?.aborted) return reject(cancelled());
      const control = new SharedArrayBuffer(8);
      const { signal } = options;
      const onAbort = (): void => this.cancel(job);
      // A signal may live as long as the program: it must not keep what is over.
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const job: Job = {
        message: { task, params, control },
        options,
        resolve: (result) => {
          settle();
          resolve(result as Result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (options.background) {
        if (this.background.length === 0) this.waitingSince = performance.now();
        this.background.push(job);
      } else {
        this.lastAsked = performance.now();
        if (options.urgent) this.waiting.unshift(job);
        else this.waiting.push(job);
      }
      this.dispatch();
    });
  }

  /** Starts a thread, so that the first key stroke need not wait for it. */
  warm(): void {
    if (this.threads.size === 0 && !this.closed) this.startThread();
    this.dispatch();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.idle);
    clearTimeout(this.later);
    clearInterval(this.watch);
    for (const job of [...this.waiting.splice(0), ...this.background.splice(0)]) job.reject(cancelled());
    await Promise.all([...this.threads].map((thread) => this.stop(thread, cancelled())));
  }

  private cancel(job: Job): void {
    Atomics.store(new Int32Array(job.message.control), 0, 1);
    for (const queue of [this.waiting, this.background]) {
      const at = queue.indexOf(job);
      if (at >= 0) queue.splice(at, 1);
    }
    // A running task ends by itself at its next look; whoever asked need not wait for that.
    job.reject(cancelled());
  }

  private dispatch(): void {
    clearTimeout(this.idle);
    while (this.waiting.length > 0 || this.mayStartBackground()) {
      const free = [...this.threads].find((thread) => !thread.job) ?? this.grow();
      if (!free) break;
      const job = this.waiting.shift() ?? this.background.shift();
      if (job) this.start(free, job);
    }
    const busy = [...this.threads].some((thread) => thread.job);
    if (!busy && this.threads.size > 0 && !this.closed) {
      this.idle = setTimeout(() => this.retire(), IDLE);
      this.idle.unref();
    }
  }

  /** While somebody types, what has time waits: it would take a core from the answer. */
  private mayStartBackground(): boolean {
    if (this.background.length === 0 || [...this.threads].some((thread) => thread.job?.options.background))
      return false;
    const wait = Math.min(this.lastAsked + QUIET, this.waitingSince + LONGEST_WAIT) - performance.now();
    if (wait <= 0) return true;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.dispatch(), wait);
    return false;
  }

  private grow(): Thread | undefined {
    return this.threads.size < this.size ? this.startThread() : undefined;
  }

  private startThread(): Thread {
    const worker = new Worker(this.options.module, { stdout: false, stderr: false });
    const thread: Thread = { worker, job: undefined, lastSign: 0, lastSignAt: 0 };
    worker.unref();
    worker.on('message', (message: WorkerMessage) => this.receive(thread, message));
    worker.on('error', (error) => this.lost(thread, error));
    worker.on('exit', () => this.lost(thread, new Error('A search thread has ended.')));
    this.threads.add(thread);
    return thread;
  }

  private start(thread: Thread, job: Job): void {
    thread.job = job;
    thread.lastSign = -1;
    thread.lastSignAt = performance.now();
    // While it works the process must not end under it.
    thread.worker.ref();
    thread.worker.postMessage(job.message);
    if (job.options.watched && !this.watch) this.watch = setInterval(() => this.lookForStuck(), CHECK);
  }

  private receive(thread: Thread, message: WorkerMessage): void {
    const { job } = thread;
    if (message.type === 'log') this.options.log(message.level, message.message);
    if (!job || message.type === 'log') return;
    if (message.type === 'part') {
      if (!job.options.signal?.aborted) job.options.onPart?.(message.part);
      return;
    }
    this.free(thread);
    if (message.type === 'done') job.resolve(message.result);
    else if (message.code === null) job.reject(new Error(message.message));
    else job.reject(new StoreError(message.code as StoreErrorCode, message.message));
    this.dispatch();
  }

  private free(thread: Thread): void {
    thread.job = undefined;
    thread.worker.unref();
    if (this.watch && ![...this.threads].some(({ job }) => job?.options.watched)) {
      clearInterval(this.watch);
      this.watch = undefined;
    }
  }

  private lookForStuck(): void {
    const now = performance.now();
    for (const thread of this.threads) {
      const { job } = thread;
      if (!job?.options.watched) continue;
      const sign = Atomics.load(new Int32Array(job.message.control), 1);
      if (sign !== thread.lastSign) {
        thread.lastSign = sign;
        thread.lastSignAt = now;
      } else if (now - thread.lastSignAt > PATIENCE) {
        void this.stop(thread, endlessExpression());
      }
    }
  }

  private async stop(thread: Thread, error: Error): Promise<void> {
    this.threads.delete(thread);
    const { job } = thread;
    if (job) this.free(thread);
    job?.reject(error);
    await thread.worker.terminate();
    if (!this.closed) this.dispatch();
  }

  private lost(thread: Thread, error: Error): void {
    if (!this.threads.delete(thread)) return;
    const { job } = thread;
    if (job) this.free(thread);
    job?.reject(error);
    if (!this.closed) this.dispatch();
  }

  private retire(): void {
    for (const thread of [...this.threads]) if (!thread.job) void this.stop(thread, cancelled());
  }
}

/** What a person is told of an expression that does not come to an end. */
export function endlessExpression(): StoreError {
  return new StoreError(
    'bad-query',
    'The regular expression takes too long. Give it less to try: nested repetitions such as (a+)+ never end.',
  );
}

function cancelled(): StoreError {
  return new StoreError('cancelled', 'Cancelled.');
}
