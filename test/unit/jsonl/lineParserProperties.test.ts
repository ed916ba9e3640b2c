import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parserVerdict, referenceVerdict } from './support';

/** A JSON spelling of a text: raw where JSON allows it, or any escape that means the same. */
function spelled(text: string, choices: readonly number[]): string {
  let result = '';
  let at = 0;
  for (const character of text) {
    const choice = choices[at++ % Math.max(1, choices.length)] ?? 0;
    const units = [...Array(character.length).keys()].map((i) => character.charCodeAt(i));
    const hex = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
    if (choice === 1) result += hex;
    else if (choice === 2) result += hex.toUpperCase().replaceAll('\\U', '\\u');
    else result += JSON.stringify(character).slice(1, -1);
  }
  return `"${result}"`;
}

const choices = fc.array(fc.nat(4), { minLength: 1, maxLength: 8 });
const space = fc.constantFrom('', '', '', ' ', '\t', '\r', '  ');
const outerSpace = fc.constantFrom(
  '',
  '',
  '',
  ' ',
  '\u00a0',
  '\u3000',
  '\u2028\u1680',
  '\u0085',
  '\v\f',
  '\r',
  '\ufeff',
  '\u200b',
);
const text = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), choices).map(([t, c]) => spelled(t, c));
const surrogate = fc.constantFrom(
  '"\\ud800"',
  '"\\udc00x"',
  '"\\ud83d\\ude00"',
  '"\\ud83d\\u0041"',
  '"\\uDBFF\\uDFFF"',
);
const number = fc.constantFrom(
  '0',
  '-1',
  '1.5e3',
  '1e999',
  '123456789012345678901234567890',
  '01',
  '1.',
  '-',
  '.5',
  '1e',
);
const literal = fc.constantFrom('null', 'true', 'false', 'nul', 'NaN');

const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, text, text, surrogate, number, literal, tie('array'), tie('object')),
  array: fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  object: fc
    .array(fc.tuple(fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: surrogate }), tie('any')), {
      maxLength: 3,
    })
    .map((fields) => `{${fields.map(([key, item]) => `${key}:${item}`).join(',')}}`),
})).any as fc.Arbitrary<string>;

const key = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('role', 'content'), choices).map(([name, c]) => spelled(name, c)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('"Role"', '"rolex"', '"__proto__"', '""', '"constructor"', '"roleroleroleX"'),
  },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: surrogate },
);
const field = fc.tuple(key, fc.oneof({ weight: 5, arbitrary: text }, { weight: 2, arbitrary: value }), space, space);
const objectLine = fc
  .tuple(outerSpace, fc.array(field, { maxLength: 5 }), outerSpace)
  .map(([a, fields, b]) => `${a}{${fields.map(([k, v, s, t]) => `${s}${k}${t}:${s}${v}${t}`).join(',')}}${b}`);
const arrayLine = fc
  .tuple(outerSpace, fc.array(fc.oneof(text, text, value), { maxLength: 3 }), space)
  .map(([a, items, s]) => `${a}[${s}${items.join(`${s},${s}`)}${s}]`);
const messageLine = fc
  .tuple(text, text, fc.array(field, { maxLength: 2 }), space, outerSpace)
  .map(([role, content, more, s, o]) => {
    const fields = [`"role"${s}:${role}`, `"content":${s}${content}`, ...more.map(([k, v]) => `${k}:${v}`)];
    return `${o}{${fields.join(`${s},`)}}${o}`;
  });
const line = fc.oneof(messageLine, objectLine, arrayLine).map((one) => Buffer.from(one));

/** Bytes that JSON, UTF-8 and white space turn on. */
const sharp = fc.constantFrom(
  ...[0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x20, 0x09, 0x0d, 0x00, 0x1f, 0x7f, 0x75, 0x30, 0x64, 0x2d, 0x65],
  ...[0x80, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff],
);
const edit = fc.tuple(fc.constantFrom('insert', 'remove', 'replace', 'cut', 'double'), fc.nat(), sharp);

function mutate(bytes: Buffer, edits: readonly [string, number, number][]): Buffer {
  let result = bytes;
  for (const [kind, where, byte] of edits) {
    const at = where % (result.length + 1);
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    if (kind === 'insert') result = Buffer.concat([before, Buffer.of(byte), after]);
    else if (kind === 'remove') result = Buffer.concat([before, after.subarray(1)]);
    else if (kind === 'replace') result = Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
    else if (kind === 'cut') result = before;
    else result = Buffer.concat([before, before.subarray(Math.max(0, at - 9)), after]);
  }
  return result;
}

function assertSame(bytes: Buffer): void {
  assert.deepEqual(parserVerdict(bytes).verdict, referenceVerdict(bytes), JSON.stringify(bytes.toString('latin1')));
}

suite('JSONL line parser against an independent checker', () => {
  test('generated lines', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(line, (bytes) => {
        assertSame(bytes);
        const verdict = referenceVerdict(bytes);
        seen.add(typeof verdict === 'string' ? verdict : 'message');
      }),
      { numRuns: 6000 },
    );
    // Without both, the property would prove nothing.
    assert.ok(seen.has('message') && seen.has('unreadable'));
  });

  test('mutated lines', () => {
    fc.assert(
      fc.property(line, fc.array(edit, { minLength: 1, maxLength: 4 }), (bytes, edits) =>
        assertSame(mutate(bytes, edits)),
      ),
      { numRuns: 12000 },
    );
  });

  test('random bytes', () => {
    const bytes = fc.array(fc.oneof(sharp, fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(bytes, (list) => assertSame(Buffer.from(list))),
      { numRuns: 4000 },
    );
  });

  test('every way to begin and end a line with a character of two or three bytes', () => {
    for (let code = 0x80; code <= 0xffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCharCode(code);
      assertSame(Buffer.from(`${character}{"role":"u","content":"c"}${character}`));
    }
  });
});
