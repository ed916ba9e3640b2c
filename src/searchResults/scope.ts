import type { SearchScope } from '../shared/search/answer';
import type { StoreLocation } from '../shared/session';

/** Where is searched, as the screen says it. */
export type Scope =
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'store'; readonly store: StoreLocation; readonly label: string }
  | { readonly kind: 'session'; readonly store: StoreLocation; readonly key: string; readonly label: string };

export const EVERYWHERE: Scope = { kind: 'everywhere' };

/** One search of the user. */
export interface SearchInput {
  readonly query: string;
  readonly scope: Scope;
  readonly order: 'rank' | 'time';
}

/** `stores`: those of the workspace. */
export function requestScope(scope: Scope, stores: readonly StoreLocation[]): SearchScope {
  switch (scope.kind) {
    case 'everywhere':
      return { kind: 'stores', stores };
    case 'store':
      return { kind: 'stores', stores: [scope.store] };
    case 'session':
      return { kind: 'session', store: scope.store, key: scope.key };
  }
}

/** The search as one query that means the same when it is asked everywhere: where is searched becomes fields of it. */
export function queryWithScope({ query, scope }: SearchInput): string {
  const text = query.trim();
  const store = (path: string) => `store:=${quoted(path)}`;
  switch (scope.kind) {
    case 'everywhere':
      return text;
    case 'store':
      return `${text} ${store(scope.store.path)}`;
    case 'session':
      return `${text} in:=${quoted(scope.key)} ${store(scope.store.path)}`;
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
