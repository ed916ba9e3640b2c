import { StoreError } from '../errors';

/** The event loop gets its turn at least this often. */
const sliceMilliseconds = 10;

/** Lets long work on a synchronous database go in slices, so that other requests are served in between. */
export class Slices {
  private started = performance.now();

  constructor(private readonly signal?: AbortSignal) {
    this.check();
  }

  /** True when it is time to end a loop of synchronous steps and `await breathe()`. */
  due(): boolean {
    return performance.now() - this.started >= sliceMilliseconds;
  }

  /** Gives way if it is time to. Rejects with `cancelled` once the signal has fired. */
  async breathe(): Promise<void> {
    if (!this.due()) return this.check();
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.started = performance.now();
    this.check();
  }

  private check(): void {
    if (this.signal?.aborted) throw new StoreError('cancelled', 'Cancelled.');
  }
}

/** Runs asynchronous tasks one after the other. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const next = this.last.then(task, task);
    this.last = next.catch(() => undefined);
    return next;
  }
}
