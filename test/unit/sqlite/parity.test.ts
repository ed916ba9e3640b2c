import assert from 'node:assert/strict';
import * as path from 'node:path';
import { fixtureCopy, fixtureJson } from '../../support/project';
import { Sqlite } from '../../support/zeroclawSchema';
import { closeAll, databaseCopy, openBackend } from './support';

interface ExpectedSession {
  readonly key: string;
  readonly created_at: string;
  readonly last_activity: string;
  readonly message_count: number;
  readonly name: string | null;
  readonly agent_alias?: string | null;
  readonly channel_id?: string | null;
  readonly room_id?: string | null;
  readonly sender_id?: string | null;
}

interface Expected {
  readonly list: readonly ExpectedSession[];
  readonly load: Readonly<Record<string, readonly { role: string; content: string }[]>>;
  readonly running?: readonly ExpectedSession[];
  readonly stuck_60?: readonly ExpectedSession[];
  readonly state?: Readonly<Record<string, { state: string; turn_id: string | null; turn_started_at: string | null }>>;
  readonly name?: Readonly<Record<string, { name: string | null }>>;
}

const attributeNames = ['agent_alias', 'channel_id', 'room_id', 'sender_id'] as const;

function attributes(session: ExpectedSession): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of attributeNames) {
    const value = session[name];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

suite('sqlite: what zeroclaw itself answers', () => {
  teardown(closeAll);

  for (const name of ['sqlite', 'mig_head', 'mig_v084', 'mig_v069', 'hybrid']) {
    const expected = fixtureJson<Expected>('zeroclaw', 'expected', `${name}.json`);

    test(`${name}: list`, async () => {
      const backend = await openBackend(databaseCopy(name));
      for (const detail of ['quick', 'full'] as const) {
        const list = await backend.listSessionsWithMetadata({ detail });
        assert.deepEqual(
          list.map(({ key, name, createdAt, lastActivity, attributes }) => ({
            key,
            name,
            createdAt,
            lastActivity,
            attributes,
          })),
          expected.list.map((session) => ({
            key: session.key,
            name: session.name,
            createdAt: session.created_at,
            lastActivity: session.last_activity,
            attributes: attributes(session),
          })),
        );
      }
      const list = await backend.listSessionsWithMetadata();
      assert.deepEqual(
        list.map((session) => session.messageCount),
        expected.list.map((session) => session.message_count),
      );
      assert.deepEqual(
        list.flatMap((session) => session.problems),
        [],
      );
      assert.deepEqual(
        await backend.listSessions(),
        expected.list.map((session) => session.key),
      );
    });

    test(`${name}: load`, async () => {
      const backend = await openBackend(databaseCopy(name));
      for (const [key, messages] of Object.entries(expected.load)) {
        const loaded = await backend.load(key);
        assert.deepEqual(
          loaded.messages.map(({ role, content }) => ({ role, content })),
          messages.map(({ role, content }) => ({ role, content })),
          key,
        );
        assert.equal(loaded.total, messages.length);
        assert.deepEqual(loaded.problems, []);
        assert.deepEqual(
          loaded.messages.map((message) => message.index),
          messages.map((_, index) => index),
        );
        const page = await backend.entries(key, { from: 0, count: 1000 });
        assert.deepEqual(
          page.entries.map((entry) => entry.kind === 'message' && entry.content),
          messages.map((message) => message.content),
        );
      }
    });
  }

  test('running, stuck, state and name', async () => {
    const expected = fixtureJson<Expected>('zeroclaw', 'expected', 'sqlite.json');
    const backend = await openBackend(databaseCopy('sqlite'));
    const keys = (sessions: readonly { key: string }[] | undefined) => (sessions ?? []).map((session) => session.key);
    assert.deepEqual(keys(await backend.listRunningSessions()), keys(expected.running));
    assert.deepEqual(keys(await backend.listStuckSessions(60)), keys(expected.stuck_60));
    assert.deepEqual(await backend.listStuckSessions(5 * 3600), []);
    for (const [key, state] of Object.entries(expected.state ?? {})) {
      const wanted = { state: state.state, turnId: state.turn_id, turnStartedAt: state.turn_started_at };
      assert.deepEqual(await backend.getSessionState(key), wanted, key);
      const session = await backend.getSession(key);
      assert.deepEqual(
        { state: session?.state, turnId: session?.turnId, turnStartedAt: session?.turnStartedAt },
        wanted,
      );
    }
    for (const [key, { name }] of Object.entries(expected.name ?? {})) {
      assert.equal(await backend.getSessionName(key), name, key);
    }
  });

  test('unknown keys', async () => {
    const backend = await openBackend(databaseCopy('sqlite'));
    await assert.rejects(backend.getSessionName('nobody'), { code: 'no-such-session' });
    assert.equal(await backend.getSessionState('nobody'), null);
    assert.equal(await backend.getSession('nobody'), null);
    assert.equal(await backend.exists('nobody'), false);
    assert.equal(await backend.exists('a'), true);
    assert.deepEqual(await backend.load('nobody'), { total: 0, messages: [], problems: [] });
    await assert.rejects(backend.rawEntry('nobody', 0), { code: 'not-found' });
  });

  test('a database whose rows are all still in the write-ahead log', async () => {
    const plain = path.join(fixtureCopy('zeroclaw', 'wal_left', 'sessions'), 'sessions.db');
    const database = new Sqlite(plain);
    const rows = database
      .prepare('SELECT id, session_key, role, content, created_at FROM sessions ORDER BY id')
      .raw()
      .all();
    database.close();
    assert.ok(rows.length > 50);

    const backend = await openBackend(databaseCopy('wal_left'));
    const seen: unknown[] = [];
    for (const { key, messageCount } of await backend.listSessionsWithMetadata()) {
      const page = await backend.entries(key, { from: 0, count: 100_000 });
      assert.equal(page.entries.length, messageCount);
      for (const entry of page.entries) {
        assert.ok(entry.kind === 'message');
        seen.push([Number(entry.place.slice('row '.length)), key, entry.role, entry.content, entry.createdAt]);
      }
    }
    seen.sort((left, right) => Number((left as number[])[0]) - Number((right as number[])[0]));
    assert.deepEqual(seen, rows);
  });

  test('titles are the first words of the first user message', async () => {
    const backend = await openBackend(databaseCopy('sqlite'));
    const list = await backend.listSessionsWithMetadata();
    for (const session of list) {
      assert.notEqual(session.title, undefined, session.key);
      if (session.messageCount === 0) assert.equal(session.title, null);
    }
    assert.ok(list.some((session) => typeof session.title === 'string'));
  });
});
