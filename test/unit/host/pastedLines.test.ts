import assert from 'node:assert/strict';
import { withPastedLines } from '../../../src/commands/pastedLines';

suite('a text from an input box', () => {
  test('gets the line ends of what was pasted into it', () => {
    assert.equal(withPastedLines('one two  three', 'one\r\ntwo\n\nthree'), 'one\ntwo\n\nthree');
    assert.equal(withPastedLines('Note: one two. End', 'one\ntwo.\n'), 'Note: one\ntwo. End');
    assert.equal(withPastedLines('a $& b', 'a\n$& b'), 'a\n$& b');
  });

  test('stays as it is where the clipboard holds something else', () => {
    assert.equal(withPastedLines('one two', 'three\nfour'), 'one two');
    assert.equal(withPastedLines('one two', 'one two'), 'one two');
    assert.equal(withPastedLines('one two', ''), 'one two');
  });
});
