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
