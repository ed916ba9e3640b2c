/** Milliseconds between two states of an answer that are told while the search goes on. */
const INTERVAL = 120;

/** Tells of progress: at once for the first time, then at most every so often. */
export class Updates {
  private last = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly tell: () => void) {}

  readonly note = (): void => {
    if (this.stopped || this.timer) return;
    const wait = this.last + INTERVAL - performance.now();
    if (wait <= 0) this.now();
    else this.timer = setTimeout(() => this.now(), wait);
  };

  /** What cannot wait: the first hits. */
  readonly urgent = (): void => {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.now();
  };

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private now(): void {
    this.timer = undefined;
    this.last = performance.now();
    this.tell();
  }
}
