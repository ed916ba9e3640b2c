import assert from 'node:assert/strict';
import { copiedText } from '../../../src/searchResults/copiedText';
import { ResultsModel } from '../../../src/searchResults/ResultsModel';
import { EVERYWHERE, type SearchInput } from '../../../src/searchResults/scope';
import { Searches } from '../../../src/searchResults/searches';
import { ServiceError } from '../../../src/service/client';
import * as protocol from '../../../src/service/protocol';
import type { SearchAnswer } from '../../../src/shared/search/answer';
import { answer, hit, STORE, session } from './searchSupport';

interface Asked {
  readonly params: protocol.SearchParams;
  resolve(answer: SearchAnswer): void;
  reject(error: Error): void;
  isCancelled: boolean;
}

/** A service whose answers the test holds back. */
class ServiceDouble {
  readonly asked: Asked[] = [];
  private updated: ((params: { id: number; answer: SearchAnswer }) => void) | undefined;

  on(type: { readonly method: string }, listener: (params: never) => void): void {
    if (type.method === protocol.SearchUpdated.method) this.updated = listener as typeof this.updated;
  }

  request<R>(
    _type: unknown,
    params: unknown,
    token?: { onCancellationRequested(listener: () => void): unknown },
  ): Promise<R> {
    return new Promise<SearchAnswer>((resolve, reject) => {
      const asked: Asked = { params: params as protocol.SearchParams, resolve, reject, isCancelled: false };
      token?.onCancellationRequested(() => {
        asked.isCancelled = true;
        reject(new ServiceError('cancelled', 'Cancelled.'));
      });
      this.asked.push(asked);
    }) as Promise<R>;
  }

  tell(asked: Asked, update: SearchAnswer): void {
    this.updated?.({ id: asked.params.id, answer: update });
  }

  get last(): Asked {
    const asked = this.asked.at(-1);
    assert.ok(asked, 'nothing was asked');
    return asked;
  }
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
const input: SearchInput = { query: 'low', scope: EVERYWHERE, order: 'rank' };

suite('the Search Results model', () => {
  let service: ServiceDouble;
  let model: ResultsModel;

  setup(() => {
    service = new ServiceDouble();
    model = new ResultsModel(new Searches(service), {
      all: async () => [{ kind: 'jsonl', path: '/w/sessions', role: 'live' }],
    });
  });

  const rows = () =>
    model.roots.flatMap((node) =>
      node.kind === 'sessionHits'
        ? [node.id.split('\n')[1], ...node.hits.map(({ hit: of }) => of.snippet)]
        : [node.kind],
    );

  const three = answer({
    hits: [hit('a', 1), hit('a', 2), hit('b', 3)],
    sessions: [session('a', 2), session('b', 1)],
  });

  async function searched(with_: SearchAnswer): Promise<void> {
    const searching = model.search(input);
    await tick();
    service.last.resolve(with_);
    await searching;
  }

  test('parts come in, rows stay the same objects, the words say how far it is', async () => {
    const searching = model.search(input);
    await tick();
    assert.equal(model.isSearching, true);
    assert.match(model.message ?? '', /^low · Searching$/);
    service.tell(service.last, answer({ ...three, hits: [hit('a', 1)], complete: false, progress: 0.5 }));
    const [first] = model.roots;
    assert.match(model.message ?? '', /3 hits so far in 2 sessions · still searching, 50%/);
    service.last.resolve(three);
    await searching;
    assert.deepEqual(rows(), ['a', 'low water 1', 'low water 2', 'b', 'low water 3']);
    assert.equal(model.roots[0], first);
    assert.equal(model.message, 'low · 3 hits in 2 sessions · 12,431 messages in 310 sessions, all of the store');
  });

  test('a new search cancels the one before; what still comes of it is dropped', async () => {
    const first = model.search(input);
    await tick();
    const late = service.last;
    const second = model.search({ ...input, query: 'tide' });
    await tick();
    assert.ok(late.isCancelled);
    service.tell(late, three);
    assert.deepEqual(rows(), []);
    service.last.resolve(answer());
    await Promise.all([first, second]);
    assert.deepEqual(rows(), ['notice']);
  });

  test('next and previous go through the hits of all sessions, around the ends', async () => {
    await searched(three);
    const go = (direction: 1 | -1) => {
      const node = model.step(direction);
      assert.ok(node);
      model.opened(node);
      return node.hit.snippet;
    };
    assert.deepEqual(
      [1, 1, 1, 1].map(() => go(1)),
      ['low water 1', 'low water 2', 'low water 3', 'low water 1'],
    );
    assert.deepEqual(
      [1, 1].map(() => go(-1)),
      ['low water 3', 'low water 2'],
    );
  });

  test('after the hit on the screen was dismissed, next is the one that took its place', async () => {
    await searched(three);
    const node = model.hits[1];
    assert.ok(node);
    model.opened(node);
    model.dismiss([node]);
    assert.equal(model.step(1)?.hit.snippet, 'low water 3');
    assert.equal(model.step(-1)?.hit.snippet, 'low water 1');
  });

  test('dismissed rows stay away when it is searched again, and are said', async () => {
    await searched(three);
    model.dismiss([model.sessions[0], model.hits[2]].flatMap((node) => node ?? []));
    assert.deepEqual(rows(), ['notice']);
    assert.match(model.message ?? '', /2 rows dismissed$/);
    const refreshing = model.refresh();
    await tick();
    service.last.resolve(answer({ ...three, hits: [...three.hits, hit('b', 9)] }));
    await refreshing;
    assert.deepEqual(rows(), ['b', 'low water 9']);
  });

  test('more than the limit: a row loads more', async () => {
    await searched(answer({ hits: [hit('a', 1)], sessions: [session('a', 900)] }));
    assert.deepEqual(rows().at(-1), 'moreHits');
    const { limit } = service.last.params.request;
    const loading = model.loadMore();
    await tick();
    assert.ok(service.last.params.request.limit > limit);
    // The rows are not taken away meanwhile.
    assert.match(model.message ?? '', /searching again/);
    assert.deepEqual(rows(), ['a', 'low water 1']);
    service.last.resolve(three);
    await loading;
    assert.ok(!rows().includes('moreHits'));
  });

  test('a failure says why, and where in the query', async () => {
    const searching = model.search({ ...input, query: '/(a+)+$/' });
    await tick();
    service.last.reject(new ServiceError('bad-query', 'This never ends.', { at: 0, length: 8 }));
    await searching;
    const [node] = model.roots;
    assert.ok(node?.kind === 'notice' && node.icon === 'error');
    assert.equal(node.label, 'This never ends.');
    assert.equal(node.description, 'at character 1: /(a+)+$/');
  });

  test('what was left out is a row with the places below it', async () => {
    const skipped = [{ store: STORE, key: 'a', place: 'line 6', row: 5, code: 'unreadable-line', message: 'Line 6.' }];
    await searched(answer({ ...three, skipped, skippedCount: 1 }));
    const [node] = model.roots;
    assert.ok(node?.kind === 'leftOut');
    assert.equal(node.words, '1 line left out');
    assert.deepEqual(
      node.places.map(({ skipped: { message } }) => message),
      ['Line 6.'],
    );
  });

  test('what the Quick Pick knows in whole is not searched again', async () => {
    await model.search(input, three);
    assert.equal(service.asked.length, 0);
    assert.equal(model.hits.length, 3);
    void model.search(input, answer({ ...three, totalHits: 70 }));
    await tick();
    assert.equal(service.asked.length, 1);
  });

  test('sessions that change make the results old, until they are searched again', async () => {
    await searched(three);
    model.sessionsChanged(STORE, ['other']);
    assert.doesNotMatch(model.message ?? '', /changed since/);
    model.sessionsChanged(STORE, ['b']);
    assert.match(model.message ?? '', /changed since/);
  });

  test('the order is asked for, and clear leaves nothing', async () => {
    await searched(three);
    const sorting = model.setOrder('time');
    await tick();
    assert.equal(service.last.params.request.order, 'time');
    service.last.resolve(three);
    await sorting;
    model.clear();
    assert.deepEqual([model.roots.length, model.message, model.hasHits, model.input], [0, undefined, false, undefined]);
  });

  test('copied rows: a session with its hits, a hit below it only once', async () => {
    await searched(three);
    const [first] = model.sessions;
    assert.ok(first);
    assert.equal(copiedText([first, ...first.hits]), 'Session a (a), 2 hits\n  user: low water 1\n  user: low water 2');
    assert.equal(copiedText([...first.hits]), 'low water 1\nlow water 2');
  });
});
