/** Brings one file of the index up to date. */
import * as fs from 'node:fs';
import { systemErrorCode } from '../../../errors';
import { fileFingerprint } from '../../../jsonl/fileIndexer';
import { MAX_LISTED } from '../../../jsonl/lineIndex';
import { ScannedLine, scanLines } from '../../../jsonl/lineScanner';
import { openSessionFile } from '../../../jsonl/sessionFiles';
import type { SqliteDatabase } from '../../../sqlite/binding';
import { visibleParts } from '../../match/projection';
import { type Chunk, ChunkReader, FileChanged, noStats } from '../chunks';
import { contentOf, roleOf } from '../lineText';
import { type FileRow, listedOf, mayHaveGrown } from './fileRows';
import { LINES } from './indexDatabase';
import { indexText } from './indexText';

/** Places of lines are kept this far apart. */
const CHECKPOINT = 256 * 1024;

/** Writes files into the index, within a transaction of the caller. */
export class FileWriter {
  private readonly find;
  private readonly insertFile;
  private readonly updateFile;
  private readonly deleteFile;
  private readonly deleteWords;
  private readonly deleteCheckpoints;
  private readonly insertWords;
  private readonly insertCheckpoint;
  private readonly lastCheckpoint;

  constructor(database: SqliteDatabase) {
    this.find = database.prepare('SELECT * FROM files WHERE name = ?');
    this.insertFile = database.prepare(
      `INSERT INTO files (name, dev, ino, size, modified, changed, "end", fingerprint, lines, messages, unreadable, listed, long)
       VALUES (?, ?, ?, 0, '', '', 0, '', 0, 0, 0, '[]', 0)`,
    );
    this.updateFile = database.prepare(
      `UPDATE files SET size = @size, modified = @modified, changed = @changed, "end" = @end, fingerprint = @fingerprint, lines = @lines,
       messages = @messages, unreadable = @unreadable, listed = @listed, long = @long WHERE id = @id`,
    );
    this.deleteFile = database.prepare('DELETE FROM files WHERE id = ?');
    this.deleteWords = database.prepare('DELETE FROM words WHERE rowid >= ? AND rowid < ?');
    this.deleteCheckpoints = database.prepare('DELETE FROM checkpoints WHERE file = ?');
    this.insertWords = database.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
    this.insertCheckpoint = database.prepare(
      'INSERT INTO checkpoints (file, line, "offset", message) VALUES (?, ?, ?, ?)',
    );
    this.lastCheckpoint = database.prepare('SELECT max("offset") FROM checkpoints WHERE file = ?').pluck();
  }

  /**
   * Takes up what is not indexed yet, no more than about `budget` bytes of it. `goesOn` is asked between chunks. False:
   * there is more to do.
   */
  update(folder: string, name: string, budget: number, goesOn: () => boolean): { bytes: number; done: boolean } {
    const known = this.find.get(name) as FileRow | undefined;
    let opened: ReturnType<typeof openSessionFile>;
    try {
      opened = openSessionFile(folder, name);
    } catch (error) {
      // Gone, or not to be read: the scan says why.
      if (known) this.remove(known);
      if (systemErrorCode(error) === undefined) throw error;
      return { bytes: 0, done: true };
    }
    const { fd, identity } = opened;
    try {
      const isSame =
        known !== undefined &&
        mayHaveGrown(known, identity) &&
        fileFingerprint(fd, known.end, noStats) === known.fingerprint;
      if (known && !isSame) this.remove(known);
      const row = isSame ? known : this.add(name, identity.dev, identity.ino);
      const pass = new Pass(row, (id, text) => this.insertWords.run(id, text));
      let last = Number(this.lastCheckpoint.get(BigInt(row.id)) ?? 0);
      const reader = new ChunkReader(fd, row.end, identity.size);
      let bytes = 0;
      let done = false;
      try {
        for (;;) {
          const chunk = reader.next();
          done = chunk === null;
          if (!chunk) break;
          pass.take(chunk, (line) => {
            if (line.offset - last < CHECKPOINT) return;
            last = line.offset;
            this.insertCheckpoint.run(BigInt(row.id), BigInt(pass.lines), BigInt(last), BigInt(pass.messages));
          });
          bytes += chunk.end;
          if (pass.lines >= LINES || bytes >= budget || !goesOn()) break;
        }
      } catch (error) {
        // Rewritten just now: what was taken up does not count, the next turn begins anew.
        if (!(error instanceof FileChanged)) throw error;
        this.remove(row);
        return { bytes, done: false };
      } finally {
        reader.close();
      }
      const { end, lines, messages, unreadable, listed, long } = pass;
      this.updateFile.run({
        id: BigInt(row.id),
        size: done ? identity.size : 0,
        modified: done ? String(identity.modifiedNs) : '',
        changed: done ? String(identity.changedNs) : '',
        end,
        fingerprint: fileFingerprint(fd, end, noStats),
        lines,
        messages,
        unreadable,
        listed: JSON.stringify(listed),
        long,
      });
      return { bytes, done: done || lines >= LINES };
    } finally {
      fs.closeSync(fd);
    }
  }

  private add(name: string, dev: string, ino: string): FileRow {
    this.insertFile.run(name, dev, ino);
    return this.find.get(name) as FileRow;
  }

  private remove({ id }: FileRow): void {
    this.deleteWords.run(BigInt(id * LINES), BigInt((id + 1) * LINES));
    this.deleteCheckpoints.run(BigInt(id));
    this.deleteFile.run(BigInt(id));
  }
}

/** Goes on with a file from where its row in the index ends. */
class Pass {
  end: number;
  lines: number;
  messages: number;
  unreadable: number;
  long: number;
  readonly listed;
  private readonly line = new ScannedLine();

  constructor(
    private readonly row: FileRow,
    private readonly insert: (id: bigint, text: string) => void,
  ) {
    this.end = row.end;
    this.lines = row.lines;
    this.messages = row.messages;
    this.unreadable = row.unreadable;
    this.long = row.long;
    this.listed = listedOf(row);
  }

  take({ bytes, end, offset, long, torn }: Chunk, before: (line: ScannedLine) => void): void {
    if (long) {
      if (torn) return;
      if (long.kind === 'message') {
        this.messages++;
        this.long++;
      } else if (long.kind === 'unreadable') this.list(this.lines, long.offset, long.reason);
      this.lines++;
      this.end = long.offset + long.size + 1;
      return;
    }
    scanLines(bytes, offset, 0, end, this.line, (line) => {
      const { parsed, size, start } = line;
      // A last line without a line feed may go on.
      if ((torn && start + size + 1 === end) || this.lines >= LINES) return;
      before(line);
      if (parsed.kind === 'message') {
        const parts = visibleParts(roleOf(bytes.buffer, start, parsed), contentOf(bytes.buffer, start, parsed));
        const text = parts.map((part) => indexText(part.text)).join('\n');
        this.insert(BigInt(this.row.id * LINES + this.lines), text);
        this.messages++;
      } else if (parsed.kind === 'unreadable') this.list(this.lines, line.offset, parsed.reason);
      this.lines++;
      this.end = line.offset + size + 1;
    });
  }

  private list(line: number, offset: number, reason: string): void {
    this.unreadable++;
    if (this.listed.length < MAX_LISTED) this.listed.push({ line, offset, reason });
  }
}
