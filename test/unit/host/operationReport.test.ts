import assert from 'node:assert/strict';
import { entryReport, operationReport, reversalReport } from '../../../src/commands/operationReport';
import { recoveryWords } from '../../../src/commands/recoveryWords';

const store = { kind: 'jsonl', path: '/w/sessions', role: 'live' } as const;

suite('the report of an operation', () => {
  const text = operationReport([
    {
      operation: 'migrate',
      entry: 3,
      sessions: [
        { key: 'a', label: 'First words', messages: 12, bytes: 1500, notes: ['a note'], newKey: 'a-2', hash: 'ab12' },
      ],
      skipped: [{ key: 'b', label: 'b', reason: 'in the target already' }],
      failures: [{ key: 'c', label: 'c', code: 'corrupt', message: 'It is damaged.' }],
      messages: 12,
      bytes: 1500,
      dropped: [{ key: 'a', place: 'line 3', bytes: 40, reason: 'no JSON\n# not a heading' }],
      droppedCount: 1001,
      notes: ['a general note'],
      cancelled: false,
      summary: 'Migrated "First words".',
    },
  ]);

  test('names every session with what became of it, and the receipt', () => {
    assert.match(text, /^# Migrated "First words"\.\n\na general note\n/);
    assert.match(text, /## Failed \(1\)\n\n- c: It is damaged\./);
    assert.match(text, /## Skipped \(1\)\n\n- b: in the target already/);
    assert.match(
      text,
      /- First words \(a\), 12 messages, 1\.5 kB, now a-2\n {2}- a note\n {2}- read back and compared, SHA-256 ab12/,
    );
  });

  test('counts what it does not list, and text of a store stays on its line', () => {
    assert.match(text, /## Dropped \(1,001\)\n\n- line 3, 40 B: no JSON # not a heading\n- and 1,000 more/);
  });

  test('an undo says what could not be', () => {
    const report = reversalReport({
      direction: 'undo',
      entry: 3,
      reversed: [],
      conflicts: [{ key: 'a', label: 'A', code: 'conflict', message: 'The agent has gone on.', choices: [] }],
      failures: [],
      summary: 'The agent has gone on.',
    });
    assert.match(report, /## Changed since \(1\)\n\n- A \(a\): The agent has gone on\./);
    assert.ok(!report.includes('Failed'));
  });

  test('an entry of the history: its sessions, their state, and what is missing', () => {
    const item = { id: 1, key: 'a', label: 'A', messages: 2, bytes: 10, purged: false } as const;
    const report = entryReport({
      id: 3,
      at: '2026-11-20T10:00:00.000Z',
      operation: 'delete',
      store,
      summary: '',
      planned: 3,
      items: [
        { ...item, status: 'undone' },
        { ...item, status: 'done', purged: true },
      ],
    });
    assert.match(report, /^# Interrupted: delete\n/);
    assert.match(report, /2026.*, \/w\/sessions/);
    assert.match(
      report,
      /- A \(a\), undone, 2 messages, 10 B\n- A \(a\), done, 2 messages, 10 B, what it took away is gone/,
    );
    assert.match(report, /1 session more had been meant/);
  });
});

suite('what is told after a crash', () => {
  const recovery = { entry: 1, store, key: 'a', operation: 'delete', message: 'One sentence.' } as const;

  test('one change: its own words; several: how many of each', () => {
    assert.equal(recoveryWords([{ ...recovery, outcome: 'completed' }]), 'One sentence.');
    assert.equal(
      recoveryWords([
        { ...recovery, outcome: 'completed' },
        { ...recovery, outcome: 'rolled-back' },
        { ...recovery, outcome: 'rolled-back' },
      ]),
      '3 interrupted changes: 1 had been made and is completed, 2 were rolled back.',
    );
  });
});
