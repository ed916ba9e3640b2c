import { completions } from '../shared/search/parseQuery';
import type { PickRow } from './pickRows';

/** Letters of a field's name before it is offered: shorter ones are the beginnings of too many words. */
const SHORTEST_NAME = 2;

/** Rows that complete the field, or the value of one, at the end of what is typed. Other words have none. */
export function completionRows(query: string): PickRow[] {
  return completions(query, query.length).flatMap(({ span, text, description }): PickRow[] => {
    const isField = text.endsWith(':');
    if (isField && span.length < SHORTEST_NAME) return [];
    // Typed in full already.
    if (text.length === span.length) return [];
    const completed = `${query.slice(0, span.at)}${text}${isField ? '' : ' '}${query.slice(span.at + span.length)}`;
    const base = { id: `completion ${text}`, label: text, description, icon: 'symbol-field' } as const;
    return [{ ...base, kind: 'query', query: completed, source: 'completion' }];
  });
}
