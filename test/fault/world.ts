import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { LabelFiles } from '../../src/backend/journal/labels';
import { openStore } from '../../src/backend/openStore';
import { Operations } from '../../src/backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../../src/backend/SessionBackend';
import { type StoreLocation, storeId } from '../../src/shared/session';
import { append, createZeroclawDatabase, Sqlite } from '../support/zeroclawSchema';

/** The time in every world: what is written does not depend on when. */
export const NOW = Date.UTC(2026, 10, 20, 12);
const DAY = 86_400_000;
/** More rows than one transaction may delete. */
const MANY = 30_000;

/** Two stores of every kind of session, a database to migrate to, and a data folder, below one folder. */
export class World {
  readonly jsonl: StoreLocation;
  readonly sqlite: StoreLocation;
  readonly target: string;
  readonly exported: string;
  readonly data: string;

  constructor(readonly folder: string) {
    this.jsonl = { kind: 'jsonl', path: path.join(folder, 'jsonl', 'sessions'), role: 'live' };
    this.sqlite = { kind: 'sqlite', path: path.join(folder, 'db', 'sessions', 'sessions.db'), role: 'live' };
    this.target = path.join(folder, 'target', 'sessions', 'sessions.db');
    this.exported = path.join(folder, 'exported');
    this.data = path.join(folder, 'data');
  }

  copyTo(folder: string): World {
    fs.cpSync(this.folder, folder, { recursive: true, preserveTimestamps: true });
    return new World(folder);
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const line = (role: string, content: string): string => `${JSON.stringify({ role, content })}\n`;
const call = (id: string): string =>
  JSON.stringify({ content: null, tool_calls: [{ arguments: '{"command":"ls"}', id, name: 'shell' }] });
const answer = (id: string): string => JSON.stringify({ content: 'total 0', tool_call_id: id });

/** [role, content] of a conversation that ends with a tool call and its results. */
function conversation(name: string, turns: number): [string, string][] {
  const messages: [string, string][] = [];
  for (let turn = 0; turn < turns; turn++) {
    messages.push(['user', `${name} asks ${turn} ${'words '.repeat(turn % 30)}`]);
    messages.push(['assistant', `answer ${turn} to ${name}`]);
  }
  messages.push(['user', 'list the files']);
  messages.push(['assistant', call(`${name}_1`)]);
  messages.push(['tool', answer(`${name}_1`)]);
  return messages;
}

function writeFiles(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  const write = (key: string, text: string, daysAgo: number, mode = 0o644): void => {
    const file = path.join(folder, `${key}.jsonl`);
    fs.writeFileSync(file, text, { mode });
    const time = new Date(NOW - daysAgo * DAY);
    fs.utimesSync(file, time, time);
  };
  const lines = (name: string, turns: number): string[] => conversation(name, turns).map((each) => line(...each));
  write('telegram_alice', lines('alice', 20).join(''), 1);
  const bad = lines('bob', 1500).flatMap((each, index) => (index % 10 === 3 ? [each, '{"role":"user"}\n'] : [each]));
  write('telegram_bob', bad.join(''), 2, 0o600);
  const block = lines('carol', 4).join('');
  write('slack_carol', `${block}${block}${line('user', 'more')}`, 3);
  write('irc_old', lines('old', 300).join(''), 90);
  write('irc_older', lines('older', 5).join(''), 120);
  write('discord_torn', `${lines('torn', 3).join('')}{"role":"user","cont`, 4);
}

function fillDatabase(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const database = createZeroclawDatabase(file, 'newest');
  const add = (key: string, turns: number, daysAgo: number): void => {
    for (const [role, content] of conversation(key, turns)) append(database, key, role, content, NOW - daysAgo * DAY);
  };
  database.transaction(() => {
    add('gw_one', 30, 1);
    add('gw_two', 3, 2);
    add('telegram_idle', 10, 90);
    add('telegram_idler', 2, 120);
    add('gw_count', 4, 3);
    add('gw_orphan', 4, 3);
    for (let row = 0; row < MANY; row++) append(database, 'gw_many', 'user', `row ${row}`, NOW - 5 * DAY);
  })();
  database.prepare("UPDATE session_metadata SET message_count = -5 WHERE session_key = 'gw_count'").run();
  database.prepare("DELETE FROM session_metadata WHERE session_key = 'gw_orphan'").run();
  database
    .prepare(
      "UPDATE session_metadata SET state = 'running', turn_id = 't1', turn_started_at = ? WHERE session_key = 'gw_two'",
    )
    .run(new Date(NOW - DAY).toISOString().replace('Z', '+00:00'));
  database.close();
}

/** A world as it is before anything happens. */
export function createWorld(folder: string): World {
  const world = new World(folder);
  writeFiles(world.jsonl.path);
  fillDatabase(world.sqlite.path);
  fs.mkdirSync(path.dirname(world.target), { recursive: true });
  createZeroclawDatabase(world.target, 'newest').close();
  fs.mkdirSync(world.exported);
  return world;
}

/** The product on a world, in this process. */
export function openWorld(world: World): { operations: Operations; close(): Promise<void> } {
  const context: BackendContext = { now: () => NOW, log: () => undefined, dataFolder: world.data };
  const open = new Map<string, Promise<SessionBackend>>();
  const operations: Operations = new Operations({
    context,
    open: (location) => {
      const known = open.get(storeId(location));
      const opening = known ?? openStore(location, context, { labels: operations.labels });
      open.set(storeId(location), opening);
      return opening;
    },
  });
  return {
    operations,
    async close() {
      await operations.close();
      for (const opening of open.values()) await (await opening).close();
    },
  };
}

const hash = (bytes: string | Buffer): string => crypto.createHash('sha256').update(bytes).digest('hex').slice(0, 16);

function addRows(file: string, columns: string, prefix: string, add: (key: string, value: string) => void): void {
  const database = new Sqlite(file, { readonly: true });
  try {
    const keys = database
      .prepare('SELECT session_key FROM sessions UNION SELECT session_key FROM session_metadata')
      .pluck()
      .all() as string[];
    const rows = database.prepare(`SELECT ${columns} FROM sessions WHERE session_key = ? ORDER BY id`).raw();
    const metadata = database.prepare('SELECT * FROM session_metadata WHERE session_key = ?').raw();
    for (const key of keys) {
      const all = rows.all(key);
      add(
        `${prefix}${key}`,
        `${all.length} rows ${hash(JSON.stringify(all))} ${JSON.stringify(metadata.get(key) ?? null)}`,
      );
    }
  } finally {
    database.close();
  }
}

/**
 * Everything that the stores of a world hold, by session: contents, modes and times of files, rows with their ids and
 * times. A migrated session has a file set aside and rows, which stand under one key.
 */
export function snapshot(world: World): Map<string, string> {
  const found = new Map<string, string[]>();
  const add = (key: string, value: string): void => void found.set(key, [...(found.get(key) ?? []), value]);
  for (const [folder, prefix] of [
    [world.jsonl.path, 'file '],
    [world.exported, 'exported '],
  ] as const) {
    for (const name of fs.readdirSync(folder).sort()) {
      const file = path.join(folder, name);
      const stat = fs.statSync(file);
      const [, key = name, rest = ''] = /^(.*?)(\.jsonl(?:\.\w+)?)$/.exec(name) ?? [];
      // A file that is written to has the time of the system's clock.
      const time = stat.mtimeMs > NOW ? 'now' : Math.round(stat.mtimeMs / 1000);
      add(
        `${prefix}${key}`,
        `${rest} ${stat.size} ${hash(fs.readFileSync(file))} ${(stat.mode & 0o777).toString(8)} ${time}`,
      );
    }
  }
  addRows(world.sqlite.path, 'id, role, content, created_at', 'row ', add);
  // How many sessions a migration writes at once, and so which ids they get, depends on how fast the machine is.
  addRows(world.target, 'role, content, created_at', 'file ', add);
  const labels = new LabelFiles(world.data);
  for (const store of [world.jsonl, world.sqlite]) {
    for (const [key, label] of labels.of(store)) add(`label ${key}`, JSON.stringify(label));
  }
  return new Map([...found].map(([key, values]) => [key, values.join('; ')]));
}

/** What is wrong with the databases of a world or lies about in its stores: nothing, if all is well. */
export function damage(world: World): string[] {
  const wrong: string[] = [];
  for (const file of [world.sqlite.path, world.target]) {
    const database = new Sqlite(file);
    try {
      const integrity = database.pragma('integrity_check', { simple: true });
      if (integrity !== 'ok') wrong.push(`${file}: ${String(integrity)}`);
      // With rank 1 the index is compared with the rows themselves.
      database.prepare("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)").run();
    } catch (error) {
      wrong.push(`${file}: ${String(error)}`);
    } finally {
      database.close();
    }
  }
  for (const folder of [
    world.jsonl.path,
    world.exported,
    path.dirname(world.sqlite.path),
    path.dirname(world.target),
  ]) {
    for (const name of fs.readdirSync(folder)) {
      if (!/\.jsonl(?:\.migrated)?$|^sessions\.db(?:-wal|-shm)?$/.test(name))
        wrong.push(`left behind: ${folder}/${name}`);
    }
  }
  return wrong;
}
