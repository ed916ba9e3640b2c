import * as path from 'node:path';
import { type ServiceClient, ServiceError } from '../service/client';
import * as protocol from '../service/protocol';
import { type SessionMetadata, type StoreLocation, storeId } from '../shared/session';
import { type FailureNode, type SessionNode, type StoreNode, sessionNodeId, type TreeNode } from './nodes';
import type { RememberedStores } from './rememberedStores';

/** Where to look for stores. */
export interface Places {
  readonly folders: readonly string[];
  readonly paths: readonly string[];
}

/** Without keys: any session of the store. */
export type SessionsListener = (storeId: string, keys: readonly string[] | undefined) => void;

/** How long changes of rows are gathered before a store is sorted anew, so that a busy agent does not make the list jump. */
const REORDER_AFTER = 1000;
/** Rows that a store shows at once when it is opened; the others follow as soon as these are on the screen. */
const FIRST_ROWS = 60;
/** More changed sessions than this are one new list. */
const SINGLE_ROW_LIMIT = 20;

/** Newest activity first, as the backend sorts. */
function newestFirst(a: SessionNode, b: SessionNode): number {
  const left = a.metadata.lastActivity ?? '';
  const right = b.metadata.lastActivity ?? '';
  return left < right ? 1 : left > right ? -1 : 0;
}

function failureOf(error: unknown): { code: string; message: string } {
  const code = error instanceof ServiceError ? error.code : 'internal';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/**
 * The stores and sessions that the tree shows: plain data with its operations. It asks the service and tells of changes;
 * it knows nothing of tree items. Answers that arrive after a newer question are dropped.
 */
export class SessionsModel {
  private roots: (StoreNode | FailureNode)[] | undefined;
  private discovery = 0;
  /** The newest look for stores, while it runs and after. */
  private discovering: Promise<void> | undefined;
  private readonly lists = new Map<string, number>();
  /** Sessions that changed while their store was listed: the list may have read them before. */
  private readonly changedMeanwhile = new Map<string, Set<string>>();
  private readonly reorders = new Map<string, { readonly timer: NodeJS.Timeout; redraw: boolean }>();
  /** When a store was last drawn anew because rows came or went. */
  private readonly drawn = new Map<string, number>();
  private readonly listeners = new Set<(node: TreeNode | undefined) => void>();
  private readonly sessionListeners = new Set<SessionsListener>();

  constructor(
    private readonly client: Pick<ServiceClient, 'on' | 'request'>,
    private readonly places: () => Places,
    private readonly memory: Pick<RememberedStores, 'recall' | 'remember'>,
  ) {
    client.on(protocol.StoresChanged, () => void this.refresh());
    client.on(protocol.SessionsChanged, ({ storeId: id, keys }) => {
      void this.sessionsChanged(id, keys);
      for (const listener of this.sessionListeners) listener(id, keys);
    });
    client.on(protocol.SessionsListed, ({ storeId: id, sessions }) => this.sessionsListed(id, sessions));
  }

  /** `undefined`: the whole tree. */
  onDidChange(listener: (node: TreeNode | undefined) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** What the service tells of changes in the stores, whether their rows are drawn or not. */
  onSessionsChanged(listener: SessionsListener): { dispose(): void } {
    this.sessionListeners.add(listener);
    return { dispose: () => this.sessionListeners.delete(listener) };
  }

  private changed(node?: TreeNode): void {
    for (const listener of this.listeners) listener(node);
  }

  get stores(): readonly StoreNode[] {
    return (this.roots ?? []).filter((node): node is StoreNode => node.kind === 'store');
  }

  storeById(id: string): StoreNode | undefined {
    return this.stores.find((store) => store.id === id);
  }

  /** Whether a store is one of this workspace: it is shown, or lies in one of the places where stores are looked for. */
  belongsHere(location: StoreLocation): boolean {
    if (this.storeById(storeId(location))) return true;
    const { folders, paths } = this.places();
    return [...folders, ...paths].some((place) => {
      const below = path.relative(place, location.path);
      return below !== '..' && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below);
    });
  }

  /** The row of a session, listing its store first where that has not been done. */
  async find(id: string, key: string): Promise<SessionNode | undefined> {
    await this.getRoots();
    const store = this.storeById(id);
    if (!store) return undefined;
    await this.getSessions(store);
    if (!store.sessions?.has(key)) await store.complete;
    return store.sessions?.get(key);
  }

  /** Stores of the workspace; found at the first call. */
  async getRoots(): Promise<readonly (StoreNode | FailureNode)[]> {
    if (!this.roots) {
      const isRecalled = !this.discovering && this.recall();
      if (!isRecalled) await (this.discovering ?? this.discover());
      // These are shown unfolded: their rows are on the way before the tree asks for them.
      for (const store of this.stores) if (store.found.location.role === 'live') void this.getSessions(store);
      if (isRecalled) void this.verify();
    }
    return this.roots ?? [];
  }

  /** Takes the stores of the last time for those of now, until they have been looked for. False when there are none. */
  private recall(): boolean {
    const places = this.places();
    const stores = this.memory.recall(places);
    if (stores.length > 0) this.roots = this.rootNodes({ stores, failures: [] }, places);
    return stores.length > 0;
  }

  /** Finds out whether the stores of the last time are still those; the tree hears of it only if not. */
  private async verify(): Promise<void> {
    const ids = () => (this.roots ?? []).map(({ id }) => id).join('\n');
    const before = ids();
    await this.discover();
    if (ids() !== before) this.changed();
  }

  /** Looks for stores again and lists every store that has been listed before. Rows keep their identity. */
  async refresh(): Promise<void> {
    await this.discover();
    this.changed();
    await Promise.all(this.stores.filter((store) => store.opened).map((store) => this.list(store, 'full')));
  }

  private discover(): Promise<void> {
    this.discovering = this.lookForStores(++this.discovery);
    return this.discovering;
  }

  private async lookForStores(question: number): Promise<void> {
    const places = this.places();
    let found: protocol.DiscoverResult | FailureNode;
    try {
      found = await this.client.request(protocol.Discover, places);
    } catch (error) {
      found = this.failureNode('', failureOf(error), undefined);
    }
    // Whoever waits for an answer that is too late gets the newer one.
    if (question !== this.discovery) return this.discovering;
    if ('kind' in found) {
      this.roots = [found];
      return;
    }
    this.roots = this.rootNodes(found, places);
    this.memory.remember(places, found.stores);
  }

  private rootNodes(result: protocol.DiscoverResult, places: Places): (StoreNode | FailureNode)[] {
    const known = new Map(this.stores.map((store) => [store.id, store]));
    return [
      ...result.stores.map((found) => this.storeNode(found, places, known.get(storeId(found.location)))),
      ...result.failures.map(({ path, code, message }) => this.failureNode(path, { code, message }, undefined)),
    ];
  }

  private storeNode(found: protocol.FoundStore, places: Places, known: StoreNode | undefined): StoreNode {
    const named = places.paths.includes(found.foundIn);
    if (known) return Object.assign(known, { found, named });
    return {
      kind: 'store',
      id: storeId(found.location),
      found,
      named,
      sessions: undefined,
      isComplete: false,
      opened: undefined,
      complete: undefined,
      order: [],
      failure: undefined,
    };
  }

  private failureNode(
    path: string,
    failure: { code: string; message: string },
    store: StoreNode | undefined,
  ): FailureNode {
    return { kind: 'failure', id: `failure:${store?.id ?? path}`, store, path, ...failure };
  }

  /** Sessions of a store, newest first. The first call gives the newest ones at once and fetches everything behind it. */
  async getSessions(store: StoreNode): Promise<readonly (SessionNode | FailureNode)[]> {
    store.opened ??= this.open(store);
    await store.opened;
    return store.failure ? [store.failure] : store.order;
  }

  private async open(store: StoreNode): Promise<void> {
    await this.list(store, 'quick', FIRST_ROWS);
    if (!store.failure) store.complete = this.list(store, 'full');
  }

  /** Lists a store anew after something about it has failed. */
  async retry(store: StoreNode | undefined): Promise<void> {
    if (!store) return this.refresh();
    await this.client.request(protocol.Retry, store.found.location).catch(() => undefined);
    store.failure = undefined;
    store.sessions = undefined;
    store.opened = undefined;
    this.changed(store);
  }

  private async list(store: StoreNode, detail: 'quick' | 'full', limit?: number): Promise<void> {
    const question = (this.lists.get(store.id) ?? 0) + 1;
    this.lists.set(store.id, question);
    const changedMeanwhile = new Set<string>();
    this.changedMeanwhile.set(store.id, changedMeanwhile);
    try {
      const params = { store: store.found.location, detail, limit };
      const { sessions, complete } = await this.client.request(protocol.ListSessions, params);
      if (this.lists.get(store.id) !== question) return;
      store.failure = undefined;
      store.isComplete = complete;
      this.replace(store, sessions);
    } catch (error) {
      if (this.lists.get(store.id) !== question) return;
      store.failure = this.failureNode(store.found.location.path, failureOf(error), store);
    }
    this.changedMeanwhile.delete(store.id);
    for (const key of changedMeanwhile) void this.sessionChanged(store, key);
    // The rows of a quick list are about to be handed out by the call that asked for it.
    if (detail === 'full') this.changed(store);
  }

  private replace(store: StoreNode, sessions: readonly SessionMetadata[]): void {
    const before = store.sessions;
    const nodes = sessions.map((metadata) => this.sessionNode(store, metadata, before?.get(metadata.key)));
    store.sessions = new Map(nodes.map((node) => [node.metadata.key, node]));
    store.order = nodes;
  }

  private sessionNode(store: StoreNode, metadata: SessionMetadata, known: SessionNode | undefined): SessionNode {
    if (!known) return { kind: 'session', id: sessionNodeId(store.found.location, metadata.key), store, metadata };
    known.metadata = metadata;
    return known;
  }

  /** Part of a running full list: rows get their counts and titles without waiting for the last one. */
  private sessionsListed(id: string, sessions: readonly SessionMetadata[]): void {
    const store = this.storeById(id);
    if (!store?.sessions) return;
    for (const metadata of sessions) {
      const node = store.sessions.get(metadata.key);
      if (node) node.metadata = metadata;
    }
    this.scheduleReorder(store, true);
  }

  private async sessionsChanged(id: string, keys: readonly string[] | undefined): Promise<void> {
    const store = this.storeById(id);
    for (const key of keys ?? []) this.changedMeanwhile.get(id)?.add(key);
    if (!store?.sessions) return;
    if (!keys || keys.length > SINGLE_ROW_LIMIT) return this.list(store, 'full');
    await Promise.all(keys.map((key) => this.sessionChanged(store, key)));
  }

  private async sessionChanged(store: StoreNode, key: string): Promise<void> {
    const question = this.lists.get(store.id);
    const metadata = await this.client
      .request(protocol.GetSession, { store: store.found.location, key })
      .catch(() => undefined);
    // A newer list knows better; a failure is shown by the next list, not by one row.
    if (metadata === undefined || question !== this.lists.get(store.id) || !store.sessions) return;
    const known = store.sessions.get(key);
    if (metadata === null) {
      if (!known) return;
      store.sessions.delete(key);
      store.order = store.order.filter((node) => node !== known);
      this.rowsChanged(store);
      return;
    }
    const node = this.sessionNode(store, metadata, known);
    if (known) {
      this.changed(node);
      this.scheduleReorder(store, false);
      return;
    }
    store.sessions.set(key, node);
    store.order = [node, ...store.order].sort(newestFirst);
    this.rowsChanged(store);
  }

  /** Rows have come or gone: seen at once, but where thousands go one by one their list is not drawn for each. */
  private rowsChanged(store: StoreNode): void {
    const now = Date.now();
    if (now - (this.drawn.get(store.id) ?? 0) < REORDER_AFTER) {
      this.scheduleReorder(store, true);
      return;
    }
    this.drawn.set(store.id, now);
    this.changed(store);
  }

  /** `redraw`: rows have changed that nobody was told of. Else the store is drawn anew only when its order is another one. */
  private scheduleReorder(store: StoreNode, redraw: boolean): void {
    const scheduled = this.reorders.get(store.id);
    if (scheduled) {
      scheduled.redraw ||= redraw;
      return;
    }
    const reorder = (): void => {
      const isChanged = this.reorders.get(store.id)?.redraw ?? false;
      this.reorders.delete(store.id);
      const before = store.order;
      store.order = [...before].sort(newestFirst);
      if (!isChanged && store.order.every((node, index) => node === before[index])) return;
      this.drawn.set(store.id, Date.now());
      this.changed(store);
    };
    this.reorders.set(store.id, { timer: setTimeout(reorder, REORDER_AFTER), redraw });
  }

  dispose(): void {
    for (const { timer } of this.reorders.values()) clearTimeout(timer);
    this.listeners.clear();
    this.sessionListeners.clear();
  }
}
