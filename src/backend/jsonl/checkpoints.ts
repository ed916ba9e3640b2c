/** A place in a file from which reading can begin: where line number `line` starts, and how many messages lie before it. */
export interface Checkpoint {
  readonly line: number;
  readonly offset: number;
  readonly message: number;
}

const FIELDS = 3;
/** A checkpoint at least every so many lines, */
export const CHECKPOINT_LINES = 64;
/** and every so many bytes, so that a page among long lines reads little that it does not show. */
export const CHECKPOINT_BYTES = 256 * 1024;

/**
 * Sparse index of a file in 24 bytes for 64 lines (or 256 kB). Forks share memory: a fork may be appended to while
 * readers of the original go on, since nothing that was there before changes.
 */
export class Checkpoints {
  private constructor(
    private values: Float64Array,
    public count: number,
  ) {}

  static empty(): Checkpoints {
    return new Checkpoints(new Float64Array(2 * FIELDS), 0);
  }

  /** From stored values; `null` unless they are in order. */
  static from(values: Float64Array): Checkpoints | null {
    if (values.length % FIELDS !== 0) return null;
    const result = new Checkpoints(values, values.length / FIELDS);
    for (let i = 0; i < result.count; i++) {
      const { line, offset, message } = result.at(i);
      const before = i === 0 ? undefined : result.at(i - 1);
      if (!Number.isSafeInteger(line) || !Number.isSafeInteger(offset) || !Number.isSafeInteger(message)) return null;
      if (
        before
          ? line <= before.line || offset <= before.offset || message < before.message
          : line + offset + message !== 0
      )
        return null;
    }
    return result;
  }

  fork(): Checkpoints {
    return new Checkpoints(this.values, this.count);
  }

  toArray(): Float64Array {
    return this.values.slice(0, this.count * FIELDS);
  }

  get byteLength(): number {
    return this.values.byteLength;
  }

  add(line: number, offset: number, message: number): void {
    const at = this.count * FIELDS;
    if (at + FIELDS > this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values.subarray(0, at));
      this.values = larger;
    }
    this.values[at] = line;
    this.values[at + 1] = offset;
    this.values[at + 2] = message;
    this.count++;
  }

  at(index: number): Checkpoint {
    const at = index * FIELDS;
    return { line: this.values[at] ?? 0, offset: this.values[at + 1] ?? 0, message: this.values[at + 2] ?? 0 };
  }

  /** The last checkpoint at or before a line, and the offset of the first one at or after `endLine` (or `undefined`). */
  forLines(line: number, endLine: number): { from: Checkpoint; endOffset: number | undefined } {
    return this.#around(0, line, endLine);
  }

  /** The same by message position. */
  forMessages(message: number, endMessage: number): { from: Checkpoint; endOffset: number | undefined } {
    return this.#around(2, message, endMessage);
  }

  #around(field: 0 | 2, from: number, end: number): { from: Checkpoint; endOffset: number | undefined } {
    // First checkpoint whose value is greater than `from`; the one before it is the place to begin.
    const next = this.#firstWhere(field, from, true);
    const after = this.#firstWhere(field, end, false);
    return {
      from: next === 0 ? { line: 0, offset: 0, message: 0 } : this.at(next - 1),
      endOffset: after < this.count ? this.at(after).offset : undefined,
    };
  }

  #firstWhere(field: 0 | 2, value: number, greater: boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.values[middle * FIELDS + field] ?? 0;
      if (greater ? found > value : found >= value) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
