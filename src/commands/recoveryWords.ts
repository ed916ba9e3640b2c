import { plural } from '../shared/format';
import type { Recovery } from '../shared/operations';

/** What was completed and what was rolled back after a process was killed, in a sentence. */
export function recoveryWords(recoveries: readonly Recovery[]): string {
  const [only] = recoveries;
  if (only && recoveries.length === 1) return only.message;
  const completed = recoveries.filter(({ outcome }) => outcome === 'completed').length;
  const rolledBack = recoveries.length - completed;
  const parts = [
    completed > 0 ? `${completed} had been made and ${completed === 1 ? 'is' : 'are'} completed` : '',
    rolledBack > 0 ? `${rolledBack} ${rolledBack === 1 ? 'was' : 'were'} rolled back` : '',
  ].filter(Boolean);
  return `${plural(recoveries.length, 'interrupted change')}: ${parts.join(', ')}.`;
}
