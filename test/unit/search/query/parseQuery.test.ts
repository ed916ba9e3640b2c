import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDate } from '../../../../src/shared/search/dates';
import {
  completions,
  describeQueryError,
  FIELDS,
  parseQuery,
  patternsOf,
} from '../../../../src/shared/search/parseQuery';
import { type Query, QueryError, type Term } from '../../../../src/shared/search/query';

/** 20 November 2026, 15:30 local time. */
const NOW = new Date(2026, 10, 20, 15, 30).getTime();

const parse = (source: string): Query => parseQuery(source, NOW);

/** Terms without their places, short: `-text`. */
function short(source: string): string[][] {
  return parse(source).clauses.map(({ anyOf }) => anyOf.map((term) => `${term.negated ? '-' : ''}${words(term)}`));
}

function words(term: Term): string {
  switch (term.kind) {
    case 'text':
      return `${term.whole ? '=' : ''}${term.text}`;
    case 'regex':
      return `/${term.source}/${term.flags}`;
    case 'field':
      return `${term.field}:${term.whole ? '=' : ''}${term.value}`;
    case 'time':
      return `${term.field}:${new Date(term.time).toISOString()}`;
    case 'has':
      return `has:${term.what}`;
  }
}

function fault(source: string): { at: number; length: number; message: string } {
  try {
    parse(source);
  } catch (error) {
    if (error instanceof QueryError) return { ...error.span, message: error.message };
    throw error;
  }
  throw new Error(`${source} is taken as right`);
}

suite('search: the query', () => {
  test('words, phrases, whole words and negation', () => {
    for (const [source, expected] of [
      ['', []],
      [' \t\u3000\n', []],
      ['psilon', [['psilon']]],
      ['a b', [['a'], ['b']]],
      ['你好\u3000世界', [['你好'], ['世界']]],
      ['"two words"', [['two words']]],
      ['"say \\"hi\\" \\\\ \\n"', [['say "hi" \\ \\n']]],
      ['"a""b"c', [['a'], ['b'], ['c']]],
      ['5"', [['5"']]],
      ["don't", [["don't"]]],
      ['=word ="two words"', [['=word'], ['=two words']]],
      ['-not -"a b" -=w -="x y" -_x -7 -部署', [['-not'], ['-a b'], ['-=w'], ['-=x y'], ['-_x'], ['-7'], ['-部署']]],
      ['-> -- --flag - -= -/ =', [['->'], ['--'], ['--flag'], ['-'], ['-='], ['-/'], ['=']]],
      ['C++ => == := <tag> a=b', [['C++'], ['=>'], ['=='], [':='], ['<tag>'], ['a=b']]],
      ['-a', [['-a']]],
      ['-/usr/bin', [['-/usr/bin']]],
    ] as const) {
      assert.deepEqual(short(source), expected, source);
    }
  });

  test('OR binds its two neighbours', () => {
    assert.deepEqual(short('a b OR c -d'), [['a'], ['b', 'c'], ['-d']]);
    assert.deepEqual(short('a OR b OR "c d"'), [['a', 'b', 'c d']]);
    assert.deepEqual(short('a OR -b'), [['a', '-b']]);
    assert.deepEqual(short('or Or "OR" =OR'), [['or'], ['Or'], ['OR'], ['=OR']]);
    assert.deepEqual(short('role:user OR /x/i'), [['role:user', '/x/i']]);
  });

  test('a regular expression closes with a slash and flags; other slashes are text', () => {
    for (const [source, expected] of [
      ['/ab+c/', [['/ab+c/']]],
      ['/a b/gi x', [['/a b/gi'], ['x']]],
      ['-/a/', [['-/a/']]],
      ['/a\\/b[/]c/s', [['/a\\/b[/]c/s']]],
      ['/usr/bin/node', [['/usr/bin/node']]],
      ['/usr /x', [['/usr'], ['/x']]],
      ['/', [['/']]],
      ['//', [['//']]],
      ['// comment', [['//'], ['comment']]],
      ['/a', [['/a']]],
      ['/etc/hosts /a/', [['/etc/hosts'], ['/a/']]],
    ] as const) {
      assert.deepEqual(short(source), expected, source);
    }
  });

  test('fields', () => {
    for (const [source, expected] of [
      ['role:user', [['role:user']]],
      ['ROLE:User', [['role:User']]],
      ['-tool:shell', [['-tool:shell']]],
      ['in:"two words" in:=exact in:="all of it"', [['in:two words'], ['in:=exact'], ['in:=all of it']]],
      ['store:/home/x', [['store:/home/x']]],
      ['state:running', [['state:running']]],
      ['has:tool -has:IMAGE', [['has:tool'], ['-has:image']]],
      [
        'http://x std::vector a:b:c n:1 id:5 12:30 Summary:',
        [['http://x'], ['std::vector'], ['a:b:c'], ['n:1'], ['id:5'], ['12:30'], ['Summary:']],
      ],
      ['tool::x role://x', [['tool::x'], ['role://x']]],
    ] as const) {
      assert.deepEqual(short(source), expected, source);
    }
  });

  test('in:raw concerns the whole query', () => {
    assert.deepEqual({ ...parse('foo in:raw bar'), source: '' }, { ...parse('foo in:raw bar'), raw: true, source: '' });
    assert.deepEqual(short('foo in:raw'), [['foo']]);
    assert.equal(parse('foo').raw, false);
    assert.equal(parse('in:"raw"').raw, false);
    assert.deepEqual(short('in:=raw'), [['in:=raw']]);
    for (const source of ['-in:raw', 'a OR in:raw', 'in:raw OR a', 'a in:raw OR b']) assert.ok(fault(source), source);
  });

  test('faults name what is wrong, where, and what is possible', () => {
    for (const [source, at, message] of [
      ['foo "bar', 4, /quote.*no end/],
      ['a in:"b', 5, /quote.*no end/],
      ['OR a', 0, /OR/],
      ['a OR', 2, /OR/],
      ['a OR OR b', 5, /OR/],
      ['a ""', 2, /nothing between the quotes/],
      ['x role:', 2, /^role: needs a value, such as role:user\.$/],
      ['in:""', 0, /needs a value/],
      ['has:foo', 4, /^has: takes tool, error, image, thinking or problem, not "foo"\.$/],
      ['after:2026-13-01', 6, /2026-11-20.*today/],
      ['before:soon', 7, /no date/],
      ['rol:user', 0, /^There is no field rol:\. Did you mean role:\? To search for the text put it in quotes\.$/],
      ['x -tol:y', 3, /Did you mean tool:/],
      ['sotre:x', 0, /Did you mean store:/],
      ['befroe:7d', 0, /Did you mean before:/],
      ['rol:', 0, /Did you mean role:/],
      ['ni:x', 0, /Did you mean in:/],
      ['/a(/', 0, /unterminated group/],
      ['x /a/ii', 2, /flags/],
      ['/a/uv', 0, /flags/],
      [Array.from({ length: 102 }, () => 'x').join(' '), 200, /100 terms/],
    ] as const) {
      const found = fault(source);
      assert.equal(found.at, at, source);
      assert.match(found.message, message, source);
    }
  });

  test('a fault in one line, with its place in characters', () => {
    const source = '🚀 "x';
    try {
      parse(source);
      assert.fail();
    } catch (error) {
      assert.ok(error instanceof QueryError);
      assert.equal(describeQueryError(error, source), 'The quote that begins here has no end (at character 3).');
    }
  });

  test('what looks like a field and is none is text, and the answer says so', () => {
    const query = parse('sender:bob http://x time: 12:30');
    assert.deepEqual(
      query.notes.map((note) => note.slice(0, 37)),
      ['sender: is no field and was searched '],
    );
    assert.deepEqual(parse('"sender:bob"').notes, []);
  });

  test('dates in local time', () => {
    const local = (...parts: [number, number, number?, number?, number?, number?]): number => {
      const [year, month, day = 1, hour = 0, minute = 0, second = 0] = parts;
      return new Date(year, month - 1, day, hour, minute, second).getTime();
    };
    for (const [text, expected] of [
      ['2026-11-20', local(2026, 11, 20)],
      ['2026-11', local(2026, 11)],
      ['2026', local(2026, 1)],
      ['2026-11-20T10:00', local(2026, 11, 20, 10)],
      ['2026-11-20T10:00:05', local(2026, 11, 20, 10, 0, 5)],
      ['2026-11-20T10:00Z', Date.UTC(2026, 10, 20, 10)],
      ['2026-11-20T10:00:05+02:00', Date.UTC(2026, 10, 20, 8, 0, 5)],
      ['2024-02-29', local(2024, 2, 29)],
      ['10m', NOW - 600_000],
      ['7h', NOW - 7 * 3_600_000],
      ['7d', local(2026, 11, 13, 15, 30)],
      ['2w', local(2026, 11, 6, 15, 30)],
      ['3mo', local(2026, 8, 20, 15, 30)],
      ['1y', local(2025, 11, 20, 15, 30)],
      ['today', local(2026, 11, 20)],
      ['Yesterday', local(2026, 11, 19)],
      ['2026-13', null],
      ['2026-02-30', null],
      ['2025-02-29', null],
      ['2026-11-20T24:00', null],
      ['26-11-20', null],
      ['', null],
      ['d', null],
      ['999999y', null],
    ] as const) {
      assert.equal(parseDate(text, NOW), expected, text);
    }
    assert.equal(parseDate('1mo', local(2026, 3, 31)), local(2026, 2, 28));
    assert.deepEqual(short('before:2026-11-20 -after:2026'), [
      [`before:${new Date(2026, 10, 20).toISOString()}`],
      [`-after:${new Date(2026, 0, 1).toISOString()}`],
    ]);
  });

  test('any text at all gives a query or a fault inside of it; each term says where it stands', () => {
    const piece = fc.constantFrom(
      'a',
      '"',
      '\\',
      '-',
      '=',
      '/',
      ' ',
      'OR',
      'in:',
      'raw',
      'has:',
      'tool',
      'after:7d',
      ':',
      '🚀',
      '[',
      '(',
      '|',
      '\n',
      'rol:',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (source) => {
          try {
            const { clauses } = parse(source);
            let end = 0;
            for (const { span } of clauses.flatMap(({ anyOf }) => anyOf)) {
              assert.ok(span.at >= end && span.length > 0 && span.at + span.length <= source.length);
              end = span.at + span.length;
            }
          } catch (error) {
            if (!(error instanceof QueryError)) throw error;
            assert.ok(
              error.span.at >= 0 && error.span.length > 0 && error.span.at + error.span.length <= source.length,
              source,
            );
            assert.match(describeQueryError(error, source), /^\S.*\(at character \d+\)\.$/s);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('a quoted text is found again as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        fc.pre(text.trim() !== '');
        const [clause] = parse(`"${text.replace(/["\\]/g, '\\$&')}"`).clauses;
        assert.equal(clause?.anyOf[0]?.kind === 'text' && clause.anyOf[0].text, text);
      }),
    );
  });

  test('what can be marked: texts and regular expressions that are asked for', () => {
    assert.deepEqual(patternsOf(parse('a -b OR =c role:user /x/is')), [
      { text: 'a', matchCase: false, wholeWord: false, regex: false },
      { text: 'c', matchCase: false, wholeWord: true, regex: false },
      { text: 'x', matchCase: false, wholeWord: false, regex: true, flags: 'is' },
    ]);
  });

  test('completion of fields and values', () => {
    const texts = (source: string, cursor = source.length): string[] =>
      completions(source, cursor).map(({ text }) => text);
    assert.deepEqual(
      texts(''),
      FIELDS.map(({ name }) => `${name}:`),
    );
    assert.deepEqual(texts('foo -ha'), ['has:']);
    assert.deepEqual(texts('st'), ['store:', 'state:']);
    assert.deepEqual(texts('has:t'), ['tool', 'thinking']);
    assert.deepEqual(texts('has:t more', 5), ['tool', 'thinking']);
    assert.deepEqual(texts('"has:'), []);
    assert.deepEqual(texts('http://'), []);
    assert.deepEqual(texts('12'), []);
    assert.deepEqual(completions('x ROLE:as', 9)[0]?.span, { at: 7, length: 2 });
    for (const { values, name } of FIELDS)
      for (const { text } of values) assert.ok(parse(`${name}:${text}`), `${name}:${text}`);
  });
});
