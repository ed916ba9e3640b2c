import type { Skipped } from '../../../shared/search/answer';
import type { UnreadableLine } from '../../jsonl/lineIndex';
import { lineName } from './lineText';

/** An unreadable line, as an answer names what it leaves out. */
export function unreadableLine(store: string, key: string, name: string, { line, reason }: UnreadableLine): Skipped {
  return {
    store,
    key,
    place: lineName(line),
    row: line,
    code: 'unreadable-line',
    message: `Line ${line + 1} of ${name} cannot be read, the agent skips it: ${reason}.`,
  };
}
