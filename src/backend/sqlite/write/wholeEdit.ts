import { StoreError } from '../../errors';
import type { EditReport, SessionEdit } from '../../StoreWriter';
import { isWhole, REPLACED_HALVES, wholeText } from '../../wholeText';

const orNull = (text: string | null): string | null => (text === null ? null : wholeText(text));

/**
 * The edit with the texts that the database will give back: what the journal holds of it must be what is in the store
 * afterwards, or it could not be undone. Throws `invalid-key` for a new session whose key would be another one then.
 */
export function wholeEdit(edit: SessionEdit): SessionEdit {
  switch (edit.kind) {
    case 'append':
      requireKey(edit.key);
      return { ...edit, role: wholeText(edit.role), content: wholeText(edit.content) };
    case 'update-last':
      return { ...edit, role: wholeText(edit.role), content: wholeText(edit.content) };
    case 'rename':
      return { ...edit, name: orNull(edit.name) };
    case 'state':
      return { ...edit, state: wholeText(edit.state), turnId: orNull(edit.turnId) };
    case 'create':
      requireKey(edit.key);
      return { ...edit, name: orNull(edit.name) };
    default:
      return edit;
  }
}

function requireKey(key: string): void {
  if (key !== '' && isWhole(key)) return;
  const words = `${JSON.stringify(key)} cannot be the key of a session. Nothing was changed; use letters, digits, - and _.`;
  throw new StoreError('invalid-key', words);
}

/** Says it when a message is not stored as it was given. */
export function withWholeNote(report: EditReport, given: SessionEdit): EditReport {
  const isMessage = given.kind === 'append' || given.kind === 'update-last';
  if (!report.changed || !isMessage || (isWhole(given.role) && isWhole(given.content))) return report;
  return { ...report, notes: [...report.notes, REPLACED_HALVES] };
}
