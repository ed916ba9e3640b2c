import assert from 'node:assert/strict';
import { titleFromMessage } from '../../../src/backend/content/title';

suite('content: title', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['hello there', 'hello there'],
    ['[2026-08-20 10:20:00 CEST] what is\n\nthe weather?', 'what is the weather?'],
    ['[Memory context]\n- a: b\n[/Memory context]\n\nGo on', 'Go on'],
    ['[IMAGE:/tmp/p.jpg]\n\nWhat is this?', 'What is this?'],
    [`[IMAGE:data:image/png;base64,${'A'.repeat(5000)}]`, null],
    ['[IMAGE:/tmp/p.jpg]', null],
    ['[Audio transcription: call me back]', 'call me back'],
    ['[Document: plan.pdf] /data/plan.pdf\nsummarise', 'plan.pdf summarise'],
    ['[Voice] hi', 'hi'],
    ['[Tool results]\n<tool_result name="x">1</tool_result>', null],
    ['[context continues]', null],
    ['[Current WhatsApp group message from Bo]\n[2026-01-01 10:00:00 UTC] x', 'x'],
    ['   \n', null],
    ['a\u0000b', 'a b'],
  ];
  for (const [content, title] of cases) {
    test(JSON.stringify(content.slice(0, 60)), () => assert.equal(titleFromMessage(content), title));
  }

  test('is cut between words, and never inside a character', () => {
    const words = titleFromMessage('word '.repeat(100));
    assert.ok(words && words.length <= 121 && words.endsWith('word…'), String(words));
    const emoji = titleFromMessage('🦀'.repeat(100));
    assert.ok(emoji && !/[\uD800-\uDBFF]…$/.test(emoji), String(emoji));
  });
});
