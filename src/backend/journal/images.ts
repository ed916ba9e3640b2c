import * as zlib from 'node:zlib';
import { StoreError } from '../errors';
import type { SqliteDatabase } from '../sqlite/binding';
import type { JournalDatabase } from './journalDatabase';

/** Bytes that are compressed together: as many are in memory at most. */
const PIECE = 1 << 20;

/** Takes the bytes of one image of one item, compressing them piece by piece. */
export class ImageWriter {
  /** Grows to one piece and is used again for the next: a new one each time would be garbage faster than it is collected. */
  #gathered = Buffer.alloc(0);
  #size = 0;
  #seq = 0;
  /** Bytes taken so far. */
  length = 0;

  constructor(
    private readonly database: JournalDatabase,
    private readonly item: () => number,
    private readonly name: string,
  ) {}

  /** The buffer may be used again when this returns. */
  write(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + PIECE - this.#size);
      this.#reserve(this.#size + part.length);
      part.copy(this.#gathered, this.#size);
      this.#size += part.length;
      this.length += part.length;
      from += part.length;
      if (this.#size === PIECE) this.flush();
    }
  }

  /** Stores what is gathered; called by the recorder's `start`. */
  flush(): void {
    if (this.#size === 0) return;
    const bytes = this.#gathered.subarray(0, this.#size);
    // With zlib's checksum: an image that has been damaged is told from a good one.
    const compressed = zlib.deflateSync(bytes, { level: 1 });
    this.database.writing(() => {
      this.database.sqlite
        .prepare('INSERT INTO images (item, name, seq, length, data) VALUES (?, ?, ?, ?, ?)')
        .run(this.item(), this.name, this.#seq, bytes.length, compressed);
    });
    this.#seq++;
    this.#size = 0;
  }

  #reserve(size: number): void {
    if (size <= this.#gathered.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(PIECE, Math.max(size, 2 * this.#gathered.length)));
    this.#gathered.copy(larger, 0, 0, this.#size);
    this.#gathered = larger;
  }
}

/** Reads an image from its beginning, once. */
export class ImageReader {
  #seq = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly database: SqliteDatabase,
    private readonly item: number,
    private readonly name: string,
  ) {}

  /** Up to `most` bytes; `null` at the end. */
  read(most = PIECE): Buffer | null {
    if (this.#rest.length === 0) this.#rest = this.#next() ?? this.#rest;
    if (this.#rest.length === 0) return null;
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** Exactly `count` bytes in pieces. Throws when the image is shorter. */
  *take(count: number): Generator<Buffer> {
    for (let left = count; left > 0; ) {
      const part = this.read(left);
      if (!part) throw incomplete();
      left -= part.length;
      yield part;
    }
  }

  /** All that is left, for images that are known to be small. */
  all(): Buffer {
    const parts: Buffer[] = [];
    for (let part = this.read(); part; part = this.read()) parts.push(part);
    return Buffer.concat(parts);
  }

  #next(): Buffer | null {
    const row = this.database
      .prepare('SELECT length, data FROM images WHERE item = ? AND name = ? AND seq = ?')
      .get(this.item, this.name, this.#seq) as { length: number; data: Buffer } | undefined;
    if (!row) return null;
    this.#seq++;
    return inflated(row.data, row.length);
  }
}

/** Errors of a journal that has lost a part of itself. */
export function incomplete(): StoreError {
  return new StoreError('read-failed', 'The before-image in the journal is incomplete. Nothing was changed.');
}

function inflated(data: Buffer, length: number): Buffer {
  try {
    // In one piece: zlib would gather many small ones, and twice the memory.
    const bytes = zlib.inflateSync(data, { chunkSize: Math.max(64, length), maxOutputLength: Math.max(1, length) });
    if (bytes.length === length) return bytes;
  } catch (error) {
    throw new StoreError('read-failed', 'The before-image in the journal is damaged. Nothing was changed.', {
      cause: error,
    });
  }
  throw incomplete();
}
