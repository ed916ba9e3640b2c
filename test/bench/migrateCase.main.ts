/**
 * Migration of 200 JSONL sessions of 1,000 messages, in a process of its own. Arguments: case, folder for what it makes.
 * `time`: against inserting the same messages row by row through the triggers, as zeroclaw's importer does it, but in one
 * transaction for each file. `beside`: while another process appends. Prints JSON.
 */
import { type ChildProcess, fork } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Journal } from '../../src/backend/journal/Journal';
import { LabelFiles } from '../../src/backend/journal/labels';
import { openStore } from '../../src/backend/openStore';
import { openMigration } from '../../src/backend/operations/migration/openMigration';
import { Operations } from '../../src/backend/operations/Operations';
import type { BackendContext } from '../../src/backend/SessionBackend';
import type { StoreLocation } from '../../src/shared/session';
import { append, chronoTime, createZeroclawDatabase, openAsZeroclaw } from '../support/zeroclawSchema';
import { makeBigSession } from './corpus/jsonl';

const SESSIONS = 200;
const MESSAGES = 1000;
const BYTES = 100_000_000;
const ROUNDS = 3;

const [name = '', root = ''] = process.argv.slice(2);

interface Parsed {
  readonly key: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** One believable history, cut into sessions. */
function makeSources(folder: string): Parsed[] {
  fs.mkdirSync(folder, { recursive: true });
  const whole = path.join(folder, 'all');
  makeBigSession(whole, { lines: SESSIONS * MESSAGES, bytes: BYTES });
  const lines = fs.readFileSync(whole, 'utf8').trimEnd().split('\n');
  fs.rmSync(whole);
  return Array.from({ length: SESSIONS }, (_, index) => {
    const key = `telegram_${String(index).padStart(6, '0')}_user`;
    const own = lines.slice(index * MESSAGES, (index + 1) * MESSAGES);
    const fd = fs.openSync(path.join(folder, `${key}.jsonl`), 'w');
    fs.writeSync(fd, `${own.join('\n')}\n`);
    // An hour old, and on the disk: the flush of what was just made is no part of this.
    fs.futimesSync(fd, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    return { key, messages: own.map((line) => JSON.parse(line) as Parsed['messages'][number]) };
  });
}

function copyOf(sources: string, folder: string): string {
  fs.mkdirSync(folder, { recursive: true });
  for (const file of fs.readdirSync(sources)) {
    const target = path.join(folder, file);
    fs.copyFileSync(path.join(sources, file), target);
    const { atimeMs, mtimeMs } = fs.statSync(path.join(sources, file));
    fs.utimesSync(target, atimeMs / 1000, mtimeMs / 1000);
    const fd = fs.openSync(target, 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }
  return folder;
}

/** The messages in memory already, zeroclaw's settings of the connection. */
function rowByRow(file: string, sessions: readonly Parsed[]): number {
  const database = createZeroclawDatabase(file);
  const insert = database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)');
  const metadata = database.prepare(
    'INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES (?, ?, ?, ?)',
  );
  const now = chronoTime(Date.now());
  const begin = performance.now();
  for (const { key, messages } of sessions) {
    database.exec('BEGIN IMMEDIATE');
    for (const { role, content } of messages) insert.run(key, role, content, now);
    metadata.run(key, now, now, messages.length);
    database.exec('COMMIT');
  }
  const time = performance.now() - begin;
  database.close();
  return time;
}

const contextOf = (dataFolder: string): BackendContext => ({ now: Date.now, log: () => undefined, dataFolder });

/** As a user does it: journal, receipts, read back and handed over. */
async function migrate(folder: string, dataFolder: string): Promise<number> {
  createZeroclawDatabase(path.join(folder, 'sessions.db')).close();
  const store: StoreLocation = { kind: 'jsonl', path: folder, role: 'live' };
  const context = contextOf(dataFolder);
  const labels = new LabelFiles(dataFolder);
  const operations = new Operations({ context, labels, open: (location) => openStore(location, context, { labels }) });
  const begin = performance.now();
  const result = await operations.run({
    operation: 'migrate',
    store,
    keys: undefined,
    target: undefined,
    existing: 'skip',
  });
  const time = performance.now() - begin;
  await operations.close();
  if (result.sessions.length !== SESSIONS || result.messages !== SESSIONS * MESSAGES) throw new Error(result.summary);
  check(path.join(folder, 'sessions.db'), SESSIONS * MESSAGES);
  return time;
}

function check(file: string, rows: number): void {
  const database = openAsZeroclaw(file);
  const found = database.prepare("SELECT count(*) FROM sessions WHERE session_key LIKE 'telegram%'").pluck().get();
  if (found !== rows) throw new Error(`${String(found)} rows instead of ${rows}`);
  database.exec("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)");
  database.close();
}

async function time(): Promise<unknown> {
  const sources = path.join(root, 'sources');
  const sessions = makeSources(sources);
  const baseline: number[] = [];
  const migrated: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const plain = path.join(root, `plain-${round}`);
    fs.mkdirSync(plain);
    baseline.push(rowByRow(path.join(plain, 'sessions.db'), sessions));
    fs.rmSync(plain, { recursive: true });
    const folder = copyOf(sources, path.join(root, `migrated-${round}`));
    migrated.push(await migrate(folder, path.join(root, `data-${round}`)));
    fs.rmSync(folder, { recursive: true });
  }
  return { baseline, migrated, sessions: SESSIONS, bytes: BYTES };
}

/** The agent's part of `beside`: appends without end and tells its longest wait when it is asked to stop. */
function appendUntilStopped(): void {
  const database = openAsZeroclaw(root);
  let longest = 0;
  let count = 0;
  const next = (): void => {
    const begin = performance.now();
    append(database, 'gw_agent', 'user', `message ${count++}`);
    longest = Math.max(longest, performance.now() - begin);
  };
  const timer = setInterval(next, 10);
  process.once('message', () => {
    clearInterval(timer);
    database.close();
    process.send?.({ longest, count }, () => process.exit());
  });
  process.send?.('ready');
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
}

async function beside(): Promise<unknown> {
  const folder = path.join(root, 'beside');
  makeSources(folder);
  const file = path.join(folder, 'sessions.db');
  createZeroclawDatabase(file).close();
  const context = contextOf(path.join(root, 'data'));
  const labels = new LabelFiles(context.dataFolder);
  const journal = await Journal.open(context.dataFolder, Date.now);
  const store: StoreLocation = { kind: 'jsonl', path: folder, role: 'live' };
  const operation = await openMigration(
    { operation: 'migrate', store, keys: undefined, target: undefined, existing: 'skip' },
    { context, labels, sqliteBinding: undefined, open: (location) => openStore(location, context, { labels }) },
  );
  const agent = fork(__filename, ['agent', file]);
  await told(agent);
  const { sessions } = await operation.list();
  const entry = journal.begin('migrate', store, sessions.length);
  const begin = performance.now();
  for (let done = 0; done < sessions.length; ) {
    const group = sessions.slice(done, done + operation.together(sessions, done));
    await Promise.all(group.map((session) => operation.run(session, journal.recorder(entry, session.label))));
    done += group.length;
  }
  await operation.finish();
  const time = performance.now() - begin;
  agent.send('stop');
  const { longest, count } = await told<{ longest: number; count: number }>(agent);
  const { longestHold } = operation;
  await operation.close();
  journal.close();
  check(file, SESSIONS * MESSAGES);
  return { time, longestHold, longestWait: longest, appended: count };
}

if (name === 'agent') appendUntilStopped();
else {
  const run = name === 'time' ? time : beside;
  run().then(
    (result) => process.stdout.write(JSON.stringify(result)),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
