import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ServiceClient, ServiceError } from '../../../src/service/client';
import * as protocol from '../../../src/service/protocol';
import type { StoreLocation } from '../../../src/shared/session';
import { fixtureCopy, projectRoot, temporaryFolder } from '../../support/project';
import { append, Sqlite } from '../../support/zeroclawSchema';

function startClient(): ServiceClient {
  const dataFolder = temporaryFolder('data');
  return new ServiceClient({
    module: path.join(projectRoot, 'dist', 'service.js'),
    settings: () => ({
      dataFolder,
      sqliteBinding: '',
      stuckAfterSeconds: 600,
      trusted: true,
      trashDays: 30,
      trashBytes: 1e9,
    }),
    log: () => undefined,
  });
}

/** Resolves with the first notice that fits; mocha's own time limit ends a wait in vain. */
function notice<P>(
  client: ServiceClient,
  type: Parameters<typeof client.on<P>>[0],
  fits: (params: P) => boolean,
): Promise<P> {
  return new Promise((resolve) => client.on(type, (params) => fits(params) && resolve(params)));
}

suite('service process', () => {
  let client: ServiceClient;
  let jsonl: StoreLocation;
  let sqlite: StoreLocation;

  setup(() => {
    client = startClient();
    jsonl = { kind: 'jsonl', path: path.join(fixtureCopy('zeroclaw', 'jsonl'), 'sessions'), role: 'live' };
    sqlite = {
      kind: 'sqlite',
      path: path.join(fixtureCopy('zeroclaw', 'sqlite'), 'sessions', 'sessions.db'),
      role: 'live',
    };
  });

  teardown(() => client.dispose());

  test('starts with the first call, not before', async () => {
    assert.equal(client.pid, undefined);
    const { sessions } = await client.request(protocol.ListSessions, { store: jsonl, detail: 'full' });
    assert.equal(sessions.length, 21);
    assert.ok(client.pid);
  });

  test('discovers stores and says what cannot be read', async () => {
    const folder = path.dirname(jsonl.path);
    const missing = path.join(folder, 'missing');
    const { stores, failures } = await client.request(protocol.Discover, {
      folders: [folder],
      paths: [sqlite.path, missing],
    });
    assert.deepEqual(
      stores.map(({ location }) => location),
      [jsonl, sqlite],
    );
    assert.equal(failures.length, 1);
    assert.match(failures[0]?.message ?? '', /does not exist/);
  });

  test('killed, it comes back and the next call works; calls in flight fail with a reason', async () => {
    await client.request(protocol.ListSessions, { store: sqlite, detail: 'full' });
    const { pid } = client;
    assert.ok(pid);
    const stopped = new Promise<void>((resolve) => client.onDidStop(resolve));
    const inFlight = client.request(protocol.ListSessions, { store: jsonl, detail: 'full' });
    process.kill(pid, 'SIGKILL');
    await assert.rejects(
      inFlight,
      (error) => error instanceof ServiceError && error.code === 'service-stopped' && /Try again/.test(error.message),
    );
    await stopped;
    const { sessions } = await client.request(protocol.ListSessions, { store: sqlite, detail: 'full' });
    assert.equal(sessions.length, 13);
    assert.notEqual(client.pid, pid);
  });

  test('an error crosses with its code and words', async () => {
    const broken: StoreLocation = { kind: 'sqlite', path: path.join(temporaryFolder(), 'sessions.db'), role: 'live' };
    fs.writeFileSync(
      broken.path,
      'this is no database, but longer than a header of one hundred bytes would have to be to be read at all',
    );
    await assert.rejects(
      client.request(protocol.ListSessions, { store: broken, detail: 'full' }),
      (error) =>
        error instanceof ServiceError && error.code === 'not-a-database' && error.message.includes(broken.path),
    );
    const gone = { viewer: 1, store: jsonl, key: 'none', from: -10, count: 10 };
    await assert.rejects(
      client.request(protocol.OpenConversation, gone),
      (error) => error instanceof ServiceError && error.code === 'no-such-session',
    );
  });

  test('an appended line reaches the viewer as that line', async () => {
    const opened = await client.request(protocol.OpenConversation, {
      viewer: 7,
      store: jsonl,
      key: 'crlf_file',
      from: -50,
      count: 50,
    });
    assert.equal(opened.range.total, 2);
    const changed = notice(client, protocol.ConversationChanged, ({ range }) => range.total === 3);
    fs.appendFileSync(path.join(jsonl.path, 'crlf_file.jsonl'), '{"role":"assistant","content":"new"}\n');
    const { viewer, header, range } = await changed;
    assert.equal(viewer, 7);
    assert.equal(header.messageCount, 3);
    // The last row that was known is sent again: an agent may have rewritten it.
    assert.deepEqual(
      range.rows.map(({ row }) => row),
      [1, 2],
    );
    assert.equal(range.generation, opened.range.generation);
  });

  test('a rewritten session is another generation, a deleted one is gone', async () => {
    const file = path.join(jsonl.path, 'cli_user_self.jsonl');
    const opened = await client.request(protocol.OpenConversation, {
      viewer: 8,
      store: jsonl,
      key: 'cli_user_self',
      from: -50,
      count: 50,
    });
    const rewritten = notice(client, protocol.ConversationChanged, ({ range }) => range.total === 1);
    fs.writeFileSync(`${file}.new`, '{"role":"user","content":"only"}\n');
    fs.renameSync(`${file}.new`, file);
    const { range } = await rewritten;
    assert.notEqual(range.generation, opened.range.generation);
    const gone = notice(client, protocol.ConversationGone, ({ viewer }) => viewer === 8);
    fs.rmSync(file);
    assert.match((await gone).message, /no longer/);
  });

  test('a store that appears is noticed', async () => {
    const folder = temporaryFolder('workspace');
    const { stores } = await client.request(protocol.Discover, { folders: [folder], paths: [] });
    assert.equal(stores.length, 0);
    const changed = notice(client, protocol.StoresChanged, () => true);
    fs.mkdirSync(path.join(folder, 'sessions'));
    await changed;
    const again = await client.request(protocol.Discover, { folders: [folder], paths: [] });
    assert.equal(again.stores.length, 1);
  });

  test('the whole message and the raw record are there for what the page gets cut', async () => {
    const text = 'x'.repeat(300_000);
    fs.writeFileSync(path.join(jsonl.path, 'big.jsonl'), `${JSON.stringify({ role: 'user', content: text })}\n`);
    const { range } = await client.request(protocol.OpenConversation, {
      viewer: 9,
      store: jsonl,
      key: 'big',
      from: -1,
      count: 1,
    });
    const [row] = range.rows;
    assert.ok(row?.kind === 'message' && row.blocks[0]?.type === 'text' && row.blocks[0].cut);
    assert.ok(JSON.stringify(row).length < 50_000);
    const params = { store: jsonl, key: 'big', row: 0 };
    assert.equal((await client.request(protocol.GetMessage, params)).text, text);
    assert.ok((await client.request(protocol.GetRaw, params)).text.startsWith('{"role":"user","content":"xxx'));
  });

  for (const data of ['data', 'workspace']) {
    test(`a store that comes, goes and comes again below ${data}/ is noticed each time`, async () => {
      const folder = temporaryFolder('home');
      const sessions = path.join(folder, data, 'sessions');
      for (const exists of [true, false, true]) {
        await client.request(protocol.Discover, { folders: [folder], paths: [] });
        const changed = notice(client, protocol.StoresChanged, () => true);
        if (exists) fs.mkdirSync(sessions, { recursive: true });
        else fs.rmSync(sessions, { recursive: true });
        await changed;
        // A folder's coming may be two events: one for each level.
        await new Promise((resolve) => setTimeout(resolve, 250));
        const { stores } = await client.request(protocol.Discover, { folders: [folder], paths: [] });
        assert.equal(stores.length, exists ? 1 : 0);
      }
    });
  }

  test('a named store of any name that was not there is noticed when it comes', async () => {
    const top = temporaryFolder('named');
    const folder = path.join(top, 'deep', 'kept');
    const { failures } = await client.request(protocol.Discover, { folders: [], paths: [folder] });
    assert.equal(failures.length, 1);
    for (const step of [path.dirname(folder), folder]) {
      const changed = notice(client, protocol.StoresChanged, () => true);
      fs.mkdirSync(step);
      await changed;
      await client.request(protocol.Discover, { folders: [], paths: [folder] });
    }
    const changed = notice(client, protocol.StoresChanged, () => true);
    fs.writeFileSync(path.join(folder, 'k.jsonl'), '');
    await changed;
    const { stores } = await client.request(protocol.Discover, { folders: [], paths: [folder] });
    assert.equal(stores.length, 1);
  });

  test('an open page goes on when its store is opened anew', async () => {
    for (const [viewer, store, key] of [
      [21, jsonl, 'crlf_file'],
      [22, sqlite, 'telegram_123456789_alice'],
    ] as const) {
      await client.request(protocol.OpenConversation, { viewer, store, key, from: -50, count: 50 });
      await client.request(protocol.Retry, store);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const changed = notice(client, protocol.ConversationChanged, ({ range }) => range.total === 3);
      if (store === jsonl) fs.appendFileSync(path.join(jsonl.path, `${key}.jsonl`), '{"role":"user","content":"x"}\n');
      else {
        const database = new Sqlite(sqlite.path);
        append(database, key, 'user', 'x');
        database.close();
      }
      assert.equal((await changed).viewer, viewer);
    }
  });

  test('an answer never carries a whole long conversation', async () => {
    fs.writeFileSync(path.join(jsonl.path, 'long.jsonl'), '{"role":"user","content":"x"}\n'.repeat(20_000));
    const params = { store: jsonl, key: 'long' };
    const { rows, total } = await client.request(protocol.GetRows, { ...params, first: 0, count: 1e9 });
    assert.equal(total, 20_000);
    assert.equal(rows.length, 10_000);
    const opened = await client.request(protocol.OpenConversation, { ...params, viewer: 30, from: 0, count: 1e9 });
    assert.equal(opened.range.rows.length, 10_000);
  });

  test('ended by a signal, it leaves nothing in a store', async () => {
    await client.request(protocol.ListSessions, { store: sqlite, detail: 'full' });
    const stopped = new Promise<void>((resolve) => client.onDidStop(resolve));
    process.kill(client.pid ?? 0, 'SIGTERM');
    await stopped;
    assert.deepEqual(fs.readdirSync(path.dirname(sqlite.path)), ['sessions.db']);
  });
});
