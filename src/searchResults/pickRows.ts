/** The rows of the search's Quick Pick, as plain data. */
import { formatNumber, plural } from '../shared/format';
import type { SearchAnswer, SearchHit, SessionHits } from '../shared/search/answer';
import { correctedQuery, FIELDS } from '../shared/search/parseQuery';
import type { Span } from '../shared/search/query';
import { visibleLine } from '../shared/visibleText';
import { coverageWords, leftOutWords, notesOf, progressWords } from './answerWords';
import { groupHits, type HitGroup, hitId } from './hitGroups';
import { activityWords, hitIcon, hitTime, partWords } from './hitWords';
import type { Scope } from './scope';
import { visibleSnippet, withLength, withShortLead } from './snippets';

/** Hits that one session shows; more are behind a row. */
const HITS_OF_SESSION = 5;
/** Sessions that are listed without their hits. */
const MOST_OTHERS = 20;
/** Characters of a row: role, time and the session's name stand beside them, and VS Code cuts those first. */
const LENGTH = 52;
/** Characters before what was found. */
const LEAD = 20;
/** Characters of a session's name. */
const NAME_LENGTH = 28;

interface RowBase {
  /** The same row in the next list has the same id. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** A second line. */
  readonly detail?: string;
  readonly icon: string;
}

export type PickRow =
  | { readonly kind: 'separator'; readonly id: string; readonly label: string }
  | (RowBase & { readonly kind: 'hit'; readonly hit: SearchHit; readonly group: HitGroup })
  /** Searches on in one session. */
  | (RowBase & { readonly kind: 'narrow'; readonly group: HitGroup })
  /** Searches on everywhere. */
  | (RowBase & { readonly kind: 'widen' })
  /** Opens the Search Results view. */
  | (RowBase & { readonly kind: 'results' })
  /** Takes the place of what is typed. */
  | (RowBase & {
      readonly kind: 'query';
      readonly query: string;
      readonly source: 'history' | 'saved' | 'completion' | 'correction' | 'syntax';
    })
  /** Asks again. */
  | (RowBase & { readonly kind: 'retry' })
  /** Tells something; nothing happens on Enter. */
  | (RowBase & { readonly kind: 'words' });

export interface RowContext {
  readonly scope: Scope;
  /** What the screen calls a store, by its id; `undefined` where there is only one. */
  readonly storeName: (store: string) => string | undefined;
  readonly now: number;
}

function hitRow(hit: SearchHit, group: HitGroup, now: number): PickRow {
  const line = withLength(withShortLead(visibleSnippet(hit.snippet, hit.ranges), LEAD), LENGTH);
  return {
    kind: 'hit',
    id: hitId(hit),
    label: line.text.trim() || 'Empty message',
    description: [partWords(hit), hitTime(hit, now)].filter(Boolean).join(' · '),
    icon: hitIcon(hit),
    hit,
    group,
  };
}

/** What a session is called above its hits; its key, or its store, tells it from others that are called the same. */
function headings(groups: readonly HitGroup[], storeName: RowContext['storeName']): string[] {
  const cut = (text: string) => withLength({ text: visibleLine(text), ranges: [] }, NAME_LENGTH).text;
  return groups.map((group) => {
    const others = groups.filter((other) => other !== group && other.label === group.label);
    if (others.length === 0) return cut(group.label);
    const isSameKey = others.some(({ key }) => key === group.key);
    return `${cut(group.label)} · ${cut(isSameKey ? (storeName(group.store) ?? group.key) : group.key)}`;
  });
}

function groupRows(group: HitGroup, heading: string, { scope, now }: RowContext): PickRow[] {
  const shown = scope.kind === 'session' ? group.hits : group.hits.slice(0, HITS_OF_SESSION);
  const id = `${group.store}\n${group.key}`;
  const rows: PickRow[] = [{ kind: 'separator', id, label: heading }];
  rows.push(...shown.map((hit) => hitRow(hit, group, now)));
  const more = group.total - shown.length;
  if (more > 0 && scope.kind !== 'session') {
    const label = `${formatNumber(more)} more in this session`;
    rows.push({ kind: 'narrow', id: `narrow\n${id}`, label, icon: 'ellipsis', group });
  }
  return rows;
}

function wordsRows(id: string, texts: readonly string[]): PickRow[] {
  return texts.map((label, index) => ({ kind: 'words', id: `${id}${index}`, label, icon: 'info' }));
}

/** Sessions whose hits are all behind those that were handed out. */
function otherRows(sessions: readonly SessionHits[], groups: readonly HitGroup[], { now }: RowContext): PickRow[] {
  const shown = new Set(groups.map(({ store, key }) => `${store}\n${key}`));
  const others = sessions.filter(({ store, key }) => !shown.has(`${store}\n${key}`)).slice(0, MOST_OTHERS);
  if (others.length === 0) return [];
  const rows = others.map((session): PickRow => {
    const { store, key, hits } = session;
    const label = withLength({ text: visibleLine(session.label), ranges: [] }, LENGTH).text;
    const description = [plural(hits, 'hit'), activityWords(session.lastActivity, now)].filter(Boolean).join(' · ');
    const group: HitGroup = { ...session, total: hits, hits: [] };
    return { kind: 'narrow', id: `narrow\n${store}\n${key}`, label, description, icon: 'comment-discussion', group };
  });
  return [{ kind: 'separator', id: 'others', label: 'also in' }, ...rows];
}

/** Rows of an answer: hits below their sessions, then what it covers. */
export function answerRows(query: string, answer: SearchAnswer, context: RowContext): PickRow[] {
  const notes = wordsRows('note', notesOf({ ...answer, coverage: [] }));
  if (answer.totalHits === 0) return [...notes, ...nothingRows(query, answer, context)];
  const groups = groupHits(answer);
  const names = headings(groups, context.storeName);
  const hits = groups.flatMap((group, index) => groupRows(group, names[index] ?? group.key, context));
  const label = `Show ${answer.totalHits === 1 ? 'the hit' : `all ${plural(answer.totalHits, 'hit')}`} in the Search Results view`;
  const end: PickRow[] = [
    { kind: 'separator', id: 'end', label: '' },
    { kind: 'results', id: 'results', label, description: leftOutWords(answer), icon: 'list-tree' },
  ];
  return [
    ...notes,
    ...hits,
    ...otherRows(answer.sessions, groups, context),
    ...end,
    ...wordsRows('coverage', notesOf({ ...answer, notes: [] })),
  ];
}

function nothingRows(query: string, answer: SearchAnswer, { scope }: RowContext): PickRow[] {
  if (!answer.complete) {
    return [
      { kind: 'words', id: 'searching', label: 'Searching', description: progressWords(answer), icon: 'loading~spin' },
    ];
  }
  if (answer.coverage.length === 0 && answer.skippedCount === 0) {
    const description = 'Add Store... in the Sessions view takes one';
    return [{ kind: 'words', id: 'nothing', label: 'There is no store to search', description, icon: 'info' }];
  }
  const label = `No hits for ${visibleLine(query.trim())}`;
  const description = coverageWords(answer, scope);
  const rows: PickRow[] = [{ kind: 'words', id: 'nothing', label, description, icon: 'info' }];
  if (answer.skippedCount > 0) {
    const what = 'Show what was left out in the Search Results view';
    rows.push({ kind: 'results', id: 'results', label: what, icon: 'warning' });
  }
  if (scope.kind !== 'everywhere') rows.push(widenRow(scope));
  return [...rows, ...wordsRows('coverage', notesOf({ ...answer, notes: [] }))];
}

/** Says where is searched, and searches everywhere instead. */
export function widenRow(scope: Scope): PickRow {
  const label = scope.kind === 'everywhere' ? '' : visibleLine(scope.label);
  return {
    kind: 'widen',
    id: 'widen',
    label: 'Search all stores instead',
    description: `now in ${label}`,
    icon: 'globe',
  };
}

/** The place of a fault in a query: `at character 6: (a+)+$`. */
export function placeWords(query: string, { at, length }: Span): string {
  if (at >= query.trimEnd().length) return 'at the end';
  const fault = visibleLine(query.slice(at, at + length).trim());
  const place = `at character ${[...query.slice(0, at)].length + 1}`;
  return fault === '' ? place : `${place}: ${fault}`;
}

/** The query means nothing: why, where, and what it probably was to mean. */
export function faultRows(query: string, message: string, span: Span | undefined): PickRow[] {
  // A row is narrow: the first sentence says what is wrong, what else there is to say stands below it.
  const [label = '', ...rest] = visibleLine(message).split(/(?<=[.?]) /);
  const detail = rest.length > 0 ? { detail: rest.join(' ') } : {};
  const description = span && placeWords(query, span);
  const rows: PickRow[] = [{ kind: 'words', id: 'fault', label, description, ...detail, icon: 'error' }];
  const corrected = span && correctedQuery(query, span);
  if (corrected === undefined) return rows;
  const fix = `Search for ${visibleLine(corrected.trim())}`;
  return [...rows, { kind: 'query', id: 'fix', label: fix, icon: 'lightbulb', query: corrected, source: 'correction' }];
}

/** The search could not be run. */
export function failureRows(message: string): PickRow[] {
  return [
    { kind: 'words', id: 'failure', label: visibleLine(message), icon: 'error' },
    { kind: 'retry', id: 'retry', label: 'Search again', icon: 'refresh' },
  ];
}

export interface SavedQuery {
  readonly name: string;
  readonly query: string;
}

/** What is offered before anything is typed. */
export function homeRows(history: readonly string[], saved: readonly SavedQuery[], scope: Scope): PickRow[] {
  const rows: PickRow[] = scope.kind === 'everywhere' ? [] : [widenRow(scope)];
  if (saved.length > 0) {
    rows.push({ kind: 'separator', id: 'saved', label: 'saved searches' });
    for (const [index, { name, query }] of saved.entries()) {
      const description = name === query ? undefined : visibleLine(query);
      const label = visibleLine(name);
      rows.push({ kind: 'query', id: `saved${index}`, label, description, icon: 'bookmark', query, source: 'saved' });
    }
  }
  if (history.length > 0) {
    rows.push({ kind: 'separator', id: 'history', label: 'recent searches' });
    for (const [index, query] of history.entries()) {
      rows.push({
        kind: 'query',
        id: `history${index}`,
        label: visibleLine(query),
        icon: 'history',
        query,
        source: 'history',
      });
    }
  }
  return rows.length > 0 ? rows : syntaxRows();
}

/** Example, what it finds, what picking it puts into the box. */
const FORMS: readonly (readonly [example: string, meaning: string, inserted: string])[] = [
  ['npm test', 'Both words, also inside longer ones', ''],
  ['"low water"', 'These words, one after the other', '"'],
  ['=test', 'The whole word only', '='],
  ['-draft', 'Messages without it', '-'],
  ['tide OR gauge', 'Either of the two', 'OR '],
  ['/err(or)?\\d+/i', 'A regular expression', '/'],
];

/** How a query is written; picking a row puts it behind what is typed. */
export function syntaxRows(): PickRow[] {
  const fields = FIELDS.map(({ name, meaning }) => [`${name}:`, meaning, `${name}:`] as const);
  return [
    { kind: 'separator', id: 'syntax', label: 'how to search' },
    ...[...FORMS, ...fields].map(([label, description, query], index): PickRow => {
      const id = `syntax${index}`;
      return { kind: 'query', id, label, description, icon: 'chevron-right', query, source: 'syntax' };
    }),
  ];
}
