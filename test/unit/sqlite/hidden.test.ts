import assert from 'node:assert/strict';
import { append, createZeroclawDatabase, type Sqlite } from '../../support/zeroclawSchema';
import { byKey, closeAll, codes, newDatabase, openBackend } from './support';

const early = Date.UTC(2026, 0, 1);
const late = Date.UTC(2026, 6, 1);

function makeDatabase(fill: (database: Sqlite) => void): string {
  const file = newDatabase();
  const database = createZeroclawDatabase(file);
  fill(database);
  database.close();
  return file;
}

function insertMessage(
  database: Sqlite,
  key: unknown,
  role: unknown,
  content: unknown,
  at: unknown = '2026-03-01T00:00:00+00:00',
): void {
  database
    .prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)')
    .run(key, role, content, at);
}

function setMetadata(database: Sqlite, key: string, column: string, value: unknown): void {
  database.prepare(`UPDATE session_metadata SET ${column} = ? WHERE session_key = ?`).run(value, key);
}

suite('sqlite: what zeroclaw hides', () => {
  teardown(closeAll);

  test('messages without metadata take their place by their last message', async () => {
    const file = makeDatabase((database) => {
      append(database, 'old', 'user', 'hello', early);
      append(database, 'new', 'user', 'hello', late);
      insertMessage(database, 'orphan', 'user', 'where am I', '2026-03-01T10:00:00+00:00');
      insertMessage(database, 'orphan', 'assistant', 'nowhere', '2026-03-02T10:00:00+00:00');
      insertMessage(database, 'oldest', 'user', 'x', '2020-01-01T00:00:00+00:00');
      insertMessage(database, 'newest', 'user', 'x', '2030-01-01T00:00:00+00:00');
      insertMessage(database, 'timeless', 'user', 'x', 'yesterday');
    });
    const backend = await openBackend(file);
    const list = await backend.listSessionsWithMetadata();
    assert.deepEqual(
      list.map((session) => session.key),
      ['timeless', 'newest', 'new', 'orphan', 'old', 'oldest'],
    );
    const orphan = byKey(list, 'orphan');
    assert.deepEqual(codes(orphan), ['no-metadata']);
    assert.deepEqual(
      [orphan.createdAt, orphan.lastActivity, orphan.messageCount, orphan.title, orphan.state, orphan.name],
      ['2026-03-01T10:00:00+00:00', '2026-03-02T10:00:00+00:00', 2, 'where am I', null, null],
    );
    assert.deepEqual(codes(byKey(list, 'timeless')), ['no-metadata', 'unreadable-date', 'unreadable-date']);
    assert.deepEqual(await backend.getSession('orphan'), orphan);
    assert.equal(await backend.exists('orphan'), true);
    assert.equal(await backend.getSessionName('orphan'), null);
    assert.equal(await backend.getSessionState('orphan'), null);
    assert.equal((await backend.load('orphan')).total, 2);
    assert.deepEqual(
      await backend.listSessions(),
      list.map((session) => session.key),
    );
  });

  test('counts that are wrong', async () => {
    const file = makeDatabase((database) => {
      for (const key of ['low', 'negative', 'absurd', 'right', 'empty']) append(database, key, 'user', 'hello', early);
      database.exec("DELETE FROM sessions WHERE session_key = 'empty'");
      setMetadata(database, 'low', 'message_count', 0);
      setMetadata(database, 'negative', 'message_count', -5);
      database.exec("UPDATE session_metadata SET message_count = 9223372036854775807 WHERE session_key = 'absurd'");
    });
    const backend = await openBackend(file);
    const list = await backend.listSessionsWithMetadata();
    for (const key of ['low', 'negative', 'absurd']) {
      assert.equal(byKey(list, key).messageCount, 1, key);
      assert.deepEqual(codes(byKey(list, key)), ['count-mismatch'], key);
    }
    assert.match(byKey(list, 'negative').problems[0]?.message ?? '', /counts -5 messages.*there are 1/);
    assert.deepEqual(codes(byKey(list, 'right')), []);
    assert.equal(byKey(list, 'empty').messageCount, 0);
    assert.deepEqual(codes(byKey(list, 'empty')), ['count-mismatch']);
  });

  test('dates that are none keep their text and their place', async () => {
    const file = makeDatabase((database) => {
      append(database, 'garbage', 'user', 'hello', early);
      append(database, 'epoch', 'user', 'hello', early);
      append(database, 'day', 'user', 'hello', early);
      append(database, 'leap', 'user', 'hello', early);
      setMetadata(database, 'garbage', 'last_activity', 'garbage');
      setMetadata(database, 'epoch', 'last_activity', '1700000000');
      setMetadata(database, 'day', 'created_at', '2026-02-29T00:00:00Z');
      setMetadata(database, 'leap', 'created_at', '2024-02-29t23:59:60.5+01:00');
    });
    const backend = await openBackend(file);
    const list = await backend.listSessionsWithMetadata();
    assert.deepEqual(
      list.map((session) => session.key),
      ['garbage', 'day', 'leap', 'epoch'],
    );
    assert.equal(byKey(list, 'garbage').lastActivity, 'garbage');
    assert.equal(byKey(list, 'epoch').lastActivity, '1700000000');
    for (const key of ['garbage', 'epoch', 'day']) assert.deepEqual(codes(byKey(list, key)), ['unreadable-date'], key);
    assert.deepEqual(codes(byKey(list, 'leap')), []);
  });

  test('metadata that is not text', async () => {
    const file = makeDatabase((database) => {
      for (const key of ['name', 'activity', 'count', 'alias', 'state', 'utf8', 'right'])
        append(database, key, 'user', 'hi', early);
      setMetadata(database, 'name', 'name', Buffer.from('blob'));
      setMetadata(database, 'activity', 'last_activity', Buffer.from('2026'));
      setMetadata(database, 'count', 'message_count', 'many');
      setMetadata(database, 'alias', 'agent_alias', Buffer.from([1]));
      setMetadata(database, 'state', 'state', Buffer.from('idle'));
      database.exec("UPDATE session_metadata SET name = CAST(x'ff41' AS TEXT) WHERE session_key = 'utf8'");
      setMetadata(database, 'right', 'name', 'a real \uFFFD');
    });
    const backend = await openBackend(file);
    for (const list of [
      await backend.listSessionsWithMetadata({ detail: 'quick' }),
      await backend.listSessionsWithMetadata(),
    ]) {
      for (const key of ['name', 'activity', 'count', 'alias', 'state', 'utf8']) {
        assert.deepEqual(codes(byKey(list, key)), ['unreadable-metadata'], key);
      }
      assert.equal(list[0]?.key, 'activity', 'a BLOB sorts above all text, as in SQL');
      assert.equal(byKey(list, 'activity').lastActivity, null);
      assert.equal(byKey(list, 'name').name, null);
      assert.equal(byKey(list, 'utf8').name, null);
      assert.equal(byKey(list, 'right').name, 'a real \uFFFD');
      assert.deepEqual(codes(byKey(list, 'right')), []);
    }
    assert.equal(await backend.getSessionName('name'), null);
    assert.equal(await backend.getSessionState('state'), null);
  });

  test('keys that are not text are listed and can be read', async () => {
    const file = makeDatabase((database) => {
      insertMessage(database, Buffer.from('blob key'), 'user', 'from a BLOB');
      insertMessage(database, Buffer.from([0xff, 0x00, 0x41]), 'user', 'from odd bytes');
      database.exec(
        `INSERT INTO sessions (session_key, role, content, created_at) VALUES (CAST(x'ff6b' AS TEXT), 'user', 'bad UTF-8', '')`,
      );
      database.exec(
        `INSERT INTO sessions (session_key, role, content, created_at) VALUES (CAST(x'ff' AS TEXT), 'user', 'worse UTF-8', '')`,
      );
      append(database, 'zoe \uFFFD', 'user', 'a real one', early);
      append(database, 'nul\0key', 'user', 'with a NUL', early);
      append(database, '', 'user', 'without a name', early);
      database.exec("INSERT INTO session_metadata (session_key, created_at, last_activity) VALUES (NULL, '', '')");
      database.exec("INSERT INTO session_metadata (session_key, created_at, last_activity) VALUES (x'00', '', '')");
    });
    const backend = await openBackend(file);
    const list = await backend.listSessionsWithMetadata();
    assert.equal(new Set(list.map((session) => session.key)).size, list.length);
    const contents = new Map<string, string>();
    for (const { key } of list)
      contents.set(key, (await backend.load(key)).messages.map((message) => message.content).join());
    assert.deepEqual(Object.fromEntries(contents), {
      "blob key (blob x'626c6f62206b6579')": 'from a BLOB',
      "\uFFFD\0A (blob x'ff0041')": 'from odd bytes',
      "\uFFFDk (text x'ff6b')": 'bad UTF-8',
      "\uFFFD (text x'ff')": 'worse UTF-8',
      'zoe \uFFFD': 'a real one',
      'nul\0key': 'with a NUL',
      '': 'without a name',
      '(no key, row 4 of session_metadata)': '',
      "\0 (blob x'00')": '',
    });
    assert.ok(codes(byKey(list, '(no key, row 4 of session_metadata)')).includes('unreadable-metadata'));
  });

  test('rows that are no text are skipped by load, named, and shown as entries', async () => {
    const nul = 'before\0after';
    const file = makeDatabase((database) => {
      append(database, 'k', 'user', 'first', early);
      insertMessage(database, 'k', 'user', Buffer.from('blob \u{1F980}'));
      database.exec(
        "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', CAST(x'6180ff62' AS TEXT), '')",
      );
      insertMessage(database, 'k', Buffer.from('user'), 'role is a BLOB');
      insertMessage(database, 'k', 'user', nul, Buffer.from('date'));
      insertMessage(database, 'k', 'user', 'a real \uFFFD', 'no date');
    });
    const backend = await openBackend(file);
    const loaded = await backend.load('k');
    assert.equal(loaded.total, 6);
    assert.deepEqual(
      loaded.messages.map(({ index, content, createdAt }) => [index, content, createdAt]),
      [
        [0, 'first', loaded.messages[0]?.createdAt],
        [4, nul, null],
        [5, 'a real \uFFFD', 'no date'],
      ],
    );
    assert.deepEqual(
      loaded.problems.map(({ code, rowId }) => [code, rowId]),
      [
        ['unreadable-row', 2],
        ['unreadable-row', 3],
        ['unreadable-row', 4],
      ],
    );
    const { entries, total, complete } = await backend.entries('k', { from: 0, count: 10 });
    assert.deepEqual([total, complete], [6, true]);
    assert.deepEqual(
      entries.map((entry) => [entry.row, entry.kind, entry.kind !== 'blank' && entry.place]),
      [
        [0, 'message', 'row 1'],
        [1, 'unreadable', 'row 2'],
        [2, 'unreadable', 'row 3'],
        [3, 'unreadable', 'row 4'],
        [4, 'message', 'row 5'],
        [5, 'message', 'row 6'],
      ],
    );
    const [, blob, bad] = entries;
    assert.ok(blob?.kind === 'unreadable' && bad?.kind === 'unreadable');
    assert.equal(blob.excerpt, 'blob \u{1F980}');
    assert.match(blob.reason, /its content is a BLOB, not text/);
    assert.equal(blob.size, 'user'.length + Buffer.byteLength('blob \u{1F980}'));
    assert.match(bad.reason, /its content is not valid UTF-8/);
    assert.equal(bad.excerpt, 'a\uFFFD\uFFFDb');

    const raw = await backend.rawEntry('k', 4);
    assert.deepEqual(JSON.parse(raw.text), { id: 5, session_key: 'k', role: 'user', content: nul, created_at: null });
    assert.deepEqual([raw.place, raw.exact], ['row 5', true]);
    assert.equal((await backend.rawEntry('k', 2)).exact, false);
    assert.match((await backend.rawEntry('k', 1)).text, /"blob": "626c6f6220f09fa680"/);
  });

  test('many unreadable rows are counted, not all named', async () => {
    const file = makeDatabase((database) => {
      database.transaction(() => {
        for (let index = 0; index < 150; index++) insertMessage(database, 'k', 'user', Buffer.from('x'));
      })();
    });
    const { messages, problems } = await (await openBackend(file)).load('k');
    assert.equal(messages.length, 0);
    assert.equal(problems.length, 101);
    assert.equal(problems.at(-1)?.code, 'more-problems');
    assert.match(problems.at(-1)?.message ?? '', /^150 rows/);
  });

  test('a title without loading a picture', async () => {
    const file = makeDatabase((database) => {
      append(
        database,
        'picture',
        'user',
        `what is this? [IMAGE:data:image/png;base64,${'A'.repeat(3_000_000)}]`,
        early,
      );
      append(database, 'second', 'user', '[IMAGE:/tmp/a.png]', early);
      append(database, 'second', 'assistant', 'a cat', early);
      append(database, 'second', 'user', 'and what colour?', early);
      append(database, 'nobody', 'assistant', 'hello?', early);
    });
    const list = await (await openBackend(file)).listSessionsWithMetadata();
    assert.equal(byKey(list, 'picture').title, 'what is this?');
    assert.equal(byKey(list, 'second').title, 'and what colour?');
    assert.equal(byKey(list, 'nobody').title, null);
  });
});
