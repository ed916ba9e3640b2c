import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { openStore } from '../../../src/backend/openStore';
import type { BackendContext, SessionBackend } from '../../../src/backend/SessionBackend';
import { Search } from '../../../src/backend/search/Search';
import type { SearchAnswer } from '../../../src/shared/search/answer';
import type { StoreLocation } from '../../../src/shared/session';
import { startJsonlAgent } from '../../support/jsonlAgent';
import { temporaryFolder } from '../../support/project';
import { startSqliteAgent } from '../../support/sqliteAgent';
import { append, createZeroclawDatabase } from '../../support/zeroclawSchema';
import { type GeneratedMessage, type GeneratedQuery, message, query } from './generators';
import { Reference, type ReferenceMessage } from './reference';

const KEYS = ['k1_user', 'k2_user', 'other'];
const EVERYTHING = 1_000_000;

type Placed = readonly [session: number, message: GeneratedMessage];

const placed: fc.Arbitrary<Placed[]> = fc.array(fc.tuple(fc.nat(KEYS.length - 1), message), {
  minLength: 1,
  maxLength: 60,
});

function lines(messages: readonly GeneratedMessage[]): string {
  return messages.map(({ role, content }) => `${JSON.stringify({ role, content })}\n`).join('');
}

function write(kind: StoreLocation['kind'], folder: string, messages: readonly Placed[]): StoreLocation {
  if (kind === 'sqlite') {
    const file = path.join(folder, 'sessions.db');
    const database = createZeroclawDatabase(file);
    for (const [session, { role, content }] of messages) append(database, KEYS[session] ?? '', role, content);
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
async function loadAll(backend: SessionBackend): Promise<ReferenceMessage[]> {
  const all: ReferenceMessage[] = [];
  for (const key of await backend.listSessions()) {
    const page = await backend.entries(key, { from: 0, count: EVERYTHING });
    for (const entry of page.entries) {
      if (entry.kind === 'message') all.push({ key, row: entry.row, role: entry.role, content: entry.content });
    }
  }
  return all;
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

const RUNS = Number(process.env.ASI_TRUTH_RUNS ?? 25);
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
              const all = await loadAll(backend);
              const reference = new Reference(all);
              for (const [index, one] of asked.entries()) {
                const answer = await ask(search, location, one, index % 2 === 0 ? 'rank' : 'time');
                const expected = reference.hits(one.clauses);
                assert.deepEqual(hitsOf(answer), expected, one.source);
                assert.equal(
                  answer.totalHits - answer.hits.filter((hit) => hit.kind === 'session').length,
                  expected.length,
                  one.source,
                );
                assert.equal(answer.complete, true);
                // `in:` leaves out sessions before they are looked through.
                if (!one.source.includes('in:')) assert.equal(answer.coverage[0]?.messages, all.length, one.source);
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
