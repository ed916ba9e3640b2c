import assert from 'node:assert/strict';
import { completeRounds, describeRounds, type RoundMessage } from '../../../src/backend/content/toolRounds';

const user = (content: string): RoundMessage => ({ role: 'user', content });
const answer = (content: string): RoundMessage => ({ role: 'assistant', content });
const call = (...ids: (string | null)[]): RoundMessage => {
  const calls = ids.map((id) => ({ arguments: '{"command":"ls"}', id, name: 'shell' }));
  return answer(JSON.stringify({ content: null, tool_calls: calls }));
};
const result = (id: string | null): RoundMessage => {
  return { role: 'tool', content: JSON.stringify({ content: 'total 0', tool_call_id: id }) };
};
const promptCall = answer('Let me see.\n<tool_call>\n{"name":"shell","arguments":{}}\n</tool_call>');
const promptResults = user('[Tool results]\n<tool_result name="shell" status="ok">\nok\n</tool_result>');

async function complete(messages: readonly RoundMessage[], ...positions: number[]): Promise<number[]> {
  return completeRounds(messages.length, positions, async (from, count) => messages.slice(from, from + count));
}

suite('Tool rounds', () => {
  test('plain messages go alone', async () => {
    const messages = [user('a'), answer('b'), user('c')];
    assert.deepEqual(await complete(messages, 2, 0, 0), [0, 2]);
    assert.deepEqual(await complete(messages, -1, 3, 1.5, 1), [1]);
    assert.deepEqual(await complete([], 0), []);
  });

  test('a native call goes with all its results, from whichever end', async () => {
    const messages = [user('go'), call('a', 'b'), result('b'), result('a'), call('c'), result('c'), answer('done')];
    for (const position of [1, 2, 3]) assert.deepEqual(await complete(messages, position), [1, 2, 3]);
    assert.deepEqual(await complete(messages, 5), [4, 5]);
    assert.deepEqual(await complete(messages, 6), [6]);
    assert.deepEqual(await complete(messages, 5, 2, 0), [0, 1, 2, 3, 4, 5]);
  });

  test('a result belongs to the latest call with its id', async () => {
    const messages = [
      user('go'),
      call('a'),
      result('a'),
      call('a'),
      result('a'),
      user('again'),
      call('a'),
      result('a'),
    ];
    assert.deepEqual(await complete(messages, 2), [1, 2]);
    assert.deepEqual(await complete(messages, 4), [3, 4]);
    assert.deepEqual(await complete(messages, 6), [6, 7]);
  });

  test('a result without an id belongs to the call right before it', async () => {
    const messages = [
      user('go'),
      call(null),
      result(null),
      { role: 'tool', content: 'bare' },
      answer('x'),
      result(null),
    ];
    assert.deepEqual(await complete(messages, 1), [1, 2, 3]);
    assert.deepEqual(await complete(messages, 5), [5]);
  });

  test('results without a call, and calls without a result, go alone', async () => {
    const messages = [result('x'), user('go'), result('y'), call('z'), user('next'), result('z'), promptResults];
    for (const position of [0, 2, 3, 5, 6]) assert.deepEqual(await complete(messages, position), [position]);
  });

  test('prompt mode: the call and the results that follow', async () => {
    const messages = [
      user('go'),
      promptCall,
      promptResults,
      promptCall,
      promptResults,
      answer('done'),
      user('[Tool res'),
    ];
    assert.deepEqual(await complete(messages, 1), [1, 2]);
    assert.deepEqual(await complete(messages, 4), [3, 4]);
    assert.deepEqual(await complete(messages, 0), [0]);
    assert.deepEqual(await complete(messages, 5), [5]);
  });

  test('a tag in fenced code is no call', async () => {
    const messages = [user('how'), answer('```\n<tool_call>{"name":"a"}</tool_call>\n```'), promptResults];
    assert.deepEqual(await complete(messages, 1), [1]);
  });

  test('no more is read than the turns that are asked for', async () => {
    const turn = [user('go'), call('a'), result('a'), answer('done')];
    const messages = Array.from({ length: 2500 }, () => turn).flat();
    let read = 0;
    const load = async (from: number, count: number) => {
      read += count;
      return messages.slice(from, from + count);
    };
    assert.deepEqual(await completeRounds(messages.length, [9998, 5000], load), [5000, 9997, 9998]);
    assert.ok(read <= 128, `${read} messages read`);
    read = 0;
    const every = Array.from({ length: messages.length / 2 }, (_, i) => 2 * i);
    const all = await completeRounds(messages.length, every, load);
    assert.equal(all.length, 7500);
    assert.ok(read <= messages.length + 32, `${read} messages read`);
  });

  test('a long turn is read once for each window', async () => {
    const messages = [user('go'), ...Array.from({ length: 3000 }, (_, i) => [call(`c${i}`), result(`c${i}`)]).flat()];
    let read = 0;
    const found = await completeRounds(messages.length, [6000, 1, 3001], async (from, count) => {
      read += count;
      return messages.slice(from, from + count);
    });
    assert.deepEqual(found, [1, 2, 3001, 3002, 5999, 6000]);
    assert.ok(read <= messages.length + 64, `${read} messages read`);
  });

  test('words for what goes together', () => {
    assert.equal(describeRounds([user('a'), answer('b')]), null);
    assert.equal(describeRounds([call('a'), result('a')]), 'a tool call with its result');
    assert.equal(describeRounds([call('a'), result('a'), result('a')]), 'a tool call with its 2 results');
    assert.equal(describeRounds([call('a', 'b'), result('a'), result('b')]), '2 tool calls with their 2 results');
    assert.equal(describeRounds([promptCall, promptResults]), 'a tool call with its result');
    assert.equal(describeRounds([call('a')]), 'a tool call');
    assert.equal(describeRounds([result('a')]), 'a tool result');
  });
});
