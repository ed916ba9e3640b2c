/** What the screen says of an answer: totals, coverage, what is left out. */
import { formatNumber, plural } from '../shared/format';
import type { SearchAnswer, Skipped } from '../shared/search/answer';
import { visibleLine } from '../shared/visibleText';
import type { Scope } from './scope';

/** "1,204 hits in 87 sessions"; while the search goes on: "1,204 hits so far in 87 sessions". */
export function totalsWords({ totalHits, totalSessions, complete }: SearchAnswer): string {
  if (totalHits === 0) return complete ? 'No hits' : 'No hits so far';
  return `${plural(totalHits, 'hit')}${complete ? '' : ' so far'} in ${plural(totalSessions, 'session')}`;
}

function isOnePlace({ place, row }: Skipped): boolean {
  return place !== undefined || row !== undefined;
}

/** "2 lines and 1 locked store left out", or `undefined` where nothing is. */
export function leftOutWords({ skipped, skippedCount }: SearchAnswer): string | undefined {
  if (skippedCount === 0) return undefined;
  // Only the first ones are listed: what the others are is not known.
  if (skippedCount > skipped.length) return `${plural(skippedCount, 'place')} left out`;
  const stores = skipped.filter(({ key }) => key === undefined);
  const locked = stores.filter(({ code }) => code === 'busy').length;
  const places = skipped.filter((one) => one.key !== undefined && isOnePlace(one));
  const lines = places.filter(({ place }) => place?.startsWith('line')).length;
  const rows = places.length - lines;
  const sessions = skipped.length - stores.length - places.length;
  const parts = [
    lines > 0 ? plural(lines, 'line') : '',
    rows > 0 ? plural(rows, 'row') : '',
    sessions > 0 ? plural(sessions, 'session') : '',
    locked > 0 ? plural(locked, 'locked store') : '',
    stores.length > locked ? plural(stores.length - locked, 'store') : '',
  ].filter(Boolean);
  const last = parts.pop();
  return `${parts.length > 0 ? `${parts.join(', ')} and ` : ''}${last} left out`;
}

function storeWords(scope: Scope, stores: number): string {
  if (scope.kind === 'store') return visibleLine(scope.label);
  return stores === 1 ? 'the store' : plural(stores, 'store');
}

/**
 * "12,431 messages in 310 sessions, all of 3 stores"; "12,431 messages in 310 sessions of 3 stores · 2 lines left out";
 * `undefined` before it is known.
 */
export function coverageWords(answer: SearchAnswer, scope: Scope): string | undefined {
  if (!answer.complete) return undefined;
  const { coverage } = answer;
  const messages = coverage.reduce((sum, store) => sum + store.messages, 0);
  const sessions = coverage.reduce((sum, store) => sum + store.sessions, 0);
  const leftOut = leftOutWords(answer);
  if (coverage.length === 0) return leftOut ?? 'there is no store to search';
  const what = plural(messages, 'message');
  if (scope.kind === 'session') {
    const place = `${what} in "${visibleLine(scope.label)}"`;
    return leftOut ? `${place} · ${leftOut}` : `all of ${place}`;
  }
  const stores = storeWords(scope, coverage.length);
  // The stores are empty, or the fields of the query rule out every session.
  if (sessions === 0 && !leftOut) return `no sessions in ${stores} to search`;
  const where = `${what} in ${plural(sessions, 'session')}`;
  return leftOut ? `${where} of ${stores} · ${leftOut}` : `${where}, all of ${stores}`;
}

/** The same, short enough for the title of a Quick Pick: "12,431 messages, all of 3 stores". */
function shortCoverageWords(answer: SearchAnswer, scope: Scope): string | undefined {
  const { coverage, complete } = answer;
  const messages = coverage.reduce((sum, store) => sum + store.messages, 0);
  if (!complete || scope.kind !== 'everywhere' || messages === 0) return coverageWords(answer, scope);
  const leftOut = leftOutWords(answer);
  const stores = storeWords(scope, coverage.length);
  return `${plural(messages, 'message')}${leftOut ? ` in ${stores} · ${leftOut}` : `, all of ${stores}`}`;
}

/** "still searching, 34%" */
export function progressWords({ complete, progress }: SearchAnswer): string | undefined {
  return complete ? undefined : `still searching, ${Math.floor(progress * 100)}%`;
}

/** Totals and coverage for the title of the Quick Pick. */
export function titleWords(answer: SearchAnswer, scope: Scope): string {
  return [totalsWords(answer), progressWords(answer) ?? shortCoverageWords(answer, scope)].filter(Boolean).join(' · ');
}

/** All of it on one line. */
export function answerWords(answer: SearchAnswer, scope: Scope): string {
  return [totalsWords(answer), progressWords(answer) ?? coverageWords(answer, scope)].filter(Boolean).join(' · ');
}

/** Sentences that belong to the answer as a whole. */
export function notesOf({ notes, coverage }: SearchAnswer): string[] {
  return [...notes, ...coverage.flatMap(({ label, note }) => (note === undefined ? [] : [`${label}: ${note}`]))].map(
    visibleLine,
  );
}

/** "40 hits", "40 hits, 12 listed" */
export function groupWords(total: number, listed: number): string {
  return listed < total ? `${plural(total, 'hit')}, ${formatNumber(listed)} listed` : plural(total, 'hit');
}
