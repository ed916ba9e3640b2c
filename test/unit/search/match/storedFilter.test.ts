import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CompiledQuery, StoredMessage } from '../../../../src/backend/search/match/compiledQuery';
import { compileQuery } from '../../../../src/backend/search/match/compileQuery';
import { visibleParts } from '../../../../src/backend/search/match/projection';
import { requiredLiteral } from '../../../../src/backend/search/match/requiredLiteral';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import { referenceFold } from '../query/support';
import { anyMessage, type GeneratedMessage, jsonLine, wayNumbers } from './messages';

/** More of them with `RUNS=20000`. */
const RUNS = Number(process.env.RUNS ?? 2000);
const NOW = Date.UTC(2026, 10, 20);

function compiled(query: string): CompiledQuery {
  return compileQuery(parseQuery(query, NOW));
}

function stored({ role, content }: GeneratedMessage): StoredMessage {
  return { role, content, createdAt: null, bits: 0, toolOfCall: () => null };
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\n/g, '\\n');

/** A message, and a text that a person sees in it. */
const messageAndText: fc.Arbitrary<[GeneratedMessage, string]> = anyMessage.chain((message) => {
  const texts = visibleParts(message.role, message.content).map(({ text }) => [...text]);
  const slice = fc
    .tuple(fc.nat(Math.max(0, texts.length - 1)), fc.nat(500), fc.integer({ min: 1, max: 9 }))
    .map(([which, from, count]) => {
      const text = texts[which] ?? [];
      const start = text.length === 0 ? 0 : from % text.length;
      return text.slice(start, start + count).join('');
    });
  const changed = slice.chain((text) =>
    fc.constantFrom(text, text.toUpperCase(), referenceFold(text), text.normalize('NFD')),
  );
  return fc.tuple(fc.constant(message), changed);
});

function assertGetsThrough(query: CompiledQuery, message: GeneratedMessage, numbers: readonly number[]): void {
  const words = JSON.stringify([query.query.source, message]);
  assert.ok(query.mayMatch(message.content), `row: ${words}`);
  const { lineFilter } = query;
  if (!lineFilter) return;
  const line = jsonLine(message, numbers);
  lineFilter.lastIndex = 0;
  const match = lineFilter.exec(`\n${line}\n`);
  assert.ok(match && match.index >= 1 && match.index <= line.length, `line: ${words} ${line}`);
  assert.ok(!match[0].includes('\n'));
}

suite('search: the fast look at what is stored', function () {
  this.timeout(120_000);

  test('every message that matches a text gets through, as a row and as a line of JSONL', () => {
    let matching = 0;
    fc.assert(
      fc.property(messageAndText, wayNumbers, ([message, text], numbers) => {
        fc.pre(text.trim() !== '');
        const query = compiled(quoted(text));
        if (!query.matches(stored(message))) return;
        matching += 1;
        assertGetsThrough(query, message, numbers);
      }),
      { numRuns: RUNS },
    );
    assert.ok(matching > RUNS / 3, `${matching} matched`);
  });

  test('every message that matches a regular expression gets through', () => {
    let matching = 0;
    const forms = [
      (text: string) => `/${text}/`,
      (text: string) => `/${text}/i`,
      (text: string) => `/${text}/iu`,
      (text: string) => `/.?${text}+/s`,
      (text: string) => `/(?:x|${text})/`,
      (text: string) => `/${text}|zzz/`,
      (text: string) => `/[a-z]*${text}\\w*/`,
      (text: string) => `/${text}?/`,
    ];
    fc.assert(
      fc.property(messageAndText, fc.constantFrom(...forms), wayNumbers, ([message, text], form, numbers) => {
        fc.pre(text.trim() !== '');
        let query: CompiledQuery;
        try {
          query = compiled(form(escaped(text)));
        } catch {
          return; // Not every text is a regular expression with every flag.
        }
        if (!query.matches(stored(message))) return;
        matching += 1;
        assertGetsThrough(query, message, numbers);
      }),
      { numRuns: RUNS },
    );
    assert.ok(matching > RUNS / 3, `${matching} matched`);
  });

  test('every line and row that matches as it is stored gets through', () => {
    let matching = 0;
    fc.assert(
      fc.property(
        anyMessage,
        wayNumbers,
        fc.nat(1000),
        fc.integer({ min: 1, max: 9 }),
        (message, numbers, from, count) => {
          const line = jsonLine(message, numbers);
          const text = line.slice(from % line.length, (from % line.length) + count);
          fc.pre(text.trim() !== '');
          const query = compiled(`in:raw ${quoted(text)}`);
          const raw = stored({ role: message.role, content: line });
          // A cut through a letter may make another one of it.
          if (!query.matches(raw)) return;
          assert.ok(query.mayMatch(line));
          query.lineFilter?.exec(line);
          matching += 1;
          if (query.lineFilter) assert.match(line, new RegExp(query.lineFilter.source));
        },
      ),
      { numRuns: 3000 },
    );
    assert.ok(matching > 2000);
  });

  test('what cannot match is mostly kept out', () => {
    const query = compiled('psilon');
    assert.equal(
      query.mayMatch('{"content":"alpha","tool_calls":[{"arguments":"{\\"a\\":1}","id":"c","name":"shell"}]}'),
      false,
    );
    assert.equal(query.mayMatch('an \u0435psilo n'), false);
    assert.equal(query.mayMatch('x\\u0070silon'), true);
    assert.equal(compiled('-psilon').lineFilter, null);
    assert.equal(compiled('role:user').lineFilter, null);
    assert.equal(compiled('psilon OR role:user').lineFilter, null);
    assert.notEqual(compiled('psilon role:user').lineFilter, null);
    assert.equal(compiled('/\\d+/').lineFilter, null);
    assert.equal(compiled('alpha beta').mayMatch('alpha'), false);
    assert.equal(compiled('alpha OR beta').mayMatch('beta'), true);
    assert.equal(compiled('"alpha beta"').mayMatch('beta and gamma'), false);
    // What the page puts before a reason is not in the store; marks in an order of their own.
    assert.equal(compiled('":"').mayMatch('[IMAGE:key | download failed]'), true);
    assert.equal(compiled('"क\u094d\u093c"').mayMatch('क\u094d\u093c'), true);
  });

  test('required texts of regular expressions', () => {
    for (const [source, flags, expected] of [
      ['abc', '', 'abc'],
      ['abc?', '', 'ab'],
      ['abc+d', '', 'abc'],
      ['ab|cd', '', null],
      ['(ab|cd)efg', '', 'efg'],
      ['a{0,3}bc', '', 'bc'],
      ['a{2}bc', '', 'bc'],
      ['\\u0041bc', '', 'bc'],
      ['\\u{41}bc', 'u', 'bc'],
      ['\\x41bc', '', 'bc'],
      ['\\cAbc', '', 'bc'],
      ['\\p{Letter}bc', 'u', 'bc'],
      ['(?<name>x)\\k<name>bc', '', 'bc'],
      ['(x)\\12bc', '', 'bc'],
      ['a\\.b', '', 'a.b'],
      ['a\\/b', '', 'a/b'],
      ['[abc]de', '', 'de'],
      ['[\\]x]de', '', 'de'],
      ['(?!abc)de', '', 'de'],
      ['a.b', '', 'a'],
      ['[^]ab', '', 'ab'],
      ['abc[[a]|d', '', null],
      ['abc[[a]|d]', 'v', 'abc'],
      ['straße', 'i', 'stra'],
      ['risk', 'iu', 'ri'],
      ['RISK', 'iu', 'RI'],
      ['RISK', 'i', 'RISK'],
      ['a*', '', null],
      ['', '', null],
    ] as const) {
      assert.equal(requiredLiteral(source, flags), expected, `/${source}/${flags}`);
    }
  });
});
