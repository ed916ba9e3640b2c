import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { StoreError } from '../../../src/backend/errors';
import { openStore } from '../../../src/backend/openStore';
import type { BackendContext, SessionBackend } from '../../../src/backend/SessionBackend';
import { Search } from '../../../src/backend/search/Search';
import { BadQuery } from '../../../src/backend/search/searchedQuery';
import type { SearchAnswer } from '../../../src/shared/search/answer';
import { type StoreLocation, storeId } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';

/** Stores in a temporary folder, and a search over them. */
class Stores {
  readonly folder = temporaryFolder('search');
  private readonly backends = new Map<string, SessionBackend>();
  private readonly context: BackendContext = {
    now: Date.now,
    log: () => undefined,
    dataFolder: path.join(this.folder, 'data'),
  };
  readonly search = new Search({
    context: this.context,
    open: (location) => this.open(location),
    stuckAfterSeconds: () => 600,
    watched: false,
  });
  readonly all: StoreLocation[] = [];

  jsonl(name: string, sessions: Readonly<Record<string, readonly object[]>>): StoreLocation {
    const folder = path.join(this.folder, name, 'sessions');
    fs.mkdirSync(folder, { recursive: true });
    for (const [key, messages] of Object.entries(sessions)) {
      fs.writeFileSync(path.join(folder, `${key}.jsonl`), messages.map((one) => `${JSON.stringify(one)}\n`).join(''));
    }
    return this.add({ kind: 'jsonl', path: folder, role: 'live' });
  }

  sqlite(name: string, rows: readonly (readonly [key: string, role: string, content: string])[]): StoreLocation {
    const file = path.join(this.folder, name, 'sessions.db');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const database = createZeroclawDatabase(file);
    for (const [key, role, content] of rows) append(database, key, role, content);
    database.close();
    return this.add({ kind: 'sqlite', path: file, role: 'live' });
  }

  run(query: string, signal?: AbortSignal): Promise<SearchAnswer> {
    const scope = { kind: 'stores', stores: this.all } as const;
    return this.search.run({ query, scope, order: 'rank', limit: 100 }, undefined, signal);
  }

  async open(location: StoreLocation): Promise<SessionBackend> {
    const known = this.backends.get(storeId(location));
    if (known) return known;
    const backend = await openStore(location, this.context);
    this.backends.set(storeId(location), backend);
    return backend;
  }

  async close(): Promise<void> {
    await this.search.close();
    for (const backend of this.backends.values()) await backend.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private add(location: StoreLocation): StoreLocation {
    this.all.push(location);
    return location;
  }
}

const user = (content: string) => ({ role: 'user', content });

suite('Search over stores', () => {
  let stores: Stores;
  setup(() => {
    stores = new Stores();
  });
  teardown(() => stores.close());

  test('hits of all stores, with exact totals and what they cover', async () => {
    stores.jsonl('a', {
      telegram_1: [user('the delta_epsilon value'), user('nothing')],
      telegram_2: [user('EPSILON')],
    });
    stores.sqlite('b', [
      ['gw_1', 'user', 'an epsilon here'],
      ['gw_1', 'assistant', 'and more epsilon epsilon'],
      ['gw_2', 'user', 'none'],
    ]);
    const answer = await stores.run('psilon');
    assert.equal(answer.totalHits, 4);
    assert.equal(answer.totalSessions, 3);
    assert.equal(answer.complete, true);
    assert.deepEqual(
      answer.coverage.map(({ messages, sessions }) => [messages, sessions]),
      [
        [3, 2],
        [3, 2],
      ],
    );
    assert.equal(answer.skippedCount, 0);
    for (const hit of answer.hits) {
      assert.equal(hit.kind, 'message');
      const [range] = hit.ranges;
      assert.equal(hit.snippet.slice(...(range ?? [0, 0])).toLowerCase(), 'psilon');
    }
  });

  test('a wrong query is an error with its place, never an empty answer', async () => {
    stores.jsonl('a', { k: [user('x')] });
    await assert.rejects(stores.run('fine rol:user'), (error: BadQuery) => {
      assert.ok(error instanceof BadQuery);
      assert.deepEqual(error.span.at, 5);
      assert.match(error.message, /role/);
      return true;
    });
    await assert.rejects(stores.run('/(/'), BadQuery);
    await assert.rejects(stores.run('in:raw'), BadQuery);
  });

  test('a regular expression that never ends is an error, and the next search works', async () => {
    stores.jsonl('a', { k: [user(`${'a'.repeat(60)}!`), user('hello')] });
    stores.sqlite('b', [['gw_1', 'user', `${'a'.repeat(60)}!`]]);
    const started = performance.now();
    await assert.rejects(stores.run('/(a+)+$/'), (error: StoreError) => error.code === 'bad-query');
    assert.ok(performance.now() - started < 15_000);
    assert.equal((await stores.run('hello')).totalHits, 1);
  });

  test('a regular expression that never ends on a name of a session is an error too', async () => {
    const location = stores.sqlite('b', [['gw_1', 'user', 'x']]);
    await (await stores.open(location)).setSessionName('gw_1', `${'a'.repeat(60)}!`);
    await assert.rejects(stores.run('/(a+)+$/'), (error: StoreError) => error.code === 'bad-query');
    assert.equal((await stores.run('/^a+!/')).totalHits, 1);
  });

  test('a database that is locked is named, the other stores are searched', async () => {
    stores.jsonl('a', { k: [user('hello')] });
    const { path: file } = stores.sqlite('b', [['gw_1', 'user', 'hello']]);
    const holder = createZeroclawDatabase(path.join(stores.folder, 'other.db'));
    holder.exec(`ATTACH '${file}' AS held`);
    holder.exec('PRAGMA held.locking_mode = EXCLUSIVE; PRAGMA held.journal_mode = DELETE; BEGIN EXCLUSIVE');
    try {
      const answer = await stores.run('hello');
      assert.equal(answer.totalHits, 1);
      assert.equal(answer.skippedCount, 1);
      assert.equal(answer.skipped[0]?.code, 'busy');
    } finally {
      holder.exec('ROLLBACK');
      holder.close();
    }
  });

  test('unreadable lines are left out, counted, named, and found on request', async () => {
    const { path: folder } = stores.jsonl('a', { k: [user('hello'), user('hello again')] });
    fs.appendFileSync(path.join(folder, 'k.jsonl'), '{"role":"user", hello broken\n');
    const answer = await stores.run('hello');
    assert.equal(answer.totalHits, 2);
    assert.equal(answer.skippedCount, 1);
    assert.deepEqual([answer.skipped[0]?.key, answer.skipped[0]?.row], ['k', 2]);
    const broken = await stores.run('has:problem hello');
    assert.equal(broken.totalHits, 1);
    assert.equal(broken.hits[0]?.kind, 'unreadable');
    assert.equal(broken.skippedCount, 0);
  });

  test('a session is found by its name, and by its whole key', async () => {
    const location = stores.sqlite('b', [
      ['gw_alpha', 'user', 'one'],
      ['gw_beta', 'user', 'two'],
    ]);
    const backend = await stores.open(location);
    await backend.setSessionName('gw_beta', 'Größere Pläne');
    const byName = await stores.run('grossere OR grossere OR größere plane');
    assert.deepEqual([byName.totalHits, byName.hits[0]?.kind, byName.hits[0]?.key], [1, 'session', 'gw_beta']);
    const byKey = await stores.run('gw_alpha');
    assert.deepEqual([byKey.totalHits, byKey.hits[0]?.kind], [1, 'session']);
    assert.equal((await stores.run('gw_')).totalHits, 0);
    assert.equal((await stores.run('in:gw_ one')).totalHits, 1);
    assert.equal((await stores.run('in:plane two')).totalHits, 1);
  });

  test('a search that is no longer wanted ends at once', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => user(`message ${index} with some words in it`));
    stores.jsonl('a', { k: many });
    const controller = new AbortController();
    const running = stores.run('words', controller.signal);
    controller.abort();
    await assert.rejects(running, (error: StoreError) => error.code === 'cancelled');
    assert.equal((await stores.run('words')).totalHits, 20_000);
  });

  test('a store that is let go of while it is searched is named, the others are answered', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ['gw_1', 'user', `message ${index}`] as const);
    const location = stores.sqlite('b', many);
    stores.jsonl('a', { k: [user('a message')] });
    const running = stores.run('essage');
    await new Promise((resolve) => setTimeout(resolve, 40));
    await stores.search.closeStore(storeId(location));
    const answer = await running;
    const inDatabase = answer.skipped.map(({ code }) => code).join() === 'busy' ? 0 : 20_000;
    assert.equal(answer.totalHits, inDatabase + 1);
    assert.equal((await stores.run('essage')).totalHits, 20_001);
  });

  test('a store that is gone when its titles are wanted leaves them out', async () => {
    const { path: folder } = stores.jsonl('a', { k: [user('hello')] });
    const options = { context: { now: Date.now, log: () => undefined, dataFolder: undefined } };
    let opened = 0;
    const search = new Search({
      ...options,
      open: (location) => {
        if (++opened > 1) return Promise.reject(new Error('gone'));
        return stores.open(location);
      },
      stuckAfterSeconds: () => 600,
      watched: false,
    });
    const scope = { kind: 'stores', stores: [{ kind: 'jsonl', path: folder, role: 'live' }] } as const;
    try {
      assert.equal((await search.run({ query: 'hello', scope, order: 'rank', limit: 10 })).totalHits, 1);
    } finally {
      await search.close();
    }
  });

  test('an empty store, and an empty query', async () => {
    stores.jsonl('a', {});
    assert.equal((await stores.run('x')).totalHits, 0);
    assert.equal((await stores.run('  ')).totalHits, 0);
  });

  test('a backend searches its sessions', async () => {
    const location = stores.sqlite('b', [
      ['gw_alpha', 'user', 'one fish'],
      ['gw_beta', 'user', 'two fish'],
      ['gw_gamma', 'user', 'birds'],
    ]);
    const backend = await stores.open(location);
    const found = await backend.search('fish');
    assert.deepEqual(found.map(({ key }) => key).sort(), ['gw_alpha', 'gw_beta']);
    assert.equal((await backend.search('fish', 1)).length, 1);
    assert.equal((await backend.search('')).length, 3);
    await assert.rejects(backend.search('"'), (error: StoreError) => error.code === 'bad-query');
  });
});
