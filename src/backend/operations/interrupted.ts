import type { SessionResult } from '../../shared/operations';
import { errorText, StoreError } from '../errors';
import type { Journal, JournalItem } from '../journal/Journal';
import type { SessionOutcome } from './BatchOperation';

/** Words of what has really happened: an error's own may say that nothing was changed. */
function causeText(error: unknown): string {
  const { cause } = error instanceof StoreError ? error : {};
  return errorText(cause ?? error).replace(/\.$/, '');
}

/** A note for a change, or its reversal, that was made although there was an error. */
export function trouble(error: unknown): SessionResult['notes'] {
  return [`It was made, but not without trouble: ${causeText(error)}.`];
}

/** A change that was made although there was an error. */
export function madeAfterAll(journal: Journal, item: JournalItem, error: unknown): SessionOutcome {
  const notes = [...trouble(error)];
  try {
    journal.setStatus(item.id, 'done');
  } catch (unnoted) {
    notes.push(`The journal could not take down its end: ${causeText(unnoted)}. The next change of the store does it.`);
  }
  const { messages, bytes } = item;
  return { kind: 'changed', report: { changed: true, messages, bytes, notes, dropped: [], droppedCount: 0 } };
}

/** For a change, or its reversal, that was begun and could neither be completed nor taken back now. */
export function leftHalfMade({ label }: JournalItem, error: unknown): StoreError {
  const code = error instanceof StoreError ? error.code : 'write-failed';
  const words = `The change of "${label}" was begun and could not be brought to its end: ${causeText(error)}. It is completed or taken back before the next change of the store, or at the next start.`;
  return new StoreError(code, words, { cause: error });
}
