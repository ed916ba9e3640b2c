import type { MetadataRow } from '../../journal/changes';
import type { Scope } from './draft';

/** An append that is older than this (milliseconds) and not yet counted never will be: its writer was killed. */
const HALF_APPEND_AGE = 5000;
/** Appends that can be between their two statements at the same time: one for each connection of an agent's. */
const MOST_HALF_APPENDS = 8;

/**
 * zeroclaw appends in two statements of their own, and its second one adds 1 to the count: who counts between them makes
 * it one too many. Such a session has a last message that is younger than its last activity.
 */
export function isHalfAppended(scope: Scope, metadata: MetadataRow | null): boolean {
  const last = scope.messages.timeOf(scope.key, 'last');
  if (typeof last !== 'string') return false;
  const activity = metadata?.last_activity;
  if (metadata && !(typeof activity === 'string' && last > activity)) return false;
  return Math.abs(scope.now - Date.parse(last)) < HALF_APPEND_AGE;
}

function isRecent(time: unknown, now: number): boolean {
  return typeof time === 'string' && Math.abs(now - Date.parse(time)) < HALF_APPEND_AGE;
}

/**
 * The count of a session that gets `added` more messages than it has now (fewer, if negative). That of a quiet session is
 * counted. Beside agents that append, several at once perhaps, nobody can tell which messages are still to be counted:
 * there the stored number is changed by just as much, which comes out right whatever they add to it.
 */
export function countWith({ messages, key, now }: Scope, metadata: MetadataRow | null, added: number): number {
  const real = messages.count(key);
  const stored = metadata?.message_count;
  if (typeof stored !== 'number' || stored === real || Math.abs(stored - real) > MOST_HALF_APPENDS) return real + added;
  const isBusy = isRecent(metadata?.last_activity, now) || isRecent(messages.timeOf(key, 'last'), now);
  return (isBusy ? stored : real) + added;
}
