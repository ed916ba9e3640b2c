import assert from 'node:assert/strict';
import { reversalWords } from '../../../src/commands/reversalWords';
import type { ReverseResult } from '../../../src/shared/operations';

function result(...labels: string[]): ReverseResult {
  const reversed = labels.map((label) => ({ key: label, label, messages: 1, bytes: 1, notes: [] }));
  return { direction: 'undo', entry: 1, reversed, conflicts: [], failures: [], summary: 'Undone: Deleted 3 sessions.' };
}

suite('what is told after an undo and a restore', () => {
  test('an undo is told in its own words, once', () => {
    assert.equal(reversalWords([result('a', 'b', 'c')], false), 'Undone: Deleted 3 sessions.');
    assert.equal(reversalWords([result('a'), result('b')], false), 'Undone: Deleted 3 sessions.');
    const other = { ...result('b'), summary: 'Undone: Cleared "b".' };
    assert.equal(reversalWords([result('a'), other], false), 'Undone: Deleted 3 sessions. Undone: Cleared "b".');
  });

  test('sessions that were fetched from the trash are counted, not their entries', () => {
    assert.equal(reversalWords([result('a'), result('b')], true), 'Restored 2 sessions.');
    assert.equal(reversalWords([result('a')], true), 'Restored "a".');
    const [session] = result('a').reversed;
    assert.ok(session);
    const renamed = { ...result(), reversed: [{ ...session, newKey: 'a_restored' }] };
    assert.equal(reversalWords([renamed], true), 'Restored "a", now a_restored.');
    const failure = { key: 'b', label: 'b', code: 'read-only', message: 'It is read-only.' };
    const failed = { ...result(), failures: [failure], summary: 'It is read-only.' };
    assert.equal(reversalWords([result('a'), failed], true), 'Restored "a", 1 session not.');
    assert.equal(reversalWords([failed], true), 'It is read-only.');
  });
});
