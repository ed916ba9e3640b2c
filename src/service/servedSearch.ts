import type { MessageConnection } from 'vscode-jsonrpc';
import type { BackendContext, SessionBackend } from '../backend/SessionBackend';
import { Search } from '../backend/search/Search';
import type { Found, SearchAnswer } from '../shared/search/answer';
import type { StoreLocation } from '../shared/session';
import * as protocol from './protocol';

export interface ServedSearchOptions {
  readonly connection: MessageConnection;
  readonly context: BackendContext;
  readonly sqliteBinding: string | undefined;
  readonly open: (location: StoreLocation) => Promise<SessionBackend>;
  readonly settings: () => protocol.Settings;
}

/** The search as the service offers it: made at its first use, with what is known in between told to the host. */
export class ServedSearch {
  private made: Search | undefined;
  private paused = false;

  constructor(private readonly options: ServedSearchOptions) {}

  run({ id, request }: protocol.SearchParams, signal: AbortSignal): Promise<SearchAnswer> {
    const { connection } = this.options;
    return this.search.run(
      request,
      (answer) => {
        if (!signal.aborted) void connection.sendNotification(protocol.SearchUpdated, { id, answer });
      },
      signal,
    );
  }

  find({ store, key, pattern }: protocol.FindParams, signal: AbortSignal): Promise<Found> {
    return this.search.find(store, key, pattern, signal);
  }

  prepare(stores: readonly StoreLocation[]): Promise<void> {
    return this.search.prepare(stores);
  }

  changed(storeId: string, keys: readonly string[] | undefined): void {
    this.made?.changed(storeId, keys);
  }

  pauseIndexing(paused: boolean): void {
    this.paused = paused;
    this.made?.pauseIndexing(paused);
  }

  async closeStore(storeId: string): Promise<void> {
    await this.made?.closeStore(storeId);
  }

  async close(): Promise<void> {
    await this.made?.close();
    this.made = undefined;
  }

  private get search(): Search {
    if (this.made) return this.made;
    const { connection, context, sqliteBinding, open, settings } = this.options;
    this.made = new Search({
      context,
      sqliteBinding,
      open,
      stuckAfterSeconds: () => settings().stuckAfterSeconds,
      watched: true,
      onIndexState: (state) => void connection.sendNotification(protocol.SearchIndexing, state),
    });
    this.made.pauseIndexing(this.paused);
    return this.made;
  }
}
