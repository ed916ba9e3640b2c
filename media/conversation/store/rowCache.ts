/** The rows at hand: blocks of rows, the least recently used ones dropped beyond a limit. */
import type { ConversationRow } from '../../../src/shared/conversationProtocol';

export const blockSize = 50;

interface Block {
  readonly rows: (ConversationRow | undefined)[];
  /** Drawn until newer rows come, which are to be asked for. */
  stale: boolean;
}

export function blockOf(row: number): number {
  return Math.floor(row / blockSize);
}

export class RowCache {
  readonly #limit: number;
  /** In order of use, oldest first. */
  #blocks = new Map<number, Block>();

  constructor(limit = 40) {
    this.#limit = limit;
  }

  get blockCount(): number {
    return this.#blocks.size;
  }

  get(row: number): ConversationRow | undefined {
    return this.#blocks.get(blockOf(row))?.rows[row % blockSize];
  }

  /** Rows that say the same keep their old object, so that nothing is drawn again for them. */
  put(rows: readonly ConversationRow[]): void {
    for (const row of rows) {
      const number = blockOf(row.row);
      const block = this.#blocks.get(number) ?? { rows: [], stale: false };
      const old = block.rows[row.row % blockSize];
      block.rows[row.row % blockSize] = old && sameRow(old, row) ? old : row;
      this.#blocks.set(number, block);
    }
  }

  /** An answer for a whole block: it is fresh now. */
  fresh(block: number): void {
    const found = this.#blocks.get(block);
    if (found) found.stale = false;
  }

  /** Forget `from` and all after it. */
  truncate(from: number): void {
    for (const [number, block] of this.#blocks) {
      if (number > blockOf(from)) this.#blocks.delete(number);
      else if (number === blockOf(from)) block.rows.length = Math.min(block.rows.length, from % blockSize);
    }
  }

  clear(): void {
    this.#blocks.clear();
  }

  /** Every row's number grows by `delta`; what is kept counts as stale. */
  renumber(delta: number, total: number): void {
    const rows = [...this.rows()];
    this.#blocks.clear();
    for (const row of rows) {
      const moved = row.row + delta;
      if (moved >= 0 && moved < total) this.put([{ ...row, row: moved }]);
    }
    for (const block of this.#blocks.values()) block.stale = true;
  }

  /** Those of `blocks` that lack rows or are stale. */
  missing(blocks: Iterable<number>, total: number): number[] {
    const found: number[] = [];
    for (const number of blocks) {
      const block = this.#blocks.get(number);
      if (!block || block.stale || !isFull(block, number, total)) found.push(number);
    }
    return found;
  }

  /** Mark `blocks` as used, and drop the oldest others beyond the limit. */
  use(blocks: ReadonlySet<number>): void {
    for (const number of blocks) {
      const block = this.#blocks.get(number);
      if (!block) continue;
      this.#blocks.delete(number);
      this.#blocks.set(number, block);
    }
    for (const number of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#limit) break;
      if (!blocks.has(number)) this.#blocks.delete(number);
    }
  }

  /** All rows at hand, by number. */
  *rows(): Generator<ConversationRow> {
    const numbers = [...this.#blocks.keys()].sort((a, b) => a - b);
    for (const number of numbers) {
      for (const row of this.#blocks.get(number)?.rows ?? []) if (row) yield row;
    }
  }
}

function isFull(block: Block, number: number, total: number): boolean {
  const size = Math.min(blockSize, total - number * blockSize);
  for (let index = 0; index < size; index++) if (!block.rows[index]) return false;
  return true;
}

function sameRow(a: ConversationRow, b: ConversationRow): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
