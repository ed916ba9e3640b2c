/** Why a store or session cannot be read. The code is for programs, the message for the user. */
export type StoreErrorCode =
  | 'not-found'
  | 'no-such-session'
  | 'not-a-store'
  | 'no-permission'
  | 'busy'
  | 'corrupt'
  | 'not-a-database'
  | 'unknown-schema'
  | 'sqlite-unavailable'
  | 'read-failed'
  | 'cancelled'
  | 'bad-query' // a search that means nothing, or never ends
  // Writing.
  | 'write-failed'
  | 'disk-full'
  | 'read-only' // folder, file or file system
  | 'untrusted' // the workspace is not trusted
  | 'newer-schema' // a database with parts that we do not know is not written
  | 'invalid-key' // a key that cannot be a file name
  | 'not-a-file' // a link, a directory or a device where the session's file should be
  | 'replaced' // the store was replaced or rewritten under the change
  | 'conflict' // an undo or redo finds the store changed since
  | 'exists' // the key is taken
  | 'unsupported' // this kind of store has no such operation
  | 'journal-unavailable' // without a before-image nothing is changed
  | 'purged';

/** An error with words for a user: what happened, where, and what to do. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}

/** The `code` of a Node system error (`ENOENT`, ...), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** Words of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
