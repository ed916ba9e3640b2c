import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Message, Problem } from '../../../src/shared/session';
import { fixture, fixtureCopy, fixtureJson, projectRoot, temporaryFolder } from '../../support/project';
import { createZeroclawDatabase } from '../../support/zeroclawSchema';

const run = promisify(execFile);

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program, as a user does. */
async function agentSessions(...args: string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), ...args], {
      maxBuffer: 1 << 28,
    });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

interface Entry {
  key: string;
  name: string | null;
  createdAt: string | null;
  lastActivity: string;
  messageCount: number;
  state: string | null;
  problems: Problem[];
}
interface Shown {
  key: string;
  total: number;
  messages: Message[];
  problems: Problem[];
}
interface Expected {
  list: { key: string; name: string | null; created_at: string; last_activity: string; message_count: number }[];
  load: Record<string, { role: string; content: string }[]>;
}

async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await agentSessions(...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

suite('agent-sessions', () => {
  for (const name of ['sqlite', 'mig_head', 'mig_v084', 'mig_v069', 'hybrid']) {
    test(`list and show of the database ${name} say what zeroclaw says`, async () => {
      const database = path.join(fixtureCopy('zeroclaw', name), 'sessions', 'sessions.db');
      const expected = fixtureJson<Expected>('zeroclaw', 'expected', `${name}.json`);
      const listed = await json<Entry[]>('list', database);
      assert.deepEqual(
        listed.map(({ key, name: own, createdAt, lastActivity, messageCount }) => ({
          key,
          own,
          createdAt,
          lastActivity,
          messageCount,
        })),
        expected.list.map((row) => ({
          key: row.key,
          own: row.name,
          createdAt: row.created_at,
          lastActivity: row.last_activity,
          messageCount: row.message_count,
        })),
      );
      const [key] = Object.keys(expected.load);
      assert.ok(key);
      const shown = await json<Shown>('show', database, key);
      assert.deepEqual(
        shown.messages.map(({ role, content }) => ({ role, content })),
        expected.load[key],
      );
      assert.deepEqual(
        shown.messages.map(({ index }) => index),
        shown.messages.map((_, index) => index),
      );
    });
  }

  test('list of a JSONL folder, named itself or by the folder that holds it', async () => {
    const keys = fixtureJson<string[]>('zeroclaw', 'expected', 'jsonl-keys.json');
    for (const store of [fixture('zeroclaw', 'jsonl'), fixture('zeroclaw', 'jsonl', 'sessions')]) {
      const listed = await json<Entry[]>('list', store);
      assert.deepEqual(listed.map(({ key }) => key).sort(), [...keys].sort());
      const bad = listed.find(({ key }) => key === 'all_garbage');
      assert.equal(bad?.messageCount, 0);
      assert.equal(bad?.problems[0]?.code, 'unreadable-line');
      assert.equal(bad?.problems[0]?.severity, 'warning');
    }
  });

  test('show of every JSONL session loads what zeroclaw loads', async () => {
    const expected = fixtureJson<Expected['load']>('zeroclaw', 'expected', 'jsonl-load.json');
    for (const key of ['corrupt_lines', 'bad_utf8', 'bom_file', 'has.dots.in.name', 'empty_file', 'surrogates']) {
      const shown = await json<Shown>('show', fixture('zeroclaw', 'jsonl'), key);
      assert.deepEqual(
        shown.messages.map(({ role, content }) => ({ role, content })),
        expected[key],
        key,
      );
      assert.equal(shown.total, shown.messages.length);
    }
    const { problems } = await json<Shown>('show', fixture('zeroclaw', 'jsonl'), 'corrupt_lines');
    assert.ok(
      problems.some(
        ({ code, line, offset }) => code === 'unreadable-line' && line !== undefined && offset !== undefined,
      ),
    );
  });

  test('--from and --count', async () => {
    const store = fixture('zeroclaw', 'jsonl');
    const all = await json<Shown>('show', store, 'cli_user_self');
    const some = async (...args: string[]) => (await json<Shown>('show', store, 'cli_user_self', ...args)).messages;
    assert.deepEqual(await some('--from', '2', '--count', '3'), all.messages.slice(2, 5));
    assert.deepEqual(await some('--from', '-2'), all.messages.slice(-2));
    assert.deepEqual(await some('--from', '99'), []);
    assert.deepEqual(await some('--count', '0'), []);
    assert.equal((await json<Shown>('show', store, 'cli_user_self', '--count', '1')).total, all.total);
  });

  test('more messages than one slice', async () => {
    const folder = temporaryFolder();
    const lines = Array.from({ length: 1234 }, (_, n) => JSON.stringify({ role: 'user', content: `m${n}` }));
    fs.writeFileSync(path.join(folder, 'long.jsonl'), `${lines.join('\n')}\n`);
    const { total, messages } = await json<Shown>('show', folder, 'long');
    assert.equal(total, 1234);
    assert.deepEqual(
      messages.map(({ content }) => content),
      Array.from({ length: 1234 }, (_, n) => `m${n}`),
    );
  });

  test('words for people: nothing in them steers the terminal', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(
      path.join(folder, 'x.jsonl'),
      `${JSON.stringify({ role: 'user', content: 'a\u001b]0;evil\u0007\nb' })}\n`,
    );
    const { stdout } = await agentSessions('show', folder, 'x');
    assert.ok(stdout.includes('⟨ESC⟩') && !stdout.includes('\u001b'), stdout);
    const listed = await agentSessions('list', folder);
    assert.ok(listed.stdout.includes('1 message') && !listed.stdout.includes('\u001b'), listed.stdout);
  });

  /** A database with sessions enough to fill a pipe, in a folder of its own, at rest. */
  function restingDatabase(): string {
    const file = path.join(temporaryFolder(), 'sessions.db');
    const database = createZeroclawDatabase(file);
    database.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO sessions (session_key, role, content, created_at)
      SELECT CASE WHEN i < 10000 THEN 'long' ELSE 'key' || i END, 'user', 'message ' || i, '2026-11-20T11:50:00+00:00' FROM n`);
    database.close();
    return file;
  }

  for (const command of ['list', 'show']) {
    for (const how of ['its reader has gone', 'SIGINT', 'SIGTERM'] as const) {
      test(`${command} leaves nothing in the store when it ends early: ${how}`, async () => {
        const file = restingDatabase();
        const args = command === 'list' ? ['list', file] : ['show', file, 'long'];
        const child = spawn(process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), ...args]);
        let words = '';
        child.stderr.on('data', (data: Buffer) => {
          words += data.toString();
        });
        const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
        await new Promise((resolve) => child.stdout.once('readable', resolve));
        if (how === 'its reader has gone') child.stdout.destroy();
        else child.kill(how);
        assert.equal(await ended, how === 'SIGINT' ? 130 : how === 'SIGTERM' ? 143 : 0);
        assert.equal(words, '');
        assert.deepEqual(fs.readdirSync(path.dirname(file)), ['sessions.db']);
      });
    }
  }

  test('a session in both stores of a folder is not guessed', async () => {
    const folder = fixtureCopy('zeroclaw', 'hybrid');
    fs.copyFileSync(
      path.join(folder, 'sessions', 'telegram_100_alice.jsonl'),
      path.join(folder, 'sessions', 'gw_3f2b8c1e-0000-4000-8000-000000000009.jsonl'),
    );
    const both = await agentSessions('show', folder, 'gw_3f2b8c1e-0000-4000-8000-000000000009');
    assert.equal(both.status, 1);
    assert.match(both.stderr, /two stores/);
    const one = await json<Shown>('show', folder, 'gw_3f2b8c1e-0000-4000-8000-000000000009', '--kind', 'sqlite');
    assert.equal(one.total, 2);
  });

  test('a database that cannot be read keeps nothing from the files beside it', async () => {
    const folder = fixtureCopy('zeroclaw', 'jsonl');
    fs.writeFileSync(path.join(folder, 'sessions', 'sessions.db'), 'not a database at all '.repeat(20));
    const { status, stdout, stderr } = await agentSessions('list', folder, '--json');
    assert.equal(status, 1);
    assert.equal((JSON.parse(stdout) as Entry[]).length, 21);
    assert.match(stderr, /sessions\.db/);
    const shown = await agentSessions('show', folder, 'cli_user_self', '--json');
    assert.equal(shown.status, 0);
    assert.equal((JSON.parse(shown.stdout) as Shown).total, 7);
    assert.match(shown.stderr, /sessions\.db/);
    const missing = await agentSessions('show', folder, 'none');
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /what can be read/);
  });

  test('failures: exit status 1 and words on stderr, nothing on stdout', async () => {
    const empty = temporaryFolder();
    for (const args of [
      ['list', path.join(empty, 'missing')],
      ['list', empty],
      ['show', fixture('zeroclaw', 'jsonl'), 'no-such-session'],
      ['list', path.join(projectRoot, 'package.json')],
    ]) {
      const { status, stdout, stderr } = await agentSessions(...args, '--json');
      assert.equal(status, 1, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /^agent-sessions: .{20,}/);
    }
  });

  test('wrong usage: exit status 2', async () => {
    for (const args of [
      ['list'],
      ['show', 'x'],
      ['frobnicate'],
      ['list', 'x', '--from', '1'],
      ['show', 'x', 'y', '--count', '-1'],
      ['show', 'x', 'y', '--from', 'z'],
      ['list', 'x', '--bogus'],
      ['list', 'x', '--kind', 'csv'],
    ]) {
      const { status, stderr } = await agentSessions(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, /agent-sessions list STORE/);
    }
    assert.equal((await agentSessions('--help')).status, 0);
  });
});
