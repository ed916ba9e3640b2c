import type { StoreLocation } from '../../shared/session';
import type { BackendContext } from '../SessionBackend';
import { JsonlSearch } from './jsonl/JsonlSearch';
import type { SearchContext, StoreSearch } from './StoreSearch';
import { SqliteSearch } from './sqlite/SqliteSearch';
import type { SearchPool } from './workers/SearchPool';

export interface StoreSearchOptions {
  readonly location: StoreLocation;
  readonly context: BackendContext;
  readonly sqliteBinding: string | undefined;
  readonly pool: SearchPool;
  readonly search: SearchContext;
  /** The generation in which the rows of a session are numbered now. */
  readonly generation: (key: string) => Promise<number>;
}

/** The search of a store, by its kind. Opens nothing: the first question does. */
export function openStoreSearch(options: StoreSearchOptions): StoreSearch {
  switch (options.location.kind) {
    case 'jsonl':
      return new JsonlSearch(options);
    case 'sqlite':
      return new SqliteSearch(options);
  }
}
