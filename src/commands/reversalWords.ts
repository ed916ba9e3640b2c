/** What the screen says after an undo, a redo and a restore. Text only, no VS Code. */
import { plural } from '../shared/format';
import type { ReverseResult } from '../shared/operations';
import { visibleLine } from '../shared/visibleText';
import { shortLabel } from './operationWords';

/** Whether all of it was done, or only needs a choice that is asked for. */
export function isComplete({ conflicts, failures }: ReverseResult): boolean {
  return conflicts.length === 0 && failures.length === 0;
}

/** What the notification says. `restores`: sessions were fetched from the trash, one by one. */
export function reversalWords(results: readonly ReverseResult[], restores: boolean): string {
  const reversed = results.flatMap((result) => result.reversed);
  const [only] = reversed;
  if (!restores || !only) return [...new Set(results.map(({ summary }) => summary))].join(' ');
  const newKey = only.newKey === undefined ? '' : `, now ${visibleLine(only.newKey)}`;
  const what = reversed.length === 1 ? `"${shortLabel(only.label)}"${newKey}` : plural(reversed.length, 'session');
  const left = results.reduce((sum, { conflicts, failures }) => sum + conflicts.length + failures.length, 0);
  return `Restored ${what}${left > 0 ? `, ${plural(left, 'session')} not` : ''}.`;
}
