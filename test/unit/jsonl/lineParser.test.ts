import assert from 'node:assert/strict';
import { Bytes } from '../../../src/backend/jsonl/bytes';
import { LineMachine } from '../../../src/backend/jsonl/lineMachine';
import { decodeHead, matchCanonical, ParsedLine, parseLine } from '../../../src/backend/jsonl/lineParser';
import { fixtureJson } from '../../support/project';
import { isWellFormed, parserVerdict, referenceVerdict, verdictOf } from './support';

interface LineCase {
  line_base64: string;
  messages: { role: string; content: string }[];
}

function reasonOf(text: string | Buffer): string {
  const { verdict, reason } = parserVerdict(Buffer.from(text));
  assert.equal(verdict, 'unreadable', String(text).slice(0, 100));
  return reason;
}

suite('JSONL line parser', () => {
  test('decides as zeroclaw does about every recorded line', () => {
    const cases = fixtureJson<LineCase[]>('zeroclaw', 'expected', 'jsonl-lines.json');
    assert.equal(cases.length, 46);
    for (const { line_base64, messages } of cases) {
      const line = Buffer.from(line_base64, 'base64');
      const { verdict } = parserVerdict(line);
      assert.deepEqual(typeof verdict === 'string' ? [] : [verdict], messages, line.toString());
      // The checker that other tests rely on must agree with zeroclaw too.
      assert.deepEqual(referenceVerdict(line), verdict, line.toString());
    }
  });

  test('says why a line is rejected, in words', () => {
    assert.equal(reasonOf('{"role":"user","content":"a","content":"b"}'), 'duplicate field `content`');
    assert.equal(reasonOf('{"r\\u006fle":"user","content":"a","role":"b"}'), 'duplicate field `role`');
    assert.equal(reasonOf('{"content":"a"}'), 'no `role`');
    assert.equal(reasonOf('{"role":"a"}'), 'no `content`');
    assert.equal(reasonOf('{"role":"user","content":"cut o'), 'unexpected end: the line is cut off');
    assert.equal(reasonOf(Buffer.from([0x7b, 0x22, 0xff])), 'invalid UTF-8 at byte 3');
    assert.equal(reasonOf(Buffer.from([0x20, 0xe2, 0x82])), 'invalid UTF-8 at byte 2');
    assert.match(reasonOf('{"role":"user","content":null}'), /`content` is null, not a text/);
    assert.match(reasonOf('{"role":5,"content":""}'), /`role` is a number/);
    assert.match(reasonOf('{"role":"u","content":"a\tb"}'), /control character U\+0009 .* byte 25/);
    assert.match(reasonOf('{"role":"u","content":"\\ud800"}'), /half of a surrogate pair/);
    assert.match(reasonOf('{"role":"u","content":"\\udc00\\ud800"}'), /half of a surrogate pair/);
    assert.match(reasonOf('{"role":"u","content":"x"}{}'), /something follows the message at byte 27/);
    assert.match(reasonOf('\ufeff{"role":"u","content":"x"}'), /byte order mark/);
    assert.match(reasonOf('["u"]'), /fewer than two/);
    assert.match(reasonOf('["u","a","b"]'), /more than two/);
    assert.equal(reasonOf('nonsense'), 'is no JSON object');
    assert.match(reasonOf('{"role":"u" "content":"x"}'), /`"` at byte 13 where `,` or `}` is expected/);
  });

  test('keeps to numbers, literals and escapes as serde_json ignores them', () => {
    const accepted = [
      '0',
      '-0',
      '1.5',
      '1e999',
      '-1E+5',
      'null',
      'true',
      'false',
      '"\\udfff"',
      '{"role":1,"role":2}',
      '[[],{}]',
    ];
    const rejected = [
      '01',
      '-',
      '1.',
      '.5',
      '1e',
      '1e+',
      '+1',
      'nul',
      'truee',
      '"\\u12"',
      '"\\x"',
      '[1,]',
      '{"a":1,}',
      '{1:2}',
    ];
    const line = (value: string): Buffer => Buffer.from(`{"x":${value},"role":"r","content":"c"}`);
    for (const value of accepted)
      assert.deepEqual(parserVerdict(line(value)).verdict, { role: 'r', content: 'c' }, value);
    for (const value of rejected) assert.equal(parserVerdict(line(value)).verdict, 'unreadable', value);
  });

  test('takes the fast path for what zeroclaw writes, and only for that', () => {
    const fast = (text: string): number => {
      const buffer = Buffer.from(`??${text}`);
      const result = new ParsedLine();
      const end = matchCanonical(new Bytes(buffer), 2, buffer.length, result);
      if (end < 0) return end;
      const line = buffer.subarray(2, end);
      assert.deepEqual(verdictOf(buffer, 2, result), referenceVerdict(line));
      const slow = new ParsedLine();
      parseLine(new Bytes(Buffer.from(line)), 0, line.length, slow);
      assert.deepEqual(result, slow);
      return end - 2;
    };
    for (const content of ['', 'x', 'a "quoted" \\ word\nand \t more', 'ünï 🦀 \u2028', '\u0001', 'x'.repeat(1000)]) {
      const line = `${JSON.stringify({ role: 'assistant', content })}\n`;
      assert.equal(fast(`${line}rest`), Buffer.byteLength(line) - 1, line);
    }
    for (const text of [
      '{"role":"u","content":"\\ud83d\\ude00"}\n',
      '{"role":"u","content":"x"} \n',
      '{"role":"u","content":"x',
    ])
      assert.equal(fast(text), -1, text);
  });

  test('gives the same verdict in whatever pieces a line comes', () => {
    const cases = fixtureJson<LineCase[]>('zeroclaw', 'expected', 'jsonl-lines.json');
    for (const { line_base64 } of cases) {
      const line = Buffer.from(line_base64, 'base64');
      const bytes = new Bytes(line);
      const whole = new ParsedLine();
      parseLine(bytes, 0, line.length, whole, true);
      for (const size of [1, 2, 3, 7]) {
        const machine = new LineMachine();
        for (let at = 0; at < line.length; at += size) machine.feed(bytes, at, Math.min(line.length, at + size));
        const pieces = new ParsedLine();
        machine.finish(pieces);
        assert.equal(pieces.kind, whole.kind, line.toString());
        if (whole.kind === 'message') assert.deepEqual(pieces, whole);
      }
    }
  });

  test('survives hostile lines', () => {
    const open = Buffer.from(`{"role":"u","content":"x","d":${'['.repeat(100_000)}`);
    assert.equal(parserVerdict(open).verdict, 'unreadable');
    const deep = `{"role":"u","content":"x","d":${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}}`;
    assert.deepEqual(parserVerdict(Buffer.from(deep)).verdict, { role: 'u', content: 'x' });
    const long = 'ab"c\\\n🦀'.repeat(1_500_000);
    const line = Buffer.from(JSON.stringify({ role: 'tool', content: long }));
    assert.ok(line.length > 15_000_000);
    assert.deepEqual(parserVerdict(line).verdict, { role: 'tool', content: long });
    const key = `{"${'k'.repeat(5_000_000)}":1,"role":"u","content":"x"}`;
    assert.deepEqual(parserVerdict(Buffer.from(key)).verdict, { role: 'u', content: 'x' });
  });

  test('cuts the head of a text between characters and escapes', () => {
    for (const content of [
      'plain words',
      '🦀'.repeat(9),
      'é\n"\\'.repeat(5),
      '\u0001\u0002\u0003',
      'x\ud83d\ude00y'.repeat(3),
    ]) {
      const plain = JSON.stringify(content).slice(1, -1);
      const escaped = plain.replace(
        /[^\x20-\x7e]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      for (const raw of [plain, escaped].map((text) => Buffer.from(text))) {
        for (let limit = 0; limit <= raw.length + 1; limit++) {
          const head = decodeHead(raw, 0, raw.length, limit);
          assert.ok(content.startsWith(head) && isWellFormed(head), `${raw} at ${limit}: ${head}`);
          if (limit >= raw.length) assert.equal(head, content);
        }
      }
    }
  });
});
