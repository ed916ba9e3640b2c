import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CompiledQuery, SessionFacts, StoredMessage } from '../../../../src/backend/search/match/compiledQuery';
import { compileQuery, textsOf } from '../../../../src/backend/search/match/compileQuery';
import { visibleParts } from '../../../../src/backend/search/match/projection';
import { mayHoldHits, sessionBits, sessionTerms } from '../../../../src/backend/search/match/sessionTerms';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import type { Query } from '../../../../src/shared/search/query';
import { PIECES, referenceFinds } from '../query/support';
import { anyMessage, jsonLine } from './messages';

const NOW = Date.UTC(2026, 10, 20, 12);
const parse = (source: string): Query => parseQuery(source, NOW);
const compiled = (source: string): CompiledQuery => compileQuery(structuredClone(parse(source)));

function message(role: string, content: string, more: Partial<StoredMessage> = {}): StoredMessage {
  return { role, content, createdAt: null, bits: 0, toolOfCall: () => null, ...more };
}

const ROUND = JSON.stringify({
  content: 'I look.',
  reasoning_content: 'maybe delta_epsilon',
  tool_calls: [{ id: 'call_1', name: 'shell', arguments: '{"command":"grep -rn \\"größe\\" src/","n":1.0}' }],
});

function matches(query: string, role: string, content: string, more: Partial<StoredMessage> = {}): boolean {
  return compiled(query).matches(message(role, content, more));
}

suite('search: a query against a message', () => {
  test('what a person sees is searched, not the JSON around it', () => {
    for (const query of [
      'psilon',
      'look',
      'shell',
      'GROßE',
      '"grep -rn"',
      '"\\"n\\": 1.0"',
      '"grep -rn \\"größe\\""',
      '/del\\w+/',
      'look psilon',
      '-foo look',
      'nothing OR look',
    ]) {
      assert.ok(matches(query, 'assistant', ROUND), query);
    }
    for (const query of [
      'tool_calls',
      'reasoning_content',
      'call_1',
      '"look maybe"',
      '-look',
      'look foo',
      '/DEL/',
      '=psilon',
    ]) {
      assert.ok(!matches(query, 'assistant', ROUND), query);
    }
    assert.ok(matches('in:raw tool_calls', 'assistant', ROUND));
    assert.ok(matches('in:raw call_1 look', 'assistant', ROUND));
  });

  test('fields of a message', () => {
    assert.ok(matches('role:user', 'user', 'x'));
    assert.ok(matches('role:USE', 'user', 'x'));
    assert.ok(!matches('role:=use', 'user', 'x'));
    assert.ok(!matches('-role:user', 'user', 'x'));
    assert.ok(matches('tool:shell', 'assistant', ROUND));
    assert.ok(!matches('tool:web', 'assistant', ROUND));
    const result = JSON.stringify({ content: 'error: no such file', tool_call_id: 'call_1' });
    const toolOfCall = (id: string): string | null => (id === 'call_1' ? 'shell' : null);
    assert.ok(matches('tool:shell has:error', 'tool', result, { toolOfCall }));
    assert.ok(!matches('tool:shell', 'tool', result));
    assert.ok(
      matches('tool:shell', 'user', '[Tool results]\n<tool_result name="shell" status="ok">\nx\n</tool_result>'),
    );
    for (const [query, role, content] of [
      ['has:tool', 'assistant', ROUND],
      ['has:tool', 'tool', result],
      ['has:thinking', 'assistant', ROUND],
      ['has:thinking', 'assistant', '<think>hm</think>x'],
      ['has:image', 'user', 'look [IMAGE:/tmp/x.png]'],
      ['has:error', 'tool', result],
    ] as const) {
      assert.ok(matches(query, role, content), query);
      assert.ok(!matches(query, 'user', 'plain words'), query);
      assert.ok(matches(`-${query}`, 'user', 'plain words'), query);
    }
    assert.ok(!matches('has:problem', 'user', 'x'));
    assert.ok(matches('-has:problem', 'user', 'x'));
    assert.ok(matches('in:raw has:tool call_1', 'assistant', jsonLine({ role: 'assistant', content: ROUND }, [1])));
  });

  test("times are the message's own, else the session's", () => {
    const at = (createdAt: string | null, bits = 0) => ({ createdAt, bits });
    assert.ok(matches('after:2026-11-20T00:00Z', 'user', 'x', at('2026-11-20T00:00:00.000000000+00:00')));
    assert.ok(!matches('before:2026-11-20T00:00Z', 'user', 'x', at('2026-11-20T00:00:00.000000000+00:00')));
    assert.ok(matches('before:2026-11-20T00:00Z', 'user', 'x', at('2026-11-19T23:59:59.999999999+00:00')));
    assert.ok(matches('after:7d', 'user', 'x', at(null, 1)));
    assert.ok(!matches('after:7d', 'user', 'x', at(null, 0)));
    assert.ok(matches('in:a after:7d', 'user', 'x', at('garbage', 3)));
    assert.ok(!matches('in:a after:7d', 'user', 'x', at('garbage', 1)));
  });

  test('unreadable places are found by has:problem only', () => {
    const query = compiled('has:problem delta');
    assert.ok(query.wantsUnreadable);
    assert.ok(query.matchesUnreadable('{"role": DELTA', 0));
    assert.ok(!query.matchesUnreadable('{"role": x', 0));
    assert.ok(!compiled('delta').matchesUnreadable('delta', 0));
    assert.ok(!compiled('-has:problem').matchesUnreadable('delta', 0));
    assert.ok(!compiled('has:problem role:user').matchesUnreadable('user', 0));
    assert.ok(compiled('has:problem OR delta').matchesUnreadable('x', 0));
    assert.ok(!compiled('has:problem OR delta').wantsUnreadable);
    assert.deepEqual(query.hitTextOfUnreadable('x delta'), { part: 'raw', snippet: 'x delta', ranges: [[2, 7]] });
  });

  test('sessions are found by name and key', () => {
    const hit = (query: string, name: string | null, key: string, bits = 0) =>
      compiled(query).matchesSession(name, key, bits);
    assert.ok(hit('rocket', 'My Rocket', 'k'));
    assert.ok(hit('123 alice', null, 'telegram_123_alice'));
    assert.ok(hit('rocket in:my', 'My Rocket', 'k', 1));
    assert.ok(!hit('rocket in:my', 'My Rocket', 'k', 0));
    assert.ok(hit('in:my', 'My Rocket', 'k', 1));
    for (const query of [
      'role:user',
      'rocket role:user',
      'rocket has:tool',
      '-foo',
      'after:7d',
      'in:raw rocket',
      'rocket -role:user',
    ]) {
      assert.ok(!hit(query, 'My Rocket', 'k', 1), query);
    }
    assert.ok(hit('rocket OR role:user', 'My Rocket', 'k'));
    assert.deepEqual(compiled('in:rock').hitTextOfSession('My Rocket', 'k'), {
      part: 'text',
      snippet: 'My Rocket',
      ranges: [[3, 7]],
    });
  });

  test('with texts alone it finds what a plain reference finds in the visible parts', () => {
    const words = fc.constantFrom(...PIECES.filter((piece) => /^[\p{L}\d_]+$/u.test(piece)));
    let found = 0;
    fc.assert(
      fc.property(anyMessage, words, words, fc.boolean(), ({ role, content }, a, b, negated) => {
        const texts = visibleParts(role, content).map(({ text }) => text);
        const has = (word: string): boolean => texts.some((text) => referenceFinds(text, word));
        const both = has(a) && has(b) !== negated;
        assert.equal(
          matches(`"${a}" ${negated ? '-' : ''}"${b}"`, role, content),
          both,
          JSON.stringify([a, b, content]),
        );
        assert.equal(matches(`"${a}" OR "${b}"`, role, content), has(a) || has(b));
        found += both ? 1 : 0;
      }),
      { numRuns: 3000 },
    );
    assert.ok(found > 30, `${found}`);
  });

  test('20 MB are looked through once for each text', function () {
    this.timeout(20_000);
    const content = `${'lorem ipsum dolor '.repeat(1_200_000)}needle`;
    const query = compiled('needle dolor -foo');
    const start = performance.now();
    assert.ok(query.mayMatch(content));
    assert.ok(query.matches(message('user', content)));
    assert.match(query.hitText(message('user', content)).snippet, /…$/);
    assert.ok(performance.now() - start < 3000);
  });

  test('texts for a full-text index', () => {
    assert.deepEqual(
      textsOf(parse('a =b OR c -d role:user e OR role:user "f g"')).map((clause) =>
        clause.map(({ text, whole }) => [text, whole]),
      ),
      [
        [['a', false]],
        [
          ['b', true],
          ['c', false],
        ],
        [['f g', false]],
      ],
    );
  });
});

suite('search: terms that sessions decide', () => {
  const FACTS: SessionFacts = {
    key: 'telegram_123',
    name: 'Große Rakete',
    storeLabel: 'data/sessions',
    storePath: '/home/x/data/sessions',
    state: 'running',
    createdAt: '2026-11-01T00:00:00Z',
    lastActivity: '2026-11-19T00:00:00Z',
    messageTimes: false,
  };
  const bitsOf = (source: string, facts: Partial<SessionFacts> = {}): boolean[] => {
    const terms = sessionTerms(parse(source));
    const bits = sessionBits(terms, { ...FACTS, ...facts });
    return terms.map((_, index) => (bits & (1 << index)) !== 0);
  };
  const mayHold = (source: string, facts: Partial<SessionFacts> = {}): boolean => {
    const query = parse(source);
    const terms = sessionTerms(query);
    return mayHoldHits(query, terms, sessionBits(terms, { ...FACTS, ...facts }));
  };

  test('names, stores, states and times', () => {
    assert.deepEqual(bitsOf('in:grosse x in:große in:123 in:=telegram in:=telegram_123'), [
      false,
      true,
      true,
      false,
      true,
    ]);
    assert.deepEqual(bitsOf('store:data store:/home state:run state:=run state:idle'), [
      true,
      true,
      true,
      false,
      false,
    ]);
    assert.deepEqual(bitsOf('after:7d after:10h before:2026-11-10 before:2026-10-01'), [true, false, true, false]);
    assert.deepEqual(bitsOf('after:10h before:2026-10-01', { messageTimes: true }), [true, true]);
    assert.deepEqual(
      bitsOf('after:10h before:2026-10-01 state:x', { lastActivity: null, createdAt: 'garbage', state: null }),
      [true, true, false],
    );
    assert.deepEqual(bitsOf('role:user has:tool x'), []);
  });

  test('a session is left out only when none of its messages can match', () => {
    assert.ok(mayHold('x'));
    assert.ok(mayHold('x in:123'));
    assert.ok(!mayHold('x in:456'));
    assert.ok(mayHold('x -in:456'));
    assert.ok(!mayHold('x -in:123'));
    assert.ok(mayHold('x OR in:456'));
    assert.ok(mayHold('in:456 OR in:123'));
    assert.ok(!mayHold('in:456 OR state:idle'));
    assert.ok(!mayHold('after:10h'));
    assert.ok(mayHold('-after:7d'));
    assert.ok(mayHold('after:10h', { messageTimes: true }));
    assert.ok(mayHold('-after:10h', { messageTimes: true }));
  });
});
