import assert from 'node:assert/strict';
import fc from 'fast-check';
import { elementsOf, memberOf, membersOf, prettyJson } from '../../../../src/backend/content/jsonText';
import { parseContent } from '../../../../src/backend/content/parse';

const json = fc.json({ maxDepth: 4 }).map((text): unknown => JSON.parse(text));

/** The same value with white space where JSON allows it. */
const spaced = fc
  .tuple(json, fc.constantFrom('', ' ', '\t', 3))
  .map(([value, space]) => [value, JSON.stringify(value, null, space)] as const);

suite('content: JSON as text', () => {
  test('is laid out as JSON.stringify does, where a reprint changes nothing', () => {
    fc.assert(
      fc.property(spaced, ([value, text]) => {
        assert.equal(prettyJson(text), JSON.stringify(JSON.parse(text), null, 2));
        assert.equal(prettyJson(text), JSON.stringify(value, null, 2));
      }),
      { numRuns: 2000 },
    );
  });

  test('what a reprint would change stays: numbers, order, names that come twice', () => {
    assert.equal(
      prettyJson('{"b":1.0,"1":1e3,"a":12345678901234567890,"b":-0, "c" : [ 1.50,\n{ } ,[ ]]}'),
      '{\n  "b": 1.0,\n  "1": 1e3,\n  "a": 12345678901234567890,\n  "b": -0,\n  "c": [\n    1.50,\n    {},\n    []\n  ]\n}',
    );
    assert.equal(prettyJson(' 1.0 '), '1.0');
    assert.equal(prettyJson('"\\u00e9\\/\\u000a\\ud83d\\ude80\\ud800"'), '"é/\\n🚀\\ud800"');
    assert.equal(prettyJson('{"__proto__":{"x":1}}'), '{\n  "__proto__": {\n    "x": 1\n  }\n}');
  });

  test('nesting of any depth ends, and what would be far too long is not laid out', () => {
    assert.equal(prettyJson(`${'['.repeat(100)}${']'.repeat(100)}`)?.split('\n').length, 199);
    assert.equal(prettyJson('['.repeat(100_000) + ']'.repeat(100_000)), null);
  });

  test('members and elements are those of a parse, as they are written', () => {
    fc.assert(
      fc.property(spaced, ([value, text]) => {
        if (Array.isArray(value)) {
          assert.deepEqual(
            elementsOf(text).map((each): unknown => JSON.parse(each)),
            value,
          );
          assert.deepEqual(membersOf(text), []);
        } else if (typeof value === 'object' && value !== null) {
          const members = membersOf(text).map(({ key, value: own }): [string, unknown] => [key, JSON.parse(own)]);
          assert.deepEqual(Object.fromEntries(members), value);
        }
      }),
      { numRuns: 2000 },
    );
    assert.equal(memberOf('{"a":1,"a":2.0}', 'a'), '2.0');
    assert.equal(memberOf('{"a:b\\"":1.0}', 'a:b"'), '1.0');
    assert.equal(memberOf('[1]', 'a'), undefined);
    assert.deepEqual(elementsOf('[]'), []);
  });

  test('20 MB are read in linear steps', function () {
    this.timeout(20_000);
    const text = `{"a":"${'\\"x\\\\'.repeat(4_000_000)}","b":[${'1.0,'.repeat(500_000)}2]}`;
    const start = performance.now();
    assert.equal(elementsOf(memberOf(text, 'b') ?? '').length, 500_001);
    assert.ok(performance.now() - start < 4000);
  });
});

suite('content: numbers of tools stay as they were written', () => {
  const blocks = (role: string, content: string) => parseContent(role, content).blocks;

  test('arguments of native calls, as text and as an object', () => {
    const text = blocks(
      'assistant',
      '{"tool_calls":[{"id":"1","name":"t","arguments":"{\\"n\\":1.0,\\"id\\":9007199254740993}"}]}',
    );
    assert.deepEqual(text, [
      {
        type: 'toolCall',
        id: '1',
        name: 't',
        arguments: '{\n  "n": 1.0,\n  "id": 9007199254740993\n}',
        json: true,
        summary: '9007199254740993',
      },
    ]);
    const object = blocks(
      'assistant',
      '{"tool_calls":[{"id":"1","function":{"name":"t","arguments":{"n":1e3}}},{"name":"u","arguments":null},{"name":"v","arguments":"null"}]}',
    );
    assert.deepEqual(
      object.map((block) => (block.type === 'toolCall' ? block.arguments : null)),
      ['{\n  "n": 1e3\n}', '', 'null'],
    );
  });

  test('prompt mode, with objects and with parameters that come twice', () => {
    const [call] = blocks('assistant', '<tool_call>{"name":"t","arguments":{"n":1.10}}</tool_call>');
    assert.ok(call?.type === 'toolCall' && call.arguments === '{\n  "n": 1.10\n}');
    const [twice] = blocks(
      'assistant',
      '<invoke name="t"><parameter name="a">1</parameter><parameter name="a">2</parameter></invoke>',
    );
    assert.ok(twice?.type === 'toolCall' && twice.arguments === '{\n  "a": "1",\n  "a": "2"\n}');
  });

  test('results that are no text, and what is not known', () => {
    const [result] = blocks('tool', '{"content":{"n":1.0},"tool_call_id":"1"}');
    assert.ok(result?.type === 'toolResult' && result.text === '{\n  "n": 1.0\n}');
    const [unknown] = blocks('assistant', '{"tool_calls":[],"n":1.0,"content":"x","content":"y"}').slice(-1);
    assert.deepEqual(unknown, {
      type: 'text',
      text: '```json\n{\n  "n": 1.0,\n  "content": "x"\n}\n```',
      fenced: true,
    });
  });
});
