import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseContent } from '../../../src/backend/content/parse';
import type { ContentBlock } from '../../../src/shared/content';
import { fixtureJson } from '../../support/project';

const blocks = (role: string, content: string): readonly ContentBlock[] => parseContent(role, content).blocks;

suite('content: tool rounds', () => {
  test('a native round: reasoning, words, calls with their telling argument', () => {
    const content = JSON.stringify({
      content: 'answer',
      reasoning_content: 'thinking step',
      tool_calls: [
        { arguments: '{"command":"ls -la"}', id: 'call_1', name: 'shell' },
        {
          arguments: '{"path":"/tmp/x","content":"long"}',
          extra_content: { google: {} },
          id: 'call_2',
          name: 'file_write',
        },
      ],
    });
    assert.deepEqual(blocks('assistant', content), [
      { type: 'thinking', text: 'thinking step', words: 2 },
      { type: 'text', text: 'answer' },
      {
        type: 'toolCall',
        id: 'call_1',
        name: 'shell',
        arguments: '{\n  "command": "ls -la"\n}',
        json: true,
        summary: 'ls -la',
      },
      {
        type: 'toolCall',
        id: 'call_2',
        name: 'file_write',
        json: true,
        summary: '/tmp/x',
        arguments: '{\n  "path": "/tmp/x",\n  "content": "long"\n}',
      },
    ]);
  });

  test('null content and no reasoning give only calls', () => {
    const found = blocks('assistant', '{"content":null,"tool_calls":[{"arguments":"{}","id":"a","name":"now"}]}');
    assert.deepEqual(found, [{ type: 'toolCall', id: 'a', name: 'now', arguments: '{}', json: true, summary: '' }]);
  });

  test('reasoning of Anthropic and Bedrock: lines with a signature', () => {
    const reasoning = '{"signature":"abc","thinking":"first"}\n{"signature":"def","thinking":"second part"}';
    const found = blocks('assistant', JSON.stringify({ content: 'x', reasoning_content: reasoning, tool_calls: [] }));
    assert.deepEqual(found[0], { type: 'thinking', text: 'first\n\nsecond part', words: 3 });
  });

  test('an answer that is JSON of its own stays text', () => {
    for (const content of ['{"content":"x"}', '{"a":1}', '{"tool_calls":"none"}', '{"content":5,"tool_calls":[]}']) {
      assert.deepEqual(blocks('assistant', content), [{ type: 'text', text: content }]);
    }
  });

  test('a call of an unknown shape and unknown keys are shown as JSON, not dropped', () => {
    const found = blocks('assistant', '{"content":"","tool_calls":[17],"new_key":{"a":1}}');
    assert.equal(found.length, 2);
    assert.match(JSON.stringify(found[0]), /17/);
    assert.match(JSON.stringify(found[1]), /new_key/);
  });

  test('arguments that are no JSON stay as written', () => {
    const found = blocks('assistant', '{"tool_calls":[{"id":"1","name":"t","arguments":"{broken"}]}');
    assert.deepEqual(found, [
      { type: 'toolCall', id: '1', name: 't', arguments: '{broken', json: false, summary: '{broken' },
    ]);
  });

  test('a result: the receipt is apart, the size is that of the text', () => {
    const content = JSON.stringify({
      content: 'größe\n\n[receipt: zc-receipt-1774608496-gzpEBu]',
      tool_call_id: 'call_1',
    });
    assert.deepEqual(blocks('tool', content), [
      {
        type: 'toolResult',
        callId: 'call_1',
        name: null,
        status: null,
        text: 'größe',
        size: 7,
        receipt: 'zc-receipt-1774608496-gzpEBu',
      },
    ]);
  });

  test('results say that they failed in their own words', () => {
    const status = (content: unknown) => {
      const [block] = blocks('tool', JSON.stringify({ content, tool_call_id: null }));
      return block?.type === 'toolResult' ? block.status : undefined;
    };
    assert.equal(status('Error: no such file'), 'error');
    assert.equal(status('npm ERR!\nexit code: 1'), 'error');
    assert.equal(status('exit code: 0'), null);
    assert.equal(status('Errors are discussed here'), null);
    assert.equal(status({ a: 1 }), null);
  });

  test('prompt mode: calls in tags, results in a user message', () => {
    const call =
      'Let me check.\n<tool_call>\n{"name": "http_request", "arguments": {"url": "https://example.com"}}\n</tool_call>';
    assert.deepEqual(blocks('assistant', call), [
      { type: 'text', text: 'Let me check.' },
      {
        type: 'toolCall',
        id: null,
        name: 'http_request',
        json: true,
        summary: 'https://example.com',
        arguments: '{\n  "url": "https://example.com"\n}',
      },
    ]);
    const results =
      '[Tool results]\n<tool_result name="a" status="ok">\n{"status":200}\n</tool_result>\n<tool_result id="7">\nx\n</tool_result>\nrest';
    assert.deepEqual(blocks('user', results), [
      { type: 'toolResult', callId: null, name: 'a', status: 'ok', text: '{"status":200}', size: 14 },
      { type: 'toolResult', callId: '7', name: null, status: null, text: 'x', size: 1 },
      { type: 'text', text: 'rest' },
    ]);
  });

  test('every spelling of the call tag', () => {
    for (const tag of ['tool_call', 'tool-call', 'toolcall', 'invoke', 'function_call', 'tool']) {
      const [block] = blocks('assistant', `<${tag}>{"name":"x","arguments":{}}</${tag}>`);
      assert.equal(block?.type, 'toolCall', tag);
    }
    const [invoke] = blocks('assistant', '<invoke name="shell"><parameter name="command">ls</parameter></invoke>');
    assert.deepEqual(invoke, {
      type: 'toolCall',
      id: null,
      name: 'shell',
      arguments: '{\n  "command": "ls"\n}',
      json: true,
      summary: 'ls',
    });
  });

  test('a tag in fenced code, or around something else, stays text', () => {
    const example = 'Write:\n```\n<tool_call>\n{"name":"x","arguments":{}}\n</tool_call>\n```\nDone.';
    assert.deepEqual(blocks('assistant', example), [{ type: 'text', text: example }]);
    assert.deepEqual(blocks('assistant', '<tool>hammer</tool>'), [{ type: 'text', text: '<tool>hammer</tool>' }]);
    assert.deepEqual(blocks('assistant', 'a <tool_call> never closed'), [
      { type: 'text', text: 'a <tool_call> never closed' },
    ]);
  });
});

suite('content: thinking', () => {
  test('words of scripts without spaces are counted by character', () => {
    assert.deepEqual(blocks('assistant', '<think>先看 the file 再说</think>')[0], {
      type: 'thinking',
      text: '先看 the file 再说',
      words: 6,
    });
  });

  test('inline, and unclosed to the end', () => {
    assert.deepEqual(blocks('assistant', '<think>\nhm hm\n</think>\n\nAnswer'), [
      { type: 'thinking', text: 'hm hm', words: 2 },
      { type: 'text', text: 'Answer' },
    ]);
    assert.deepEqual(blocks('assistant', 'Before <think>cut off'), [
      { type: 'text', text: 'Before' },
      { type: 'thinking', text: 'cut off', words: 2 },
    ]);
  });

  test('a user who writes the tag has written text', () => {
    assert.deepEqual(blocks('user', '<think>no</think> x'), [{ type: 'text', text: '<think>no</think> x' }]);
  });
});

suite('content: prefixes and markers', () => {
  test('time prefixes are taken out and kept', () => {
    for (const [content, time] of [
      ['[2026-08-20 10:00:00 CEST] hello', '2026-08-20 10:00:00 CEST'],
      ['[2026-08-20 10:00:00 +02:00] hello', '2026-08-20 10:00:00 +02:00'],
      ['[CURRENT DATE & TIME: 2026-08-20 10:00]\n\nhello', '2026-08-20 10:00'],
    ] as const) {
      const parsed = parseContent('user', content);
      assert.deepEqual(parsed, { blocks: [{ type: 'text', text: 'hello' }], statedTime: time });
    }
    assert.deepEqual(blocks('user', '[2026-08-20] hello'), [{ type: 'text', text: '[2026-08-20] hello' }]);
  });

  test('a WhatsApp group message and recalled memory', () => {
    const group = '[Current WhatsApp group message from +49 151]\n[2026-08-20 10:00:00 CEST] hi';
    assert.deepEqual(parseContent('user', group), {
      blocks: [{ type: 'text', text: 'hi' }],
      statedTime: '2026-08-20 10:00:00 CEST',
      sender: '+49 151',
    });
    assert.equal(parseContent('user', '[Observed WhatsApp group message from Bo] x').sender, 'Bo (overheard)');
    const memory = '[Memory context]\n- likes: tea\n[/Memory context]\n\nWhat do I like?';
    assert.deepEqual(blocks('user', memory), [
      { type: 'marker', kind: 'memory', label: 'Recalled memory', text: '- likes: tea' },
      { type: 'text', text: 'What do I like?' },
    ]);
  });

  test('images of every source', () => {
    const source = (marker: string) => {
      const [block] = blocks('user', marker);
      return block?.type === 'image' ? block.source : block;
    };
    assert.deepEqual(source('[IMAGE:/tmp/a.jpg]'), { kind: 'file', path: '/tmp/a.jpg' });
    assert.deepEqual(source('[IMAGE:https://e.com/a.png]'), { kind: 'remote', url: 'https://e.com/a.png' });
    assert.deepEqual(source('[IMAGE:data:image/png;base64,AAAA]'), {
      kind: 'data',
      mediaType: 'image/png',
      bytes: 3,
      index: 0,
      uri: 'data:image/png;base64,AAAA',
    });
    assert.deepEqual(source('[IMAGE:abc | download failed]'), { kind: 'missing', reason: 'abc: download failed' });
    assert.equal((source('[IMAGE:data:text/html;base64,AAAA]') as { kind: string }).kind, 'missing');
    assert.equal((source('[IMAGE:data:image/svg+xml,<svg onload=x>]') as { kind: string }).kind, 'missing');
  });

  test('images of one message are numbered, text around them stays', () => {
    const found = blocks(
      'user',
      'look\n[IMAGE:data:image/png;base64,AAAA] and [IMAGE:data:image/gif;base64,BBBB]\nok?',
    );
    assert.deepEqual(
      found.map((block) => block.type),
      ['text', 'image', 'text', 'image', 'text'],
    );
    const numbers = found.flatMap((block) =>
      block.type === 'image' && block.source.kind === 'data' ? [block.source.index] : [],
    );
    assert.deepEqual(numbers, [0, 1]);
  });

  test('documents, audio, video and voice', () => {
    assert.deepEqual(blocks('user', '[Document: plan.pdf] /data/plan.pdf\nRead it'), [
      { type: 'attachment', kind: 'document', label: 'plan.pdf', path: '/data/plan.pdf' },
      { type: 'text', text: 'Read it' },
    ]);
    assert.deepEqual(blocks('user', '[Audio transcription: hello there]'), [
      { type: 'attachment', kind: 'audio', label: 'Audio transcription', text: 'hello there' },
    ]);
    assert.deepEqual(blocks('user', '[Audio: transcription failed]'), [
      { type: 'attachment', kind: 'audio', label: 'transcription failed' },
    ]);
    assert.deepEqual(blocks('user', '[Video: a.mp4 attached]'), [
      { type: 'attachment', kind: 'video', label: 'a.mp4' },
    ]);
    assert.deepEqual(
      blocks('user', '[Image: p.jpg attached, will be processed by vision model]\n[IMAGE:/p.jpg]').map((b) => b.type),
      ['attachment', 'image'],
    );
    assert.equal(blocks('user', '[Voice] hello')[0]?.type, 'attachment');
    assert.deepEqual(blocks('assistant', 'Here: [DOCUMENT:/x/y.pdf]')[1], {
      type: 'attachment',
      kind: 'document',
      label: '/x/y.pdf',
      path: '/x/y.pdf',
    });
  });

  test('interruptions, in every language, at the end of an answer', () => {
    for (const marker of [
      'Task failed — not continuing this request',
      'interrupted by user',
      '被用户中断',
      "interrompu par l'utilisateur",
    ]) {
      const found = blocks('assistant', `Half an ans\n\n[${marker}]`);
      assert.deepEqual(
        found.map((block) => block.type),
        ['text', 'marker'],
        marker,
      );
    }
    assert.deepEqual(blocks('user', '[context continues]'), [
      { type: 'marker', kind: 'context', label: 'Context continues' },
    ]);
    assert.deepEqual(blocks('assistant', 'see [interrupted by user] above'), [
      { type: 'text', text: 'see [interrupted by user] above' },
    ]);
  });

  test('summaries', () => {
    assert.deepEqual(blocks('assistant', '[CONTEXT SUMMARY — 4 earlier messages compressed]\n\nThey talked.'), [
      {
        type: 'marker',
        kind: 'summary',
        label: 'Context summary — 4 earlier messages compressed',
        text: 'They talked.',
      },
    ]);
    assert.deepEqual(blocks('assistant', '[Used tools: shell, web_search]\nDone.'), [
      { type: 'marker', kind: 'usedTools', label: 'Used tools: shell, web_search' },
      { type: 'text', text: 'Done.' },
    ]);
  });
});

suite('content: nothing is lost', () => {
  test('every message of the fixtures gives blocks, and its words are in them', () => {
    const sessions = fixtureJson<Record<string, { role: string; content: string }[]>>(
      'zeroclaw',
      'expected',
      'jsonl-load.json',
    );
    for (const { role, content } of Object.values(sessions).flat()) {
      const parsed = parseContent(role, content);
      if (content !== '') assert.ok(parsed.blocks.length > 0, content);
      const shown = JSON.stringify(parsed);
      for (const word of content.match(/[a-z]{6,}/g) ?? []) {
        // Words of the notation itself are what the blocks stand for.
        if (/^(content|reasoning|arguments|results?|result|status|receipt|context)$/.test(word)) continue;
        assert.ok(shown.includes(word), `${word} of ${content}`);
      }
    }
  });

  test('any text at all: never throws, and plain words of it stay', () => {
    const piece = fc.constantFrom(
      '<think>',
      '</think>',
      '<tool_call>',
      '</tool_call>',
      '[IMAGE:',
      ']',
      '[Tool results]',
      '<tool_result name="x">',
      '</tool_result>',
      '```\n',
      '{"tool_calls":[',
      ']}',
      'alpha',
      'omega',
      '\n',
      '[Memory context]',
      '[Voice]',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.constantFrom('user', 'assistant', 'tool', 'system'),
        fc.array(piece, { maxLength: 20 }),
        (role, pieces) => {
          const content = pieces.join('');
          const shown = JSON.stringify(parseContent(role, content).blocks);
          const count = (text: string, word: string) => text.split(word).length - 1;
          assert.ok(count(shown, 'alpha') >= count(content, 'alpha'), content);
          assert.ok(count(shown, 'omega') >= count(content, 'omega'), content);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('hostile sizes: 2 MB of brackets, tags and fences are read in linear steps', () => {
    for (const unit of ['[', '<think>', '```\n', '[IMAGE:', '<tool_call>', '{', '[Tool results]', '<tool_result ']) {
      for (const role of ['user', 'assistant', 'tool']) {
        const content = unit.repeat(Math.ceil(2_000_000 / unit.length));
        assert.ok(parseContent(role, content).blocks.length > 0, unit);
        assert.ok(parseContent(role, `[Tool results]\n${content}`).blocks.length > 0, unit);
      }
    }
  });
});
