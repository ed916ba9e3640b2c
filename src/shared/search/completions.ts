/** What can be offered while a query is typed. */
import { FIELDS } from './fields';
import type { Span } from './query';

export interface QueryCompletion {
  /** What it takes the place of. */
  readonly span: Span;
  readonly text: string;
  /** What it means, in words for the user. */
  readonly description: string;
}

const FIELD_TYPED = /^(-?)([A-Za-z]*)$/;
const VALUE_TYPED = /^-?([A-Za-z]+):([^\s"]*)$/;

/** Fields, or the values of the field, for the word that ends at `cursor` (UTF-16 units). Empty inside quotes and other words. */
export function completions(source: string, cursor: number): QueryCompletion[] {
  const before = source.slice(0, cursor);
  // Quotes come in pairs; behind an odd one a text is typed.
  if ((before.replace(/\\["\\]/g, '').match(/"/g)?.length ?? 0) % 2 === 1) return [];
  const start = before.search(/\S*$/);
  const word = before.slice(start);
  const value = VALUE_TYPED.exec(word);
  if (value) {
    const typed = (value[2] ?? '').toLowerCase();
    const field = FIELDS.find(({ name }) => name === value[1]?.toLowerCase());
    const span = { at: cursor - typed.length, length: typed.length };
    return (field?.values ?? [])
      .filter(({ text }) => text.startsWith(typed))
      .map(({ text, meaning }) => ({ span, text, description: meaning }));
  }
  const match = FIELD_TYPED.exec(word);
  if (!match) return [];
  const typed = (match[2] ?? '').toLowerCase();
  const span = { at: cursor - typed.length, length: typed.length };
  return FIELDS.filter(({ name }) => name.startsWith(typed)).map(({ name, meaning }) => ({
    span,
    text: `${name}:`,
    description: meaning,
  }));
}
