import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { AnswerBuilder } from '../../../src/backend/search/AnswerBuilder';
import type { FoundHit } from '../../../src/backend/search/StoreSearch';
import { SearchPool } from '../../../src/backend/search/workers/SearchPool';
import { searchWorkerModule } from '../../../src/backend/search/workers/workerModule';

const found = (key: string, row: number, rank: number | null): FoundHit => ({
  hit: {
    kind: 'message',
    store: 'the store',
    key,
    row,
    index: row,
    role: 'user',
    createdAt: null,
    part: 'text',
    snippet: 'x',
    ranges: [],
  },
  rank,
  time: row,
  sequence: row,
});

const session = (key: string): FoundHit => ({
  hit: { kind: 'session', store: 'the store', key, snippet: 'x', ranges: [] },
  rank: null,
  time: 0,
  sequence: 0,
});

function builder(limit: number): AnswerBuilder {
  const answer = new AnswerBuilder({
    order: 'rank',
    limit,
    notes: [],
    started: 0,
    label: (_, key) => key,
    lastActivity: () => null,
  });
  answer.addStore('the store', 'store');
  return answer;
}

const coverage = { messages: 10, sessions: 2, skipped: [], skippedCount: 0 };
const places = (answer: AnswerBuilder): string[] =>
  answer.answer(true).hits.map((hit) => (hit.kind === 'session' ? hit.key : `${hit.key} ${hit.row}`));

suite('search: the answer', () => {
  test('hits of the index that the scan does not find are not in the answer', () => {
    const answer = builder(100);
    answer.addRanked('the store', { hits: [found('a', 1, -3), found('gone', 2, -2), found('moved', 5, -1)] });
    answer.addScanned('the store', {
      hits: [found('a', 1, null), found('moved', 4, null)],
      counts: [
        ['a', 1],
        ['moved', 1],
      ],
      progress: 1,
    });
    answer.finish('the store', 'scan', coverage, undefined);
    assert.deepEqual(places(answer), ['a 1', 'moved 4']);
    assert.equal(answer.answer(true).totalHits, 2);
  });

  test('beyond the limit those of sessions go that hold more than was counted', () => {
    const answer = builder(2);
    answer.addRanked('the store', { hits: [found('old', 1, -3), found('gone', 2, -2)] });
    answer.addScanned('the store', {
      hits: [found('new', 8, null), found('new', 9, null)],
      counts: [
        ['new', 5],
        ['old', 4],
      ],
      progress: 1,
    });
    answer.finish('the store', 'scan', coverage, undefined);
    assert.deepEqual(places(answer), ['old 1', 'new 9']);
  });

  test('what the index alone has counted stays', () => {
    const answer = builder(100);
    answer.addRanked('the store', { hits: [found('a', 1, -3)] });
    answer.addScanned('the store', { hits: [], counts: [['a', 1]], progress: 1 });
    answer.finish('the store', 'index', coverage, undefined);
    assert.deepEqual(places(answer), ['a 1']);
  });

  test('a key may look like the place of a message', () => {
    const answer = builder(100);
    answer.addSessionHits('the store', [session('a\n5')]);
    answer.addScanned('the store', { hits: [found('a', 5, null)], counts: [['a', 1]], progress: 1 });
    answer.finish('the store', 'scan', coverage, undefined);
    assert.deepEqual(places(answer).sort(), ['a\n5', 'a 5']);
  });
});

suite('search: threads', () => {
  test('a signal that lives long keeps nothing of what is over', async () => {
    const pool = new SearchPool({ module: searchWorkerModule(), log: () => undefined, threads: 1 });
    const { signal } = new AbortController();
    try {
      for (let times = 0; times < 20; times++) {
        await assert.rejects(pool.run('no such task', null, { signal }));
      }
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    } finally {
      await pool.close();
    }
  });
});
