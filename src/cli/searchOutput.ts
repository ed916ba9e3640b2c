import { formatNumber, plural, relativeTime } from '../shared/format';
import type { SearchAnswer, SearchHit, SessionHits, TextRange } from '../shared/search/answer';
import { type StoreLocation, storeId } from '../shared/session';
import { visibleLine } from '../shared/visibleText';
import type { Write } from './output';

/** Places left out that a terminal is told of; `--json` has all. */
const SHOWN_SKIPPED = 5;

/** The answer of `search --json`. Fields are only ever added. */
export function searchJson(answer: SearchAnswer, locations: readonly StoreLocation[]): Record<string, unknown> {
  const stores = new Map(
    locations.map((location) => {
      const { kind, path, role } = location;
      return [storeId(location), { kind, path, role }];
    }),
  );
  const named = <Entry extends { readonly store: string }>(entry: Entry): Record<string, unknown> => ({
    ...entry,
    store: stores.get(entry.store) ?? entry.store,
  });
  const { hits, sessions, totalHits, totalSessions, complete, skipped, skippedCount, coverage, notes, elapsed } =
    answer;
  return {
    hits: hits.map(named),
    sessions: sessions.map(named),
    totalHits,
    totalSessions,
    complete,
    coverage: coverage.map(named),
    skipped: skipped.map(named),
    skippedCount,
    notes,
    elapsed: Math.round(elapsed),
  };
}

export interface AnswerOptions {
  readonly locations: readonly StoreLocation[];
  readonly now: number;
  readonly write: Write;
  /** What was found is marked. */
  readonly isTerminal: boolean;
}

/** The answer in lines: hits by session, then what they cover. */
export async function writeAnswer(answer: SearchAnswer, options: AnswerOptions): Promise<void> {
  const { write, now, locations, isTerminal } = options;
  const groups = new Map<string, SearchHit[]>();
  for (const hit of answer.hits) {
    const id = `${hit.store}\n${hit.key}`;
    groups.set(id, [...(groups.get(id) ?? []), hit]);
  }
  const sessions = new Map(answer.sessions.map((session) => [`${session.store}\n${session.key}`, session]));
  for (const [id, hits] of groups) {
    const [{ store, key } = { store: '', key: '' }] = hits;
    const session = sessions.get(id) ?? { store, key, label: key, lastActivity: null, hits: hits.length };
    await write(`${sessionLine(session, hits.length, now)}\n`);
    if (locations.length > 1) await write(`  in ${locations.find((each) => storeId(each) === store)?.path ?? store}\n`);
    for (const hit of hits) await write(`${hitLine(hit, isTerminal)}\n`);
    await write('\n');
  }
  for (const line of coverageLines(answer)) await write(`${visibleLine(line)}\n`);
}

function sessionLine({ key, label, lastActivity, hits }: SessionHits, shown: number, now: number): string {
  const time = Date.parse(lastActivity ?? '');
  const facts = [
    plural(hits, 'hit') + (hits > shown ? `, ${formatNumber(shown)} shown` : ''),
    ...(Number.isNaN(time) ? [] : [relativeTime(time, now)]),
  ];
  const name = visibleLine(key);
  const called = visibleLine(label);
  return `── ${name}${called === name ? '' : `  ${called}`} · ${facts.join(' · ')}`;
}

function hitLine(hit: SearchHit, isTerminal: boolean): string {
  const text = isTerminal ? withMarks(hit.snippet, hit.ranges) : hit.snippet;
  switch (hit.kind) {
    case 'message':
      return `  ${String(hit.index).padStart(6)}  ${visibleLine(hit.role).padEnd(9)}  ${text}`;
    case 'session':
      return `    name  ${text}`;
    case 'unreadable':
      return `  ${visibleLine(hit.place)}, unreadable  ${text}`;
  }
}

/** Bold, as terminals have it. */
function withMarks(text: string, ranges: readonly TextRange[]): string {
  let marked = '';
  let done = 0;
  for (const [start, end] of ranges) {
    marked += `${text.slice(done, start)}\u001b[1m${text.slice(start, end)}\u001b[22m`;
    done = end;
  }
  return marked + text.slice(done);
}

/** Totals, what they cover, and what was left out. */
function coverageLines(answer: SearchAnswer): string[] {
  const { totalHits, totalSessions, coverage, skipped, skippedCount, hits, notes, complete } = answer;
  const sum = (of: 'messages' | 'sessions'): number => coverage.reduce((total, store) => total + store[of], 0);
  const more = totalHits > hits.length ? `, the first ${formatNumber(hits.length)} shown` : '';
  const found =
    totalHits === 0 ? 'Nothing found' : `${plural(totalHits, 'hit')} in ${plural(totalSessions, 'session')}${more}`;
  const within = `${plural(sum('messages'), 'message')} in ${plural(sum('sessions'), 'session')} of ${plural(coverage.length, 'store')}`;
  return [
    `${found}. Looked through ${within}${complete ? '' : ', not to the end'}.`,
    ...coverage.flatMap(({ label, note }) => (note === undefined ? [] : [`${label}: ${note}`])),
    ...notes,
    ...(skippedCount === 0 ? [] : [`Left out: ${plural(skippedCount, 'place')}.`]),
    ...skipped.slice(0, SHOWN_SKIPPED).map(({ message }) => `  ${message}`),
    ...(skippedCount > SHOWN_SKIPPED
      ? [`  ... and ${formatNumber(skippedCount - SHOWN_SKIPPED)} more (--json has them)`]
      : []),
  ];
}
