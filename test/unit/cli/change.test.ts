import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { OperationPlan, OperationResult, ReverseResult, TrashItem } from '../../../src/shared/operations';
import { fixtureCopy, projectRoot, temporaryFolder } from '../../support/project';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

suite('agent-sessions, commands that change', () => {
  let data: string;
  let files: string;

  setup(() => {
    data = temporaryFolder('data');
    files = path.join(fixtureCopy('zeroclaw', 'jsonl'), 'sessions');
  });

  /** Runs the built program, as a user does. */
  function run(args: readonly string[], input = ''): Outcome {
    const program = path.join(projectRoot, 'dist', 'cli.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, '--data-dir', data], {
      encoding: 'utf8',
      input,
    });
    return { status, stdout, stderr };
  }

  function json<T>(...args: string[]): T {
    const { stdout, stderr } = run([...args, '--json']);
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as T;
  }

  const contents = (folder: string): Record<string, string> =>
    Object.fromEntries(
      fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name)).toString('latin1')]),
    );

  function database(): string {
    const folder = temporaryFolder('database');
    const file = path.join(folder, 'sessions.db');
    const writer = createZeroclawDatabase(file);
    for (const key of ['gw_a', 'gw_b']) append(writer, key, 'user', `first of ${key}`, Date.now() - 50 * 86_400_000);
    append(writer, 'gw_c', 'user', 'first of gw_c');
    writer
      .prepare(
        "UPDATE session_metadata SET state = 'running', turn_started_at = '2026-01-01T00:00:00+00:00' WHERE session_key = 'gw_b'",
      )
      .run();
    writer.close();
    return file;
  }

  test('delete, trash, restore: byte for byte as it was', () => {
    const before = contents(files);
    const dry = json<OperationPlan>('delete', files, 'none', 'cli_user_self', '--dry-run');
    assert.ok(dry.sessions.some(({ key }) => key === 'cli_user_self'));
    assert.deepEqual(contents(files), before);

    const deleted = run(['delete', files, 'cli_user_self', 'corrupt_lines']);
    assert.equal(deleted.status, 0, deleted.stderr);
    assert.match(deleted.stdout, /^Deleted 2 sessions .* Undo: agent-sessions undo 1\n/);
    assert.equal(fs.existsSync(path.join(files, 'cli_user_self.jsonl')), false);
    const items = json<TrashItem[]>('trash');
    assert.deepEqual(items.map(({ key }) => key).sort(), ['cli_user_self', 'corrupt_lines']);

    const [first] = items;
    assert.equal(run(['trash', 'restore', String(first?.item)]).status, 0);
    assert.equal(run(['undo']).status, 0);
    assert.deepEqual(contents(files), before);
    assert.match(run(['trash']).stdout, /empty/);
    assert.match(run(['history']).stdout, /Deleted 2 sessions.*\[undone\]/);
  });

  test('compact says which lines it dropped, undo puts them back, redo drops them again', () => {
    const before = contents(files);
    const result = json<OperationResult>('compact', files, 'corrupt_lines');
    assert.ok(result.droppedCount > 0);
    assert.match(result.dropped[0]?.place ?? '', /^line \d+$/);
    const after = contents(files);
    assert.notDeepEqual(after, before);
    json<ReverseResult>('undo', String(result.entry));
    assert.deepEqual(contents(files), before);
    json<ReverseResult>('redo');
    assert.deepEqual(contents(files), after);
  });

  test('compact of the whole folder goes through every session', () => {
    const result = json<OperationResult>('compact', files);
    assert.ok(result.sessions.length > 3);
    assert.ok(result.skipped.length > 3);
    const again = run(['compact', files]);
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stdout, /^Nothing was changed/);
  });

  test('append takes its text from the line or from standard input, and makes a session', () => {
    assert.equal(run(['append', files, 'new_one', 'first words', '--role', 'user']).status, 0);
    assert.equal(run(['append', files, 'new_one', '--role', 'assistant'], 'two\nlines\n').status, 0);
    assert.equal(
      fs.readFileSync(path.join(files, 'new_one.jsonl'), 'utf8'),
      '{"role":"user","content":"first words"}\n{"role":"assistant","content":"two\\nlines"}\n',
    );
    assert.equal(run(['remove-last', files, 'new_one']).status, 0);
    assert.equal(run(['clear', files, 'new_one']).status, 0);
    assert.equal(fs.readFileSync(path.join(files, 'new_one.jsonl'), 'utf8'), '');
  });

  test('a name of a JSONL session is kept in the data folder, and list shows it', () => {
    const before = contents(files);
    assert.equal(run(['rename', files, 'cli_user_self', 'My session']).status, 0);
    assert.deepEqual(contents(files), before);
    const listed = json<{ key: string; name: string | null }[]>('list', files);
    assert.equal(listed.find(({ key }) => key === 'cli_user_self')?.name, 'My session');
    assert.equal(run(['rename', files, 'cli_user_self', '']).status, 0);
    assert.doesNotMatch(run(['list', files]).stdout, /My session/);
  });

  test('a database: rename, state, stuck, keep, cleanup, compact', () => {
    const file = database();
    assert.equal(run(['rename', file, 'gw_a', 'A name']).status, 0);
    assert.equal(run(['state', file, 'gw_b']).stdout, 'running\n');
    assert.deepEqual(
      json<{ key: string }[]>('stuck', file).map(({ key }) => key),
      ['gw_b'],
    );
    assert.equal(run(['stuck', file, '--mark-idle']).status, 0);
    assert.equal(run(['state', file, 'gw_b']).stdout, 'idle\n');
    assert.match(run(['stuck', file, '--mark-idle']).stdout, /No session is stuck/);
    assert.equal(run(['keep', file, 'gw_a']).status, 0);
    const cleaned = json<OperationResult>('cleanup', file, '--idle-days', '30');
    assert.deepEqual(
      cleaned.sessions.map(({ key }) => key),
      ['gw_b'],
    );
    assert.deepEqual(
      cleaned.skipped.map(({ key }) => key),
      ['gw_a'],
    );
    const compacted = run(['compact', file, '--orphans', 'adopt', '--vacuum']);
    assert.equal(compacted.status, 0, compacted.stderr);
    assert.equal(run(['undo', String(cleaned.entry)]).status, 0);
    assert.equal(json<unknown[]>('list', file).length, 3);
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ['sessions.db']);
  });

  test('migrate and back; export', () => {
    const before = contents(files);
    const target = path.join(temporaryFolder('target'), 'sessions.db');
    const plan = json<OperationPlan>('migrate', files, 'cli_user_self', '--to', target, '--dry-run');
    assert.equal(plan.sessions.length, 1);
    assert.equal(fs.existsSync(target), false);
    const result = json<OperationResult>('migrate', files, 'cli_user_self', '--to', target);
    assert.match(result.sessions[0]?.hash ?? '', /^[0-9a-f]{64}$/);
    assert.ok(fs.existsSync(path.join(files, 'cli_user_self.jsonl.migrated')));
    const shown = json<{ total: number }>('show', target, 'cli_user_self');
    assert.ok(shown.total > 0);
    const folder = temporaryFolder('exported');
    const exported = json<OperationResult>('export', target, '--to', folder);
    assert.equal(exported.sessions.length, 1);
    assert.equal(json<{ total: number }>('show', folder, 'cli_user_self').total, shown.total);
    assert.equal(run(['undo', String(result.entry)]).status, 0);
    assert.deepEqual(contents(files), before);
  });

  test('a conflict: exit status 1, the choices, nothing changed until one is made', () => {
    const { entry } = json<OperationResult>('delete', files, 'cli_user_self');
    run(['append', files, 'cli_user_self', 'I live again']);
    const conflict = run(['undo', String(entry)]);
    assert.equal(conflict.status, 1);
    assert.match(conflict.stdout, /--choice other-key/);
    const undone = json<ReverseResult>('undo', String(entry), '--choice', 'other-key');
    assert.ok(fs.existsSync(path.join(files, `${undone.reversed[0]?.newKey}.jsonl`)));
  });

  test('trash purge is for good', () => {
    run(['delete', files, 'cli_user_self']);
    assert.match(run(['trash', 'purge', '--all', '--dry-run']).stdout, /cli_user_self/);
    assert.match(run(['trash', 'purge', '--all']).stdout, /1/);
    const undo = run(['undo', '1']);
    assert.equal(undo.status, 1);
    assert.match(undo.stdout, /purged/);
    assert.match(run(['undo']).stderr, /nothing to undo/i);
  });

  test('failures say what, where and what to do', () => {
    const fails = (expected: RegExp, status: number, ...args: string[]) => {
      const outcome = run(args);
      assert.equal(outcome.status, status, `${args.join(' ')}: ${outcome.stdout}${outcome.stderr}`);
      assert.match(outcome.stdout + outcome.stderr, expected, args.join(' '));
    };
    fails(/no session none/i, 1, 'delete', files, 'none');
    fails(/keeps no states/, 1, 'state', files, 'cli_user_self', 'idle');
    fails(/no entry 99/, 1, 'undo', '99');
    fails(/no item 99/, 1, 'trash', 'restore', '99');
    fails(/takes a STORE and a KEY/, 2, 'delete', files);
    fails(/--idle-days/, 2, 'cleanup', files);
    fails(/--vacuum does not belong/, 2, 'delete', files, 'x', '--vacuum');
    fails(/whole number/, 2, 'cleanup', files, '--idle-days', '0');
    fails(/--to FOLDER/, 2, 'export', files);
  });
});
