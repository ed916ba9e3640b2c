/** Runs in a search thread: every place of a pattern in a part of one session. */
import * as fs from 'node:fs';
import type { FindPattern } from '../../../shared/search/answer';
import type { Query } from '../../../shared/search/query';
import { compilePattern, placesOf } from '../../../shared/search/textPattern';
import { StoreError } from '../../errors';
import { ScannedLine, scanLines } from '../../jsonl/lineScanner';
import { openSessionFile, sameFile } from '../../jsonl/sessionFiles';
import { visibleParts } from '../match/projection';
import type { Task } from '../workers/tasks';

import { ChunkReader, countLineFeeds, FileChanged, lineStartAfter } from './chunks';
import type { FindParams, FindResult } from './findTypes';
import { candidateLines, lineFilterOf } from './lineFilter';
import { contentOf, roleOf } from './lineText';
import { compiledFor } from './scanTask';

/** The pattern as a query: its filter passes each line that may hold a match. */
function queryOf({ text, wholeWord, regex, matchCase, flags }: FindPattern): Query {
  const span = { at: 0, length: text.length };
  const term = regex
    ? ({ kind: 'regex', source: text, flags: flags ?? (matchCase ? 'm' : 'mi') } as const)
    : ({ kind: 'text', text, whole: wholeWord } as const);
  return { source: text, clauses: [{ anyOf: [{ ...term, negated: false, span }] }], raw: false, notes: [] };
}

export const findTask: Task<FindParams, never, FindResult> = (params, context) => {
  const { folder, name, identity, pattern } = params;
  const filter = lineFilterOf(compiledFor(queryOf(pattern)));
  const expression = compilePattern(pattern);
  const look = (): void => {
    if (context.cancelled()) throw new StoreError('cancelled', 'Cancelled.');
  };
  const rows: number[] = [];
  const counts: number[] = [];
  let lines = 0;
  const { fd, identity: now } = openSessionFile(folder, name);
  let reader: ChunkReader | undefined;
  try {
    if (!sameFile(now, identity) || now.size < identity.size) return null;
    const from = lineStartAfter(fd, params.from, identity.size);
    const end = lineStartAfter(fd, params.end, identity.size);
    reader = new ChunkReader(fd, from, end);
    const line = new ScannedLine();
    for (let chunk = reader.next(); chunk; chunk = reader.next()) {
      look();
      if (chunk.long) {
        lines++;
        continue;
      }
      const { bytes, end: chunkEnd, offset } = chunk;
      const { buffer } = bytes;
      let row = lines;
      let counted = 0;
      const take = ({ start, parsed }: ScannedLine): void => {
        if (parsed.kind !== 'message') return;
        look();
        let count = 0;
        for (const { text } of visibleParts(roleOf(buffer, start, parsed), contentOf(buffer, start, parsed))) {
          count += placesOf(expression, text).length;
        }
        if (count === 0) return;
        row += countLineFeeds(buffer, counted, start);
        counted = start;
        rows.push(row);
        counts.push(count);
      };
      if (filter) {
        for (const start of candidateLines(chunk, filter)) {
          scanLines(bytes, offset, start, buffer.indexOf(0x0a, start) + 1, line, take);
        }
      } else scanLines(bytes, offset, 0, chunkEnd, line, take);
      lines += countLineFeeds(buffer, 0, chunkEnd);
    }
    // A file that has become shorter was rewritten; one that has grown was appended to.
    return fs.fstatSync(fd).size < identity.size ? null : { lines, rows, counts };
  } catch (error) {
    if (error instanceof FileChanged) return null;
    throw error;
  } finally {
    reader?.close();
    fs.closeSync(fd);
  }
};
