import { errorText, StoreError, type StoreErrorCode, systemErrorCode } from '../../errors';

/** The agent rewrote or replaced the file under a change: everything read from it counts no more. */
export class Replaced extends Error {}

const UNCHANGED = 'Nothing was changed.';

/** Words for a change that could not be made. `where`: the file or folder; the session is as it was. */
export function writeError(error: unknown, where: string): StoreError {
  if (error instanceof StoreError) return error;
  const [code, words] = describe(error, where);
  return new StoreError(code, words, { cause: error });
}

function describe(error: unknown, where: string): [StoreErrorCode, string] {
  if (error instanceof Replaced) {
    return ['replaced', `${where} is rewritten by the agent again and again. ${UNCHANGED} Try again later.`];
  }
  switch (systemErrorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return ['disk-full', `There is no room to write ${where}. ${UNCHANGED} Make room on that disk and try again.`];
    case 'EROFS':
      return ['read-only', `${where} lies on a read-only file system. ${UNCHANGED}`];
    case 'EACCES':
    case 'EPERM':
      return ['read-only', `No permission to change ${where}. ${UNCHANGED} Give your user write access to it.`];
    case 'EBUSY':
    case 'ETXTBSY':
      return ['busy', `${where} is in use by another program. ${UNCHANGED} Try again.`];
    case 'ELOOP':
      return ['not-a-file', `${where} is a symbolic link. ${UNCHANGED}`];
    case 'ENAMETOOLONG':
      return ['invalid-key', `${where} is too long for a file name. ${UNCHANGED}`];
    case 'ENOENT':
      return ['no-such-session', `${where} does not exist (any more). ${UNCHANGED}`];
    case 'EEXIST':
      return ['exists', `${where} exists already. ${UNCHANGED}`];
    default:
      return ['write-failed', `${where} could not be changed: ${errorText(error)}. ${UNCHANGED}`];
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StoreError('cancelled', 'Cancelled. The session is as it was.');
}
