import { errorText, StoreError, systemErrorCode } from '../errors';

/** SQLite's result code of an error (`SQLITE_BUSY`, ...), if it is one. */
export function sqliteCode(error: unknown): string | undefined {
  const code = systemErrorCode(error);
  return code?.startsWith('SQLITE_') ? code : undefined;
}

/** Another connection holds a lock; trying again can help. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/.test(sqliteCode(error) ?? '');
}

/**
 * A plain read-only opening cannot work where the shared-memory file cannot be created or used, or where a rollback
 * journal of a crashed writer would have to be played back first.
 */
export function needsPrivateCopy(error: unknown): boolean {
  return /^SQLITE_(?:CANTOPEN|READONLY)/.test(sqliteCode(error) ?? '');
}

/** The schema that a statement was written for is not the one that the file has now. */
export function isSchemaError(error: unknown): boolean {
  const code = sqliteCode(error);
  return (
    (code === 'SQLITE_ERROR' && /no such (?:table|column|collation|module)/.test(errorText(error))) ||
    code === 'SQLITE_SCHEMA'
  );
}

/** The error as one with words for the user. `file` is the database. */
export function toStoreError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = sqliteCode(error) ?? systemErrorCode(error) ?? '';
  const cause = { cause: error };
  const text = errorText(error);
  if (isBusy(error)) {
    return new StoreError(
      'busy',
      `${file} is locked by another program, so it cannot be read now. Nothing is wrong with it; try again.`,
      cause,
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new StoreError('not-a-database', `${file} is not an SQLite database, or it is encrypted.`, cause);
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new StoreError(
      'corrupt',
      `${file} is damaged or incomplete: ${text}. Keep a copy of it and of its -wal file before you repair anything.`,
      cause,
    );
  }
  if (isSchemaError(error)) {
    return new StoreError('unknown-schema', `${file} holds tables in a form that is not known: ${text}.`, cause);
  }
  if (code === 'ENOENT') return new StoreError('not-found', `${file} does not exist.`, cause);
  if (code === 'EACCES' || code === 'EPERM' || code === 'SQLITE_PERM' || code === 'SQLITE_AUTH') {
    return new StoreError('no-permission', `You have no permission to read ${file}.`, cause);
  }
  return new StoreError('read-failed', `${file} could not be read: ${text} (${code || 'no code'}).`, cause);
}
