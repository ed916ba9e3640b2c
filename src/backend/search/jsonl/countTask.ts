/** Runs in a search thread: counts the lines of a part of a big file, and finds the unreadable ones. */
import * as fs from 'node:fs';
import { StoreError, systemErrorCode } from '../../errors';
import { Bytes } from '../../jsonl/bytes';
import { fileFingerprint } from '../../jsonl/fileIndexer';
import { MAX_LISTED, type UnreadableLine } from '../../jsonl/lineIndex';
import { LineScanner } from '../../jsonl/lineScanner';
import { BUFFER_SIZE } from '../../jsonl/readBytes';
import { openSessionFile, sameFile, sameIdentity } from '../../jsonl/sessionFiles';
import type { Task } from '../workers/tasks';
import { lineStartAfter, noStats } from './chunks';
import type { CountParams, CountResult } from './scanTypes';

export const countTask: Task<CountParams, never, CountResult> = (params, context) => {
  const { identity } = params;
  let fd: number;
  try {
    const opened = openSessionFile(params.folder, params.name);
    fd = opened.fd;
    if (!sameFile(opened.identity, identity) || opened.identity.size < identity.size) {
      fs.closeSync(fd);
      return null;
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    // Whoever looks through the file will find the same, and say it.
    return null;
  }
  try {
    const from = lineStartAfter(fd, params.from, identity.size);
    const end = lineStartAfter(fd, params.end, identity.size);
    const counts = { lines: 0, messages: 0, unreadable: 0 };
    const listed: UnreadableLine[] = [];
    const scanner = new LineScanner(fd, from, end, Bytes.allocate(BUFFER_SIZE), noStats);
    while (
      scanner.step(({ offset, parsed }) => {
        if (parsed.kind === 'message') counts.messages++;
        else if (parsed.kind === 'unreadable') {
          counts.unreadable++;
          if (listed.length < MAX_LISTED) listed.push({ line: counts.lines, offset, reason: parsed.reason });
        }
        counts.lines++;
      })
    ) {
      if (context.cancelled()) throw new StoreError('cancelled', 'Cancelled.');
    }
    if (scanner.position < end) return null;
    const { size, mtimeNs } = fs.fstatSync(fd, { bigint: true });
    const same = sameIdentity({ ...identity, size: Number(size), modifiedNs: mtimeNs }, identity);
    if (!same && fileFingerprint(fd, identity.size, noStats) !== params.fingerprint) return null;
    return { ...counts, listed, from, end };
  } finally {
    fs.closeSync(fd);
  }
};
