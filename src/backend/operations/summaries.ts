import { formatSize, plural } from '../../shared/format';
import type { OperationKind, OperationRequest, OperationResult } from '../../shared/operations';

const DONE: Readonly<Record<OperationKind, string>> = {
  rename: 'Renamed',
  keep: 'Kept',
  append: 'Appended to',
  'update-last': 'Changed the last message of',
  'remove-last': 'Removed the last message of',
  'remove-messages': 'Removed messages of',
  clear: 'Cleared',
  state: 'Changed the state of',
  compact: 'Compacted',
  'compact-store': 'Compacted',
  migrate: 'Migrated',
  export: 'Exported',
  cleanup: 'Cleaned up',
  delete: 'Deleted',
};

/** What was interrupted, in words. */
export const INTERRUPTED: Readonly<Record<OperationKind, string>> = {
  rename: 'renaming',
  keep: 'pinning',
  append: 'append',
  'update-last': 'change of the last message',
  'remove-last': 'removal of the last message',
  'remove-messages': 'removal of messages',
  clear: 'clearing',
  state: 'change of state',
  compact: 'compaction',
  'compact-store': 'compaction',
  migrate: 'migration',
  export: 'export',
  cleanup: 'clean-up',
  delete: 'deletion',
};

function doneWords(request: OperationRequest): string {
  if (request.operation === 'keep' && !request.kept) return 'No longer kept:';
  if (request.operation === 'state' && request.state === 'idle') return 'Marked as idle:';
  return DONE[request.operation];
}

/** Operations of which the numbers of messages and bytes say something. */
const COUNTED: ReadonlySet<OperationKind> = new Set([
  'clear',
  'migrate',
  'export',
  'cleanup',
  'delete',
  'remove-messages',
]);
const SINGLE_LABEL_LIMIT = 60;

function shortened(label: string): string {
  return label.length > SINGLE_LABEL_LIMIT ? `${label.slice(0, SINGLE_LABEL_LIMIT - 3)}...` : label;
}

/** One sentence for the notification and the history: what was done, in numbers, and what was not. */
export function summaryOf(request: OperationRequest, result: Omit<OperationResult, 'summary'>): string {
  const { sessions, failures, skipped, cancelled, droppedCount, operation } = result;
  if (sessions.length === 0 && !cancelled && failures.length + skipped.length === 1) return reasonOf(result);
  const rest = [
    failures.length > 0 ? `${plural(failures.length, 'session')} failed` : '',
    skipped.length > 0 ? `${plural(skipped.length, 'session')} skipped` : '',
  ].filter(Boolean);
  const [only] = sessions;
  const parts: string[] = [];
  if (!only) parts.push(cancelled ? 'Cancelled, nothing was changed' : 'Nothing was changed');
  else {
    const what = sessions.length === 1 ? `"${shortened(only.label)}"` : plural(sessions.length, 'session');
    parts.push(`${doneWords(request)} ${what}${numbers(result)}`);
    if (cancelled) parts.push('then cancelled');
  }
  if (droppedCount > 0 && operation !== 'migrate') {
    parts.push(`${plural(droppedCount, 'line')} dropped (${formatSize(result.bytes)})`);
  }
  if (operation === 'remove-last' && result.messages > 1)
    parts.push(`${plural(result.messages, 'message')} that go together`);
  return `${[...parts, ...rest].join(', ')}.`;
}

function numbers({ operation, messages, bytes }: Omit<OperationResult, 'summary'>): string {
  return COUNTED.has(operation) ? ` (${plural(messages, 'message')}, ${formatSize(bytes)})` : '';
}

/** Why the only session was not changed. */
function reasonOf({ failures, skipped }: Omit<OperationResult, 'summary'>): string {
  const [failure] = failures;
  if (failure) return failure.message;
  const [one] = skipped;
  return `Nothing was changed in "${shortened(one?.label ?? '')}": ${(one?.reason ?? '').replace(/\.$/, '')}.`;
}
