/** The fields of a query: what they are called, what they ask for, and what they may hold. */
import { HAS_VALUES, type QueryError, type Span } from './query';

export interface Field {
  readonly name: string;
  /** What it asks for, in words for the completion of a query. */
  readonly meaning: string;
  /** Values that can be offered; `any`: others are right as well. */
  readonly values: readonly FieldValue[];
  readonly any: boolean;
}

export interface FieldValue {
  readonly text: string;
  readonly meaning: string;
}

const DATES: readonly FieldValue[] = [
  { text: 'today', meaning: 'Since midnight' },
  { text: 'yesterday', meaning: 'The midnight before' },
  { text: '1h', meaning: 'An hour ago' },
  { text: '7d', meaning: '7 days ago' },
  { text: '3mo', meaning: '3 months ago' },
];

const HAS_MEANINGS: Readonly<Record<(typeof HAS_VALUES)[number], string>> = {
  tool: 'A tool call or its result',
  error: 'A tool result that is an error',
  image: 'An image',
  thinking: 'Thinking',
  problem: 'Lines and rows that cannot be read',
};

/** Every field, in the order in which it is offered. */
export const FIELDS: readonly Field[] = [
  {
    name: 'role',
    meaning: 'Who wrote the message',
    values: [
      { text: 'user', meaning: 'What people wrote' },
      { text: 'assistant', meaning: 'What the agent wrote' },
      { text: 'tool', meaning: 'Results of tools' },
      { text: 'system', meaning: 'Instructions' },
    ],
    any: true,
  },
  { name: 'tool', meaning: 'Name of a tool that is called or answers', values: [], any: true },
  {
    name: 'in',
    meaning: 'Name or key of the session',
    values: [{ text: 'raw', meaning: 'Search the stored records, not what a person sees of them' }],
    any: true,
  },
  { name: 'store', meaning: 'Path or label of the store', values: [], any: true },
  {
    name: 'state',
    meaning: 'State of the session',
    values: [
      { text: 'running', meaning: 'A turn is being worked on' },
      { text: 'stuck', meaning: 'Running for too long' },
      { text: 'error', meaning: 'The last turn failed' },
      { text: 'idle', meaning: 'Waiting for a message' },
    ],
    any: true,
  },
  { name: 'after', meaning: 'Written then or later: 2026-11-20, 7d, today', values: DATES, any: true },
  { name: 'before', meaning: 'Written before: 2026-11-20, 7d, today', values: DATES, any: true },
  {
    name: 'has',
    meaning: 'What the message holds',
    values: HAS_VALUES.map((text) => ({ text, meaning: HAS_MEANINGS[text] })),
    any: false,
  },
];

/**
 * The field that a name was probably meant to be: one typing mistake away, two for names of five and more letters. Too
 * many words are that near to a field of two letters (`id:`, `bin:`); its letters may be swapped.
 */
export function fieldLike(name: string): Field | undefined {
  const allowed = name.length >= 5 ? 2 : 1;
  const near = FIELDS.filter((field) => field.name.length > 2 || isSwapped(name, field.name)).map((field) => ({
    field,
    mistakes: mistakesBetween(name, field.name),
  }));
  return near.filter(({ mistakes }) => mistakes <= allowed).sort((a, b) => a.mistakes - b.mistakes)[0]?.field;
}

function isSwapped(a: string, b: string): boolean {
  return a !== b && [...a].sort().join('') === [...b].sort().join('');
}

/** Letters to add, take away, replace, or swap with their neighbour. */
function mistakesBetween(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const crossed = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, crossed ? at(i - 2, j - 2) + 1 : replaced));
    }
  }
  return at(from.length, to.length);
}

/** "has:, in: and role:" */
export function listed(words: readonly string[], joiner: 'or' | 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${joiner} ${words.at(-1)}`;
}

/** What is wrong with a query, and where, in one line: "... (at character 12)." Characters are counted from 1. */
export function describeQueryError(error: QueryError, source: string): string {
  const position = [...source.slice(0, error.span.at)].length + 1;
  return `${error.message.replace(/\.$/, '')} (at character ${position}).`;
}

/** The query with the field that was probably meant, where the place of a fault is a misspelt one. */
export function correctedQuery(source: string, { at, length }: Span): string | undefined {
  const name = /^([A-Za-z]+):$/.exec(source.slice(at, at + length))?.[1]?.toLowerCase();
  if (name === undefined || FIELDS.some((field) => field.name === name)) return undefined;
  const meant = fieldLike(name);
  return meant && `${source.slice(0, at)}${meant.name}:${source.slice(at + length)}`;
}
