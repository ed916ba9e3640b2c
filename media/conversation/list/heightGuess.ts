/** Running means of measured heights, by kind of row: how high will a row be that was not drawn yet. */
import type { ConversationRow } from '../../../src/shared/conversationProtocol';

const firstGuess = 72;
const leastEstimate = 12;

/** Rows of one kind have like heights: the role, and the size in steps of four. */
export function heightKind(row: ConversationRow): string {
  if (row.kind !== 'message') return row.kind;
  const step = Math.floor(Math.log2(Math.max(64, Math.min(row.size, 65_536))) / 2);
  return `${row.role} ${row.blocks.length > 1 ? 'many' : (row.blocks[0]?.type ?? 'none')} ${step}`;
}

interface Mean {
  sum: number;
  count: number;
}

export class HeightGuess {
  readonly #kinds = new Map<string, Mean>();
  readonly #all: Mean = { sum: 0, count: 0 };

  add(kind: string, height: number): void {
    const mean = this.#kinds.get(kind) ?? { sum: 0, count: 0 };
    this.#kinds.set(kind, mean);
    for (const one of [mean, this.#all]) {
      one.sum += height;
      one.count++;
    }
  }

  of(kind: string): number {
    const mean = this.#kinds.get(kind);
    return mean ? mean.sum / mean.count : this.all;
  }

  /** Mean of everything measured, with a first guess that a few rows outweigh. */
  get all(): number {
    return Math.max(leastEstimate, (this.#all.sum + firstGuess) / (this.#all.count + 1));
  }

  get count(): number {
    return this.#all.count;
  }
}
