import * as path from 'node:path';
import { LineScanner, type ScannedLine } from '../lineScanner';
import { readMessages } from '../pageReader';
import { type ReadStats, Slice, withBuffer } from '../readBytes';
import type { EditedFile } from './editedFile';
import type { ByteSpan } from './splices';
import { throwIfAborted } from './writeErrors';

/** Goes through the lines [from, end) of a file. `take` may not keep the line. */
export async function scanLines(
  fd: number,
  from: number,
  end: number,
  take: (line: ScannedLine, buffer: Buffer) => void,
  signal?: AbortSignal,
): Promise<void> {
  const stats: ReadStats = { bytesRead: 0, filesOpened: 0 };
  await withBuffer(async (bytes) => {
    const scanner = new LineScanner(fd, from, end, bytes, stats);
    const slice = new Slice();
    while (scanner.step((line) => take(line, bytes.buffer))) {
      if (!slice.isOver) continue;
      await slice.rest();
      throwIfAborted(signal);
    }
  });
}

/** A line that holds a message, its line feed included where it has one. */
export interface MessageLine extends ByteSpan {
  readonly position: number;
}

/** Where in a file its messages are: one place is kept for each so many. */
const EVERY = 32;

/** The messages in the first `end` bytes of a file. */
export class MessageMap {
  total = 0;
  readonly #places: number[] = [];

  private constructor(
    private readonly file: EditedFile,
    private readonly end: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  static async of(file: EditedFile, end: number, signal?: AbortSignal): Promise<MessageMap> {
    const map = new MessageMap(file, end, signal);
    const take = ({ offset, parsed }: ScannedLine): void => {
      if (parsed.kind !== 'message') return;
      if (map.total % EVERY === 0) map.#places.push(offset);
      map.total++;
    };
    await scanLines(file.fd, 0, end, take, signal);
    return map;
  }

  /** Role and content of messages by position; fewer at the end. */
  async load(from: number, count: number): Promise<{ role: string; content: string }[]> {
    const { start, first } = this.#place(from);
    const part = {
      fd: this.file.fd,
      name: path.basename(this.file.path),
      start,
      end: this.end,
      stats: { bytesRead: 0, filesOpened: 0 },
    };
    return (await readMessages(part, first, { from, end: Math.min(this.total, from + count) })).messages;
  }

  /** The lines of these messages, which must be in ascending order. */
  async lines(positions: readonly number[]): Promise<MessageLine[]> {
    const found: MessageLine[] = [];
    const [first] = positions;
    const last = positions.at(-1);
    if (first === undefined || last === undefined) return found;
    const wanted = new Set(positions);
    const from = this.#place(first);
    let position = from.first;
    const take = ({ offset, size, terminated, parsed }: ScannedLine): void => {
      if (parsed.kind !== 'message') return;
      if (wanted.has(position)) found.push({ position, from: offset, end: offset + size + (terminated ? 1 : 0) });
      position++;
    };
    const after = this.#places[Math.floor(last / EVERY) + 1] ?? this.end;
    await scanLines(this.file.fd, from.start, after, take, this.signal);
    return found;
  }

  #place(position: number): { readonly start: number; readonly first: number } {
    const index = Math.max(0, Math.floor(position / EVERY));
    return { start: this.#places[index] ?? this.end, first: index * EVERY };
  }
}
