/** What the reader has unfolded, by the row's lasting id and the place of the block in it. */
export class Folds {
  readonly #open = new Map<number, Set<string>>();
  readonly #listeners = new Set<() => void>();

  isOpen(id: number, block: string): boolean {
    return this.#open.get(id)?.has(block) ?? false;
  }

  set(id: number, block: string, open: boolean): void {
    const blocks = this.#open.get(id) ?? new Set();
    if (open) blocks.add(block);
    else blocks.delete(block);
    if (blocks.size > 0) this.#open.set(id, blocks);
    else this.#open.delete(id);
    for (const listener of this.#listeners) listener();
  }

  /** Called when something is folded or unfolded. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  clear(): void {
    this.#open.clear();
  }
}
