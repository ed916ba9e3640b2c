/**
 * What a person asks for, parsed: every clause must hold, a clause holds when one of its terms does.
 * `a b OR c -d` is [[a], [b, c], [not d]]: OR binds its two neighbours, as web search engines have it.
 */

/** Where in the typed text something stands (UTF-16). */
export interface Span {
  readonly at: number;
  readonly length: number;
}

/** What `has:` may ask for. */
export const HAS_VALUES = ['tool', 'error', 'image', 'thinking', 'problem'] as const;
export type HasValue = (typeof HAS_VALUES)[number];

/** Fields whose value is a piece of text, found wherever it stands in what the field names; `=value` means all of it. */
export const TEXT_FIELDS = ['role', 'tool', 'in', 'store', 'state'] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

export type Condition =
  /** `whole`: no letter, digit or underscore before and after it. White space in it stands for any white space. */
  | { readonly kind: 'text'; readonly text: string; readonly whole: boolean }
  /** Applied to the text as it is: letter case and diacritics matter unless the flags say otherwise. */
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'field'; readonly field: TextField; readonly value: string; readonly whole: boolean }
  /** `time` in milliseconds since the epoch; `after` includes it, `before` does not. */
  | { readonly kind: 'time'; readonly field: 'after' | 'before'; readonly time: number }
  | { readonly kind: 'has'; readonly what: HasValue };

export type Term = Condition & { readonly negated: boolean; readonly span: Span };

export interface Clause {
  readonly anyOf: readonly Term[];
}

export interface Query {
  readonly source: string;
  readonly clauses: readonly Clause[];
  /** `in:raw`: the stored record itself is searched, not what a person sees of it. */
  readonly raw: boolean;
  /** What a person should know of how the query was taken ("sender: is no field and was searched as text"). */
  readonly notes: readonly string[];
}

/** A query that means nothing: words for the user, and the place of the fault. */
export class QueryError extends Error {
  constructor(
    message: string,
    readonly span: Span,
  ) {
    super(message);
    this.name = 'QueryError';
  }
}
