/** Messages in every shape that zeroclaw writes, with hard texts in them, and JSON written in every way that is allowed. */
import fc from 'fast-check';
import { anyText } from '../query/support';

export interface GeneratedMessage {
  readonly role: string;
  readonly content: string;
}

/** Which of the ways of writing JSON is taken is drawn from a list of numbers. */
class Ways {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}
  next(below: number): number {
    const number = this.numbers[this.at % Math.max(1, this.numbers.length)] ?? 0;
    this.at += 1;
    return number % below;
  }
}

const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

/** A JSON string: each character as itself where that is allowed, as a short escape or as `\u` in either letter case. */
export function jsonString(text: string, ways: Ways): string {
  let written = '"';
  for (const character of text) {
    const way = ways.next(7);
    const hex = Array.from({ length: character.length }, (_, index) =>
      character.charCodeAt(index).toString(16).padStart(4, '0'),
    );
    const asHex = hex.map((digits) => `\\u${way % 2 === 0 ? digits : digits.toUpperCase()}`).join('');
    const must = character < ' ' || character === '"' || character === '\\' || /^\p{Cs}$/u.test(character);
    if (way === 0 || (character > '\x7f' && way < 3)) written += asHex;
    else if (must) written += SHORT[character] ?? asHex;
    else if (character === '/' && way === 1) written += '\\/';
    else written += character;
  }
  return `${written}"`;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON with white space of any kind between its parts. */
export function jsonText(value: Json, ways: Ways): string {
  const space = (): string => ['', '', '', ' ', '\n ', '\t'][ways.next(6)] ?? '';
  if (typeof value === 'string') return jsonString(value, ways);
  if (Array.isArray(value))
    return `[${space()}${value.map((each: Json) => jsonText(each, ways)).join(`${space()},${space()}`)}${space()}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, each]) => `${jsonString(key, ways)}${space()}:${space()}${jsonText(each, ways)}`,
    );
    return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
  }
  return typeof value === 'number' && ways.next(3) === 0 ? `${value.toFixed(2)}e1` : JSON.stringify(value);
}

/** As one line of a JSONL file. */
export function jsonLine({ role, content }: GeneratedMessage, numbers: readonly number[]): string {
  const ways = new Ways(numbers);
  return `{"role":${jsonString(role, ways)},"content":${jsonString(content, ways)}}`;
}

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    anyText(4),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
    fc.constantFrom<Json>(true, false, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(anyText(1), fc.constantFrom('command', 'path', 'query', '1')), tie('value'), { maxKeys: 3 }),
  ),
})).value;

export const wayNumbers = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 40 });

const NAMES = fc.constantFrom('shell', 'web_search', 'file_write', 'búsqueda', '工具');

const native = fc
  .record({
    text: fc.option(anyText(5)),
    reasoning: fc.option(
      fc.oneof(
        anyText(4),
        anyText(3).map((text) => JSON.stringify({ signature: 's', thinking: text })),
      ),
    ),
    name: NAMES,
    arguments: fc.oneof(
      json.map((value) => ({ value })),
      anyText(3).map((text) => ({ text })),
    ),
    unknown: fc.option(json),
    ways: wayNumbers,
  })
  .map(({ text, reasoning, name, arguments: args, unknown, ways: numbers }): GeneratedMessage => {
    const ways = new Ways(numbers);
    const round: Record<string, Json> = {
      content: text,
      tool_calls: [{ id: 'call_1', name, arguments: 'text' in args ? args.text : jsonText(args.value, ways) }],
      ...(reasoning === null ? {} : { reasoning_content: reasoning }),
      ...(unknown === null ? {} : { new_key: unknown }),
    };
    return { role: 'assistant', content: jsonText(round, ways) };
  });

const prompt = fc
  .record({
    before: anyText(3),
    name: NAMES,
    value: json,
    ways: wayNumbers,
    tag: fc.constantFrom('tool_call', 'toolcall', 'invoke'),
  })
  .map(({ before, name, value, ways: numbers, tag }): GeneratedMessage => {
    const body = jsonText({ name, arguments: value }, new Ways(numbers));
    return { role: 'assistant', content: `${before}\n<${tag}>\n${body}\n</${tag}>` };
  });

const parameters = fc.record({ before: anyText(2), name: NAMES, value: anyText(4) }).map(
  ({ before, name, value }): GeneratedMessage => ({
    role: 'assistant',
    content: `${before}<invoke name="${name}"><parameter name="command">${value}</parameter></invoke>`,
  }),
);

const result = fc
  .record({ value: fc.oneof(anyText(5), json), id: fc.constantFrom('call_1', null), ways: wayNumbers })
  .map(
    ({ value, id, ways: numbers }): GeneratedMessage => ({
      role: 'tool',
      content: jsonText({ content: value, tool_call_id: id }, new Ways(numbers)),
    }),
  );

const SHAPES = [
  (text: string) => `[2026-08-20 10:00:00 CEST] ${text}`,
  (text: string) => `[Observed WhatsApp group message from ${text.replace(/[\]\n]/g, '') || 'Bob'}]\n${text}`,
  (text: string) => `[Memory context]\n- key: ${text}\n[/Memory context]\n\n${text}`,
  (text: string) => `${text} [IMAGE:data:image/png;base64,iVBORw0KGgo=] ${text}`,
  (text: string) => `[IMAGE:/tmp/${text.replace(/\s/g, '')}.png]`,
  (text: string) => `[IMAGE:key | download failed] ${text}`,
  (text: string) => `[Document: ${text.replace(/[\]\n]/g, '')}] /tmp/file.pdf`,
  (text: string) => `[Voice] ${text}`,
  (text: string) => `[Audio transcription: ${text.replace(/\]/g, '')}]`,
  (text: string) => `[Tool results]\n<tool_result name="shell" status="error">\n${text}\n</tool_result>`,
  (text: string) => `[CONTEXT SUMMARY — 4 earlier messages compressed]\n${text}`,
  (text: string) => `[Used tools: shell, web_search]\n${text}`,
  (text: string) => `<think>${text}</think>${text}`,
  (text: string) => `${text}\n[interrupted by user]`,
  (text: string) => `${text}\n\`\`\`json\n{"a":1}\n\`\`\``,
  (text: string) => text,
];

const shaped = fc
  .tuple(fc.constantFrom('user', 'assistant', 'system', 'tool', 'other'), fc.constantFrom(...SHAPES), anyText(6))
  .map(([role, shape, text]): GeneratedMessage => ({ role, content: shape(text) }));

export const anyMessage: fc.Arbitrary<GeneratedMessage> = fc.oneof(
  { weight: 4, arbitrary: native },
  { weight: 2, arbitrary: prompt },
  { weight: 1, arbitrary: parameters },
  { weight: 2, arbitrary: result },
  { weight: 4, arbitrary: shaped },
);
