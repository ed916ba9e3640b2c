/** `agent-sessions`: the operations of the backend in a terminal. Exit status 0, 1 (failed), 2 (wrong usage). */

import { version } from '../package.json';
import { resolveStorePath } from './backend/discovery';
import { errorText, StoreError, systemErrorCode } from './backend/errors';
import { openStore } from './backend/openStore';
import type { SessionBackend } from './backend/SessionBackend';
import { type ListArguments, parseArguments, type ShowArguments, UsageError } from './cli/arguments';
import {
  type Listed,
  messageJson,
  problemText,
  type Write,
  writeList,
  writeListJson,
  writeMessages,
} from './cli/output';
import type { StoreKind } from './shared/session';

const USAGE = `agent-sessions: what agents said and did, from their session stores

  agent-sessions list STORE [--json]
  agent-sessions show STORE KEY [--from N] [--count N] [--json]

STORE is a folder that is or holds sessions, or a database file.
  --from N       first message, from 0; negative: from the end
  --count N      how many
  --kind KIND    jsonl or sqlite, where a folder holds both
  --json         for programs
  --version, --help
`;

/** Messages that are read and written at a time. */
const SLICE = 500;

const write: Write = (text) =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** What is open: closed before the program ends, in whatever way, or SQLite's files would stay behind in the store. */
const opened: SessionBackend[] = [];

interface Answers<T> {
  readonly answers: readonly T[];
  /** Why stores could not answer. One that cannot be read keeps nothing from the others. */
  readonly failures: readonly unknown[];
}

/** Asks every store at a path. Rejects when none of them could answer. */
async function askStores<T>(
  given: string,
  kind: StoreKind | undefined,
  ask: (backend: SessionBackend) => Promise<T>,
): Promise<Answers<T>> {
  const found = await resolveStorePath(given);
  const locations = found.filter((location) => !kind || location.kind === kind);
  if (locations.length === 0) throw new StoreError('not-a-store', `There is no ${kind} store at ${given}.`);
  const context = {
    now: Date.now,
    log: (_level: string, message: string) => void process.stderr.write(`${message}\n`),
    dataFolder: undefined,
  };
  const answers: T[] = [];
  const failures: unknown[] = [];
  for (const location of locations) {
    try {
      const backend = await openStore(location, context);
      opened.push(backend);
      answers.push(await ask(backend));
    } catch (error) {
      failures.push(error);
    }
  }
  if (answers.length === 0) throw failures[0];
  for (const failure of failures) complain(failure);
  return { answers, failures };
}

function complain(error: unknown): void {
  process.stderr.write(`agent-sessions: ${errorText(error)}\n`);
}

async function list({ store, json, kind }: ListArguments): Promise<void> {
  const { answers, failures } = await askStores(store, kind, async (backend) => {
    const sessions = await backend.listSessionsWithMetadata();
    return sessions.map((session): Listed => ({ store: backend.location, session }));
  });
  const listed = answers.flat();
  // Each store's own order is newest first already; a stable sort merges them.
  if (answers.length > 1) listed.sort((a, b) => compareText(b.session.lastActivity, a.session.lastActivity));
  // Before the writing, which lasts as long as its reader likes.
  await closeAll();
  await (json ? writeListJson(listed, write) : writeList(listed, Date.now(), write));
  if (failures.length > 0) process.exitCode = 1;
}

function compareText(a: string | null, b: string | null): number {
  const [left, right] = [a ?? '', b ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

async function show(args: ShowArguments): Promise<void> {
  const { answers, failures } = await askStores(args.store, args.kind, async (backend) =>
    (await backend.exists(args.key)) ? backend : undefined,
  );
  const holders = answers.filter((backend) => backend !== undefined);
  // A live session comes before its archived namesake.
  const live = holders.filter((backend) => backend.location.role === 'live');
  const [backend, other] = live.length > 0 ? live : holders;
  if (!backend) {
    const where = failures.length > 0 ? `what can be read of ${args.store}` : args.store;
    throw new StoreError('no-such-session', `There is no session ${args.key} in ${where}.`);
  }
  if (other) {
    throw new StoreError(
      'no-such-session',
      `The session ${args.key} is in two stores of ${args.store}: say --kind jsonl or --kind sqlite.`,
    );
  }
  await writeSession(backend, args);
}

async function writeSession(backend: SessionBackend, { key, from, count, json }: ShowArguments): Promise<void> {
  const { total } = await backend.load(key, { from: 0, count: 0 });
  const start = from === undefined ? 0 : from < 0 ? Math.max(0, total + from) : Math.min(from, total);
  const end = Math.min(total, count === undefined ? total : start + count);
  if (json) await write(`{"key":${JSON.stringify(key)},"total":${total},"messages":[`);
  let separator = '\n';
  for (let position = start; position < end; position += SLICE) {
    const loaded = await backend.load(key, { from: position, count: Math.min(SLICE, end - position) });
    if (!json) {
      await writeMessages(loaded, write);
      continue;
    }
    for (const message of loaded.messages) {
      await write(`${separator}${messageJson(message)}`);
      separator = ',\n';
    }
  }
  const problems = (await backend.getSession(key))?.problems ?? [];
  if (json) await write(`],"problems":${JSON.stringify(problems)}}\n`);
  else for (const problem of problems) process.stderr.write(`${problemText(problem)}\n`);
}

async function closeAll(): Promise<void> {
  for (const backend of opened.splice(0)) await backend.close();
}

function leave(status: number): void {
  closeAll().finally(() => process.exit(status));
}

async function main(): Promise<void> {
  const args = parseArguments(process.argv.slice(2));
  switch (args.command) {
    case 'help':
      return write(USAGE);
    case 'version':
      return write(`${version}\n`);
    case 'list':
      return list(args);
    case 'show':
      return show(args);
  }
}

// `agent-sessions list ... | head`: the reader has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => leave(error.code === 'EPIPE' ? 0 : 1));
// The status of a program that the signal has ended: 128 and its number.
process.once('SIGINT', () => leave(130));
process.once('SIGTERM', () => leave(143));
process.once('SIGHUP', () => leave(129));

main()
  .catch((error: unknown) => {
    // The reader has gone: the listener above ends the program.
    if (systemErrorCode(error) === 'EPIPE') return;
    complain(error);
    if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  })
  .finally(closeAll);
