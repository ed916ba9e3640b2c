/** Open brackets of a JSON value, one bit each: a hostile line of a million brackets costs 128 kB, and no recursion. */
export class BracketStack {
  depth = 0;
  #words = new Uint32Array(4);

  clear(): void {
    this.depth = 0;
    // A hostile line must not cost memory for ever.
    if (this.#words.length > 4096) this.#words = new Uint32Array(4);
  }

  push(isObject: boolean): void {
    const word = this.depth >>> 5;
    if (word >= this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    const bit = 1 << (this.depth & 31);
    const old = this.#words[word] ?? 0;
    this.#words[word] = isObject ? old | bit : old & ~bit;
    this.depth++;
  }

  pop(): void {
    this.depth--;
  }

  /** Whether the innermost open bracket is a brace. */
  get inObject(): boolean {
    const top = this.depth - 1;
    return (((this.#words[top >>> 5] ?? 0) >>> (top & 31)) & 1) === 1;
  }
}
