/** One case of the search benchmark in a process of its own. Arguments: case, workspace, data folder. Prints JSON. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openStore } from '../../src/backend/openStore';
import type { BackendContext, SessionBackend } from '../../src/backend/SessionBackend';
import { Search } from '../../src/backend/search/Search';
import type { SearchAnswer } from '../../src/shared/search/answer';
import type { StoreLocation } from '../../src/shared/session';
import { LONG_KEY } from './corpora';
import { COMMON_WORDS, INSIDE_OF_WORDS, RARE_WORDS } from './corpus/search';
import { printCase } from './printCase';

const [name = '', workspace = '', dataFolder] = process.argv.slice(2);
const startRss = process.memoryUsage.rss();
const folder = path.join(workspace, 'sessions');
const database = path.join(folder, 'sessions.db');
const location: StoreLocation = fs.existsSync(database)
  ? { kind: 'sqlite', path: database, role: 'live' }
  : { kind: 'jsonl', path: folder, role: 'live' };
const context: BackendContext = {
  now: Date.now,
  log: (level, message) => void (level === 'info' || process.stderr.write(`${message}\n`)),
  dataFolder,
};

/** A search as the service has it: the store is watched, lists are kept. */
async function searching<T>(work: (search: Search, backend: SessionBackend) => Promise<T>): Promise<T> {
  const backend = await openStore(location, context);
  const search = new Search({
    context,
    open: async () => backend,
    stuckAfterSeconds: () => 600,
    watched: true,
  });
  backend.watch((change) => search.changed(`${location.kind}:${location.path}`, change.keys));
  try {
    await search.prepare([location]);
    return await work(search, backend);
  } finally {
    await search.close();
    await backend.close();
  }
}

interface Timed {
  /** Milliseconds to the first answer with hits. */
  readonly first: number;
  /** To the exact totals. */
  readonly final: number;
  readonly answer: SearchAnswer;
}

async function timed(search: Search, query: string, limit = 50): Promise<Timed> {
  const start = performance.now();
  let first: number | undefined;
  const answer = await search.run(
    { query, scope: { kind: 'stores', stores: [location] }, order: 'rank', limit },
    (so) => {
      if (so.hits.length > 0) first ??= performance.now() - start;
    },
  );
  const final = performance.now() - start;
  return { first: first ?? final, final, answer };
}

/** Each query of a kind; the first one warms up and is not counted. */
async function all(
  search: Search,
  queries: readonly string[],
): Promise<{ first: number[]; final: number[]; hits: number[] }> {
  const result = { first: [] as number[], final: [] as number[], hits: [] as number[] };
  for (const [index, query] of [queries[0] ?? '', ...queries].entries()) {
    const { first, final, answer } = await timed(search, query);
    if (!answer.complete || answer.hits.length === 0)
      throw new Error(`${query}: ${JSON.stringify(answer).slice(0, 500)}`);
    if (index === 0) continue;
    result.first.push(first);
    result.final.push(final);
    result.hits.push(answer.totalHits);
  }
  return result;
}

const times = (words: readonly string[], count: number) => Array.from({ length: count }, () => words).flat();

const cases: Record<string, () => Promise<unknown>> = {
  /** Index warm, if the store has one of ours. */
  words: () =>
    searching(async (search) => {
      await search.updateIndex(location);
      return {
        rare: await all(search, times(RARE_WORDS, 3)),
        common: await all(search, times(COMMON_WORDS, 5)),
        rareWhole: await all(
          search,
          RARE_WORDS.map((word) => `=${word}`),
        ),
        commonWhole: await all(
          search,
          times(COMMON_WORDS, 2).map((word) => `=${word}`),
        ),
        inside: await all(search, times([INSIDE_OF_WORDS], 3)),
        regex: await all(search, ['/zeph[xy]r/', '/epsilon_(11|13)\\b/', '/Quillwor\\w+/i']),
      };
    }),

  /** The index made from nothing, in the background as always. */
  build: () =>
    searching(async (search) => {
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const cpu = process.cpuUsage();
      const start = performance.now();
      await search.updateIndex(location);
      const seconds = (performance.now() - start) / 1000;
      const used = process.cpuUsage(cpu);
      delay.disable();
      const megabytes =
        fs.readdirSync(folder).reduce((sum, file) => sum + fs.statSync(path.join(folder, file)).size, 0) / 1e6;
      return {
        megabytes,
        seconds,
        cores: (used.user + used.system) / 1e6 / seconds,
        memory: (process.resourceUsage().maxRSS * 1024 - startRss) / 1e6,
        delay: delay.max / 1e6,
      };
    }),

  /** One line added by somebody else, until a search for its word gives it. */
  append: () =>
    searching(async (search) => {
      await search.updateIndex(location);
      await timed(search, '=nothinglikeit');
      const file = path.join(folder, fs.readdirSync(folder).sort()[5000] ?? '');
      const { size, mtime } = fs.statSync(file);
      process.once('exit', () => {
        fs.truncateSync(file, size);
        fs.utimesSync(file, mtime, mtime);
      });
      const found: number[] = [];
      for (let n = 0; n < 20; n++) {
        const word = `fresh${n}word`;
        const start = performance.now();
        fs.appendFileSync(file, `${JSON.stringify({ role: 'user', content: `one more ${word} line` })}\n`);
        for (;;) {
          const { answer } = await timed(search, `=${word}`);
          if (answer.totalHits > 1) throw new Error(`${answer.totalHits} hits of one line`);
          if (answer.totalHits === 1) break;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        found.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return { found };
    }),

  find: () =>
    searching(async (search, backend) => {
      const [session] = await backend.listSessions();
      const found: number[] = [];
      let matches = 0;
      for (const word of times(['harbour', 'ta_epsil', 'quillwort'], 4)) {
        const start = performance.now();
        const pattern = { text: word, matchCase: false, wholeWord: false, regex: false };
        const answer = await search.find(location, session ?? LONG_KEY, pattern, new AbortController().signal);
        found.push(performance.now() - start);
        matches += answer.matches;
        if (answer.matches === 0) throw new Error(`${word} was not found`);
      }
      return { found: found.slice(3), matches };
    }),
};

printCase(cases, name);
