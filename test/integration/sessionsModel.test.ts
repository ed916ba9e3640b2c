/** Questions and answers that overtake each other, with a client whose answers the test holds back. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import * as protocol from '../../src/service/protocol';
import type { SessionMetadata } from '../../src/shared/session';
import type { SessionNode, StoreNode } from '../../src/tree/nodes';
import { RememberedStores } from '../../src/tree/rememberedStores';
import { RunningOperations } from '../../src/tree/runningOperations';
import { SessionsModel } from '../../src/tree/sessionsModel';
import { SessionsProvider } from '../../src/tree/sessionsProvider';
import { extensionApi, until } from './support';

const location = { kind: 'jsonl', path: '/work space/sessions', role: 'live' } as const;

function session(key: string, messageCount: number, more: Partial<SessionMetadata> = {}): SessionMetadata {
  return {
    key,
    origin: 'live',
    name: null,
    createdAt: null,
    lastActivity: '2026-11-20T10:00:00Z',
    messageCount,
    state: null,
    turnId: null,
    turnStartedAt: null,
    size: null,
    attributes: {},
    problems: [],
    ...more,
  };
}

interface Asked {
  readonly method: string;
  answer(value: unknown): void;
  refuse(): void;
}

/** Collects requests; the test answers each when it likes. */
class HeldClient {
  readonly asked: Asked[] = [];
  private readonly listeners = new Map<string, (params: never) => void>();

  request<R>(type: { readonly method: string }): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.asked.push({
        method: type.method,
        answer: (value) => resolve(value as R),
        refuse: () => reject(new Error('no')),
      });
    });
  }

  on<P>(type: { readonly method: string }, listener: (params: P) => void): void {
    this.listeners.set(type.method, listener);
  }

  tell<P>(type: { readonly method: string }, params: P): void {
    this.listeners.get(type.method)?.(params as never);
  }

  /** The oldest request of this kind, once it is there. */
  async next(type: { readonly method: string }): Promise<Asked> {
    const found = await until(() => this.asked.find(({ method }) => method === type.method));
    this.asked.splice(this.asked.indexOf(found), 1);
    return found;
  }
}

const oneStore: protocol.DiscoverResult = { stores: [{ location, foundIn: '/work space' }], failures: [] };

suite('the list of sessions while answers are on their way', () => {
  let client: HeldClient;
  let model: SessionsModel;
  let paths: string[];
  let state: Map<string, unknown>;

  const newModel = () =>
    new SessionsModel(
      client,
      () => ({ folders: ['/work space'], paths }),
      new RememberedStores({
        get: <T>(key: string, otherwise?: T) => (state.get(key) ?? otherwise) as T,
        update: async (key: string, value: unknown) => void state.set(key, value),
      }),
    );

  setup(() => {
    client = new HeldClient();
    paths = [];
    state = new Map();
    model = newModel();
  });

  teardown(() => model.dispose());

  /** A store with its first rows and its full list. */
  async function listed(...sessions: SessionMetadata[]): Promise<StoreNode> {
    const roots = model.getRoots();
    (await client.next(protocol.Discover)).answer(oneStore);
    await roots;
    for (const complete of [false, true]) (await client.next(protocol.ListSessions)).answer({ sessions, complete });
    const store = await until(() => model.stores[0]);
    await until(() => store.isComplete);
    return store;
  }

  test('the stores of the last time are there at once, and mended when they are no longer right', async () => {
    await listed(session('a', 1));
    model.dispose();
    model = newModel();
    const told: unknown[] = [];
    const listen = () => model.onDidChange((node) => void told.push(node));
    listen();
    // No answer has been given yet.
    assert.deepEqual(
      (await model.getRoots()).map(({ id }) => id),
      ['jsonl:/work space/sessions'],
    );
    (await client.next(protocol.Discover)).answer(oneStore);
    (await client.next(protocol.ListSessions)).answer({ sessions: [session('a', 1)], complete: false });
    await client.next(protocol.ListSessions);
    assert.deepEqual(told, [], 'nothing has changed');

    model.dispose();
    model = newModel();
    listen();
    await model.getRoots();
    (await client.next(protocol.Discover)).answer({ stores: [], failures: [] });
    await until(() => told.length > 0);
    assert.deepEqual(await model.getRoots(), []);

    model.dispose();
    model = newModel();
    paths = ['/another'];
    const roots = model.getRoots();
    (await client.next(protocol.Discover)).answer(oneStore);
    assert.equal((await roots).length, 1, 'other places are looked at first');
  });

  test('who asked first and is overtaken gets the stores too', async () => {
    const first = model.getRoots();
    const refreshed = model.refresh();
    (await client.next(protocol.Discover)).answer(oneStore);
    const late = await client.next(protocol.Discover);
    let isThere = false;
    void first.then(() => {
      isThere = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isThere, false);
    late.answer(oneStore);
    assert.equal((await first).length, 1);
    await refreshed;
  });

  test('a session that changes while its store is listed does not fall back', async () => {
    const store = await listed(session('a', 1));
    client.tell(protocol.SessionsChanged, { storeId: store.id, keys: undefined });
    const list = await client.next(protocol.ListSessions);
    client.tell(protocol.SessionsChanged, { storeId: store.id, keys: ['a'] });
    (await client.next(protocol.GetSession)).answer(session('a', 2));
    await until(() => store.order[0]?.metadata.messageCount === 2);
    list.answer({ sessions: [session('a', 1)], complete: true });
    (await client.next(protocol.GetSession)).answer(session('a', 2));
    await until(() => store.order[0]?.metadata.messageCount === 2);
  });

  test('Refresh lists a store again that could not be read', async () => {
    const roots = model.getRoots();
    (await client.next(protocol.Discover)).answer(oneStore);
    await roots;
    (await client.next(protocol.ListSessions)).refuse();
    const store = await until(() => model.stores[0]);
    await until(() => store.failure);
    const refreshed = model.refresh();
    (await client.next(protocol.Discover)).answer(oneStore);
    (await client.next(protocol.ListSessions)).answer({ sessions: [session('a', 1)], complete: true });
    await refreshed;
    assert.equal(store.failure, undefined);
    assert.equal(store.order.length, 1);
  });

  test('a store that a setting comes to name can be taken out again', async () => {
    const store = await listed(session('a', 1));
    assert.equal(store.named, false);
    paths = ['/work space'];
    const refreshed = model.refresh();
    (await client.next(protocol.Discover)).answer(oneStore);
    (await client.next(protocol.ListSessions)).answer({ sessions: [], complete: true });
    await refreshed;
    assert.equal(model.stores[0], store);
    assert.equal(store.named, true);
  });
});

suite('a running session in the tree', () => {
  test('is drawn again when it has become stuck', async () => {
    const { client, model, journal, search } = await extensionApi();
    const models = { sessions: model, journal, running: new RunningOperations(), saved: search.saved };
    const provider = new SessionsProvider(models, client, () => 0.2);
    try {
      const store: StoreNode = {
        kind: 'store',
        id: 's',
        found: { location, foundIn: '/work space' },
        named: false,
        sessions: undefined,
        isComplete: false,
        opened: undefined,
        complete: undefined,
        order: [],
        failure: undefined,
      };
      const metadata = session('r', 1, { state: 'running', turnStartedAt: new Date().toISOString() });
      const node: SessionNode = { kind: 'session', id: 'r', store, metadata };
      const drawn: unknown[] = [];
      provider.onDidChangeTreeData((changed) => drawn.push(changed));
      const iconOf = () => {
        const { iconPath } = provider.getTreeItem(node);
        return iconPath instanceof vscode.ThemeIcon ? iconPath.id : undefined;
      };
      assert.equal(iconOf(), 'sync~spin');
      await until(() => drawn.includes(node));
      assert.equal(iconOf(), 'warning');
    } finally {
      provider.dispose();
    }
  });
});
