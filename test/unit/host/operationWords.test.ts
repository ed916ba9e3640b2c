import assert from 'node:assert/strict';
import {
  hasDetails,
  joinPlans,
  nothingToDo,
  outcomeWords,
  progressWords,
  questionOf,
  warningsOf,
} from '../../../src/commands/operationWords';
import type { OperationPlan, OperationResult, PlannedSession } from '../../../src/shared/operations';

function session(label: string, more: Partial<PlannedSession> = {}): PlannedSession {
  return { key: label, label, messages: 2, bytes: 1500, notes: [], warnings: [], ...more };
}

function plan(operation: OperationPlan['operation'], more: Partial<OperationPlan> = {}): OperationPlan {
  const sessions = more.sessions ?? [session('Duty desk', { messages: 128 })];
  return {
    operation,
    sessions,
    skipped: [],
    messages: sessions.reduce((sum, { messages }) => sum + messages, 0),
    bytes: sessions.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings: [],
    notes: [],
    ...more,
  };
}

function result(more: Partial<OperationResult> = {}): OperationResult {
  return {
    operation: 'delete',
    entry: 1,
    sessions: [],
    skipped: [],
    failures: [],
    messages: 0,
    bytes: 0,
    dropped: [],
    droppedCount: 0,
    notes: [],
    cancelled: false,
    summary: 'Deleted 2 sessions.',
    ...more,
  };
}

const context = { trashDays: 30 };
const labels = (count: number) => Array.from({ length: count }, (_, n) => `s${n + 1}`);

suite('the question before an operation', () => {
  test('one session: its name, its numbers, and how to get it back', () => {
    assert.deepEqual(questionOf(plan('delete'), context), {
      message: 'Delete "Duty desk"?',
      detail: '128 messages, 1.5 kB.\n\nYou can restore it from the trash for 30 days.',
      verb: 'Delete',
    });
  });

  test('many: the first few, then how many more', () => {
    const { message, detail } = questionOf(
      plan('delete', { sessions: labels(9).map((name) => session(name)) }),
      context,
    );
    assert.equal(message, 'Delete 9 sessions?');
    assert.match(detail, /^18 messages, 14 kB\.\n\ns1\ns2\ns3\ns4\ns5\ns6\nand 3 more\n\n/);
    assert.match(detail, /restore them/);
  });

  test('sessions of which there is something to say come first', () => {
    const sessions = [...labels(7).map((name) => session(name)), session('last', { notes: ['becomes last_2'] })];
    assert.match(questionOf(plan('migrate', { sessions }), context).detail, /\n\nlast – becomes last_2\ns1\n/);
  });

  test('what is skipped, and why; the first few, then how many more', () => {
    const skipped = labels(8).map((label) => ({ key: label, label, reason: 'running.' }));
    const { detail } = questionOf(plan('cleanup', { skipped }), context);
    assert.match(detail, /Skipped: s1 \(running\), .*s6 \(running\), and 2 more\./);
  });

  test('a warning that many sessions share stands there once, with their number', () => {
    const warnings = ['An agent may hold it in memory'];
    const sessions = [session('a', { warnings }), session('b', { warnings }), session('c')];
    assert.deepEqual(warningsOf(plan('delete', { sessions })), ['2 sessions: an agent may hold it in memory.']);
    const one = [session('a', { warnings }), session('b')];
    assert.deepEqual(warningsOf(plan('delete', { sessions: one })), ['"a": an agent may hold it in memory.']);
    assert.deepEqual(warningsOf(plan('delete', { sessions: [session('a', { warnings })], warnings: ['care'] })), [
      'Care.',
      'An agent may hold it in memory.',
    ]);
  });

  test('numbers that say nothing are left out', () => {
    const sessions = [session('a', { messages: 0, bytes: 0, notes: ['2 lines to drop (300 B)'] })];
    const { detail } = questionOf(plan('compact', { sessions }), context);
    assert.equal(detail, '2 lines to drop (300 B).\n\nYou can undo this.');
  });

  test('a compaction of a database says what is known of the file', () => {
    const words = questionOf(
      plan('compact-store', { sessions: [], notes: ['x/sessions.db takes 2.0 MB, 1.0 MB of it free.'] }),
      { ...context, place: 'x/sessions.db' },
    );
    assert.equal(words.message, 'Compact x/sessions.db?');
    assert.equal(words.detail, 'X/sessions.db takes 2.0 MB, 1.0 MB of it free.');
  });

  test('a name cannot reach out of its line, or hide what it says', () => {
    const { message, detail } = questionOf(
      plan('delete', { sessions: [session('a\nb\u202e'), session('x'.repeat(500))] }),
      context,
    );
    assert.equal(message, 'Delete 2 sessions?');
    assert.match(detail, /\na b⟨RLO⟩\nx{46}…\n/);
  });

  test('the plans of two stores are one question', () => {
    const both = joinPlans([plan('delete'), plan('delete', { sessions: [session('b')], notes: ['n'] })]);
    assert.equal(both.messages, 130);
    assert.equal(questionOf(both, context).message, 'Delete 2 sessions?');
  });

  test('nothing to do: says why', () => {
    const none = (operation: OperationPlan['operation'], ...reasons: string[]) =>
      nothingToDo(
        plan(operation, {
          sessions: [],
          skipped: reasons.map((reason, n) => ({ key: `k${n}`, label: `k${n}`, reason })),
        }),
      );
    assert.equal(none('cleanup'), 'Nothing to clean up: no session has been idle for so long.');
    assert.equal(none('compact', 'Every line can be read.'), 'Nothing to compact in "k0": every line can be read.');
    assert.equal(none('compact', 'there is nothing to do'), 'Nothing to compact in "k0".');
    assert.equal(none('compact', 'fine', 'fine'), 'Nothing to compact in 2 sessions: fine.');
    assert.equal(none('cleanup', 'running', 'kept'), 'Nothing to clean up. Skipped: k0 (running), k1 (kept).');
  });
});

suite('what is told during and after an operation', () => {
  test('progress counts the session that is worked on', () => {
    assert.equal(progressWords({ done: 11, total: 200, key: 'telegram_x' }), '12 of 200 · telegram_x');
    assert.equal(progressWords({ done: 0, total: 1, key: 'telegram_x' }), 'telegram_x');
  });

  test('after a cancellation: how many are as before', () => {
    const done = [{ key: 'a', label: 'a', messages: 1, bytes: 1, notes: [] }];
    const cancelled = result({ cancelled: true, sessions: done, summary: 'Deleted "a", then cancelled.' });
    assert.equal(outcomeWords([cancelled], 12, ['x']), 'Deleted "a", then cancelled. The other 11 are as before.');
    assert.equal(outcomeWords([cancelled], 2, ['x']), 'Deleted "a", then cancelled. The other one is as before.');
    assert.equal(
      outcomeWords([result(), result({ summary: 'Deleted 1 session' })], 3, ['sessions', 'sessions.db']),
      'In sessions: deleted 2 sessions. In sessions.db: deleted 1 session.',
    );
  });

  test('several failures for one reason: the reason', () => {
    const failure = (key: string, message: string) => ({ key, label: key, code: 'read-only', message });
    const summary = 'Nothing was changed, 2 sessions failed.';
    const same = result({ summary, failures: [failure('a', 'The disk is full'), failure('b', 'The disk is full')] });
    assert.equal(outcomeWords([same], 2, ['x']), `${summary} The disk is full.`);
    const other = result({ summary, failures: [failure('a', 'The disk is full'), failure('b', 'It is busy')] });
    assert.equal(outcomeWords([other], 2, ['x']), summary);
  });

  test('a database of which only the file was put in order: what became of the file', () => {
    const nothing = { entry: null, summary: 'Nothing was changed.' };
    const notes = ['2.8 MB before, 2.1 MB after'];
    assert.equal(outcomeWords([result({ ...nothing, operation: 'compact-store', notes })], 0, []), `${notes[0]}.`);
    assert.equal(outcomeWords([result({ ...nothing, operation: 'migrate', notes })], 0, []), 'Nothing was changed.');
  });

  test('details are offered when there is more to tell', () => {
    assert.equal(hasDetails(result()), false);
    assert.equal(hasDetails(result({ skipped: [{ key: 'a', label: 'a', reason: 'kept' }] })), true);
    assert.equal(
      hasDetails(result({ sessions: [{ key: 'a', label: 'a', messages: 1, bytes: 1, notes: [], hash: 'ff' }] })),
      true,
    );
  });
});
