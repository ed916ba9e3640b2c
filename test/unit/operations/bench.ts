import * as fs from 'node:fs';
import * as path from 'node:path';
import { openStore } from '../../../src/backend/openStore';
import { Operations } from '../../../src/backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../../../src/backend/SessionBackend';
import { type StoreLocation, storeId } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import { append, createZeroclawDatabase, openAsZeroclaw } from '../../support/zeroclawSchema';

const DAY = 86_400_000;

/** One folder of files and one database with the same sessions, and the product on them. */
export class Bench {
  readonly folder: string;
  readonly jsonl: StoreLocation;
  readonly sqlite: StoreLocation;
  readonly context: BackendContext;
  readonly changed: string[] = [];
  readonly logged: string[] = [];
  readonly operations: Operations;
  now = Date.UTC(2026, 10, 20);
  private readonly open = new Map<string, Promise<SessionBackend>>();

  /** `beside`: another window, on the same folder and with the same data folder. */
  constructor(beside?: Bench) {
    this.folder = beside?.folder ?? temporaryFolder('operations');
    this.jsonl = { kind: 'jsonl', path: path.join(this.folder, 'files'), role: 'live' };
    this.sqlite = { kind: 'sqlite', path: path.join(this.folder, 'sessions.db'), role: 'live' };
    this.context = {
      now: () => this.now,
      log: (_level, message) => void this.logged.push(message),
      dataFolder: path.join(this.folder, 'data'),
    };
    if (!beside) {
      fs.mkdirSync(this.jsonl.path);
      createZeroclawDatabase(this.sqlite.path).close();
    }
    this.operations = new Operations({
      context: this.context,
      open: (location) => this.backend(location),
      onChange: (store, keys) => void this.changed.push(...keys.map((key) => `${store.kind} ${key}`)),
    });
  }

  backend(location: StoreLocation): Promise<SessionBackend> {
    const known = this.open.get(storeId(location));
    const run = (request: Parameters<Operations['run']>[0]) => this.operations.run(request);
    const opening = known ?? openStore(location, this.context, { labels: this.operations.labels, run });
    this.open.set(storeId(location), opening);
    return opening;
  }

  add(key: string, daysAgo: number, texts: readonly string[] = ['one', 'two']): void {
    const at = this.now - daysAgo * DAY;
    const file = path.join(this.jsonl.path, `${key}.jsonl`);
    fs.writeFileSync(file, texts.map((content) => `${JSON.stringify({ role: 'user', content })}\n`).join(''));
    fs.utimesSync(file, at / 1000, at / 1000);
    const database = openAsZeroclaw(this.sqlite.path);
    for (const text of texts) append(database, key, 'user', text, at);
    database.close();
  }

  async texts(location: StoreLocation, key: string): Promise<string[]> {
    const { messages } = await (await this.backend(location)).load(key);
    return messages.map(({ content }) => content);
  }

  /** The file of the journal. */
  get journal(): string {
    return path.join(this.context.dataFolder ?? '', 'journal.db');
  }

  /** Ends as a program does; the next call begins anew. */
  async end(): Promise<void> {
    for (const opening of this.open.values()) await (await opening).close();
    this.open.clear();
    await this.operations.close();
  }

  async close(): Promise<void> {
    await this.end();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
