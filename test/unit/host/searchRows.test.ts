import assert from 'node:assert/strict';
import { answerWords, leftOutWords, titleWords, totalsWords } from '../../../src/searchResults/answerWords';
import { completionRows } from '../../../src/searchResults/completionRows';
import { patternsOf } from '../../../src/searchResults/highlights';
import { groupHits } from '../../../src/searchResults/hitGroups';
import { hitIcon, partWords } from '../../../src/searchResults/hitWords';
import { indexWords } from '../../../src/searchResults/indexWords';
import { neighbour } from '../../../src/searchResults/neighbours';
import {
  answerRows,
  faultRows,
  homeRows,
  type PickRow,
  placeWords,
  syntaxRows,
} from '../../../src/searchResults/pickRows';
import { QueryHistory } from '../../../src/searchResults/queryHistory';
import { EVERYWHERE, queryWithScope, type Scope } from '../../../src/searchResults/scope';
import { visibleSnippet, withShortLead } from '../../../src/searchResults/snippets';
import type { Skipped } from '../../../src/shared/search/answer';
import { parseQuery } from '../../../src/shared/search/parseQuery';
import { QueryError } from '../../../src/shared/search/query';
import { answer, hit, STORE, session } from './searchSupport';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const nightShift: Scope = {
  kind: 'session',
  store: { kind: 'jsonl', path: '/w/sessions', role: 'live' },
  key: 'n',
  label: 'Night shift',
};

suite('what the screen says of an answer', () => {
  test('totals, and the coverage of all of it', () => {
    const all = answer({ sessions: [session('a', 1203), session('b', 1)], totalSessions: 87 });
    assert.equal(
      answerWords(all, EVERYWHERE),
      '1,204 hits in 87 sessions · 12,431 messages in 310 sessions, all of the store',
    );
    assert.equal(titleWords(all, EVERYWHERE), '1,204 hits in 87 sessions · 12,431 messages, all of the store');
    assert.equal(titleWords(answer(), nightShift), 'No hits · all of 12,431 messages in "Night shift"');
    assert.equal(answerWords(answer(), nightShift), 'No hits · all of 12,431 messages in "Night shift"');
    assert.equal(totalsWords(answer({ sessions: [session('a', 1)] })), '1 hit in 1 session');
    const coverage = answer().coverage.map((store) => ({ ...store, messages: 0, sessions: 0 }));
    assert.equal(answerWords(answer({ coverage }), EVERYWHERE), 'No hits · no sessions in the store to search');
  });

  test('while it is searched: so many so far, and how far it is', () => {
    const part = answer({ sessions: [session('a', 2)], complete: false, progress: 0.346 });
    assert.equal(answerWords(part, EVERYWHERE), '2 hits so far in 1 session · still searching, 34%');
  });

  test('what is left out is counted by kind, and never called all', () => {
    const one = (more: Partial<Skipped>): Skipped => ({ store: STORE, code: 'x', message: 'm', ...more });
    const skipped = [
      one({ key: 'a', place: 'line 6', row: 5 }),
      one({ key: 'a', place: 'line 9', row: 8 }),
      one({ key: 'b', place: 'row 12', row: 0 }),
      one({ key: 'c' }),
      one({}),
    ];
    const left = answer({ skipped, skippedCount: 5 });
    assert.equal(leftOutWords(left), '2 lines, 1 row, 1 session and 1 store left out');
    assert.match(answerWords(left, EVERYWHERE), /^No hits · 12,431 messages in 310 sessions of the store · 2 lines,/);
    const stores = [one({ key: 'a', place: 'line 6', row: 5 }), one({ code: 'busy' }), one({})];
    const mixed = answer({ skipped: stores, skippedCount: 3 });
    assert.equal(leftOutWords(mixed), '1 line, 1 locked store and 1 store left out');
    assert.equal(leftOutWords(answer({ skipped, skippedCount: 5320 })), '5,320 places left out');
    assert.equal(leftOutWords(answer({ skipped: [one({})], skippedCount: 1 })), '1 store left out');
    assert.equal(leftOutWords(answer()), undefined);
    const locked = answer({ coverage: [], skipped: [one({})], skippedCount: 1 });
    assert.equal(answerWords(locked, EVERYWHERE), 'No hits · 1 store left out');
  });

  test('the indexes, in the status bar', () => {
    const building = { store: STORE, state: 'building', done: 0.5 } as const;
    const name = () => 'sessions';
    assert.equal(indexWords([building], false, name)?.text, '$(sync~spin) Indexing sessions 50%');
    assert.equal(indexWords([building], true, name)?.command, 'sessionInspector.resumeIndexing');
    assert.equal(indexWords([{ store: STORE, state: 'ready', done: 1 }], false, name), undefined);
    const failed = { store: STORE, state: 'failed', done: 0, message: 'No space left.' } as const;
    assert.match(indexWords([failed], false, name)?.tooltip ?? '', /^sessions: No space left\./);
  });
});

suite('snippets', () => {
  test('what hides is shown, and the marks stay on their words', () => {
    const { text, ranges } = visibleSnippet('a\u202eb low\u0000 water', [
      [4, 8],
      [9, 14],
    ]);
    assert.equal(text, 'a⟨RLO⟩b low⟨NUL⟩ water');
    assert.deepEqual(
      ranges.map(([from, to]) => text.slice(from, to)),
      ['low⟨NUL⟩', 'water'],
    );
    assert.deepEqual(visibleSnippet('plain', []), { text: 'plain', ranges: [] });
    // Ranges that cannot be are dropped, the text stays whole.
    assert.deepEqual(visibleSnippet('plain', [[3, 99]]), { text: 'plain', ranges: [] });
  });

  test('a long beginning is cut between words, so that what was found is seen', () => {
    const text = 'the quick brown fox jumps over the lazy dog and finds water';
    const from = text.indexOf('water');
    const short = withShortLead({ text, ranges: [[from, from + 5]] }, 16);
    assert.equal(short.text, '…dog and finds water');
    assert.deepEqual(
      short.ranges.map(([start, end]) => short.text.slice(start, end)),
      ['water'],
    );
    assert.equal(withShortLead({ text, ranges: [[4, 9]] }, 16).text, text);
    assert.equal(withShortLead({ text, ranges: [] }, 16).text, text);
  });

  test('characters of several code points are never cut', () => {
    const family = '👩‍👩‍👧';
    for (let lead = 1; lead < 20; lead++) {
      const text = `${family.repeat(4)}x`;
      const { text: cut } = withShortLead({ text, ranges: [[text.length - 1, text.length]] }, lead);
      assert.ok(/^…?(👩‍👩‍👧)*x$/u.test(cut), JSON.stringify(cut));
    }
  });
});

suite('rows of the Quick Pick', () => {
  const context = { scope: EVERYWHERE, storeName: () => undefined, now: NOW };
  const labels = (rows: readonly PickRow[]) => rows.map(({ kind, label }) => `${kind}: ${label}`);

  test('hits stand below their sessions, in the order of the first ones', () => {
    const hits = [hit('b', 7), hit('a', 1), hit('b', 2)];
    const groups = groupHits({ hits, sessions: [session('a', 1), session('b', 2)] });
    assert.deepEqual(
      groups.map(({ key, hits: of }) => [key, of.map((each) => each.kind === 'message' && each.row)]),
      [
        ['b', [7, 2]],
        ['a', [1]],
      ],
    );
    const rows = answerRows('low', answer({ hits, sessions: [session('b', 2), session('a', 1)] }), context);
    assert.deepEqual(labels(rows), [
      'separator: Session b',
      'hit: low water 7',
      'hit: low water 2',
      'separator: Session a',
      'hit: low water 1',
      'separator: ',
      'results: Show all 3 hits in the Search Results view',
    ]);
  });

  test('a session with many hits leaves room for the others, and leads on', () => {
    const hits = [1, 2, 3, 4, 5, 6, 7].map((row) => hit('a', row));
    const rows = answerRows('low', answer({ hits, sessions: [session('a', 40)] }), context);
    assert.equal(rows.filter(({ kind }) => kind === 'hit').length, 5);
    assert.ok(labels(rows).includes('narrow: 35 more in this session'));
    const others = answerRows('low', answer({ hits, sessions: [session('a', 40), session('z', 3)] }), context);
    assert.ok(labels(others).includes('narrow: Session z'));
    const inside = answerRows('low', answer({ hits, sessions: [session('a', 40)] }), { ...context, scope: nightShift });
    assert.equal(inside.filter(({ kind }) => kind === 'hit').length, 7);
  });

  test('sessions that are called the same are told apart', () => {
    const hits = [hit('a', 1), hit('b', 1), hit('b', 1, { store: 'jsonl:/other' })];
    const same = { label: 'Morning report of the harbour office' };
    const sessions = [
      session('a', 1, same),
      session('b', 1, same),
      session('b', 1, { ...same, store: 'jsonl:/other' }),
    ];
    const rows = answerRows('low', answer({ hits, sessions }), { ...context, storeName: (store) => store.slice(6) });
    assert.deepEqual(labels(rows.filter(({ kind }) => kind === 'separator')).slice(0, 3), [
      'separator: Morning report of the harbou… · a',
      'separator: Morning report of the harbou… · /w/sessions',
      'separator: Morning report of the harbou… · /other',
    ]);
  });

  test('no hits: says so, what was covered, and where else to look', () => {
    assert.deepEqual(labels(answerRows('low', answer(), context)), ['words: No hits for low']);
    const [row] = answerRows('low', answer(), context);
    assert.equal(row?.kind === 'words' && row.description, '12,431 messages in 310 sessions, all of the store');
    assert.deepEqual(labels(answerRows('low', answer({ coverage: [] }), context)), [
      'words: There is no store to search',
    ]);
    const skipped = [{ store: STORE, code: 'busy', message: 'The database is locked.' }];
    const rows = answerRows('low', answer({ skipped, skippedCount: 1 }), { ...context, scope: nightShift });
    assert.deepEqual(labels(rows).slice(1), [
      'results: Show what was left out in the Search Results view',
      'widen: Search all stores instead',
    ]);
  });

  test('notes of the query come first, those of the stores last', () => {
    const coverage = [{ ...answer().coverage[0], store: STORE, label: 'w/sessions', messages: 1, sessions: 1 }].map(
      (store) => ({ ...store, how: 'scan' as const, note: 'Its index is not in step.' }),
    );
    const found = answer({
      hits: [hit('a', 1)],
      sessions: [session('a', 1)],
      notes: ['sender: is no field'],
      coverage,
    });
    const rows = answerRows('low', found, context);
    assert.equal(rows[0]?.label, 'sender: is no field');
    assert.equal(rows.at(-1)?.label, 'w/sessions: Its index is not in step.');
  });

  test('a wrong query shows what is wrong, and where', () => {
    const [row, ...others] = faultRows('tide (a+)+$', 'This never ends. Give it less.', { at: 5, length: 6 });
    assert.ok(row?.kind === 'words');
    assert.equal(row.label, 'This never ends.');
    assert.equal(row.description, 'at character 6: (a+)+$');
    assert.equal(row.detail, 'Give it less.');
    assert.deepEqual(others, []);
    assert.equal(placeWords('tide OR', { at: 7, length: 0 }), 'at the end');
    assert.equal(placeWords('"tide', { at: 2, length: 0 }), 'at character 3');
    assert.equal(placeWords('🌊 "tide', { at: 3, length: 5 }), 'at character 3: "tide');
  });

  test('a misspelt field can be corrected, other faults cannot', () => {
    const rowsOf = (query: string) => {
      try {
        parseQuery(query, NOW);
        return [];
      } catch (error) {
        return error instanceof QueryError ? faultRows(query, error.message, error.span) : [];
      }
    };
    const fixOf = (query: string) => rowsOf(query).flatMap((row) => (row.kind === 'query' ? [row.query] : []));
    assert.deepEqual(fixOf('tide -rol:user low'), ['tide -role:user low']);
    assert.deepEqual(fixOf('Rloe:="a b"'), ['role:="a b"']);
    for (const other of ['has:', 'has:foo', 'tide OR', '"tide', '/(a/', 'after:x']) assert.deepEqual(fixOf(other), []);
    assert.deepEqual(labels(rowsOf('rol:user')), ['words: There is no field rol:.', 'query: Search for role:user']);
  });

  test('where is searched becomes part of a query that is kept', () => {
    const whole = (scope: Scope) => queryWithScope({ query: ' low OR high ', scope, order: 'rank' });
    assert.equal(whole(EVERYWHERE), 'low OR high');
    const store = { kind: 'jsonl', path: 'C:\\a "b"', role: 'live' } as const;
    const query = whole({ kind: 'session', store, key: 'a key', label: 'A' });
    assert.equal(query, 'low OR high in:="a key" store:="C:\\\\a \\"b\\""');
    const [words, session, place] = parseQuery(query, NOW).clauses.map(({ anyOf }) => anyOf);
    assert.equal(words?.length, 2);
    assert.ok(session?.[0]?.kind === 'field' && session[0].whole && session[0].value === 'a key');
    assert.ok(place?.[0]?.kind === 'field' && place[0].whole && place[0].value === store.path);
  });

  test('before anything is typed: saved and recent searches, else how to search', () => {
    const rows = homeRows(['tide'], [{ name: 'Errors', query: 'has:error' }], nightShift);
    assert.deepEqual(labels(rows), [
      'widen: Search all stores instead',
      'separator: saved searches',
      'query: Errors',
      'separator: recent searches',
      'query: tide',
    ]);
    assert.deepEqual(homeRows([], [], EVERYWHERE), syntaxRows());
  });

  test('every example of the syntax is right', () => {
    for (const row of syntaxRows()) {
      if (row.kind === 'query' && !row.label.endsWith(':')) parseQuery(row.label, NOW);
    }
  });

  test('fields are completed while one is typed, and only then', () => {
    const of = (query: string) => completionRows(query).map((row) => row.kind === 'query' && row.query);
    assert.deepEqual(of('tide ro'), ['tide role:']);
    assert.deepEqual(of('-ro'), ['-role:']);
    assert.deepEqual(of('has:pr'), ['has:problem ']);
    assert.equal(of('role:').length, 4);
    assert.deepEqual(['', 'r', 'tide ', '"ro', 'role:user', 'harbour', '/ro'].flatMap(of), []);
  });

  test('icons and words of the parts', () => {
    assert.equal(hitIcon(hit('a', 1, { part: 'thinking', role: 'assistant' })), 'lightbulb');
    assert.equal(hitIcon(hit('a', 1, { part: 'text', role: 'assistant' })), 'sparkle');
    assert.equal(partWords(hit('a', 1, { part: 'result', tool: 'shell', role: 'tool' })), 'shell result');
    assert.equal(partWords(hit('a', 1, { role: 'us\u202eer' })), 'us⟨RLO⟩er');
  });

  test('the history keeps the last fifty, each once', async () => {
    const state = new Map<string, unknown>();
    const history = new QueryHistory({
      get: <T>(key: string, otherwise?: T) => (state.get(key) ?? otherwise) as T,
      update: async (key: string, value: unknown) => void state.set(key, value),
    });
    for (let n = 0; n < 60; n++) await history.add(`query ${n}`);
    await history.add('  query 30 ');
    await history.add(' ');
    assert.equal(history.queries.length, 50);
    assert.deepEqual(history.queries.slice(0, 2), ['query 30', 'query 59']);
    await history.remove('query 30');
    assert.equal(history.queries[0], 'query 59');
    state.set('searchHistory', { other: 'version' });
    assert.deepEqual(history.queries, []);
  });
});

suite('from a query to marks in the conversation', () => {
  test('texts and regular expressions, not what is excluded or asked of the session', () => {
    assert.deepEqual(patternsOf('tide =low -draft role:user /err\\d+/i', NOW), [
      { text: 'tide', matchCase: false, wholeWord: false, regex: false },
      { text: 'low', matchCase: false, wholeWord: true, regex: false },
      { text: 'err\\d+', matchCase: false, wholeWord: false, regex: true },
    ]);
    assert.deepEqual(patternsOf('in:raw tide', NOW), []);
    assert.deepEqual(patternsOf('OR', NOW), []);
  });

  test('next and previous go around', () => {
    assert.equal(neighbour(['a', 'b', 'c'], 2, 1), 'a');
    assert.equal(neighbour(['a', 'b', 'c'], 0, -1), 'c');
    assert.equal(neighbour(['a', 'b', 'c'], -1, 1), 'a');
    assert.equal(neighbour(['a', 'b', 'c'], -1, -1), 'c');
    assert.equal(neighbour([], -1, 1), undefined);
  });
});
