import { errorText, StoreError, systemErrorCode } from '../../errors';
import { isBusy, isSchemaError, sqliteCode } from '../sqliteErrors';

/** An error of the write side with words for the user. `file` is the database; nothing in it has changed. */
export function toWriteError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = sqliteCode(error) ?? systemErrorCode(error) ?? '';
  const text = errorText(error);
  const refuse = (kind: ConstructorParameters<typeof StoreError>[0], message: string) =>
    new StoreError(kind, message, { cause: error });
  if (isBusy(error)) {
    return refuse(
      'busy',
      `${file} stayed locked by another program, so nothing was changed in it. Try again when the agent is quiet.`,
    );
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return refuse('disk-full', `The disk that holds ${file} is full, so nothing was changed. Make room on it first.`);
  }
  // SQLite has one code for a quota, a limit on the size of files and a failing disk; the other is its shared memory's.
  if (/^SQLITE_IOERR_(?:WRITE|SHMSIZE)$/.test(code) || code === 'EDQUOT' || code === 'EFBIG') {
    return refuse(
      'disk-full',
      `${file} could not be written: the disk is full, a quota or a limit on the size of files is reached, or the disk fails. Nothing was changed.`,
    );
  }
  if (/^SQLITE_(?:READONLY|PERM|AUTH)/.test(code) || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return refuse('read-only', `${file} cannot be written by this user, so nothing was changed: ${text}.`);
  }
  if (code === 'SQLITE_NOTADB') {
    return refuse('not-a-database', `${file} is not an SQLite database, or it is encrypted. Nothing was changed.`);
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return refuse(
      'corrupt',
      `${file} is damaged: ${text}. Nothing was changed. Keep a copy of it and of its -wal file before you repair anything.`,
    );
  }
  if (isSchemaError(error)) {
    return refuse('unknown-schema', `${file} holds tables in a form that is not known, so it is not written: ${text}.`);
  }
  if (code === 'ENOENT') return refuse('not-found', `${file} does not exist.`);
  return refuse('write-failed', `${file} could not be changed: ${text} (${code || 'no code'}). It is as it was.`);
}
