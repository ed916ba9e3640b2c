import assert from 'node:assert/strict';
import { commandOptions, rowNodes, sessionNodes } from '../../../src/commands/arguments';
import { groupBy } from '../../../src/commands/groupBy';

const row = (id: string, kind = 'session') => ({ kind, id });

suite('the arguments of a command', () => {
  test('the selection counts when the clicked row is in it', () => {
    const [a, b, c] = [row('a'), row('b'), row('c')];
    assert.deepEqual(sessionNodes([a, [a, b]]), [a, b]);
    assert.deepEqual(sessionNodes([c, [a, b]]), [c]);
    assert.deepEqual(rowNodes([]), []);
    assert.deepEqual(sessionNodes([row('h', 'history')]), []);
  });

  test('a row that VS Code has lost is not replaced by another one', () => {
    assert.throws(() => rowNodes([undefined, undefined]), /drawn anew/);
    assert.throws(() => rowNodes([undefined, [row('a'), row('b')]]), /drawn anew/);
    assert.deepEqual(rowNodes([undefined]), [], 'a button of the view has no row');
    assert.deepEqual(rowNodes([undefined, undefined, { confirm: false }]), []);
  });

  test('options are found after a row and alone, and are no row', () => {
    assert.deepEqual(commandOptions([row('a'), undefined, { confirm: false }]), { confirm: false });
    assert.deepEqual(commandOptions([{ idleDays: 7, unknown: 1 }]), { idleDays: 7 });
    assert.deepEqual(rowNodes([{ confirm: false }]), []);
    assert.deepEqual(commandOptions([]), {});
  });

  test('an option that cannot be is refused in words', () => {
    assert.throws(() => commandOptions([{ idleDays: -1 }]), /"idleDays".*-1/);
    assert.throws(() => commandOptions([{ orphans: 'eat' }]), /"orphans"/);
    assert.throws(() => commandOptions([{ entries: ['1'] }]), /"entries"/);
  });

  test('groups keep the order in which they begin', () => {
    assert.deepEqual(
      [...groupBy(['b1', 'a1', 'b2'], (text) => text.charAt(0))],
      [
        ['b', ['b1', 'b2']],
        ['a', ['a1']],
      ],
    );
  });
});
