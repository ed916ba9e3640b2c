/** One case of the benchmark in a process of its own, so that "cold" is cold. Arguments: case, workspace, data folder. Prints JSON. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { JsonlSessionStore } from '../../src/backend/jsonl/JsonlSessionStore';
import type { BackendContext } from '../../src/backend/SessionBackend';
import { SqliteSessionBackend } from '../../src/backend/sqlite/SqliteSessionBackend';
import { Sqlite } from '../support/zeroclawSchema';
import { BIG_KEY } from './corpora';
import { printCase } from './printCase';

const [name = '', workspace = '', dataFolder] = process.argv.slice(2);
const context: BackendContext = {
  now: Date.now,
  log: (_level, message) => void process.stderr.write(`${message}\n`),
  dataFolder,
};
const startRss = process.memoryUsage.rss();
const MEGABYTE = 1e6;

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

const openDatabase = () =>
  SqliteSessionBackend.open(
    { kind: 'sqlite', path: path.join(workspace, 'sessions', 'sessions.db'), role: 'live' },
    context,
  );
const openFiles = () =>
  JsonlSessionStore.open({ kind: 'jsonl', path: path.join(workspace, 'sessions'), role: 'live' }, context);

/** The least that any reader of the list must do: fetch the metadata rows. */
async function readRowsOnly(): Promise<number> {
  const database = new Sqlite(path.join(workspace, 'sessions', 'sessions.db'), { readonly: true });
  const statement = database.prepare('SELECT * FROM session_metadata ORDER BY last_activity DESC');
  statement.all();
  const [time] = await timed(async () => statement.all());
  database.close();
  return time;
}

const cases: Record<string, () => Promise<unknown>> = {
  async databaseList() {
    const limit = await readRowsOnly();
    const backend = await openDatabase();
    const [quick, rows] = await timed(() => backend.listSessionsWithMetadata({ detail: 'quick' }));
    const [cold] = await timed(() => backend.listSessionsWithMetadata());
    const warm: number[] = [];
    for (let n = 0; n < 20; n++) warm.push((await timed(() => backend.listSessionsWithMetadata()))[0]);
    await backend.close();
    return { limit, quick, cold, warm, sessions: rows.length };
  },

  async filesList() {
    const store = await openFiles();
    const [quick] = await timed(() => store.listSessionsWithMetadata({ detail: 'quick' }));
    const [full, sessions] = await timed(() => store.listSessionsWithMetadata());
    const { bytesRead } = store.stats;
    await store.close();
    return { quick, full, sessions: sessions.length, bytesRead };
  },

  async bigOpen() {
    const store = await openFiles();
    const done = new Promise<void>((resolve) => {
      store.watch((change) => change.keys?.includes(BIG_KEY) && resolve());
    });
    const [tail, page] = await timed(() => store.entries(BIG_KEY, { from: -60, count: 60 }));
    const [indexed] = page.complete ? [0] : await timed(() => done);
    const total = (await store.entries(BIG_KEY, { from: -60, count: 60 })).total;
    const loads: number[] = [];
    for (let n = 0; n < 200; n++) {
      const from = Math.floor((n * 7919 * 1013) % (total - 100));
      loads.push((await timed(() => store.load(BIG_KEY, { from, count: 100 })))[0]);
    }
    const peak = process.resourceUsage().maxRSS * 1024;
    await store.close();
    return { tail, complete: page.complete, indexed, total, loads, memory: (peak - startRss) / MEGABYTE };
  },

  /** The limit of any first look at a file: reading it once. */
  async bigReadOnly() {
    const fd = fs.openSync(path.join(workspace, 'sessions', `${BIG_KEY}.jsonl`), 'r');
    const buffer = Buffer.alloc(512 * 1024);
    const [time] = await timed(async () => {
      while (fs.readSync(fd, buffer) > 0);
    });
    fs.closeSync(fd);
    return { time };
  },

  async bigAppend() {
    const store = await openFiles();
    let { total } = await store.entries(BIG_KEY, { from: -1, count: 1 });
    const file = path.join(workspace, 'sessions', `${BIG_KEY}.jsonl`);
    const size = fs.statSync(file).size;
    const line = `${JSON.stringify({ role: 'user', content: 'one more line' })}\n`;
    const bytes: number[] = [];
    const times: number[] = [];
    // The corpus is as before, also when this is interrupted between two of its lines.
    process.once('exit', () => fs.truncateSync(file, size));
    for (let n = 0; n < 30; n++) {
      const before = store.stats.bytesRead;
      const seen = new Promise<void>((resolve) => {
        const watch = store.watch(() => {
          watch.dispose();
          resolve();
        });
      });
      const [time] = await timed(async () => {
        fs.appendFileSync(file, line);
        await seen;
        const page = await store.entries(BIG_KEY, { from: total - 1, count: 10 });
        if (page.total !== total + 1) throw new Error(`${page.total} rows instead of ${total + 1}`);
        total = page.total;
      });
      times.push(time);
      bytes.push(store.stats.bytesRead - before);
    }
    await store.close();
    return { times, bytes };
  },
};

printCase(cases, name);
