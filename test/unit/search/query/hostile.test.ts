import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HitText, StoredMessage } from '../../../../src/backend/search/match/compiledQuery';
import { compileQuery } from '../../../../src/backend/search/match/compileQuery';
import { snippetAround } from '../../../../src/backend/search/match/snippet';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import { QueryError } from '../../../../src/shared/search/query';
import { compilePattern, LONGEST_TEXT, placesOf } from '../../../../src/shared/search/textPattern';
import { anyText } from './support';

const message = (content: string): StoredMessage => ({
  role: 'user',
  content,
  createdAt: null,
  bits: 0,
  toolOfCall: () => null,
});

function hit(source: string, content: string): HitText | null {
  const compiled = compileQuery(parseQuery(source, 0));
  return compiled.matches(message(content)) ? compiled.hitText(message(content)) : null;
}

function faultOf(work: () => unknown): QueryError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof QueryError, String(error));
    return error;
  }
  throw new Error('it was taken');
}

suite('search: what nobody types by accident', () => {
  test('a text that no expression can be made of is a fault with its place', () => {
    const long = 'é'.repeat(LONGEST_TEXT + 1);
    for (const [source, at] of [
      [`fine ${long}`, 5],
      [`fine "${long}"`, 5],
      [`fine =${long}`, 5],
      [`fine in:${long}`, 8],
      [`fine tool:"${long}"`, 10],
      [`fine ${'ab'.repeat(500_000)}`, 5],
    ] as const) {
      const { message: words, span } = faultOf(() => parseQuery(source, 0));
      assert.match(words, /^A text of a search can have 1,000 characters at the most; this one has 1,0/);
      assert.equal(span.at, at);
    }
    const find = { text: long, matchCase: false, wholeWord: false, regex: false };
    faultOf(() => compilePattern(find));
    const longest = 'が한कि'.repeat(LONGEST_TEXT / 4);
    assert.ok(hit(`"${longest}"`, `before ${longest} behind`));
    assert.ok(hit(`="${'ab '.repeat(330)}"`, 'ab\n'.repeat(400)));
  });

  test('white space at the beginning of a text costs no more the more of it there is', () => {
    const pattern = compilePattern({ text: ' b', matchCase: false, wholeWord: false, regex: false });
    const started = performance.now();
    assert.deepEqual(placesOf(pattern, `${' \n'.repeat(200_000)}c`), []);
    assert.ok(performance.now() - started < 1000);
    assert.deepEqual(placesOf(pattern, 'a \n b'), [[3, 5]]);
    assert.deepEqual(placesOf(pattern, 'ab'), []);
  });

  test('an expression that matches nothing at all has a hit, and an end', () => {
    for (const source of ['/q*/u', '/(?:)/v', '/q*/', '/^/mu', '/(?=🦀)/u']) {
      assert.equal(hit(source, '🦀🦀 hello 🦀')?.snippet, '🦀🦀 hello 🦀', source);
    }
    assert.deepEqual(hit('/🦀?/u', 'a🦀b')?.ranges, [[1, 3]]);
  });

  test('an expression that needs more memory than there is, is a fault', () => {
    const compiled = compileQuery(parseQuery('/(?:.|\\n)*[xz]/', 0));
    const { message: words } = faultOf(() => compiled.matches(message('ab\n'.repeat(3_000_000))));
    assert.match(words, /^The regular expression needs too much memory/);
  });

  test('what is half of an expression is a fault', () => {
    for (const [source, at, length] of [
      ['fine /[/', 5, 3],
      ['-/[a/i', 0, 6],
      ['/(/', 0, 3],
    ] as const) {
      assert.deepEqual(faultOf(() => parseQuery(source, 0)).span, { at, length }, source);
    }
    for (const source of ['/usr/[a', '/a[b', '/[]/]x/', 'in:raw x']) parseQuery(source, 0);
  });

  test('a heap of marks leaves the letter in sight that they stand on', () => {
    const pattern = compilePattern({ text: 'か', matchCase: false, wholeWord: false, regex: false });
    const { snippet, ranges } = snippetAround(`か${'\u0301'.repeat(100_000)}`, 0, [pattern]);
    assert.ok(snippet.startsWith('か') && snippet.length < 400);
    assert.equal(ranges[0]?.[0], 0);
  });

  test('whatever is typed is a query or a fault with words and a place in it', () => {
    const piece = fc.oneof(
      fc.constantFrom('"', '\\', '/', '-', '=', ':', 'OR', ' ', 'in:', 'in:raw', 'has:', 'after:', '7d', '(', ')', '[', ']', '*', '+', '?', '{', '}', '|', '^', '$', 'u', 'v', 'i', '\n', '\0', '\ud800', '🦀'), // biome-ignore format: a list of pieces
      anyText(2),
    );
    const typed = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(typed, anyText(8), (source, text) => {
        try {
          const compiled = compileQuery(parseQuery(source, 0));
          const stored = message(text);
          const matches = compiled.matches(stored);
          if (matches) assert.equal(compiled.mayMatch(text), true);
          const { snippet, ranges } = compiled.hitText(stored);
          for (const [start, end] of ranges) assert.ok(start >= 0 && start < end && end <= snippet.length);
          compiled.matchesSession(text, text, 0);
        } catch (error) {
          if (!(error instanceof QueryError)) throw error;
          const { at, length } = error.span;
          assert.ok(error.message !== '' && at >= 0 && at + length <= source.length, error.message);
        }
      }),
      { numRuns: Number(process.env.ASI_FUZZ_RUNS ?? 3000) },
    );
  });
});
