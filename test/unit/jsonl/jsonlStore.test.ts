import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import { StoreError } from '../../../src/backend/errors';
import { sanitizeKey } from '../../../src/backend/jsonl/sessionKeys';
import { timeText } from '../../../src/backend/jsonl/sessionMetadata';
import type { StoreEntry } from '../../../src/backend/SessionBackend';
import { fixture, fixtureCopy, fixtureJson, temporaryFolder } from '../../support/project';
import { jsonLine, manyLines, naiveLines, naiveMessages, openFolder, referenceVerdict, snapshot } from './support';

const made: string[] = [];

function newFolder(files: Record<string, string | Buffer> = {}): string {
  const folder = temporaryFolder('jsonl');
  made.push(folder);
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);
  return folder;
}

function contents(entries: readonly StoreEntry[]): string[] {
  return entries.map((entry) => (entry.kind === 'message' ? entry.content : entry.kind));
}

suite('JSONL session store', () => {
  suiteTeardown(() => {
    for (const folder of made) fs.rmSync(folder, { recursive: true, force: true });
  });

  test('lists and loads the fixtures as zeroclaw does, and changes nothing', async () => {
    const folder = path.join(fixtureCopy('zeroclaw', 'jsonl'), 'sessions');
    made.push(folder);
    const before = snapshot(folder);
    const { store } = await openFolder(folder);
    const expectedKeys = fixtureJson<string[]>('zeroclaw', 'expected', 'jsonl-keys.json').sort();
    assert.deepEqual((await store.listSessions()).sort(), expectedKeys);
    const load = fixtureJson<Record<string, { role: string; content: string }[]>>(
      'zeroclaw',
      'expected',
      'jsonl-load.json',
    );
    assert.equal(Object.keys(load).length, 21);
    for (const [key, messages] of Object.entries(load)) {
      const loaded = await store.load(key);
      const wanted = messages.map(({ role, content }, index) => ({ index, role, content, createdAt: null }));
      assert.deepEqual(loaded.messages, wanted, key);
      assert.equal(loaded.total, messages.length, key);
      const session = await store.getSession(key);
      assert.equal(session?.messageCount, messages.length, key);
      await store.entries(key, { from: 0, count: 1000 });
      if ((await store.entries(key, { from: 0, count: 1 })).total > 0) await store.rawEntry(key, 0);
    }
    const list = await store.listSessionsWithMetadata();
    assert.deepEqual(list.map(({ key }) => key).sort(), expectedKeys);
    for (const session of list) assert.deepEqual(session, await store.getSession(session.key));
    await store.close();
    assert.equal(snapshot(folder), before);
  });

  test('loads what zeroclaw has compacted', async () => {
    const { store } = await openFolder(fixture('zeroclaw', 'compacted', 'sessions'));
    for (const session of await store.listSessionsWithMetadata()) {
      const file = fs.readFileSync(fixture('zeroclaw', 'compacted', 'sessions', `${session.key}.jsonl`));
      const { messages } = await store.load(session.key);
      const agents = sanitizeKey(session.key) === session.key;
      assert.deepEqual(
        messages.map(({ role, content }) => ({ role, content })),
        agents ? naiveMessages(file) : [],
      );
    }
    await store.close();
  });

  test('shows what zeroclaw lists and does not load', async () => {
    const { store } = await openFolder(fixture('zeroclaw', 'jsonl', 'sessions'));
    const session = await store.getSession('has.dots.in.name');
    assert.equal(session?.messageCount, 0);
    const problem = session?.problems.find(({ code }) => code === 'not-loaded-by-agent');
    assert.match(problem?.message ?? '', /has_dots_in_name\.jsonl, which does not exist.* holds 1 message\./);
    assert.equal((await store.load('has.dots.in.name')).total, 0);
    const page = await store.entries('has.dots.in.name', { from: 0, count: 10 });
    assert.equal(page.total, 1);
    assert.equal(page.entries[0]?.kind, 'message');
    await store.close();
  });

  test('gives every line of a page its place, and names what cannot be read', async () => {
    const { store } = await openFolder(fixture('zeroclaw', 'jsonl', 'sessions'));
    const file = fs.readFileSync(fixture('zeroclaw', 'jsonl', 'sessions', 'corrupt_lines.jsonl'));
    const lines = naiveLines(file);
    const { entries, total, complete } = await store.entries('corrupt_lines', { from: 0, count: 100 });
    assert.equal(total, lines.length);
    assert.equal(complete, true);
    let offset = 0;
    for (const [row, line] of lines.entries()) {
      const entry = entries[row];
      const verdict = referenceVerdict(line);
      assert.equal(entry?.row, row);
      assert.equal(entry?.kind, typeof verdict === 'string' ? verdict : 'message');
      if (entry?.kind === 'unreadable') {
        assert.equal(entry.offset, offset);
        assert.equal(entry.place, `line ${row + 1}`);
        assert.ok(entry.reason.length > 3 && entry.excerpt.length <= 300);
        assert.ok(line.toString().startsWith(entry.excerpt));
      } else if (entry?.kind === 'message') {
        assert.deepEqual(
          { role: entry.role, content: entry.content, size: entry.size },
          Object.assign(verdict, { size: line.length }),
        );
      }
      const raw = await store.rawEntry('corrupt_lines', row);
      assert.deepEqual(raw, { place: `line ${row + 1}`, text: line.toString(), exact: true });
      offset += line.length + 1;
    }
    const problems = (await store.getSession('corrupt_lines'))?.problems ?? [];
    assert.deepEqual(
      problems.filter(({ code }) => code === 'unreadable-line').map(({ line }) => line),
      lines.flatMap((line, row) => (referenceVerdict(line) === 'unreadable' ? [row + 1] : [])),
    );
    assert.equal((await store.rawEntry('bad_utf8', 1)).exact, false);
    await assert.rejects(store.rawEntry('corrupt_lines', lines.length), { code: 'not-found' });
    await store.close();
  });

  test('answers every range as a slice of the whole', async () => {
    const pieces = ['garbage\n', '\n', jsonLine('user', 'x'), jsonLine('assistant', 'long '.repeat(60_000)), '  \r\n'];
    let text = '';
    for (let i = 0; i < 900; i++) text += i % 97 === 5 ? (pieces[i % 5] ?? '') : jsonLine('user', `message ${i}`);
    const folder = newFolder({ 'a.jsonl': `${text}{"role":"user","content":"torn"}` });
    const { store } = await openFolder(folder);
    const all = await store.entries('a', { from: 0, count: 10_000 });
    const messages = (await store.load('a')).messages;
    assert.equal(all.total, naiveLines(fs.readFileSync(path.join(folder, 'a.jsonl'))).length);
    assert.deepEqual(
      messages.map(({ content }) => content),
      contents(all.entries.filter(({ kind }) => kind === 'message')),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -1000, max: 1000 }), fc.nat(300), async (from, count) => {
        const slice = <T>(items: readonly T[]): T[] => {
          const start = from < 0 ? Math.max(0, items.length + from) : from;
          return items.slice(start, start + count);
        };
        assert.deepEqual((await store.entries('a', { from, count })).entries, slice(all.entries));
        assert.deepEqual((await store.load('a', { from, count })).messages, slice(messages));
      }),
      { numRuns: 150 },
    );
    await store.close();
  });

  test('sanitizes keys by characters as Rust sees them', () => {
    assert.equal(sanitizeKey('a.b@c:d/e\\f'), 'a_b_c_d_e_f');
    assert.equal(sanitizeKey('Алиса_你好-é-٣-Ⅷ-½-ª'), 'Алиса_你好-é-٣-Ⅷ-½-ª');
    assert.equal(sanitizeKey('x🦀y'), 'x_y');
    assert.equal(sanitizeKey('e\u0301'), 'e_');
    assert.equal(sanitizeKey(''), '');
  });

  test('finds a session by the key that the agent uses, and never leaves the folder', async () => {
    const folder = newFolder({ 'telegram_1_x.jsonl': jsonLine('user', 'hi') });
    fs.writeFileSync(`${folder}.jsonl`, jsonLine('user', 'outside'));
    const { store } = await openFolder(folder);
    assert.equal((await store.load('telegram:1@x')).total, 1);
    assert.equal(await store.exists('telegram:1@x'), true);
    assert.equal(await store.exists(`../${path.basename(folder)}`), false);
    assert.equal((await store.load(`../${path.basename(folder)}`)).total, 0);
    await assert.rejects(store.entries(`../${path.basename(folder)}`, { from: 0, count: 1 }), {
      code: 'no-such-session',
    });
    assert.equal(await store.getSessionName('telegram_1_x'), null);
    await assert.rejects(store.getSessionName('unknown'), { code: 'no-such-session' });
    assert.equal(await store.getSessionState(), null);
    assert.equal(await store.getSession('unknown'), null);
    assert.deepEqual(await store.load('unknown'), { total: 0, messages: [], problems: [] });
    await store.close();
    fs.rmSync(`${folder}.jsonl`);
  });

  test('shows files that the import has set aside, and leaves temporary ones out', async () => {
    const line = jsonLine('user', 'hi');
    const names = [
      'a.jsonl',
      'a.jsonl.migrated',
      'b.jsonl.importing',
      '.tmpAbC123',
      '.tmpx.jsonl',
      'sessions.db',
      'c.txt',
    ];
    const folder = newFolder(Object.fromEntries(names.map((name) => [name, line])));
    fs.mkdirSync(path.join(folder, 'archive'));
    fs.writeFileSync(path.join(folder, 'archive', 'old.jsonl'), line);
    const { store } = await openFolder(folder);
    const list = await store.listSessionsWithMetadata();
    const found = Object.fromEntries(list.map(({ key, origin }) => [key, origin]));
    assert.deepEqual(found, { a: 'live', 'a.jsonl.migrated': 'migrated', 'b.jsonl.importing': 'importing' });
    for (const key of Object.keys(found)) {
      assert.equal((await store.load(key)).total, 1, key);
      assert.deepEqual(contents((await store.entries(key, { from: 0, count: 9 })).entries), ['hi']);
    }
    await store.close();
  });

  test('reports the modification time in the form of zeroclaw, newest first', async () => {
    const folder = newFolder({ 'a.jsonl': '', 'b.jsonl': '', 'c.jsonl': '' });
    fs.utimesSync(path.join(folder, 'a.jsonl'), 1_000_000, 1_000_000);
    fs.utimesSync(path.join(folder, 'b.jsonl'), 1_000_000, 1_700_000_000.25);
    fs.utimesSync(path.join(folder, 'c.jsonl'), 1_000_000, 1_600_000_000);
    const { store } = await openFolder(folder);
    const list = await store.listSessionsWithMetadata({ detail: 'quick' });
    assert.deepEqual(
      list.map(({ key, lastActivity }) => [key, lastActivity]),
      [
        ['b', '2023-11-14T22:13:20.250+00:00'],
        ['c', '2020-09-13T12:26:40+00:00'],
        ['a', '1970-01-12T13:46:40+00:00'],
      ],
    );
    assert.equal(list[0]?.createdAt, list[0]?.lastActivity);
    await store.close();
    assert.equal(timeText(1_763_637_096_802_083_124n), '2025-11-20T11:11:36.802083124+00:00');
    assert.equal(timeText(1_763_637_096_802_083_000n), '2025-11-20T11:11:36.802083+00:00');
    assert.equal(timeText(-1n), '1969-12-31T23:59:59.999999999+00:00');
    assert.equal(timeText(10n ** 30n), null);
  });

  test('a quick list reads nothing, a full one hands out batches and can be cancelled', async () => {
    const files = Object.fromEntries([...Array(60).keys()].map((i) => [`s${i}.jsonl`, manyLines(3)]));
    const { store } = await openFolder(newFolder(files));
    const quick = await store.listSessionsWithMetadata({ detail: 'quick' });
    assert.equal(store.stats.bytesRead, 0);
    assert.equal(quick.length, 60);
    assert.ok(quick.every(({ messageCount, title }) => messageCount === undefined && title === undefined));
    const aborted = AbortSignal.abort();
    await assert.rejects(store.listSessionsWithMetadata({ signal: aborted }), { code: 'cancelled' });
    assert.equal(store.stats.bytesRead, 0);
    const batched: string[] = [];
    const full = await store.listSessionsWithMetadata({
      onBatch: (sessions) => batched.push(...sessions.map(({ key }) => key)),
    });
    assert.deepEqual(batched.sort(), full.map(({ key }) => key).sort());
    assert.ok(full.every(({ messageCount, title }) => messageCount === 3 && title === 'message 0'));
    const again = await store.listSessionsWithMetadata({ detail: 'quick' });
    assert.deepEqual(again, full);
    await store.close();
  });

  test('a torn last line is a message or an unreadable line, and always a problem', async () => {
    const torn = jsonLine('user', 'b').trimEnd();
    const { store } = await openFolder(
      newFolder({ 'whole.jsonl': manyLines(1) + torn, 'cut.jsonl': manyLines(1) + torn.slice(0, -4) }),
    );
    const whole = await store.getSession('whole');
    assert.equal(whole?.messageCount, 2);
    assert.deepEqual(
      whole?.problems.map(({ code }) => code),
      ['torn-line'],
    );
    const cut = await store.getSession('cut');
    assert.equal(cut?.messageCount, 1);
    assert.deepEqual(
      cut?.problems.map(({ code, line }) => [code, line]),
      [
        ['unreadable-line', 2],
        ['torn-line', 2],
      ],
    );
    assert.match(cut?.problems[0]?.message ?? '', /the line is cut off/);
    await store.close();
  });

  test('lists a thousand bad lines and says how many more there are', async () => {
    const { store } = await openFolder(newFolder({ 'bad.jsonl': 'x\n'.repeat(2500) }));
    const problems = (await store.getSession('bad'))?.problems ?? [];
    assert.equal(problems.length, 1001);
    assert.equal(problems.at(-1)?.code, 'more-problems');
    assert.match(problems.at(-1)?.message ?? '', /^1,500 more/);
    await store.close();
  });

  test('says what is wrong with a folder', async () => {
    const folder = newFolder({ file: '' });
    await assert.rejects(openFolder(path.join(folder, 'missing')), { code: 'not-found' });
    await assert.rejects(openFolder(path.join(folder, 'file')), { code: 'not-a-store' });
    const { store } = await openFolder(folder);
    fs.rmSync(folder, { recursive: true });
    await assert.rejects(
      store.listSessionsWithMetadata(),
      (error) => error instanceof StoreError && error.code === 'not-found',
    );
    await store.close();
  });
});
