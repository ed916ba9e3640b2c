/** Conversations with something to find. */
import type { ContentBlock } from '../../../src/shared/content';
import type { FindPattern } from '../../../src/shared/search/answer';
import { type Session, session } from './fakeHost';
import { message, plainRow, text } from './sampleRows';

/** What a highlight of the browser colours, as the page's probe tells it. */
export interface Marked {
  readonly text: string;
  readonly row: number;
  readonly top: number;
  readonly bottom: number;
  readonly view: number;
}

export const plainPattern = (wanted: string): FindPattern => ({
  text: wanted,
  matchCase: false,
  wholeWord: false,
  regex: false,
});

/** One in a hundred rows has a needle, at its end: rows 7, 107, 207, ... */
export function withNeedles(total: number): Session {
  return session(total, (row) =>
    row % 100 === 7 ? message(row, 'assistant', [text(`Row ${row} hides a needle.`)]) : plainRow(row, total),
  );
}

/** A session of these messages. */
export function of(rows: readonly (readonly ContentBlock[])[], role = 'assistant'): Session {
  return session(rows.length, (row) => message(row, role, rows[row] ?? []));
}
