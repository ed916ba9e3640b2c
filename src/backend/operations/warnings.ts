import { relativeTime } from '../../shared/format';
import type { SessionMetadata, StoreLocation } from '../../shared/session';

/** An agent that has written within this time (milliseconds) is taken to be alive. */
const RECENT = 10 * 60_000;

/**
 * Why care is due before an edit of a session. zeroclaw keeps the history of its channels in memory and never reads it
 * again before it restarts; the web chat reads it again when the page is loaded (measured, zeroclaw 0.6.9 to master).
 * `held`: whether another process has the database open, where that can be known.
 */
export function editWarnings(
  session: SessionMetadata,
  store: StoreLocation,
  now: number,
  held: boolean | undefined,
): string[] {
  if (store.role === 'archive' || session.origin === 'migrated') return [];
  const warnings: string[] = [];
  if (session.state === 'running') {
    const started = Date.parse(session.turnStartedAt ?? '');
    const since = Number.isNaN(started) ? '' : `, since ${relativeTime(started, now)}`;
    warnings.push(`It is running${since}: the agent may write to it at any moment.`);
  }
  const last = Date.parse(session.lastActivity ?? '');
  if (held === false || (held === undefined && !(now - last < RECENT))) return warnings;
  if (session.key.startsWith('gw_')) {
    warnings.push('An agent may have it open: the web chat shows the change when its page is loaded again.');
  } else if (held || now - last < RECENT) {
    warnings.push('An agent may hold it in memory: it goes on with the old messages until it is restarted.');
  }
  return warnings;
}
