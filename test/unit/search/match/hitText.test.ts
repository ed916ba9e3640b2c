import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HitText } from '../../../../src/backend/search/match/compiledQuery';
import { compileQuery } from '../../../../src/backend/search/match/compileQuery';
import { visibleParts } from '../../../../src/backend/search/match/projection';
import { snippetAround } from '../../../../src/backend/search/match/snippet';
import { splitHidden } from '../../../../src/shared/hiddenCharacters';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import { compilePattern, placesOf } from '../../../../src/shared/search/textPattern';
import { anyText, referenceFinds } from '../query/support';

const text = (needle: string): RegExp =>
  compilePattern({ text: needle, matchCase: false, wholeWord: false, regex: false });

function hitText(query: string, role: string, content: string): HitText {
  return compileQuery(parseQuery(query, 0)).hitText({
    role,
    content,
    createdAt: null,
    bits: 0,
    toolOfCall: () => null,
  });
}

const marked = ({ snippet, ranges }: Pick<HitText, 'snippet' | 'ranges'>): string[] =>
  ranges.map(([a, b]) => snippet.slice(a, b));

suite('search: the line around a hit', () => {
  test('where no text was asked for, the message begins behind its time and the names of tools', () => {
    assert.equal(hitText('role:user', 'user', '[2026-08-20 10:00:00 CEST] first words').snippet, 'first words');
    const call = JSON.stringify({
      content: null,
      tool_calls: [{ id: 'c', name: 'shell', arguments: '{"command":"ls"}' }],
    });
    assert.match(hitText('has:tool', 'assistant', call).snippet, /"command": "ls"/);
  });

  test('is short, around the first match, with all matches in it', () => {
    const found = hitText('delta', 'user', `${'before '.repeat(40)}DELTA\n\n\t and  Délta ${'behind '.repeat(40)}`);
    assert.match(found.snippet, /^…before .* DELTA and Délta behind .*…$/);
    assert.ok(found.snippet.length <= 170 && found.snippet.length > 120);
    assert.deepEqual(marked(found), ['DELTA', 'Délta']);
    assert.deepEqual(hitText('b', 'user', 'a b c'), { part: 'text', snippet: 'a b c', ranges: [[2, 3]] });
  });

  test('hidden characters are spelt out, and the ranges still fit', () => {
    const found = hitText('delta', 'user', 'a\u202eb \u200b\u200b delta \u0000 x 👩‍💻 delta');
    assert.equal(found.snippet, 'a⟨RLO⟩b ⟨ZWSP ×2⟩ delta ⟨NUL⟩ x 👩‍💻 delta');
    assert.deepEqual(marked(found), ['delta', 'delta']);
    assert.deepEqual(marked(hitText('"\u202e"', 'user', 'a\u202eb')), ['⟨RLO⟩']);
  });

  test('comes from the part that holds most of what was asked for', () => {
    const content = JSON.stringify({
      content: 'alpha',
      reasoning_content: 'beta',
      tool_calls: [{ id: '1', name: 'shell', arguments: '{"command":"alpha beta"}' }],
    });
    assert.deepEqual(hitText('alpha beta', 'assistant', content), {
      part: 'arguments',
      tool: 'shell',
      snippet: '{ "command": "alpha beta" }',
      ranges: [
        [14, 19],
        [20, 24],
      ],
    });
    assert.equal(hitText('beta', 'assistant', content).part, 'thinking');
    assert.equal(hitText('tool:shell', 'assistant', content).part, 'arguments');
    assert.deepEqual(hitText('role:assistant -foo', 'assistant', 'words of it'), {
      part: 'text',
      snippet: 'words of it',
      ranges: [],
    });
    assert.deepEqual(hitText('has:image', 'user', '[IMAGE:data:image/png;base64,AAAA]'), {
      part: 'text',
      snippet: '',
      ranges: [],
    });
  });

  test('a match longer than the line is marked as far as it is shown', () => {
    const found = hitText('/x.*y/s', 'user', `a x${'z '.repeat(1000)}y`);
    assert.deepEqual(found.ranges, [[2, found.snippet.length - 1]]);
  });

  test('any text: one line without hidden characters, ranges inside of it that hold what was looked for', () => {
    fc.assert(
      fc.property(fc.tuple(anyText(60), anyText(1), anyText(60)), ([before, needle, behind]) => {
        // White space at the ends of a line is not shown.
        fc.pre(
          needle !== '' && needle.trim() === needle && splitHidden(needle).every((piece) => typeof piece === 'string'),
        );
        const whole = before + needle + behind;
        const pattern = text(needle);
        const [first] = placesOf(pattern, whole, 1);
        if (!first) return;
        const found = snippetAround(whole, first[0], [pattern, text('delta')]);
        assert.ok(found.snippet.length < 1200 && !/[\n\t]/.test(found.snippet));
        assert.ok(!/(?:^|[^\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])/.test(found.snippet));
        assert.deepEqual(
          splitHidden(found.snippet).filter((piece) => typeof piece !== 'string'),
          [],
        );
        let end = 0;
        assert.ok(found.ranges.length > 0);
        for (const [from, to] of found.ranges) {
          assert.ok(from >= end && to > from && to <= found.snippet.length);
          end = to;
        }
        const shown = marked(found);
        assert.ok(
          shown.some((each) => referenceFinds(each, needle)),
          JSON.stringify([whole, needle, found]),
        );
      }),
      { numRuns: 4000 },
    );
  });
});

suite('search: what a person sees of a message', () => {
  const parts = (role: string, content: string): string[] =>
    visibleParts(role, content).map(
      ({ part, tool, text: own }) => `${part}${tool === undefined ? '' : `(${tool})`}: ${own}`,
    );

  test('every kind of part', () => {
    const round = {
      content: 'Words <think>hm</think> [IMAGE:/tmp/x.png]',
      reasoning_content: 'why',
      tool_calls: [{ id: '1', name: 'shell', arguments: '{"command":"echo \\"hi\\""}' }],
      more: 1,
    };
    assert.deepEqual(parts('assistant', JSON.stringify(round)), [
      'thinking: why',
      'text: Words',
      'thinking: hm',
      'attachment: /tmp/x.png',
      'tool(shell): shell',
      'arguments(shell): echo "hi"',
      'arguments(shell): {\n  "command": "echo \\"hi\\""\n}',
      'text: {\n  "more": 1\n}',
    ]);
    assert.deepEqual(
      parts(
        'user',
        '[Observed WhatsApp group message from Bob]\n[2026-08-20 10:00:00 CEST] Hi [Document: a.pdf] /tmp/a.pdf',
      ),
      ['marker: Bob', 'marker: 2026-08-20 10:00:00 CEST', 'text: Hi', 'attachment: a.pdf', 'attachment: /tmp/a.pdf'],
    );
    assert.deepEqual(parts('user', '[Memory context]\n- a: b\n[/Memory context]\n\nGo'), [
      'marker: - a: b',
      'text: Go',
    ]);
    assert.deepEqual(parts('user', '[Voice] hi [IMAGE:data:image/png;base64,AAAA]'), ['text:  hi']);
    assert.deepEqual(parts('assistant', 'x\n[interrupted by user]'), ['text: x', 'marker: Interrupted by user']);
    assert.deepEqual(parts('user', '[IMAGE:https://x/y.png] [IMAGE:k | download failed]'), [
      'attachment: https://x/y.png',
      'attachment: k: download failed',
    ]);
    assert.deepEqual(
      parts('tool', JSON.stringify({ content: 'ok\n\n[receipt: zc-receipt-1-abc]', tool_call_id: '1' })),
      ['result: ok', 'result: zc-receipt-1-abc'],
    );
    assert.deepEqual(parts('user', ''), []);
  });
});
