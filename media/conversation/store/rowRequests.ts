/** Asks the host for blocks: each once, few at a time, the ones in view first; answers to old questions are dropped. */
import { blockSize } from './rowCache';

export class RowRequests {
  readonly #send: (request: number, first: number, count: number) => void;
  readonly #limit: number;
  #next = 1;
  /** Block by request. */
  #open = new Map<number, number>();
  /** Blocks that could not be had; asked for again only after something has changed. */
  readonly failed = new Map<number, string>();

  constructor(send: (request: number, first: number, count: number) => void, limit = 3) {
    this.#send = send;
    this.#limit = limit;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** `blocks`, most wanted first. What does not fit now is asked for when the next answer comes. */
  want(blocks: readonly number[], total: number): void {
    const open = new Set(this.#open.values());
    for (const block of blocks) {
      if (this.#open.size >= this.#limit) return;
      if (open.has(block) || this.failed.has(block)) continue;
      const first = block * blockSize;
      if (first >= total) continue;
      const request = this.#next++;
      this.#open.set(request, block);
      open.add(block);
      this.#send(request, first, Math.min(blockSize, total - first));
    }
  }

  /** The block that `request` asked for; `undefined` for an answer nobody waits for. */
  take(request: number): number | undefined {
    const block = this.#open.get(request);
    this.#open.delete(request);
    return block;
  }

  fail(request: number, message: string): void {
    const block = this.take(request);
    if (block !== undefined) this.failed.set(block, message);
  }

  /** What was asked holds no longer: other numbers, another state of the file. */
  reset(): void {
    this.#open.clear();
    this.failed.clear();
  }
}
