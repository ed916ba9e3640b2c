import assert from 'node:assert/strict';
import type { SearchAnswer, SearchScope } from '../../../src/shared/search/answer';
import type { StoreLocation } from '../../../src/shared/session';
import { LiveSearch } from '../../../src/tree/liveSearch';
import { SavedSearches } from '../../../src/tree/savedSearches';
import { answer, STORE, session } from './searchSupport';

const location: StoreLocation = { kind: 'jsonl', path: '/w/sessions', role: 'live' };
const other: StoreLocation = { kind: 'sqlite', path: '/w/sessions.db', role: 'live' };
const OTHER = 'sqlite:/w/sessions.db';

const after = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

suite('a saved search follows the stores', () => {
  let stores: StoreLocation[];
  /** Hits of the sessions, by store and key. */
  let world: Map<string, number>;
  let scopes: SearchScope[];
  let more: Partial<SearchAnswer>;
  let live: LiveSearch;

  setup(() => {
    stores = [location, other];
    world = new Map([
      [`${STORE}\na`, 3],
      [`${OTHER}\nb`, 2],
    ]);
    scopes = [];
    more = {};
    live = new LiveSearch(
      'low',
      async (_query, scope) => {
        scopes.push(scope);
        const ids =
          scope.kind === 'session' ? [`jsonl:${scope.store.path}`] : scope.stores.map((s) => `${s.kind}:${s.path}`);
        const found = [...world].filter(([id, hits]) => {
          const [store = '', key] = id.split('\n');
          return hits > 0 && ids.includes(store) && (scope.kind === 'stores' || scope.key === key);
        });
        const sessions = found.map(([id, hits]) =>
          session(id.split('\n')[1] ?? '', hits, { store: id.split('\n')[0] }),
        );
        return answer({ sessions, ...more });
      },
      () => stores,
      () => undefined,
    );
  });

  teardown(() => live.dispose());

  const keys = () => live.sessions.map(({ key, hits }) => `${key} ${hits}`).sort();

  test('all stores once; then only the session that changed', async () => {
    await live.update();
    assert.deepEqual([live.isKnown, live.totalHits, live.totalSessions, keys()], [true, 5, 2, ['a 3', 'b 2']]);
    assert.equal(scopes.length, 2);
    world.set(`${STORE}\na`, 4);
    world.set(`${STORE}\nc`, 1);
    live.changed(STORE, ['a']);
    live.changed(STORE, ['c', 'a']);
    await after(500);
    assert.deepEqual(
      scopes.slice(2).map((scope) => scope.kind === 'session' && scope.key),
      ['a', 'c'],
    );
    assert.deepEqual([live.totalHits, keys()], [7, ['a 4', 'b 2', 'c 1']]);
    await after(400);
    assert.equal(scopes.length, 4, 'nothing runs while nothing changes');
  });

  test('a session without hits any more is gone; without keys the store is counted anew', async () => {
    await live.update();
    world.set(`${STORE}\na`, 0);
    live.changed(STORE, undefined);
    live.changed(STORE, ['a']);
    await after(500);
    assert.deepEqual(
      scopes.slice(2).map(({ kind }) => kind),
      ['stores'],
    );
    assert.deepEqual(keys(), ['b 2']);
  });

  test('stores that come and go', async () => {
    stores = [location];
    await live.update();
    assert.equal(live.totalHits, 3);
    stores = [other];
    assert.equal(live.isKnown, false);
    await live.update();
    assert.deepEqual(keys(), ['b 2']);
    await live.update();
    assert.equal(scopes.length, 2);
  });

  test('more sessions than an answer names: a change of an unnamed one counts the store anew', async () => {
    stores = [location];
    more = { totalHits: 5000, totalSessions: 1500 };
    await live.update();
    assert.deepEqual([live.totalHits, live.totalSessions], [5000, 1500]);
    live.changed(STORE, ['unnamed']);
    await after(500);
    assert.deepEqual(
      scopes.map(({ kind }) => kind),
      ['stores', 'stores'],
    );
  });

  test('what is left out is counted by session', async () => {
    stores = [location];
    more = { skipped: [{ store: STORE, key: 'a', code: 'x', message: 'm' }], skippedCount: 1 };
    await live.update();
    assert.equal(live.leftOut, 1);
    more = {};
    live.changed(STORE, ['a']);
    await after(500);
    assert.deepEqual([live.leftOut, scopes.at(-1)?.kind], [0, 'session']);
  });
});

suite('saved searches', () => {
  test('are kept, renamed and removed; the same query is one', async () => {
    const state = new Map<string, unknown>();
    const saved = new SavedSearches({
      get: <T>(key: string, otherwise?: T) => (state.get(key) ?? otherwise) as T,
      update: async (key: string, value: unknown) => void state.set(key, value),
    });
    let told = 0;
    saved.onDidChange(() => told++);
    await saved.add('Errors', 'has:error');
    await saved.add('Water', 'low water');
    await saved.add('Faults', 'has:error');
    assert.deepEqual(saved.all, [
      { id: '1', name: 'Faults', query: 'has:error' },
      { id: '2', name: 'Water', query: 'low water' },
    ]);
    await saved.remove('1');
    await saved.add('New', 'new');
    assert.deepEqual(
      saved.all.map(({ id }) => id),
      ['2', '3'],
    );
    assert.equal(told, 5);
    state.set('savedSearches', [{ id: 4 }, 'x']);
    assert.deepEqual(saved.all, []);
  });
});
