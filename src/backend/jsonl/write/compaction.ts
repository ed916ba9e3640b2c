import { createHash, hash } from 'node:crypto';
import type { DroppedLine } from '../../../shared/operations';
import type { Splice } from '../../journal/changes';
import { LineScanner, type ScannedLine } from '../lineScanner';
import { pause, type ReadStats, withBuffer } from '../readBytes';
import { readBytes } from './editedFile';
import { scanLines } from './messageMap';
import { findRepeatedRuns, MessageHashes, MOST_COMPARED, type RepeatedRun } from './repeatedBlocks';
import { MOST_SPLICES } from './splices';
import { throwIfAborted } from './writeErrors';

/** Bytes of a line that is longer than a buffer are read so many at a time. */
const PIECE = 1 << 20;
/** The first so many dropped lines are reported one by one. */
const MOST_REPORTED = 1000;

/** What a compaction does to the first `base` bytes of a file. */
export interface CompactionReport {
  readonly splices: Splice[];
  readonly dropped: DroppedLine[];
  droppedCount: number;
  droppedBytes: number;
  /** Repeated messages among what is dropped. */
  repeated: number;
  /** The last line is a message and gets the line feed that it lacks. */
  closesLastLine: boolean;
  /** There are more places to change than are changed at once. */
  isPartial: boolean;
}

export interface CompactionOptions {
  readonly key: string;
  readonly runs: readonly RepeatedRun[];
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes of each dropped line, line feed included, in pieces; they may be used until it returns. */
  readonly onDropped?: (bytes: Buffer) => void;
  /** Called now and then with splices that are new and the place up to which all is decided. */
  readonly onDecided?: (splices: readonly Splice[], offset: number) => Promise<void>;
}

/**
 * Decides line by line what goes: what zeroclaw's parser rejects, lines with nothing but white space, repeats. All other
 * lines stay byte for byte. Yields to the event loop after every read, so that what is decided can be copied meanwhile.
 */
export async function compactLines(
  fd: number,
  base: number,
  { key, runs, signal, onDropped, onDecided }: CompactionOptions,
): Promise<CompactionReport> {
  const report: CompactionReport = {
    splices: [],
    dropped: [],
    droppedCount: 0,
    droppedBytes: 0,
    repeated: 0,
    closesLastLine: false,
    isPartial: false,
  };
  let line = 0;
  let message = 0;
  let nextRun = 0;
  let decided = 0;
  /** Dropped bytes to which the next dropped line may belong. */
  let open: { at: number; end: number } | undefined;
  const close = (): void => {
    if (open) report.splices.push({ at: open.at, removed: open.end - open.at, inserted: 0 });
    open = undefined;
  };
  const drop = ({ offset, size, terminated, start }: ScannedLine, buffer: Buffer, reason: string): boolean => {
    const end = offset + size + (terminated ? 1 : 0);
    if (open?.end === offset) open.end = end;
    else {
      close();
      if (report.splices.length >= MOST_SPLICES) {
        report.isPartial = true;
        return false;
      }
      open = { at: offset, end };
    }
    if (onDropped && start >= 0) onDropped(buffer.subarray(start, start + end - offset));
    else if (onDropped) for (const piece of pieces(fd, offset, end)) onDropped(piece);
    report.droppedCount++;
    report.droppedBytes += end - offset;
    if (report.dropped.length < MOST_REPORTED) {
      report.dropped.push({ key, place: `line ${line}`, bytes: end - offset, reason });
    }
    return true;
  };
  const take = (scanned: ScannedLine, buffer: Buffer): void => {
    line++;
    const { parsed, offset, size, terminated } = scanned;
    let isDropped = false;
    if (parsed.kind === 'message') {
      while ((runs[nextRun]?.end ?? message + 1) <= message) nextRun++;
      const run = runs[nextRun];
      if (run && message >= run.from) {
        isDropped = drop(scanned, buffer, `the same as the message ${run.period} messages before`);
        if (isDropped) report.repeated++;
      }
      message++;
      if (!isDropped && !terminated) report.closesLastLine = true;
    } else isDropped = drop(scanned, buffer, parsed.kind === 'blank' ? 'nothing but white space' : parsed.reason);
    if (!isDropped) close();
    decided = open ? open.at : offset + size + (terminated ? 1 : 0);
  };
  const stats: ReadStats = { bytesRead: 0, filesOpened: 0 };
  let handed = 0;
  const hand = async (): Promise<void> => {
    if (!onDecided) return;
    const fresh = report.splices.slice(handed);
    handed = report.splices.length;
    await onDecided(fresh, decided);
  };
  await withBuffer(async (bytes) => {
    const scanner = new LineScanner(fd, 0, base, bytes, stats);
    while (scanner.step((scanned) => take(scanned, bytes.buffer))) {
      throwIfAborted(signal);
      await hand();
      await pause();
    }
  });
  close();
  if (report.closesLastLine) report.splices.push({ at: base, removed: 0, inserted: 1 });
  decided = base;
  await hand();
  return report;
}

/** Runs of repeated messages; `null` when there are too many messages to compare. */
export async function repeatedRuns(fd: number, base: number, signal?: AbortSignal): Promise<RepeatedRun[] | null> {
  const hashes = new MessageHashes();
  let isTooMuch = false;
  await scanLines(
    fd,
    0,
    base,
    ({ parsed, offset, size, start }, buffer) => {
      if (parsed.kind !== 'message' || isTooMuch) return;
      if (hashes.length === MOST_COMPARED) isTooMuch = true;
      const digest =
        start >= 0 ? hash('sha1', buffer.subarray(start, start + size), 'buffer') : hashSpan(fd, offset, size);
      hashes.add(digest.readUInt32LE(0), digest.readUInt32LE(4));
    },
    signal,
  );
  return isTooMuch ? null : findRepeatedRuns(hashes);
}

/** Hash of a line that is too long for a buffer. */
function hashSpan(fd: number, offset: number, size: number): Buffer {
  const sum = createHash('sha1');
  for (const piece of pieces(fd, offset, offset + size)) sum.update(piece);
  return sum.digest();
}

function* pieces(fd: number, from: number, end: number): Generator<Buffer> {
  for (let at = from; at < end; at += PIECE) yield readBytes(fd, at, Math.min(end, at + PIECE));
}
