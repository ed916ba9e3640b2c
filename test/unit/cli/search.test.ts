import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { SearchAnswer, SearchHit } from '../../../src/shared/search/answer';
import { fixture, projectRoot, temporaryFolder } from '../../support/project';
import { createZeroclawDatabase } from '../../support/zeroclawSchema';

const run = promisify(execFile);
const CLI = path.join(projectRoot, 'dist', 'cli.js');

/** Runs the built program, as a user does. */
async function search(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  try {
    return { status: 0, ...(await run(process.execPath, [CLI, 'search', ...args], { maxBuffer: 1 << 28 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

type Json = Omit<SearchAnswer, 'hits' | 'skipped'> & {
  readonly hits: readonly (Omit<Extract<SearchHit, { kind: 'message' }>, 'store'> & {
    readonly store: { readonly kind: string; readonly path: string };
  })[];
  readonly skipped: readonly { readonly store: { readonly path: string }; readonly message: string }[];
};

async function searchJson(...args: string[]): Promise<Json> {
  const { stdout, stderr, status } = await search(...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Json;
}

function folderOf(sessions: Readonly<Record<string, readonly { role: string; content: string }[]>>): string {
  const folder = temporaryFolder('search');
  for (const [key, messages] of Object.entries(sessions)) {
    const lines = messages.map((message) => `${JSON.stringify(message)}\n`);
    fs.writeFileSync(path.join(folder, `${key}.jsonl`), lines.join(''));
  }
  return folder;
}

suite('agent-sessions search', () => {
  const folders: string[] = [];
  const keep = (folder: string): string => {
    folders.push(folder);
    return folder;
  };
  teardown(() => {
    for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
  });

  test('finds in files and databases together, with exact totals', async () => {
    const folder = keep(
      folderOf({
        one: [
          { role: 'user', content: 'where is delta_epsilon' },
          { role: 'assistant', content: 'Größe 你好世界' },
        ],
        two: [{ role: 'user', content: 'PSILON again' }],
      }),
    );
    const database = path.join(keep(temporaryFolder('search')), 'sessions.db');
    const made = createZeroclawDatabase(database);
    made.exec(
      "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('three', 'user', 'no epsilon here', '2026-11-20T10:00:00+00:00')",
    );
    made.close();
    const answer = await searchJson(folder, database, 'psilon');
    assert.equal(answer.complete, true);
    assert.deepEqual([answer.totalHits, answer.totalSessions, answer.skipped], [3, 3, []]);
    assert.deepEqual(answer.hits.map(({ key, index, role }) => `${key} ${index} ${role}`).sort(), [
      'one 0 user',
      'three 0 user',
      'two 0 user',
    ]);
    for (const { snippet, ranges, store } of answer.hits) {
      assert.deepEqual(
        ranges.map(([from, to]) => snippet.slice(from, to).toLowerCase()),
        ['psilon'],
      );
      assert.ok(store.path === folder || store.path === database);
    }
    assert.deepEqual(answer.coverage.map(({ messages, sessions }) => [messages, sessions]).sort(), [
      [1, 1],
      [3, 2],
    ]);
    assert.equal((await searchJson(folder, '好世')).totalHits, 1);
    assert.equal((await searchJson(folder, 'grosse OR größe')).totalHits, 1);
    const limited = await searchJson(folder, database, 'psilon', '--limit', '1', '--order', 'time');
    assert.deepEqual([limited.hits.length, limited.totalHits], [1, 3]);
    // Nothing of the search stays in the stores.
    assert.deepEqual(fs.readdirSync(path.dirname(database)), ['sessions.db']);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['one.jsonl', 'two.jsonl']);
  });

  test('in words: hits by session, and what they cover', async () => {
    const folder = keep(folderOf({ one: [{ role: 'user', content: 'a\u001b]0;evil\u0007 needle\nb' }] }));
    const found = await search(folder, 'needle');
    assert.equal(found.status, 0);
    assert.match(
      found.stdout,
      /^── one .*1 hit.*\n {7}0 {2}user {7}a⟨ESC⟩.*needle b\n\n1 hit in 1 session\. Looked through 1 message in 1 session of 1 store\.\n$/,
    );
    assert.ok(!found.stdout.includes('\u001b'));
    const none = await search(folder, 'sender:needle');
    assert.match(none.stdout, /^Nothing found\. Looked through 1 message.*\nsender: is no field/);
  });

  test('what cannot be read is named', async () => {
    const lines = await search(fixture('zeroclaw', 'jsonl'), 'hello');
    assert.equal(lines.status, 0);
    assert.match(lines.stdout, /Left out: \d+ places\.\n {2}Line \d+ of /);
    const folder = keep(folderOf({ one: [{ role: 'user', content: 'needle' }] }));
    const broken = path.join(keep(temporaryFolder('search')), 'sessions.db');
    fs.writeFileSync(broken, 'this is no database, though it is called one');
    const { status, stdout } = await search(folder, broken, 'needle', '--json');
    const answer = JSON.parse(stdout) as Json;
    assert.equal(status, 1);
    assert.equal(answer.totalHits, 1);
    assert.deepEqual(
      answer.skipped.map(({ store }) => store.path),
      [broken],
    );
  });

  test('a wrong query says what is wrong and where; so does wrong usage', async () => {
    const folder = keep(folderOf({ one: [{ role: 'user', content: 'x' }] }));
    const wrong = await search(folder, 'x rol:user');
    assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
    assert.equal(
      wrong.stderr,
      'agent-sessions: There is no field rol:. Did you mean role:? To search for the text put it in quotes (at character 3).\n  x rol:user\n    ^^^^\n',
    );
    assert.equal((await search(folder, '/(/')).status, 2);
    assert.match((await search('x')).stderr, /search takes one or more STOREs and a QUERY/);
    assert.equal((await search(folder, 'x', '--order', 'size')).status, 2);
    assert.equal((await search(path.join(folder, 'none'), 'x')).status, 1);
    assert.equal((await search(folder, '--', '-y')).status, 0);
  });

  test('a regular expression that never ends is an error', async function () {
    this.timeout(30_000);
    const folder = keep(folderOf({ one: [{ role: 'user', content: `${'a'.repeat(60)}b` }] }));
    const started = Date.now();
    const { status, stderr } = await search(folder, '/^(a+)+$/');
    assert.equal(status, 2, stderr);
    assert.match(stderr, /takes too long/);
    assert.ok(Date.now() - started < 15_000);
  });

  test('ends when it is told to', async () => {
    const folder = keep(folderOf({ one: [{ role: 'user', content: `${'a'.repeat(60)}b` }] }));
    const child = spawn(process.execPath, [CLI, 'search', folder, '/^(a+)+$/']);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    setTimeout(() => child.kill('SIGINT'), 700);
    assert.equal(await ended, 130);
  });
});
