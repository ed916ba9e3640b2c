import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { errorText, StoreError } from '../../errors';
import { decodeText } from '../../jsonl/lineParser';
import { LineScanner, type ScannedLine } from '../../jsonl/lineScanner';
import { type ReadStats, readAt, readSpan, Slice, withBuffer } from '../../jsonl/readBytes';
import { timeText } from '../../jsonl/sessionMetadata';
import { type EditedFile, openEdited } from '../../jsonl/write/editedFile';
import { fingerprint, hashMessages, MessageHash, sha256 } from './messageHash';

export interface SourceMessage {
  readonly role: string;
  readonly content: string;
}

/** Messages that are written in one transaction: rows, and bytes of their lines. About 50 ms of the write lock. */
export const STEP_ROWS = 4000;
export const STEP_BYTES = 1_500_000;
/** A message that one string cannot hold together with its row. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;
/** A file of up to this size is hashed in the thread pool, in one piece. */
const HASH_BLOCK = 4 << 20;

/** A session's file as it was read once, up to `file.size`. Open until `close`. */
export interface Source {
  readonly file: EditedFile;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly hash: string;
  /** Modification time in the store's own form. */
  readonly modified: string | null;
  /** Messages that the agent would load. */
  readonly count: number;
  readonly unreadable: number;
  /** Nothing but white space. */
  readonly isBlank: boolean;
  /** All messages, where one step takes them. */
  readonly held: readonly SourceMessage[] | null;
  /** Hash over the messages (`MessageHash`). */
  readonly digest: Promise<string>;
}

const stats: ReadStats = { bytesRead: 0, filesOpened: 0 };

/**
 * Reads and checks a session's file, line by line as the agent does. Rejects with a `StoreError`: no such file, no regular
 * file, no permission, a message too big for one row.
 */
export async function readSource(path: string): Promise<Source> {
  const file = openEdited(path);
  try {
    return await examine(file);
  } catch (error) {
    fs.closeSync(file.fd);
    if (error instanceof StoreError) throw error;
    throw new StoreError('read-failed', `${path} could not be read: ${errorText(error)}. Nothing was changed.`, {
      cause: error,
    });
  }
}

const closed = new WeakSet<Source>();

/** May be called again: whoever comes last closes, and a descriptor's number may be another file's by then. */
export function closeSource(source: Source): void {
  if (closed.has(source)) return;
  closed.add(source);
  fs.closeSync(source.file.fd);
}

/** SHA-256 over the first `size` bytes of an open file; less when it is shorter. */
export async function hashOf(fd: number, size: number): Promise<string> {
  if (size <= HASH_BLOCK) return sha256(readSpan(fd, 0, size, stats));
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(HASH_BLOCK);
  const slice = new Slice();
  for (let at = 0; at < size; ) {
    const count = readAt(fd, block, 0, Math.min(block.length, size - at), at, stats);
    if (count === 0) break;
    hash.update(block.subarray(0, count));
    at += count;
    if (slice.isOver) await slice.rest();
  }
  return hash.digest('hex');
}

async function examine(file: EditedFile): Promise<Source> {
  // The thread pool hashes the bytes meanwhile.
  const hash = hashOf(file.fd, file.size);
  let held: SourceMessage[] | null = [];
  let digest: MessageHash | null = null;
  let bytes = 0;
  let count = 0;
  let unreadable = 0;
  try {
    for await (const batch of linesOf(file, () => unreadable++)) {
      count += batch.messages.length;
      bytes += batch.bytes;
      if (held && (count > STEP_ROWS || bytes > STEP_BYTES)) {
        digest = new MessageHash();
        for (const { role, content } of held) digest.add(role, content);
        held = null;
      }
      if (held) held.push(...batch.messages);
      else for (const { role, content } of batch.messages) digest?.add(role, content);
    }
  } catch (error) {
    await hash.catch(() => undefined);
    throw error;
  }
  return {
    file,
    hash: await hash,
    modified: timeText(file.stat.mtimeNs),
    count,
    unreadable,
    isBlank: count === 0 && unreadable === 0,
    held,
    digest: digest ? Promise.resolve(digest.digest()) : hashMessages(held ?? []),
  };
}

/** The messages from position `from` on, so many at a time as one step writes. */
export async function* steps(source: Source, from: number): AsyncGenerator<readonly SourceMessage[]> {
  if (source.held) {
    if (from < source.held.length) yield source.held.slice(from);
    return;
  }
  let position = 0;
  let gathered: SourceMessage[] = [];
  let bytes = 0;
  for await (const batch of linesOf(source.file, () => undefined)) {
    for (const [index, message] of batch.messages.entries()) {
      if (position++ < from) continue;
      const size = batch.sizes[index] ?? 0;
      if (gathered.length >= STEP_ROWS || (gathered.length > 0 && bytes + size > STEP_BYTES)) {
        yield gathered;
        gathered = [];
        bytes = 0;
      }
      gathered.push(message);
      bytes += size;
    }
  }
  if (gathered.length > 0) yield gathered;
}

/** Fingerprints of all messages, and how many of them end within the first `length` bytes. */
export async function fingerprintsOf(source: Source, length: number): Promise<{ all: number[]; within: number }> {
  const all: number[] = [];
  let within = 0;
  for await (const batch of linesOf(source.file, () => undefined)) {
    for (const [index, { role, content }] of batch.messages.entries()) {
      all.push(fingerprint(role, content));
      if ((batch.ends[index] ?? 0) <= length) within++;
    }
  }
  return { all, within };
}

interface Lines {
  readonly messages: readonly SourceMessage[];
  /** Bytes of each line, its line feed apart. */
  readonly sizes: readonly number[];
  /** Where each of them ends in the file. */
  readonly ends: readonly number[];
  readonly bytes: number;
}

/** Messages as they are read, one block of the file at a time. */
async function* linesOf(file: EditedFile, onUnreadable: () => void): AsyncGenerator<Lines> {
  const blocks: Lines[] = [];
  let done = false;
  // A buffer is lent for one call at a time: whoever takes the blocks may pause for long.
  let position = 0;
  while (!done) {
    await withBuffer(async (bytes) => {
      const scanner = new LineScanner(file.fd, position, file.size, bytes, stats);
      const slice = new Slice();
      let lineEnd = position;
      for (let gathered = 0; gathered < STEP_BYTES; ) {
        const messages: SourceMessage[] = [];
        const sizes: number[] = [];
        const ends: number[] = [];
        let size = 0;
        const goesOn = scanner.step((line) => {
          lineEnd = line.offset + line.size + (line.terminated ? 1 : 0);
          if (line.parsed.kind === 'unreadable') onUnreadable();
          if (line.parsed.kind !== 'message') return;
          messages.push(textsOf(file, line, bytes.buffer));
          sizes.push(line.size);
          ends.push(line.offset + line.size);
          size += line.size;
        });
        gathered += size;
        if (messages.length > 0) blocks.push({ messages, sizes, ends, bytes: size });
        if (!goesOn) {
          done = true;
          break;
        }
        if (slice.isOver) await slice.rest();
      }
      position = lineEnd;
    });
    yield* blocks.splice(0);
  }
}

/** One text for all messages of a role. */
const ROLES = ['user', 'assistant', 'tool', 'system'].map((role) => ({ role, bytes: Buffer.from(role) }));

function knownRole(buffer: Buffer, start: number, end: number): string | undefined {
  for (const { role, bytes } of ROLES) {
    if (bytes.length === end - start && bytes[0] === buffer[start] && bytes.compare(buffer, start, end) === 0)
      return role;
  }
  return undefined;
}

function textsOf(file: EditedFile, line: ScannedLine, buffer: Buffer): SourceMessage {
  const { roleStart, roleEnd, roleEscaped, contentStart, contentEnd, contentEscaped } = line.parsed;
  if (line.size > LARGEST_MESSAGE) {
    const size = `${Math.round(line.size / 1e6).toLocaleString('en')} MB`;
    throw new StoreError(
      'unsupported',
      `A message of ${file.path} is ${size} long: too big to be copied. Nothing was changed.`,
    );
  }
  if (line.start >= 0) {
    const { start } = line;
    return {
      role:
        knownRole(buffer, start + roleStart, start + roleEnd) ??
        decodeText(buffer, start + roleStart, start + roleEnd, roleEscaped),
      content: decodeText(buffer, start + contentStart, start + contentEnd, contentEscaped),
    };
  }
  const text = (from: number, end: number, escaped: boolean): string => {
    const bytes = readSpan(file.fd, line.offset + from, line.offset + end, stats);
    return decodeText(bytes, 0, bytes.length, escaped);
  };
  return { role: text(roleStart, roleEnd, roleEscaped), content: text(contentStart, contentEnd, contentEscaped) };
}
