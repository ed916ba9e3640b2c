/** Single lines of a file, by their numbers: to verify what the index says. */
import { Bytes } from '../../../jsonl/bytes';
import { ScannedLine, scanLines } from '../../../jsonl/lineScanner';
import type { SqliteDatabase } from '../../../sqlite/binding';
import { ChunkReader } from '../chunks';
import type { FileRow, IndexedPlace } from './fileRows';

/** A message at a line of a file. */
export interface LineMessage {
  readonly index: number;
  /** The line. */
  readonly bytes: Bytes;
  readonly offset: number;
}

/** Finds lines of one file from the places in the index. */
export class LineReader {
  private readonly line = new ScannedLine();

  constructor(
    private readonly database: SqliteDatabase,
    private readonly fd: number,
    private readonly row: FileRow,
  ) {}

  /** `null`: the line is not there, or no message. Throws `FileChanged`. */
  read(number: number): LineMessage | null {
    const place = this.placeBefore(number);
    const reader = new ChunkReader(this.fd, place.offset, this.row.end, 64 * 1024);
    let found: LineMessage | null = null;
    let { line: current, message } = place;
    try {
      for (let chunk = reader.next(); chunk && current <= number; chunk = reader.next()) {
        const { bytes, end, offset, long } = chunk;
        if (long) {
          current++;
          if (long.kind === 'message') message++;
          continue;
        }
        scanLines(bytes, offset, 0, end, this.line, ({ parsed, start, size, offset: at }) => {
          if (current === number && parsed.kind === 'message') {
            found = {
              index: message,
              bytes: new Bytes(Buffer.from(bytes.buffer.subarray(start, start + size))),
              offset: at,
            };
          }
          if (parsed.kind === 'message') message++;
          current++;
        });
      }
    } finally {
      reader.close();
    }
    return found;
  }

  private placeBefore(number: number): IndexedPlace {
    const found = this.database
      .prepare(
        'SELECT line, "offset", message FROM checkpoints WHERE file = ? AND line <= ? ORDER BY line DESC LIMIT 1',
      )
      .get(BigInt(this.row.id), BigInt(number)) as IndexedPlace | undefined;
    return found ?? { line: 0, offset: 0, message: 0 };
  }
}
