import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import type { BackendContext } from '../../../src/backend/SessionBackend';
import { type SqliteOptions, SqliteSessionBackend } from '../../../src/backend/sqlite/SqliteSessionBackend';
import type { SessionMetadata } from '../../../src/shared/session';
import { fixtureCopy, projectRoot, temporaryFolder } from '../../support/project';

/** The time at which the fixtures were written: their one old running session is stuck, the others are not. */
export const fixtureTime = Date.parse('2026-11-20T12:00:00Z');

export function context(overrides: Partial<BackendContext> = {}): BackendContext {
  return { now: () => fixtureTime, log: () => undefined, dataFolder: undefined, ...overrides };
}

const opened: SqliteSessionBackend[] = [];
const started: OtherProcess[] = [];

export async function openBackend(
  file: string,
  options?: SqliteOptions,
  overrides?: Partial<BackendContext>,
): Promise<SqliteSessionBackend> {
  const backend = await SqliteSessionBackend.open(
    { kind: 'sqlite', path: file, role: 'live' },
    context(overrides),
    options,
  );
  opened.push(backend);
  return backend;
}

/** For `teardown`: closes what the test has opened, ends what it has started. */
export async function closeAll(): Promise<void> {
  for (const backend of opened.splice(0)) await backend.close();
  for (const process of started.splice(0)) await process.stop();
}

/** A writable copy of a fixture's database. */
export function databaseCopy(name: string): string {
  return path.join(fixtureCopy('zeroclaw', name, 'sessions'), 'sessions.db');
}

/** A name for a database in a folder of its own. */
export function newDatabase(): string {
  return path.join(temporaryFolder('sqlite'), 'sessions.db');
}

export function byKey(sessions: readonly SessionMetadata[], key: string): SessionMetadata {
  const found = sessions.find((session) => session.key === key);
  if (!found) throw new Error(`no session ${key} among ${sessions.map((session) => session.key).join(', ')}`);
  return found;
}

export function codes(session: SessionMetadata): string[] {
  return session.problems.map((problem) => problem.code);
}

/**
 * Name, content and time of every file in a folder, the shared memory apart. Not while a connection of this process is
 * open: closing a descriptor of the database would drop its locks.
 */
export function snapshot(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of fs.readdirSync(folder).sort()) {
    if (name.endsWith('-shm')) continue;
    const file = path.join(folder, name);
    const hash = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    files[name] = `${hash} ${fs.statSync(file).mtimeMs} ${fs.statSync(file).size}`;
  }
  return files;
}

const writerScript = `
  const Sqlite = require(process.argv[1]);
  let database = new Sqlite(process.argv[2], { timeout: 5000 });
  const lines = require('node:readline').createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    try {
      const result = new Function('database', JSON.parse(line))(database);
      process.stdout.write(JSON.stringify({ result: result === undefined ? null : result }) + '\\n');
    } catch (error) {
      process.stdout.write(JSON.stringify({ error: String(error) }) + '\\n');
    }
  });
`;

/** Another process with a connection of its own to a database. */
export class OtherProcess {
  private readonly child: ChildProcess;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(file: string) {
    const library = path.join(projectRoot, 'node_modules', 'better-sqlite3');
    this.child = spawn(process.execPath, ['-e', writerScript, library, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(this);
    if (!this.child.stdout) throw new Error('no output');
    createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift()?.(line));
  }

  /** Runs the body of a function with the parameter `database`. */
  async run(code: string): Promise<unknown> {
    const answer = await new Promise<string>((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin?.write(`${JSON.stringify(code)}\n`);
    });
    const { result, error } = JSON.parse(answer) as { result?: unknown; error?: string };
    if (error) throw new Error(error);
    return result;
  }

  /** zeroclaw's append. */
  async append(key: string, role: string, content: string, at = '2026-11-20T11:50:00.000000001+00:00'): Promise<void> {
    await this.run(`
      database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)')
        .run(${JSON.stringify(key)}, ${JSON.stringify(role)}, ${JSON.stringify(content)}, ${JSON.stringify(at)});
      database.prepare(\`INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES (?, ?, ?, 1)
        ON CONFLICT(session_key) DO UPDATE SET last_activity = excluded.last_activity, message_count = message_count + 1\`)
        .run(${JSON.stringify(key)}, ${JSON.stringify(at)}, ${JSON.stringify(at)});`);
  }

  async exec(sql: string): Promise<void> {
    await this.run(`database.exec(${JSON.stringify(sql)})`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }
}

let bundled: string | undefined;

/**
 * A program of its own that lists the database it is given, with the native files beside it as in the extension.
 * Prints `sessions N`, or the error's code and message and ends with 3.
 */
export function listProgram(): string {
  if (bundled) return bundled;
  const esbuild = require(path.join(projectRoot, 'node_modules', 'esbuild')) as typeof import('esbuild');
  const folder = temporaryFolder('bundle');
  fs.chmodSync(folder, 0o755);
  bundled = path.join(folder, 'list.js');
  esbuild.buildSync({
    stdin: {
      contents: `
        import { SqliteSessionBackend } from './src/backend/sqlite/SqliteSessionBackend';
        const [file, dataFolder] = process.argv.slice(2);
        const context = { now: Date.now, log: () => {}, dataFolder };
        const main = async () => {
          const backend = await SqliteSessionBackend.open({ kind: 'sqlite', path: file, role: 'live' }, context, {
            bindingPath: process.env.BINDING,
          });
          const list = await backend.listSessionsWithMetadata();
          await backend.close();
          console.log('sessions ' + list.length);
        };
        main().catch((error) => { console.log(error.code + ' ' + error.message); process.exitCode = 3; });`,
      resolveDir: projectRoot,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: bundled,
    logLevel: 'error',
  });
  fs.cpSync(path.join(projectRoot, 'node_modules/better-sqlite3/prebuilds'), path.join(folder, 'native'), {
    recursive: true,
  });
  fs.chmodSync(path.join(folder, 'native'), 0o755);
  return bundled;
}
