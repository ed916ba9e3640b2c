import type { SessionBackend } from '../../SessionBackend';
import type { NewMessage } from '../../StoreWriter';
import { fingerprint, MessageHash } from './messageHash';

/** Messages that are read at once. */
const PAGE = 500;

/** The messages of one session of a database, as many as there were at first: an agent may be adding to it. */
export class ExportedMessages {
  private constructor(
    private readonly backend: SessionBackend,
    private readonly key: string,
    /** Rows; `total` of them are messages. */
    private readonly rows: number,
    readonly total: number,
  ) {}

  static async of(backend: SessionBackend, key: string): Promise<ExportedMessages> {
    const { total: rows } = await backend.load(key, { from: 0, count: 0 });
    let total = 0;
    for (let from = 0; from < rows; from += PAGE) {
      total += (await backend.load(key, { from, count: Math.min(PAGE, rows - from) })).messages.length;
    }
    return new ExportedMessages(backend, key, rows, total);
  }

  async *batches(): AsyncGenerator<readonly NewMessage[]> {
    for (let from = 0; from < this.rows; from += PAGE) {
      const { messages } = await this.backend.load(this.key, { from, count: Math.min(PAGE, this.rows - from) });
      yield messages;
    }
  }

  /** Hash over all of them (`MessageHash`). */
  async digest(): Promise<string> {
    const hash = new MessageHash();
    for await (const batch of this.batches()) for (const { role, content } of batch) hash.add(role, content);
    return hash.digest();
  }

  async fingerprints(): Promise<number[]> {
    const prints: number[] = [];
    for await (const batch of this.batches()) {
      for (const { role, content } of batch) prints.push(fingerprint(role, content));
    }
    return prints;
  }
}
