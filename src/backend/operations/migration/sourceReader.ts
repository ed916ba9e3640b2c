import type { EditedFile } from '../../jsonl/write/editedFile';
import { closeSource, readSource, type Source } from './sourceFile';
import { there } from './staging';

/** Bytes of files that are read ahead. */
const AHEAD = 12_000_000;

/** Reads files a little ahead of their turn: while the disk flushes, or while the write lock is left to others. */
export class SourceReader {
  readonly #ready = new Map<string, Promise<Source | null>>();
  #next: string[];
  #bytes = 0;
  #isReading = false;

  constructor(files: readonly string[]) {
    this.#next = [...files];
  }

  /** The file as it is now. Rejects with a `StoreError`. */
  async take(path: string): Promise<Source> {
    this.#next = this.#next.filter((other) => other !== path);
    const ready = this.#ready.get(path);
    this.#ready.delete(path);
    const source = await ready;
    if (!source) return readSource(path);
    this.#bytes -= source.file.size;
    if (isAsRead(source.file, path)) return source;
    closeSource(source);
    return readSource(path);
  }

  /** Goes on reading in the background. */
  readAhead(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#fill().finally(() => {
      this.#isReading = false;
    });
  }

  async #fill(): Promise<void> {
    while (this.#bytes < AHEAD) {
      const path = this.#next.shift();
      if (path === undefined) return;
      const size = Number(there(path)?.size ?? 0n);
      // What is long is read in its turn.
      if (size > AHEAD) continue;
      await new Promise((resolve) => setImmediate(resolve));
      // Its turn will say why it cannot be read.
      const reading = readSource(path).catch(() => null);
      this.#ready.set(path, reading);
      this.#bytes += (await reading)?.file.size ?? 0;
    }
  }

  async close(): Promise<void> {
    this.#next = [];
    for (const ready of this.#ready.values()) {
      const source = await ready;
      if (source) closeSource(source);
    }
    this.#ready.clear();
  }
}

/** Whether a path still leads to the file as it was opened. */
export function isAsRead(file: EditedFile, path: string): boolean {
  const now = there(path);
  const { ino, dev, size, mtimeNs } = file.stat;
  return now !== null && now.ino === ino && now.dev === dev && now.size === size && now.mtimeNs === mtimeNs;
}
