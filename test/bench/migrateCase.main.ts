/**
 * Migration of 200 JSONL sessions of 1,000 messages, each case in a process of its own. Arguments: case, folder for what it
 * makes. `make`: the sessions. `rowByRow`: the same messages, parsed beforehand, are inserted row by row through the
 * triggers, as zeroclaw's importer does it, but in one transaction for each file. `migrate`: the migration. `beside`: the
 * same while another process appends. Prints JSON.
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

const [name = '', root = ''] = process.argv.slice(2);
const sources = path.join(root, 'sources');

/** One believable history, cut into sessions. */
function makeSources(): void {
  fs.mkdirSync(sources, { recursive: true });
  const whole = path.join(root, 'all');
  makeBigSession(whole, { lines: SESSIONS * MESSAGES, bytes: BYTES });
  const lines = fs.readFileSync(whole, 'utf8').trimEnd().split('\n');
  fs.rmSync(whole);
  for (let index = 0; index < SESSIONS; index++) {
    const file = path.join(sources, `telegram_${String(index).padStart(6, '0')}_user.jsonl`);
    fs.writeFileSync(file, `${lines.slice(index * MESSAGES, (index + 1) * MESSAGES).join('\n')}\n`);
  }
}

/** An hour old, and on the disk: the flush of what was just copied is no part of this. */
function copySources(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const at = Date.now() / 1000 - 3600;
  for (const file of fs.readdirSync(sources)) {
    const target = path.join(folder, file);
    fs.copyFileSync(path.join(sources, file), target);
    fs.utimesSync(target, at, at);
    const fd = fs.openSync(target, 'r');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }
}

async function rowByRow(): Promise<unknown> {
  const sessions = fs.readdirSync(sources).map((file) => {
    const lines = fs.readFileSync(path.join(sources, file), 'utf8').trimEnd().split('\n');
    const messages = lines.map((line) => JSON.parse(line) as { role: string; content: string });
    return { key: file.slice(0, -'.jsonl'.length), messages };
  });
  const folder = path.join(root, 'plain');
  fs.mkdirSync(folder);
  const database = createZeroclawDatabase(path.join(folder, 'sessions.db'));
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
  fs.rmSync(folder, { recursive: true });
  return { time };
}

const contextOf = (dataFolder: string): BackendContext => ({ now: Date.now, log: () => undefined, dataFolder });

/** As a user does it: journal, receipts, read back and handed over. */
async function migrate(): Promise<unknown> {
  const folder = path.join(root, 'migrated');
  const dataFolder = path.join(root, 'migrated-data');
  copySources(folder);
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
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(dataFolder, { recursive: true });
  return { time };
}

function check(file: string, rows: number): void {
  const database = openAsZeroclaw(file);
  const found = database.prepare("SELECT count(*) FROM sessions WHERE session_key LIKE 'telegram%'").pluck().get();
  if (found !== rows) throw new Error(`${String(found)} rows instead of ${rows}`);
  database.exec("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)");
  database.close();
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
  copySources(folder);
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

const cases: Record<string, () => Promise<unknown>> = {
  make: async () => makeSources(),
  rowByRow,
  migrate,
  beside,
};
const run = cases[name];
if (name === 'agent') appendUntilStopped();
else if (!run) throw new Error(`no case ${name}`);
else {
  run().then(
    (result) => process.stdout.write(JSON.stringify(result ?? null)),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}
