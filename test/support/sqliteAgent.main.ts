/**
 * Writes to a database as zeroclaw does, for tests of what happens beside it: one connection held open (write-ahead log,
 * synchronous NORMAL, 5 s busy timeout), each message as two autocommit statements, the row first and then its count
 * (facts of `session_sqlite.rs`). Messages are numbered, so that a lost or doubled one is found.
 * Arguments: a JSON object, see `SqliteAgentOptions`. Prints one line of JSON at the end, see `SqliteAgentReport`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqliteAgentOptions, SqliteAgentReport } from './sqliteAgent';
import { append, openAsZeroclaw } from './zeroclawSchema';

const options = JSON.parse(process.argv[2] ?? '{}') as SqliteAgentOptions;

async function run(): Promise<SqliteAgentReport> {
  const database = openAsZeroclaw(options.file);
  database.pragma('mmap_size = 4194304');
  let longest = 0;
  let appended = 0;
  let locked = 0;
  const end = options.milliseconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.milliseconds;
  for (let number = 0; number < options.count && performance.now() < end; number++) {
    const key = options.keys[number % options.keys.length] ?? '';
    const content = `${options.name} ${number} ${'é'.repeat(options.filler ?? 0)}`;
    const begin = performance.now();
    try {
      append(database, key, number % 2 ? 'assistant' : 'user', content);
      appended++;
    } catch (error) {
      if (!/database is locked/.test(String(error))) throw error;
      locked++;
    }
    longest = Math.max(longest, performance.now() - begin);
    if (number === 0) process.stdout.write('\n');
    if (options.pause) await sleep(Math.random() * options.pause);
  }
  database.close();
  return { appended, longestMilliseconds: longest, locked };
}

void run().then((report) => process.stdout.write(`${JSON.stringify(report)}\n`));
