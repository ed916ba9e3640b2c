import assert from 'node:assert/strict';
import { cutForScreen } from '../../../src/backend/content/cut';
import { parseContent } from '../../../src/backend/content/parse';

suite('content: cut for the screen', () => {
  test('a small message goes whole', () => {
    const content = parseContent('user', 'hello');
    assert.deepEqual(cutForScreen(content, 5), content);
  });

  test('15 MB of text goes as its beginning and says its size', () => {
    const size = 15_000_000;
    const [block] = cutForScreen(parseContent('assistant', 'ä'.repeat(size / 2)), size).blocks;
    assert.ok(block?.type === 'text' && block.text.length <= 40_000);
    assert.equal(block.cut?.totalBytes, size);
  });

  test('a result of 15 MB, and arguments of 1 MB', () => {
    const result = parseContent('tool', JSON.stringify({ content: 'x'.repeat(15_000_000), tool_call_id: 'a' }));
    const [block] = cutForScreen(result, 15_000_050).blocks;
    assert.ok(block?.type === 'toolResult' && block.text.length <= 20_000 && block.size === 15_000_000 && block.cut);
    const args = JSON.stringify({ path: '/x', content: 'y'.repeat(1_000_000) });
    const call = parseContent('assistant', JSON.stringify({ tool_calls: [{ id: 'a', name: 'w', arguments: args }] }));
    const [shown] = cutForScreen(call, 1_000_000).blocks;
    assert.ok(shown?.type === 'toolCall' && shown.arguments.length <= 20_000 && shown.cut);
  });

  test('a big image stays behind and is asked for by number', () => {
    const content = parseContent('user', `[IMAGE:data:image/png;base64,${'A'.repeat(1_000_000)}]`);
    const [block] = cutForScreen(content, 1_000_030).blocks;
    assert.ok(block?.type === 'image' && block.source.kind === 'data');
    assert.equal(block.source.uri, undefined);
    assert.equal(block.source.bytes, 750_000);
  });

  test('100,000 markers: a bounded number of blocks', () => {
    const content = parseContent('user', '[Voice]\n'.repeat(100_000));
    const { blocks } = cutForScreen(content, 800_000);
    assert.ok(blocks.length <= 401);
    const last = blocks.at(-1);
    assert.ok(last?.type === 'text' && last.cut?.totalBytes === 800_000);
  });

  test('never cuts a character in half', () => {
    const [block] = cutForScreen(parseContent('user', `x${'🦀'.repeat(30_000)}`), 120_001).blocks;
    assert.ok(block?.type === 'text' && !/[\uD800-\uDBFF]$/.test(block.text));
  });
});
