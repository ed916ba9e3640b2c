import * as fs from 'node:fs';
import * as path from 'node:path';
import { Journal } from '../../../src/backend/journal/Journal';
import { LabelFiles } from '../../../src/backend/journal/labels';
import { openStore } from '../../../src/backend/openStore';
import type { OperationDeps } from '../../../src/backend/operations/BatchOperation';
import { Operations } from '../../../src/backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../../../src/backend/SessionBackend';
import type { ExistingKey, OperationResult } from '../../../src/shared/operations';
import { type StoreLocation, storeId } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import { openAsZeroclaw, type Sqlite } from '../../support/zeroclawSchema';

export interface Line {
  readonly role: string;
  readonly content: string;
}

/** Messages of a believable length that can be told apart. */
export function lines(count: number, label = 'm'): Line[] {
  return Array.from({ length: count }, (_, n) => ({
    role: n % 2 ? 'assistant' : 'user',
    content: `${label} ${n}: some words "quoted"\nand a second line`,
  }));
}

export const textOf = (messages: readonly Line[]): string =>
  messages.map(({ role, content }) => `${JSON.stringify({ role, content })}\n`).join('');

/** A sessions folder, a data folder beside it, and the operations on them. */
export class World {
  readonly root: string;
  readonly folder: string;
  readonly data: string;
  readonly store: StoreLocation;
  readonly context: BackendContext;
  readonly labels: LabelFiles;
  readonly deps: OperationDeps;
  readonly operations: Operations;
  readonly log: string[] = [];
  readonly #open = new Map<string, Promise<SessionBackend>>();

  constructor(root = temporaryFolder('migration')) {
    this.root = root;
    this.folder = path.join(root, 'sessions');
    this.data = path.join(root, 'data');
    fs.mkdirSync(this.folder, { recursive: true });
    this.store = { kind: 'jsonl', path: this.folder, role: 'live' };
    this.context = { now: Date.now, log: (_level, message) => this.log.push(message), dataFolder: this.data };
    this.labels = new LabelFiles(this.data);
    const open = (location: StoreLocation): Promise<SessionBackend> => {
      const id = storeId(location);
      const known = this.#open.get(id) ?? openStore(location, this.context, { labels: this.labels });
      this.#open.set(id, known);
      known.catch(() => this.#open.delete(id));
      return known;
    };
    this.deps = { context: this.context, labels: this.labels, sqliteBinding: undefined, open };
    this.operations = new Operations({ context: this.context, labels: this.labels, open });
  }

  get database(): string {
    return path.join(this.folder, 'sessions.db');
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Writes a session's file, an hour old. */
  write(key: string, messages: readonly Line[], text = textOf(messages)): string {
    const file = this.file(`${key}.jsonl`);
    fs.writeFileSync(file, text);
    const at = Math.floor(Date.now() / 1000) - 3600.125;
    fs.utimesSync(file, at, at);
    return file;
  }

  migrate(existing: ExistingKey = 'skip', keys?: readonly string[]): Promise<OperationResult> {
    return this.operations.run({ operation: 'migrate', store: this.store, keys, target: undefined, existing });
  }

  /** With a connection as zeroclaw has it. */
  inDatabase<T>(work: (database: Sqlite) => T): T {
    const database = openAsZeroclaw(this.database);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }

  rows(key: string): Line[] {
    if (!fs.existsSync(this.database)) return [];
    return this.inDatabase(
      (database) =>
        database.prepare('SELECT role, content FROM sessions WHERE session_key = ? ORDER BY id').all(key) as Line[],
    );
  }

  metadata(key: string): Record<string, unknown> | undefined {
    return this.inDatabase(
      (database) =>
        database.prepare('SELECT * FROM session_metadata WHERE session_key = ?').get(key) as
          | Record<string, unknown>
          | undefined,
    );
  }

  receipts(): { source_name: string; session_key: string; source_hash: string; source_len: number }[] {
    return this.inDatabase((database) => database.prepare('SELECT * FROM jsonl_import_receipts').all() as never[]);
  }

  /** Throws when the full-text index or the database is not what it should be. */
  checkDatabase(): void {
    this.inDatabase((database) => {
      database.exec("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)");
      const result = database.pragma('integrity_check', { simple: true });
      if (result !== 'ok') throw new Error(String(result));
      const settings = database.prepare('SELECT k, v FROM sessions_fts_config').raw().all();
      if (JSON.stringify(settings) !== '[["version",4]]') throw new Error(`settings ${JSON.stringify(settings)}`);
    });
  }

  /** Names in the folder, the database's own files apart. */
  names(): string[] {
    return fs
      .readdirSync(this.folder)
      .filter((name) => !name.startsWith('sessions.db'))
      .sort();
  }

  /** The messages of a live file. */
  live(key: string): Line[] | null {
    const file = this.file(`${key}.jsonl`);
    if (!fs.existsSync(file)) return null;
    const text = fs.readFileSync(file, 'utf8').trimEnd();
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Line);
  }

  journal(): Promise<Journal> {
    return Journal.open(this.data, Date.now);
  }

  async close(): Promise<void> {
    for (const backend of this.#open.values()) await (await backend.catch(() => undefined))?.close();
    await this.operations.close();
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
