import assert from 'node:assert/strict';
import fc from 'fast-check';
import { spellHidden, splitHidden } from '../../../src/shared/hiddenCharacters';

function marks(text: string): string[] {
  return splitHidden(text).flatMap((piece) =>
    typeof piece === 'string' ? [] : [`${piece.label}${piece.count > 1 ? piece.count : ''}`],
  );
}

suite('page: hidden characters', () => {
  test('controls and direction marks are named', () => {
    assert.deepEqual(marks('a\u0000b\u001b[0m\u007f\u0085\u0090'), ['NUL', 'ESC', 'DEL', 'NEL', 'U+0090']);
    assert.deepEqual(marks('\u202Eevil\u202C \u2066x\u2069 \u061C\u200E\u200F\uFEFF'), [
      'RLO',
      'PDF',
      'LRI',
      'PDI',
      'ALM',
      'LRM',
      'RLM',
      'BOM',
    ]);
    assert.deepEqual(marks('a\u200B\u200B\u200Bb\u2060\u180E'), ['ZWSP3', 'WJ', 'MVS']);
    assert.equal(spellHidden('x\u202Ey'), 'x⟨RLO⟩y');
  });

  test('line feeds and tabs are text, a lone carriage return is not', () => {
    assert.deepEqual(marks('a\tb\nc\r\nd'), []);
    assert.deepEqual(marks('a\rb'), ['CR']);
  });

  test('emoji and their sequences stay whole', () => {
    for (const text of [
      '👨‍👩‍👧‍👦',
      '🏳️‍🌈',
      '❤️',
      '👩🏽‍💻',
      '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}',
      '1️⃣',
      '👁️‍🗨️',
    ]) {
      assert.deepEqual(splitHidden(text), [text], text);
    }
  });

  test('scripts that join keep their joiners', () => {
    for (const text of ['می‌خواهم', 'क्‍ष', 'שלום عالم', 'ভাষা', 'ไทย\u200Bไทย'])
      assert.deepEqual(splitHidden(text), [text], text);
  });

  test('joiners, selectors and tags that stand for nothing are marked', () => {
    assert.deepEqual(marks('pass\u200Dword'), ['ZWJ']);
    assert.deepEqual(marks('a\u200Cb'), ['ZWNJ']);
    assert.deepEqual(marks('a\u{E0041}\u{E0042}'), ['U+E0041', 'U+E0042']);
    assert.deepEqual(marks('a\uFE0F\u{E0101}\u{E0102}'), ['U+E0101', 'U+E0102']);
    assert.deepEqual(marks('🏴\u{E0041}'), ['U+E0041']);
  });

  test('any text: nothing is lost, nothing that reorders is left', () => {
    const character = fc.oneof(
      fc.constantFrom('\u202E', '\u200B', '\u200D', '\0', '\r', '\n', '👩', '\uFE0F', 'ا', '\u{E0041}', '\uFEFF'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(character), (list) => {
        const text = list.join('');
        const pieces = splitHidden(text);
        const back = pieces.map((piece) =>
          typeof piece === 'string' ? piece : String.fromCodePoint(piece.code).repeat(piece.count),
        );
        if (!text.includes('\uFDD0')) assert.equal(back.join(''), text);
        for (const piece of pieces)
          if (typeof piece === 'string') assert.doesNotMatch(piece, /[\u202A-\u202E\u2066-\u2069\uFEFF\u200E\u200F]/);
      }),
    );
  });

  test('a flood of marks stays a bounded number of elements', () => {
    const pieces = splitHidden('\u202E\u202D'.repeat(20_000));
    assert.ok(pieces.filter((piece) => typeof piece !== 'string').length <= 1000);
    assert.equal(splitHidden('\u200B'.repeat(40_000)).length, 1);
  });
});
