/** Random messages and queries that are likely to meet: words of one small pool, in every shape that zeroclaw writes. */
import * as fc from 'fast-check';
import { foldWhole, type ReferenceClause, type ReferenceTerm } from './reference';

const POOL = [
  'delta_epsilon', 'epsilon', 'Größe', 'café', 'cafe\u0301', 'naïve', 'C++', '->', 'foo.bar', '日志', '检查一下', 'デプロイ', 'テフロイ',
  'журнал', 'ЙОД', 'ёлка', 'ZEBRA', 'zebra', 'x', '"quoted"', 'back\\slash', 'İstanbul', 'ΣΊΣΥΦΟΣ', 'σίσυφος', '한국어', 'मनीष',
  'か\u3099き', 'がき', 'ｶﾞ', '日㌔', '㌔', '\u1112\u1161\u11ab', 'क़', 'ﬁn', 'I', 'ı', 'שָׁלוֹם', 'مُحَمَّد', '\ud800', '\udc00x', 'a\0b', '❤\ufe0fx', '\u202eabc', '\u200b', 'e\u0301\u0323', '\\u0041',
  '🦀', '1.0', '1e3', '12345678901234567890', 'Việt', '{"a":1}', '</b>', '[x]', 'shell', 'error', '\u00a0', 'K', 'ſ', '٣', 'O’Reilly',
]; // biome-ignore format: a list of words

const word = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...POOL) }, fc.string({ minLength: 1, maxLength: 6 }));
const text = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '\n', '', '  ', '\t')), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.map(([one, space]) => one + space).join(''));

const tool = fc.constantFrom('shell', 'read_file', 'Größe_lesen');
const id = fc.constantFrom('call_1', 'call_2');
const json = fc.oneof(
  fc.record({ command: text }),
  fc.record({ path: word, count: fc.constantFrom(1, 1.5, 1e21, -0.25) }),
  fc.array(word, { maxLength: 3 }),
);

/** JSON as other writers make it: all that is not ASCII escaped. */
function ascii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const writer = fc.constantFrom(JSON.stringify, ascii);

const nativeCall = fc
  .tuple(text, text, tool, id, json, writer, writer)
  .map(([said, thought, name, call, args, outer, inner]) => ({
    role: 'assistant',
    content: outer({
      content: said,
      reasoning_content: thought,
      tool_calls: [{ id: call, name, arguments: inner(args) }],
    }),
  }));
const nativeResult = fc
  .tuple(text, id, writer)
  .map(([result, call, write]) => ({ role: 'tool', content: write({ content: result, tool_call_id: call }) }));
const promptCall = fc.tuple(text, text, tool, json).map(([said, thought, name, args]) => ({
  role: 'assistant',
  content: `<think>${thought}</think>${said}\n<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`,
}));
const promptResult = fc.tuple(text, tool, fc.constantFrom('ok', 'error')).map(([result, name, status]) => ({
  role: 'user',
  content: `[Tool results]\n<tool_result name="${name}" status="${status}">\n${result}\n</tool_result>`,
}));
const plain = fc
  .tuple(fc.constantFrom('user', 'assistant', 'system', 'tool'), text)
  .map(([role, content]) => ({ role, content }));
const marked = fc.tuple(text, word).map(([said, value]) => ({
  role: 'user',
  content: `[Memory context]\n${said}\n[/Memory context]\n[2026-08-20 10:00:00 CEST] see [IMAGE:/tmp/${value}.png] ${value}`,
}));

export interface GeneratedMessage {
  readonly role: string;
  readonly content: string;
}

export const message: fc.Arbitrary<GeneratedMessage> = fc.oneof(
  { weight: 4, arbitrary: plain },
  nativeCall,
  nativeResult,
  promptCall,
  promptResult,
  marked,
);

/** A piece of a word, never cut within a character. */
const piece = fc.tuple(word, fc.nat(8), fc.nat(8)).map(([whole, from, length]) => {
  const characters = [...whole.trim()];
  const start = characters.length === 0 ? 0 : from % characters.length;
  return characters.slice(start, start + 1 + length).join('');
});

export const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`;

interface GeneratedTerm {
  readonly source: string;
  readonly term: ReferenceTerm;
}

const textTerm: fc.Arbitrary<GeneratedTerm> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: piece },
      fc.tuple(word, word).map((two) => two.join(' ').trim()),
    ),
    fc.boolean(),
  )
  // What begins with a mark is a part of a letter: what it means depends on what stands before.
  .filter(([value]) => value.trim() === value && !/^(?:$|[\p{M}\u1160-\u11ff])/u.test(foldWhole(value).trim()))
  .map(([value, whole]) => ({
    source: `${whole ? '=' : ''}${quoted(value)}`,
    term: { kind: 'text', text: value, whole },
  }));

const REGEXES: readonly (readonly [source: string, flags: string])[] = [
  ['q*', 'u'],
  ['(?:)', 'v'],
  ['[\\p{Script=Han}--[日]]', 'v'],
  ['\\bzebra\\b|é', 'iu'],
  ['"|\\\\', ''],
  ['[^\\x00-\\x7f]{3}', 'u'],
  ['i', 'iu'],
  ['(?<!\\S)x(?!\\S)', ''],
  ['epsil.n', ''],
  ['Z[EB]+RA', 'i'],
  ['^\\s*x', 'm'],
  ['(foo|日)\\S', ''],
  ['\\d+\\.0', ''],
  ['gr.ße$', 'i'],
];

/** As a reader of the manual takes it: local time, unless it says otherwise. */
function localTime(value: string): number {
  const [year = 0, month = 1] = value.split('-').map(Number);
  return value.endsWith('Z') ? Date.parse(value) : new Date(year, month - 1, 1).getTime();
}

const otherTerm: fc.Arbitrary<GeneratedTerm> = fc.oneof(
  fc.constantFrom(...REGEXES).map(
    ([source, flags]): GeneratedTerm => ({
      source: `/${source}/${flags}`,
      term: { kind: 'regex', source, flags },
    }),
  ),
  fc
    .constantFrom('user', 'assist', 'tool')
    .map((value): GeneratedTerm => ({ source: `role:${value}`, term: { kind: 'role', value } })),
  fc
    .constantFrom('shell', 'file', 'große')
    .map((value): GeneratedTerm => ({ source: `tool:${value}`, term: { kind: 'tool', value } })),
  fc
    .constantFrom('k1', 'K2', 'k')
    .map((value): GeneratedTerm => ({ source: `in:${value}`, term: { kind: 'in', value } })),
  fc
    .constantFrom('truth', 'ＳＥＳＳＩＯＮＳ', 'sessions')
    .map((value): GeneratedTerm => ({ source: `store:${value}`, term: { kind: 'store', value } })),
  fc
    .constantFrom('2020', '2026-01-01T00:30:00Z', '2026-01-01T00:31Z', '2099-01')
    .chain((value) => fc.constantFrom('after' as const, 'before' as const).map((field) => ({ field, value })))
    .map(
      ({ field, value }): GeneratedTerm => ({
        source: `${field}:${value}`,
        term: { kind: 'time', field, time: localTime(value) },
      }),
    ),
  fc
    .constantFrom('tool' as const, 'error' as const, 'image' as const, 'thinking' as const)
    .map((what): GeneratedTerm => ({ source: `has:${what}`, term: { kind: 'has', what } })),
);

export interface GeneratedQuery {
  readonly source: string;
  readonly clauses: readonly ReferenceClause[];
}

export const query: fc.Arbitrary<GeneratedQuery> = fc
  .array(
    fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: textTerm }, otherTerm), fc.integer({ min: 0, max: 5 })), {
      minLength: 1,
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((clauses) => ({
    source: clauses
      .map((terms) => terms.map(([{ source }, chance]) => (chance === 0 ? `-${source}` : source)).join(' OR '))
      .join(' '),
    clauses: clauses.map((terms) => ({
      anyOf: terms.map(([{ term }, chance]) => ({ negated: chance === 0, term })),
    })),
  }));
