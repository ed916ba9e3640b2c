import * as path from 'node:path';
import { type CancellationToken, type MessageConnection, type RequestType, ResponseError } from 'vscode-jsonrpc';
import { imageOf } from '../backend/content/rows';
import { discoverInFolder, resolveStorePath } from '../backend/discovery';
import { errorText, StoreError } from '../backend/errors';
import { knownHomes } from '../backend/knownHomes';
import { BadQuery } from '../backend/search/searchedQuery';
import { type SessionMetadata, type StoreLocation, storeId } from '../shared/session';
import { stuckIn } from '../shared/sessionState';
import { ConversationFeed, rowRange } from './conversationFeed';
import { conversationHeader } from './header';
import { OpenStores } from './openStores';
import * as protocol from './protocol';
import { ServedOperations } from './servedOperations';
import { ServedSearch } from './servedSearch';
import { StoreWatch } from './storeWatch';

/** JSON-RPC's range for errors of the application. */
const APPLICATION_ERROR = -32000;

/** Rows of one answer at most: a whole conversation in one message would take the memory of both processes. */
const MOST_ROWS = 10_000;

/** A list that takes longer than this (milliseconds) tells what it knows in between. */
const BATCH_INTERVAL = 500;

function responseError(error: unknown): ResponseError<protocol.ErrorData> {
  const code = error instanceof StoreError ? error.code : 'internal';
  const span = error instanceof BadQuery ? { span: error.span } : {};
  return new ResponseError(APPLICATION_ERROR, errorText(error), { code, ...span });
}

/** Serves one extension host over one connection, until it goes. */
export class ServiceServer {
  private stores: OpenStores | undefined;
  private operations: ServedOperations | undefined;
  private search: ServedSearch | undefined;
  private settings: protocol.Settings = {
    dataFolder: '',
    sqliteBinding: '',
    stuckAfterSeconds: 600,
    trusted: false,
    trashDays: 30,
    trashBytes: 1e9,
  };
  private readonly feeds = new Map<number, ConversationFeed>();
  private readonly watch = new StoreWatch(() => this.connection.sendNotification(protocol.StoresChanged, {}));

  constructor(private readonly connection: MessageConnection) {
    this.answer(protocol.Configure, (settings) => this.configure(settings));
    this.answer(protocol.Discover, (params) => this.discover(params));
    this.answer(protocol.KnownHomes, () => knownHomes());
    this.answer(protocol.Retry, (location) => this.retry(location));
    this.answer(protocol.ListSessions, (params, signal) => this.list(params, signal));
    this.answer(protocol.GetSession, async ({ store, key }) => (await this.open.get(store)).getSession(key));
    this.answer(protocol.OpenConversation, (params) => this.openConversation(params));
    this.answer(protocol.GetRows, async ({ store, key, first, count }) =>
      rowRange(
        await (await this.open.get(store)).entries(key, { from: first, count: Math.min(count, MOST_ROWS) }),
        first,
      ),
    );
    this.answer(protocol.GetImage, async ({ store, key, row, index }) => {
      const page = await (await this.open.get(store)).entries(key, { from: row, count: 1 });
      return imageOf(page.entries[0], index);
    });
    this.answer(protocol.GetMessage, (params) => this.messageText(params));
    this.answer(protocol.GetRaw, async ({ store, key, row }) => {
      const raw = await (await this.open.get(store)).rawEntry(key, row);
      return { place: raw.place, text: raw.text, exact: raw.exact, role: '' };
    });
    this.answer(protocol.PlanOperation, (request, signal) => this.changing.plan(request, signal));
    this.answer(protocol.RunOperation, (params, signal) => this.changing.run(params, signal));
    this.answer(protocol.Reverse, (params, signal) => this.changing.reverse(params, signal));
    this.answer(protocol.GetHistory, ({ limit, before }) => this.changing.operations.history(limit, before));
    this.answer(protocol.GetTrash, () => this.changing.operations.trash());
    this.answer(protocol.PurgeTrash, ({ items }) => this.changing.purgeTrash(items));
    this.answer(protocol.Search, (params, signal) => this.searching.run(params, signal));
    this.answer(protocol.FindInConversation, (params, signal) => this.searching.find(params, signal));
    connection.onNotification(protocol.PrepareSearch, ({ stores }) => void this.search?.prepare(stores));
    connection.onNotification(protocol.PauseIndexing, ({ paused }) => this.search?.pauseIndexing(paused));
    connection.onNotification(protocol.CloseConversation, ({ viewer }) => this.closeFeed(viewer));
  }

  /** Registers one request: its failure becomes an error with a code and words, its cancellation an abort. */
  private answer<P, R>(
    type: RequestType<P, R, protocol.ErrorData>,
    handler: (params: P, signal: AbortSignal) => R | Promise<R>,
  ): void {
    const serve = async (params: P, token: CancellationToken): Promise<unknown> => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      try {
        return await handler(params, controller.signal);
      } catch (error) {
        throw responseError(error);
      }
    };
    this.connection.onRequest<unknown, protocol.ErrorData>(type.method, serve);
  }

  private get open(): OpenStores {
    if (!this.stores) throw new Error('The service was asked before it was configured.');
    return this.stores;
  }

  private get changing(): ServedOperations {
    if (!this.operations) throw new Error('The service was asked before it was configured.');
    return this.operations;
  }

  private get searching(): ServedSearch {
    if (!this.search) throw new Error('The service was asked before it was configured.');
    return this.search;
  }

  private async configure(settings: protocol.Settings): Promise<void> {
    const reopen = !this.stores || settings.sqliteBinding !== this.settings.sqliteBinding;
    this.settings = settings;
    if (!reopen) return;
    await this.search?.close();
    await this.stores?.closeAll();
    await this.operations?.close();
    const context = {
      now: Date.now,
      log: (level: 'info' | 'warning' | 'error', message: string) =>
        void this.connection.sendNotification(protocol.Log, { level, message }),
      dataFolder: settings.dataFolder === '' ? undefined : settings.dataFolder,
    };
    const sqliteBinding = settings.sqliteBinding === '' ? undefined : settings.sqliteBinding;
    const operations = new ServedOperations({
      connection: this.connection,
      context,
      sqliteBinding,
      open: (location) => this.open.get(location),
      settings: () => this.settings,
      onChange: (id, keys) => this.sessionsChanged(id, keys),
    });
    this.operations = operations;
    this.search = new ServedSearch({
      connection: this.connection,
      context,
      sqliteBinding,
      open: (location) => this.open.get(location),
      settings: () => this.settings,
    });
    this.stores = new OpenStores(
      context,
      {
        sqliteBinding,
        labels: operations.operations.labels,
        run: (request) => operations.operations.run(request),
        onRelease: async (location) => this.search?.closeStore(storeId(location)),
      },
      {
        onChange: (id, change) => this.sessionsChanged(id, change.keys),
        onProgress: (id, { key, bytesDone, bytesTotal }) => {
          for (const feed of this.feedsOf(id, [key])) feed.progress(bytesTotal === 0 ? 1 : bytesDone / bytesTotal);
        },
      },
    );
    // Pages that are open go on with the new stores.
    for (const feed of this.feeds.values()) void feed.refresh();
    operations.start();
  }

  private sessionsChanged(id: string, keys: readonly string[] | undefined): void {
    this.search?.changed(id, keys);
    this.connection.sendNotification(protocol.SessionsChanged, { storeId: id, keys });
    this.refreshFeeds(id, keys);
  }

  private async discover({ folders, paths }: protocol.DiscoverParams): Promise<protocol.DiscoverResult> {
    const stores: protocol.FoundStore[] = [];
    const failures: { path: string; code: string; message: string }[] = [];
    const seen = new Set<string>();
    const look = async (foundIn: string, find: (folder: string) => Promise<StoreLocation[]>) => {
      try {
        for (const location of await find(foundIn)) {
          if (seen.has(storeId(location))) continue;
          seen.add(storeId(location));
          stores.push({ location, foundIn });
        }
      } catch (error) {
        const code = error instanceof StoreError ? error.code : 'internal';
        failures.push({ path: foundIn, code, message: errorText(error) });
      }
    };
    for (const folder of folders) await look(folder, discoverInFolder);
    for (const given of paths) await look(given, resolveStorePath);
    const storeFolders = stores.map(({ location }) =>
      location.kind === 'sqlite' ? path.dirname(location.path) : location.path,
    );
    this.watch.watch([...folders, ...paths, ...storeFolders]);
    return { stores, failures };
  }

  private async list(params: protocol.ListParams, signal: AbortSignal): Promise<protocol.ListResult> {
    const backend = await this.open.get(params.store);
    const id = storeId(params.store);
    let gathered: SessionMetadata[] = [];
    let told = Date.now();
    const sessions = await backend.listSessionsWithMetadata({
      detail: params.detail,
      limit: params.limit,
      signal,
      onBatch: (batch) => {
        gathered.push(...batch);
        if (Date.now() - told < BATCH_INTERVAL) return;
        told = Date.now();
        this.connection.sendNotification(protocol.SessionsListed, { storeId: id, sessions: gathered });
        gathered = [];
      },
    });
    return { sessions, complete: params.limit === undefined || sessions.length < params.limit };
  }

  private async openConversation(params: protocol.OpenParams): Promise<protocol.Opened> {
    this.closeFeed(params.viewer);
    const { viewer, store, key, from, count } = params;
    await this.open.get(store);
    const feed = new ConversationFeed(
      store,
      key,
      () => this.open.get(store),
      {
        changed: (header, range) =>
          this.connection.sendNotification(protocol.ConversationChanged, { viewer, header, range }),
        indexing: (done) => this.connection.sendNotification(protocol.ConversationIndexing, { viewer, done }),
        gone: (message) => this.connection.sendNotification(protocol.ConversationGone, { viewer, message }),
        failed: (error) => {
          const message = `A change of ${key} could not be read: ${errorText(error)}`;
          this.connection.sendNotification(protocol.Log, { level: 'error', message });
        },
      },
      (session) => conversationHeader(store, session, Date.now(), this.settings.stuckAfterSeconds),
      (session) => stuckIn(session, Date.now(), this.settings.stuckAfterSeconds),
    );
    this.feeds.set(viewer, feed);
    const opened = await feed.open({ from, count: Math.min(count, MOST_ROWS) });
    if (!opened) {
      feed.close();
      // Another session may have been asked for in the same viewer meanwhile.
      if (this.feeds.get(viewer) === feed) this.feeds.delete(viewer);
      throw new StoreError('no-such-session', `There is no session ${key} in ${store.path}. It may have been deleted.`);
    }
    return opened;
  }

  private async messageText({ store, key, row }: protocol.RowParams): Promise<protocol.RowText> {
    const page = await (await this.open.get(store)).entries(key, { from: row, count: 1 });
    const entry = page.entries[0];
    if (entry?.kind === 'message') return { place: entry.place, text: entry.content, role: entry.role, exact: true };
    const raw = await (await this.open.get(store)).rawEntry(key, row);
    return { place: raw.place, text: raw.text, exact: raw.exact, role: '' };
  }

  private *feedsOf(id: string, keys: readonly string[] | undefined): Iterable<ConversationFeed> {
    for (const feed of this.feeds.values()) {
      if (storeId(feed.location) === id && (!keys || keys.includes(feed.key))) yield feed;
    }
  }

  private refreshFeeds(id: string, keys: readonly string[] | undefined): void {
    for (const feed of this.feedsOf(id, keys)) void feed.refresh();
  }

  /** Opens a store anew; pages that show its sessions go on with it. */
  private async retry(location: StoreLocation): Promise<void> {
    await this.search?.closeStore(storeId(location));
    await this.open.close(location);
    this.refreshFeeds(storeId(location), undefined);
  }

  private closeFeed(viewer: number): void {
    this.feeds.get(viewer)?.close();
    this.feeds.delete(viewer);
  }

  async close(): Promise<void> {
    this.watch.close();
    for (const viewer of [...this.feeds.keys()]) this.closeFeed(viewer);
    await this.search?.close();
    await this.stores?.closeAll();
    await this.operations?.close();
  }
}
