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
  | 'cancelled';

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
