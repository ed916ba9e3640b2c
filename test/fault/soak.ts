import * as fs from 'node:fs';
import * as path from 'node:path';
import { openStore } from '../../src/backend/openStore';
import { Operations } from '../../src/backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../../src/backend/SessionBackend';
import type { OperationRequest, ReversalChoiceId } from '../../src/shared/operations';
import { type StoreLocation, storeId } from '../../src/shared/session';
import { type Random, random } from '../bench/corpus/jsonl';
import { startJsonlAgent } from '../support/jsonlAgent';
import { temporaryFolder } from '../support/project';
import { startSqliteAgent } from '../support/sqliteAgent';
import { createZeroclawDatabase, Sqlite } from '../support/zeroclawSchema';

export interface SoakOptions {
  /** That each of the two agents appends. */
  readonly messages: number;
  /** That run meanwhile, undos included. */
  readonly operations: number;
  readonly seed: number;
}

export interface SoakResult {
  /** How often each operation was made. */
  readonly made: ReadonlyMap<string, number>;
  /** Operations that ended while both agents were still writing. */
  readonly meanwhile: number;
  readonly problems: readonly string[];
  /** Milliseconds: the longest wait of an append. */
  readonly longestJsonl: number;
  readonly longestSqlite: number;
  readonly locked: number;
  /** Messages that stand before one that was written earlier. */
  readonly outOfOrder: number;
}

const LIVE = 'telegram_live';
const LIVE_ROWS = 'gw_live';
const DAY = 86_400_000;

/** A folder and a database in which agents write, and the product that changes both. */
class Soak {
  readonly folder = temporaryFolder('soak');
  readonly jsonl: StoreLocation = { kind: 'jsonl', path: path.join(this.folder, 'files'), role: 'live' };
  readonly sqlite: StoreLocation = { kind: 'sqlite', path: path.join(this.folder, 'sessions.db'), role: 'live' };
  readonly exported = path.join(this.folder, 'exported');
  readonly made = new Map<string, number>();
  readonly problems: string[] = [];
  /** Sessions besides the live ones, with their texts and where they must be at the end. */
  readonly others = new Map<string, { store: StoreLocation; texts: string[] }>();
  readonly operations: Operations;
  private readonly open = new Map<string, Promise<SessionBackend>>();
  private readonly stale = new Set<string>();
  private created = 0;

  constructor(private readonly source: Random) {
    fs.mkdirSync(this.jsonl.path);
    createZeroclawDatabase(this.sqlite.path).close();
    const context: BackendContext = {
      now: Date.now,
      log: (level, message) => void (level === 'error' && this.problems.push(message)),
      dataFolder: path.join(this.folder, 'data'),
    };
    this.operations = new Operations({
      context,
      open: (location) => {
        const id = storeId(location);
        const opening = this.open.get(id) ?? openStore(location, context, { labels: this.operations.labels });
        this.open.set(id, opening);
        return opening;
      },
    });
  }

  get live(): string {
    return path.join(this.jsonl.path, `${LIVE}.jsonl`);
  }

  private count(what: string): void {
    this.made.set(what, (this.made.get(what) ?? 0) + 1);
  }

  /** Makes an operation; the entry that takes it back, `null` when there was nothing to do. */
  private async make(what: string, request: OperationRequest): Promise<number | null> {
    const { entry, failures } = await this.operations.run(request);
    this.count(what);
    for (const { key, message } of failures) this.problems.push(`${what} of ${key}: ${message}`);
    return entry;
  }

  private async undo(entry: number | null, choice: ReversalChoiceId = 'keep-new'): Promise<void> {
    if (entry === null) return;
    const { conflicts, failures } = await this.operations.reverse('undo', { entry, choice });
    this.count('undo');
    for (const { key, message } of [...conflicts, ...failures]) this.problems.push(`undo for ${key}: ${message}`);
  }

  /** A session beside the live ones, last used `daysAgo`. */
  private addOther(daysAgo: number): string {
    const key = `slack_${this.created++}`;
    const texts = Array.from({ length: 1 + this.source.int(40) }, (_, index) => `${key} says ${index}`);
    const file = path.join(this.jsonl.path, `${key}.jsonl`);
    fs.writeFileSync(file, texts.map((content) => `${JSON.stringify({ role: 'user', content })}\n`).join(''));
    const time = (Date.now() - daysAgo * DAY) / 1000;
    fs.utimesSync(file, time, time);
    this.others.set(key, { store: this.jsonl, texts });
    return key;
  }

  /** One of the kinds of work. Whatever it takes away from a session it brings back. */
  async step(): Promise<void> {
    const { jsonl, sqlite } = this;
    const onFile = { store: jsonl, key: LIVE } as const;
    const onRows = { store: sqlite, key: LIVE_ROWS } as const;
    const steps: (() => Promise<unknown>)[] = [
      async () => {
        fs.appendFileSync(this.live, '{"role":"user"}\nnot a line\n');
        const request = { operation: 'compact', store: jsonl, keys: [LIVE], duplicates: false } as const;
        const entry = await this.make('compact a file', request);
        if (this.source.next() < 0.3) await this.undo(entry);
      },
      () => this.make('rename a file', { operation: 'rename', ...onFile, name: `name ${this.source.int(1000)}` }),
      async () => this.undo(await this.make('remove the last line', { operation: 'remove-last', ...onFile })),
      async () => this.undo(await this.make('clear a file', { operation: 'clear', store: jsonl, keys: [LIVE] })),
      async () => this.undo(await this.make('delete a file', { operation: 'delete', store: jsonl, keys: [LIVE] })),
      () => this.make('rename rows', { operation: 'rename', ...onRows, name: `name ${this.source.int(1000)}` }),
      () => this.make('state', { operation: 'state', store: sqlite, keys: [LIVE_ROWS], state: 'idle', turnId: null }),
      async () => this.undo(await this.make('remove the last row', { operation: 'remove-last', ...onRows })),
      async () => this.undo(await this.make('clear rows', { operation: 'clear', store: sqlite, keys: [LIVE_ROWS] })),
      async () => this.undo(await this.make('delete rows', { operation: 'delete', store: sqlite, keys: [LIVE_ROWS] })),
      () => this.migrate(),
      async () => {
        // Those that an undo has brought back are cleaned up again.
        this.stale.add(this.addOther(90));
        const entry = await this.make('clean up', { operation: 'cleanup', store: jsonl, idleHours: 30 * 24 });
        if (this.source.next() < 0.5) await this.undo(entry);
        else for (const key of this.stale) this.others.delete(key);
      },
      () =>
        this.make('compact the database', {
          operation: 'compact-store',
          store: sqlite,
          duplicates: false,
          orphans: 'leave',
          vacuum: false,
        }),
    ];
    await this.source.pick(steps)();
  }

  private async migrate(): Promise<void> {
    const keys = [this.addOther(1), this.addOther(2)];
    const request = {
      operation: 'migrate',
      store: this.jsonl,
      keys,
      target: this.sqlite.path,
      existing: 'skip',
    } as const;
    const entry = await this.make('migrate', request);
    if (this.source.next() < 0.4) return this.undo(entry);
    for (const key of keys) {
      const other = this.others.get(key);
      if (other) other.store = this.sqlite;
    }
  }

  async close(): Promise<void> {
    await this.operations.close();
    for (const opening of this.open.values()) await (await opening).close();
  }

  /** Looks at everything, with a connection of its own and with the product. */
  async look(messages: number): Promise<number> {
    const backend = await openStore(this.jsonl, { now: Date.now, log: () => undefined, dataFolder: undefined });
    const lines = (await backend.load(LIVE)).messages.map(({ content }) => content);
    const database = new Sqlite(this.sqlite.path);
    const textsOf = database.prepare('SELECT content FROM sessions WHERE session_key = ? ORDER BY id').pluck();
    const rows = textsOf.all(LIVE_ROWS) as string[];
    const outOfOrder = this.numbered('file', lines, messages) + this.numbered('rows', rows, messages);
    for (const [key, { store, texts }] of this.others) {
      const found =
        store.kind === 'jsonl' ? (await backend.load(key)).messages.map(({ content }) => content) : textsOf.all(key);
      if (JSON.stringify(found) !== JSON.stringify(texts)) {
        this.problems.push(`${key} in ${store.kind} holds ${found.length} of ${texts.length} messages`);
      }
    }
    await backend.close();
    const wrong = database
      .prepare(
        `SELECT session_key FROM session_metadata m
         WHERE message_count <> (SELECT count(*) FROM sessions s WHERE s.session_key = m.session_key)`,
      )
      .pluck()
      .all();
    if (wrong.length > 0) this.problems.push(`wrong counts: ${wrong.join(', ')}`);
    const integrity = database.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') this.problems.push(String(integrity));
    database.prepare("INSERT INTO sessions_fts(sessions_fts, rank) VALUES ('integrity-check', 1)").run();
    database.close();
    for (const name of fs.readdirSync(this.jsonl.path)) {
      if (!/\.jsonl(?:\.migrated)?$/.test(name)) this.problems.push(`left behind: ${name}`);
    }
    return outOfOrder;
  }

  private numbered(where: string, texts: readonly string[], messages: number): number {
    const numbers = texts.flatMap((text) => /^agent (\d+) /.exec(text)?.[1] ?? []).map(Number);
    const counts = new Map<number, number>();
    for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
    const lost = Array.from({ length: messages }, (_, number) => number).filter((number) => !counts.has(number));
    const doubled = [...counts].filter(([, count]) => count > 1).map(([number]) => number);
    if (lost.length > 0) this.problems.push(`${where}: lost ${lost.length}: ${lost.slice(0, 20).join(', ')}`);
    if (doubled.length > 0)
      this.problems.push(`${where}: doubled ${doubled.length}: ${doubled.slice(0, 20).join(', ')}`);
    return numbers.filter((number, index) => index > 0 && number < (numbers[index - 1] ?? 0)).length;
  }
}

/** Two agents write as zeroclaw does while everything is done to their stores. */
export async function runSoak({ messages, operations, seed }: SoakOptions): Promise<SoakResult> {
  const soak = new Soak(random(seed));
  const agent = { name: 'agent', count: messages, pause: 12, filler: 40 };
  const jsonl = startJsonlAgent({ ...agent, files: [soak.live], heldOpen: 3 });
  const sqlite = startSqliteAgent({ ...agent, file: soak.sqlite.path, keys: [LIVE_ROWS] });
  await Promise.all([jsonl.begun, sqlite.begun]);
  let writing = true;
  const ended = Promise.race([jsonl.ended, sqlite.ended]).finally(() => {
    writing = false;
  });
  let meanwhile = 0;
  const made = (): number => [...soak.made.values()].reduce((sum, count) => sum + count, 0);
  while (made() < operations) {
    await soak.step();
    if (writing) meanwhile = made();
  }
  await ended;
  const [files, rows] = await Promise.all([jsonl.ended, sqlite.ended]);
  await soak.close();
  const outOfOrder = await soak.look(messages);
  if (soak.problems.length === 0) fs.rmSync(soak.folder, { recursive: true });
  else soak.problems.push(`kept for a look: ${soak.folder}`);
  return {
    made: soak.made,
    meanwhile,
    problems: soak.problems,
    longestJsonl: files.longestMilliseconds,
    longestSqlite: rows.longestMilliseconds,
    locked: rows.locked,
    outOfOrder,
  };
}
