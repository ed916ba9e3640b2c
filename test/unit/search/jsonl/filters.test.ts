import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Bytes } from '../../../../src/backend/jsonl/bytes';
import { byteSource } from '../../../../src/backend/search/jsonl/byteSource';
import { indexText, needleOf } from '../../../../src/backend/search/jsonl/index/indexText';
import { candidateLines, lineFilterOf } from '../../../../src/backend/search/jsonl/lineFilter';
import { compileQuery } from '../../../../src/backend/search/match/compileQuery';
import { fold } from '../../../../src/shared/search/fold';
import { foldedSource } from '../../../../src/shared/search/foldedSource';
import { parseQuery } from '../../../../src/shared/search/parseQuery';
import { message, query } from '../generators';
import { line } from './support';

suite('search of a JSONL folder: filters', () => {
  test('an expression for bytes finds what the one for text finds', () => {
    const word = fc.constantFrom(
      'größe',
      'デプロイ',
      'ガ',
      'σίσυφος',
      '日志',
      '🦀',
      'मनीष',
      'Việt',
      'a"b',
      'x',
      '한국',
    );
    fc.assert(
      fc.property(word, fc.string({ unit: 'grapheme' }), fc.array(word), (needle, before, others) => {
        for (const escaped of [false, true]) {
          const source = foldedSource(fold(needle), escaped ? { escaped } : { partial: true });
          const bytes = byteSource(source);
          assert.ok(bytes !== null, source);
          for (const text of [
            before,
            before + others.join(' '),
            before + needle.toUpperCase(),
            needle.normalize('NFD'),
          ]) {
            const found = new RegExp(source).test(text);
            assert.equal(new RegExp(bytes).test(Buffer.from(text).toString('latin1')), found, `${needle} in ${text}`);
          }
        }
      }),
    );
    for (const source of ['a?', '[^a]', '(a)', '(?!a)', 'a{2}', '^a', '\\d', '.'])
      assert.equal(byteSource(source), null);
  });

  test('every line that matches passes', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), query, (messages, { source }) => {
        const compiled = compileQuery(parseQuery(source, 0));
        const filter = lineFilterOf(compiled);
        if (!filter) return;
        const text = Buffer.from(messages.map(({ role, content }) => line(role, content)).join(''));
        const bytes = new Bytes(Buffer.concat([text, Buffer.alloc(8)]));
        const passed = new Set(candidateLines({ bytes, end: text.length, offset: 0, torn: false }, filter));
        let start = 0;
        for (const { role, content } of messages) {
          const own = { role, content, createdAt: null, bits: 0, toolOfCall: () => null };
          if (compiled.matches(own)) assert.ok(passed.has(start), `${source} in ${content}`);
          start += Buffer.byteLength(line(role, content));
        }
      }),
      { numRuns: 400 },
    );
  });

  test('the index holds the words of the search', () => {
    assert.equal(indexText('Plain ASCII, foo_bar'), 'Plain ASCII, foo_bar');
    const tokens = (text: string): string[] =>
      indexText(text)
        .split(/[^\p{L}\p{N}\p{M}_\ue000-\uf8ff]+/u)
        .filter((each) => each !== '');
    assert.deepEqual(tokens('Schöne—Grüße ΣΊΣΥΦΟΣ'), ['schone', 'gruße', 'σισυφοσ']);
    assert.deepEqual(tokens('请检查 v2日志，日'), [
      '\ue001',
      '请',
      '检',
      '查',
      '\ue001',
      'v2\ue002',
      '日',
      '志',
      '\ue001',
      '日',
    ]);
    assert.deepEqual(needleOf('日志'), { tokens: ['日', '志'], open: false, isWord: false, isIdeographs: true });
    assert.deepEqual(needleOf('Grüß'), { tokens: ['gruß'], open: true, isWord: true, isIdeographs: false });
    assert.deepEqual(needleOf('foo-').open, false);
    assert.deepEqual(needleOf('->').tokens, []);
  });
});
