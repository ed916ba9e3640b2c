import * as path from 'node:path';
import type { FindPattern, Found } from '../../../shared/search/answer';
import { compilePattern } from '../../../shared/search/textPattern';
import type { StoreLocation } from '../../../shared/session';
import type { BackendContext } from '../../SessionBackend';
import type { Ranked, ScanCoverage, ScanPart, SearchContext, StoreQuery, StoreSearch } from '../StoreSearch';
import type { SearchPool } from '../workers/SearchPool';
import { FolderScan } from './FolderScan';
import { findInSession } from './findInSession';
import { KnownLines } from './knownLines';

export interface JsonlSearchOptions {
  readonly location: StoreLocation;
  readonly context: BackendContext;
  readonly sqliteBinding: string | undefined;
  readonly pool: SearchPool;
  readonly search: SearchContext;
}

export class JsonlSearch implements StoreSearch {
  private readonly folder: string;
  private readonly known: KnownLines;
  constructor(private readonly options: JsonlSearchOptions) {
    this.folder = path.resolve(options.location.path);
    this.known = new KnownLines(this.folder, options.context, options.pool);
  }
  async ranked(): Promise<Ranked> {
    return { hits: [] };
  }
  async scan(query: StoreQuery, onPart: (part: ScanPart) => void, signal: AbortSignal): Promise<ScanCoverage> {
    const { pool, search } = this.options;
    const { folder, known } = this;
    return new FolderScan({ folder, store: search.store, pool, known, query, onPart, signal }).run();
  }
  async find(key: string, pattern: FindPattern, signal: AbortSignal): Promise<Found> {
    // A wrong expression is told before any file is opened.
    compilePattern(pattern);
    const { folder } = this;
    const { pool } = this.options;
    return { generation: 0, ...(await findInSession({ folder, key, pattern, pool, signal })) };
  }
  changed(): void {}
  async updateIndex(): Promise<void> {}
  pauseIndex(): void {}
  async close(): Promise<void> {}
}
