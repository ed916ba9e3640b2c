import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { openStore } from '../../../src/backend/openStore';
import type { BackendContext, SessionBackend } from '../../../src/backend/SessionBackend';
import { Search } from '../../../src/backend/search/Search';
import { storeLabel } from '../../../src/backend/storeLabel';
import type { SearchAnswer } from '../../../src/shared/search/answer';
import type { StoreLocation } from '../../../src/shared/session';
import { startJsonlAgent } from '../../support/jsonlAgent';
import { temporaryFolder } from '../../support/project';
import { startSqliteAgent } from '../../support/sqliteAgent';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { type GeneratedMessage, type GeneratedQuery, message, query } from './generators';
import { Reference, type ReferenceMessage, type ReferenceStore } from './reference';

const KEYS = ['k1_user', 'k2_user', 'other'];
const EVERYTHING = 1_000_000;

/** `raw`: a line as it is; in a database a row that is no text. */
type Stored = GeneratedMessage | { readonly raw: string };
type Placed = readonly [session: number, message: Stored];

/** Lines that no agent writes: blank, torn, broken, with keys twice, with escapes of all kinds. */
const RAW = [
  '\n', '  \n', '\r\n', '{"role":"user","content":"zebra"', '{"role":"user","content":"epsilon","content":"zebra"}\n', '["user","zebra"]\n',
  '{"role":"\\u0075ser","content":"\\u007aebra \\ud83e\\udd80 \\ud800 \\/ \\u0000 caf\\u0065\\u0301"}\n', '{"content":"x","role":"user","more":{"content":"zebra"}}\r\n',
  '{"role":"user","content":"delta_epsilon \\"quoted\\" back\\\\slash"}\n', '{"role":"user"}\n', 'zebra\n', '{"role":"user","content":"zebra"} x\n', '\0\n',
]; // biome-ignore format: a list of lines

const placed: fc.Arbitrary<Placed[]> = fc.array(
  fc.tuple(
    fc.nat(KEYS.length - 1),
    fc.oneof(
      { weight: 10, arbitrary: message },
      fc.constantFrom(...RAW).map((raw) => ({ raw })),
    ),
  ),
  { minLength: 1, maxLength: 60 },
);

function lines(messages: readonly Stored[]): string {
  return messages
    .map((one) => ('raw' in one ? one.raw : `${JSON.stringify({ role: one.role, content: one.content })}\n`))
    .join('');
}

function write(kind: StoreLocation['kind'], folder: string, messages: readonly Placed[]): StoreLocation {
  if (kind === 'sqlite') {
    const file = path.join(folder, 'sessions.db');
    const database = createZeroclawDatabase(file);
    for (const [number, [session, one]] of messages.entries()) {
      const { role, content } = 'raw' in one ? { role: 'user', content: one.raw } : one;
      append(database, KEYS[session] ?? '', role, content, Date.UTC(2026, 0, 1, 0, 30, number * 2));
    }
    for (const [number, [, one]] of messages.entries()) {
      if (!('raw' in one)) continue;
      database.prepare('UPDATE sessions SET content = CAST(content AS BLOB) WHERE id = ?').run(number + 1);
    }
    database.close();
    return { kind, path: file, role: 'live' };
  }
  KEYS.forEach((key, index) => {
    const own = messages.filter(([session]) => session === index).map(([, one]) => one);
    fs.writeFileSync(path.join(folder, `${key}.jsonl`), lines(own));
  });
  return { kind, path: folder, role: 'live' };
}

/** All messages of a store as its backend loads them. */
async function loadAll(backend: SessionBackend): Promise<{ all: ReferenceMessage[]; unreadable: number }> {
  const all: ReferenceMessage[] = [];
  let unreadable = 0;
  for (const key of await backend.listSessions()) {
    const page = await backend.entries(key, { from: 0, count: EVERYTHING });
    for (const entry of page.entries) {
      if (entry.kind === 'unreadable') unreadable++;
      if (entry.kind !== 'message') continue;
      const { row, role, content, createdAt } = entry;
      all.push({ key, row, role, content, createdAt });
    }
  }
  return { all, unreadable };
}

/** What sessions and stores are asked for. */
async function factsOf(backend: SessionBackend, location: StoreLocation): Promise<ReferenceStore> {
  const times = new Map(
    (await backend.listSessionsWithMetadata()).map(({ key, createdAt, lastActivity }) => [
      key,
      { created: Date.parse(createdAt ?? ''), active: Date.parse(lastActivity ?? '') },
    ]),
  );
  const none = { created: Number.NaN, active: Number.NaN };
  return { path: location.path, label: storeLabel(location), session: (key) => times.get(key) ?? none };
}

/** What holds of every answer, whatever was asked. */
function checkShape(answer: SearchAnswer, all: readonly ReferenceMessage[], order: 'rank' | 'time', asked: string) {
  const index = new Map<string, number>();
  const next = new Map<string, number>();
  for (const { key, row } of all) {
    index.set(`${key} ${row}`, next.get(key) ?? 0);
    next.set(key, (next.get(key) ?? 0) + 1);
  }
  let last = '\uffff';
  for (const hit of answer.hits) {
    for (const [start, end] of hit.ranges) {
      assert.ok(start >= 0 && start < end && end <= hit.snippet.length, `${asked}: ${JSON.stringify(hit)}`);
    }
    assert.ok(hit.snippet.length < 1500 && !hit.snippet.includes('\n'), asked);
    if (hit.kind !== 'message') continue;
    // In a database every row is a position, as `load` has it.
    assert.equal(hit.index, hit.createdAt === null ? index.get(`${hit.key} ${hit.row}`) : hit.row, asked);
    if (order === 'rank' || hit.createdAt === null) continue;
    assert.ok(hit.createdAt <= last, `${asked}: ${hit.createdAt} behind ${last}`);
    last = hit.createdAt;
  }
  const keys = new Set(answer.hits.map(({ key }) => key));
  assert.equal(answer.totalSessions, keys.size, asked);
  assert.deepEqual(answer.sessions.map(({ key }) => key).sort(), [...keys].sort(), asked);
  for (const { key, hits } of answer.sessions) {
    assert.equal(hits, answer.hits.filter((hit) => hit.key === key).length, asked);
  }
}

function hitsOf({ hits }: SearchAnswer): string[] {
  return hits.flatMap((hit) => (hit.kind === 'message' ? [`${hit.key} ${hit.row}`] : [])).sort();
}

async function withStore<T>(
  kind: StoreLocation['kind'],
  messages: readonly Placed[],
  work: (search: Search, backend: SessionBackend, location: StoreLocation) => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder('truth');
  const sessions = path.join(folder, 'sessions');
  fs.mkdirSync(sessions);
  const location = write(kind, sessions, messages);
  const context: BackendContext = { now: Date.now, log: () => undefined, dataFolder: path.join(folder, 'data') };
  const backend = await openStore(location, context);
  const search = new Search({ context, open: async () => backend, stuckAfterSeconds: () => 600, watched: false });
  try {
    return await work(search, backend, location);
  } finally {
    await search.close();
    await backend.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function ask(search: Search, location: StoreLocation, { source }: GeneratedQuery, order: 'rank' | 'time' = 'rank') {
  const scope = { kind: 'stores', stores: [location] } as const;
  return search.run({ query: source, scope, order, limit: EVERYTHING });
}

const RUNS = Number(process.env.ASI_TRUTH_RUNS ?? 12);
const QUERIES = 24;

suite('The answer of a search is that of a plain scan', () => {
  for (const kind of ['jsonl', 'sqlite'] as const) {
    for (const indexed of kind === 'jsonl' ? [false, true] : [true]) {
      test(`${kind}${kind === 'jsonl' ? (indexed ? ', with an index' : ', without an index') : ''}: random stores, random queries`, async function () {
        this.timeout(600_000);
        const queries = fc.array(query, { minLength: QUERIES, maxLength: QUERIES });
        await fc.assert(
          fc.asyncProperty(placed, queries, (messages, asked) =>
            withStore(kind, messages, async (search, backend, location) => {
              if (indexed) await search.updateIndex(location);
              else search.pauseIndexing(true);
              const { all, unreadable } = await loadAll(backend);
              const reference = new Reference(all, await factsOf(backend, location));
              for (const [index, one] of asked.entries()) {
                const order = index % 2 === 0 ? 'rank' : 'time';
                const answer = await ask(search, location, one, order);
                const expected = reference.hits(one.clauses);
                assert.deepEqual(hitsOf(answer), expected, one.source);
                assert.equal(
                  answer.totalHits - answer.hits.filter((hit) => hit.kind === 'session').length,
                  expected.length,
                  one.source,
                );
                assert.equal(answer.complete, true);
                checkShape(answer, all, order, one.source);
                // Fields about sessions leave them out before they are looked through.
                if (/(?:in|store|after|before):/.test(one.source)) continue;
                assert.equal(answer.coverage[0]?.messages, all.length, one.source);
                assert.equal(answer.skippedCount, unreadable, one.source);
              }
            }),
          ),
          {
            numRuns: RUNS,
            ...(process.env.ASI_SEED ? { seed: Number(process.env.ASI_SEED), path: process.env.ASI_PATH ?? '0' } : {}),
            ...(process.env.ASI_TRUTH_QUICK ? { endOnFailure: true } : {}),
          },
        );
      });
    }

    test(`${kind}: beside an agent that appends, the answer is that of the messages which it covers`, async function () {
      this.timeout(120_000);
      const messages: Placed[] = Array.from({ length: 400 }, (_, index) => [
        index % 3,
        { role: 'user', content: `old ${index}` },
      ]);
      await withStore(kind, messages, async (search, _backend, location) => {
        const started = { name: 'agent', count: 100_000, milliseconds: 6000, pause: 1, filler: 30 };
        const key = KEYS[1] ?? '';
        const agent =
          kind === 'jsonl'
            ? startJsonlAgent({ ...started, files: [path.join(location.path, `${key}.jsonl`)] })
            : startSqliteAgent({ ...started, file: location.path, keys: [key] });
        await agent.begun;
        let running = true;
        const ended = agent.ended.finally(() => {
          running = false;
        });
        let searches = 0;
        let last = 0;
        while (running) {
          const answer = await ask(search, location, { source: searches % 2 === 0 ? 'agent' : '=agent', clauses: [] });
          const covered = (answer.coverage[0]?.messages ?? 0) - messages.length;
          // One agent writes one session: what is covered is a beginning of what it has written.
          assert.equal(answer.totalHits, covered, `search ${searches}`);
          const rows = answer.hits.flatMap((hit) => (hit.kind === 'message' ? [hit.row] : [])).sort((a, b) => a - b);
          assert.deepEqual(
            rows,
            Array.from({ length: covered }, (_, index) => index + 133),
          );
          assert.ok(covered >= last, 'an answer never knows less than the one before');
          last = covered;
          searches++;
        }
        const { appended } = await ended;
        assert.ok(searches > 10, `${searches} searches`);
        assert.equal((await ask(search, location, { source: 'agent', clauses: [] })).totalHits, appended);
      });
    });
  }
});
