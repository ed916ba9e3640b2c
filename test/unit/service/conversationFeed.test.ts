import assert from 'node:assert/strict';
import { StoreError } from '../../../src/backend/errors';
import type { EntryPage, Range, SessionBackend, StoreEntry } from '../../../src/backend/SessionBackend';
import { ConversationFeed } from '../../../src/service/conversationFeed';
import { conversationHeader } from '../../../src/service/header';
import type { RowRange } from '../../../src/shared/conversationProtocol';
import type { SessionMetadata, StoreLocation } from '../../../src/shared/session';

const location: StoreLocation = { kind: 'sqlite', path: '/nowhere/sessions.db', role: 'live' };

const session: SessionMetadata = {
  key: 'k',
  origin: 'live',
  name: null,
  createdAt: null,
  lastActivity: null,
  state: null,
  turnId: null,
  turnStartedAt: null,
  size: null,
  attributes: {},
  problems: [],
};

/** A session of numbered messages whose readings the test holds up and lets fail. */
class Store {
  total = 3;
  failure: Error | undefined;
  /** Runs while a page is read, after its rows are. */
  during: (() => Promise<void> | void) | undefined;

  readonly backend = {
    location,
    getSession: async () => {
      if (this.failure) throw this.failure;
      return session;
    },
    entries: async (_key: string, { from, count }: Range): Promise<EntryPage> => {
      const { total, during } = this;
      const first = from < 0 ? Math.max(0, total + from) : from;
      const entries = Array.from({ length: Math.max(0, Math.min(total - first, count)) }, (_, at): StoreEntry => {
        const row = first + at;
        return { kind: 'message', row, role: 'user', content: `${row}`, createdAt: null, size: 1, place: `row ${row}` };
      });
      this.during = undefined;
      await during?.();
      if (this.failure) throw this.failure;
      return { generation: 1, total, complete: true, entries };
    },
  } as unknown as SessionBackend;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

suite('conversation feed', () => {
  let store: Store;
  let told: RowRange[];
  let gone: string[];
  let failures: unknown[];
  let feed: ConversationFeed;
  let headerLasts: number | null;

  setup(() => {
    store = new Store();
    headerLasts = null;
    told = [];
    gone = [];
    failures = [];
    feed = new ConversationFeed(
      location,
      'k',
      async () => store.backend,
      {
        changed: (_header, range) => told.push(range),
        indexing: () => undefined,
        gone: (message) => gone.push(message),
        failed: (error) => failures.push(error),
      },
      (found) => conversationHeader(location, found, 0, 600),
      () => headerLasts,
    );
  });

  teardown(() => feed.close());

  test('a message that comes while the page opens is told after the answer', async () => {
    store.during = async () => {
      store.total = 4;
      await feed.refresh();
    };
    const opened = await feed.open({ from: -60, count: 60 });
    assert.equal(opened?.range.total, 3);
    assert.deepEqual(told, [], 'nothing before the answer');
    await settled();
    assert.deepEqual(
      told.map(({ total }) => total),
      [4],
    );
  });

  test('a change that comes while a reading fails is read', async () => {
    await feed.open({ from: -60, count: 60 });
    store.during = () => {
      store.failure = new StoreError('read-failed', 'rewritten faster than it can be read');
      feed.refresh().catch(() => undefined);
      setTimeout(() => {
        store.failure = undefined;
        store.total = 5;
      }, 0);
    };
    await feed.refresh().catch(() => undefined);
    for (let wait = 0; wait < 100 && told.length === 0; wait++) await settled();
    assert.equal(told.at(-1)?.total, 5);
  });

  test('a change that could not be read is tried again without another event', async () => {
    await feed.open({ from: -60, count: 60 });
    store.total = 4;
    store.failure = new StoreError('busy', 'locked');
    await feed.refresh();
    assert.equal(failures.length, 1);
    store.failure = undefined;
    for (let wait = 0; wait < 60 && told.length === 0; wait++) await settled();
    assert.equal(told.at(-1)?.total, 4);
  });

  test('a store that has vanished is told of once', async () => {
    await feed.open({ from: -60, count: 60 });
    store.failure = new StoreError('not-found', 'The database does not exist.');
    await feed.refresh();
    await feed.refresh();
    assert.equal(gone.length, 1);
    assert.deepEqual(failures, []);
    store.failure = undefined;
    await feed.refresh();
    assert.equal(told.at(-1)?.total, 3);
  });

  test('goes on with the backend that took the place of a closed one', async () => {
    await feed.open({ from: -60, count: 60 });
    store = new Store();
    store.total = 7;
    await feed.refresh();
    assert.equal(told.at(-1)?.total, 7);
  });

  test('a header that time alone changes is told when its time has come', async () => {
    headerLasts = 30;
    await feed.open({ from: -10, count: 10 });
    headerLasts = null;
    assert.equal(told.length, 0);
    await new Promise((resolve) => setTimeout(resolve, 120));
    assert.equal(told.length, 1);
  });
});
