/** `agent-sessions`: the operations of the backend in a terminal. Exit status 0, 1 (failed), 2 (wrong usage). */

import { version } from '../package.json';
import { errorText, systemErrorCode } from './backend/errors';
import type { SessionBackend } from './backend/SessionBackend';
import { type ListArguments, parseArguments, type ShowArguments } from './cli/arguments';
import { change, reverse, stuck, trash } from './cli/change';
import { defaultDataFolder } from './cli/dataFolder';
import {
  type Listed,
  messageJson,
  problemText,
  type Write,
  writeList,
  writeListJson,
  writeMessages,
} from './cli/output';
import { json, writeHistory } from './cli/results';
import { QueryFault, search } from './cli/search';
import { CliStores } from './cli/stores';
import { UsageError } from './cli/usageError';

const USAGE = `agent-sessions: what agents said and did, from their session stores

Read
  agent-sessions list STORE
  agent-sessions show STORE KEY [--from N] [--count N]
  agent-sessions search STORE... QUERY [--limit N] [--order rank|time]
  agent-sessions stuck STORE [--seconds N] [--mark-idle]

Change (each is journaled first and can be undone)
  agent-sessions rename STORE KEY NAME             "" takes the name away
  agent-sessions append STORE KEY [TEXT] [--role ROLE]   TEXT from standard input when left out
  agent-sessions remove-last STORE KEY
  agent-sessions clear STORE KEY...
  agent-sessions state STORE KEY [STATE [TURN]]    without STATE: shows it
  agent-sessions keep STORE KEY... [--off]         kept sessions are never cleaned up
  agent-sessions compact STORE [KEY...] [--duplicates]   without KEY: the whole store
                        [--orphans leave|adopt|remove] [--vacuum]   databases only
  agent-sessions migrate STORE [KEY...] [--to DATABASE] [--existing skip|append-missing|other-key]
  agent-sessions export STORE [KEY...] --to FOLDER [--existing skip|append-missing|other-key]
  agent-sessions cleanup STORE --idle-days N | --idle-hours N
  agent-sessions delete STORE KEY...

Take back
  agent-sessions history [--limit N]
  agent-sessions undo [ENTRY] [--item N] [--choice keep-new|other-key|overwrite]
  agent-sessions redo [ENTRY] [--item N] [--choice ...]
  agent-sessions trash [list]
  agent-sessions trash restore ITEM... | --all [--choice ...]
  agent-sessions trash purge ITEM... | --all

STORE is a folder that is or holds sessions, or a database file.
QUERY is one argument: words, "phrases", =whole, -not, OR, /regular expression/i, and the fields role: tool: in: store:
state: after: before: has: (has:error after:7d). Write -- before one that begins with a minus sign.
  --from N         first message, from 0; negative: from the end
  --count N        how many
  --kind KIND      jsonl or sqlite, where a folder holds both
  --dry-run        shows what would be done; for everything that takes something away
  --data-dir DIR   folder of journal, trash, names and pins
                   (default: ${defaultDataFolder()})
  --json           for programs
  --version, --help
`;

/** Messages that are read and written at a time. */
const SLICE = 500;

const write: Write = (text) =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** What is open: closed before the program ends, in whatever way, or SQLite's files would stay behind in the store. */
let stores: CliStores | undefined;

function complain(error: unknown): void {
  process.stderr.write(`agent-sessions: ${errorText(error)}\n`);
}

async function list({ store, json: asJson, kind }: ListArguments, from: CliStores): Promise<void> {
  const { answers, failures } = await from.ask(store, kind, async (backend) => {
    const sessions = await backend.listSessionsWithMetadata();
    return sessions.map((session): Listed => ({ store: backend.location, session }));
  });
  const listed = answers.flat();
  // Each store's own order is newest first already; a stable sort merges them.
  if (answers.length > 1) listed.sort((a, b) => compareText(b.session.lastActivity, a.session.lastActivity));
  // Before the writing, which lasts as long as its reader likes.
  await closeAll();
  await (asJson ? writeListJson(listed, write) : writeList(listed, Date.now(), write));
  if (failures.length > 0) process.exitCode = 1;
}

function compareText(a: string | null, b: string | null): number {
  const [left, right] = [a ?? '', b ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

async function writeSession(backend: SessionBackend, { key, from, count, json: asJson }: ShowArguments): Promise<void> {
  const { total } = await backend.load(key, { from: 0, count: 0 });
  const start = from === undefined ? 0 : from < 0 ? Math.max(0, total + from) : Math.min(from, total);
  const end = Math.min(total, count === undefined ? total : start + count);
  if (asJson) await write(`{"key":${JSON.stringify(key)},"total":${total},"messages":[`);
  let separator = '\n';
  for (let position = start; position < end; position += SLICE) {
    const loaded = await backend.load(key, { from: position, count: Math.min(SLICE, end - position) });
    if (!asJson) {
      await writeMessages(loaded, write);
      continue;
    }
    for (const message of loaded.messages) {
      await write(`${separator}${messageJson(message)}`);
      separator = ',\n';
    }
  }
  const problems = (await backend.getSession(key))?.problems ?? [];
  if (asJson) await write(`],"problems":${JSON.stringify(problems)}}\n`);
  else for (const problem of problems) process.stderr.write(`${problemText(problem)}\n`);
}

async function closeAll(): Promise<void> {
  const open = stores;
  stores = undefined;
  await open?.closeAll();
}

function leave(status: number): void {
  closeAll().finally(() => process.exit(status));
}

async function main(): Promise<void> {
  const args = parseArguments(process.argv.slice(2));
  if (args.command === 'help') return write(USAGE);
  if (args.command === 'version') return write(`${version}\n`);
  const open = new CliStores(args.dataDir ?? defaultDataFolder(), complain);
  stores = open;
  switch (args.command) {
    case 'list':
      return list(args, open);
    case 'show':
      return writeSession(await open.holding(args.store, args.kind, args.key), args);
    case 'search':
      process.exitCode = await search(args, open, write, process.stdout.isTTY === true && !process.env.NO_COLOR);
      return;
    case 'history': {
      const entries = await open.operations.history(args.limit);
      return args.json ? write(json(entries)) : writeHistory(entries, Date.now(), write);
    }
    case 'stuck':
      process.exitCode = await stuck(args, open, write);
      return;
    case 'change':
      process.exitCode = await change(args, open, write);
      return;
    case 'undo':
    case 'redo':
      process.exitCode = await reverse(args, open, write);
      return;
    case 'trash':
      process.exitCode = await trash(args, open, write);
  }
}

// `agent-sessions list ... | head`: the reader has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => leave(error.code === 'EPIPE' ? 0 : 1));
// The status of a program that the signal has ended: 128 and its number.
process.on('SIGINT', () => {
  // An operation that runs ends by itself, between two sessions.
  if (process.listenerCount('SIGINT') === 1) leave(130);
});
process.once('SIGTERM', () => leave(143));
process.once('SIGHUP', () => leave(129));

main()
  .catch((error: unknown) => {
    // The reader has gone: the listener above ends the program.
    if (systemErrorCode(error) === 'EPIPE') return;
    complain(error);
    if (error instanceof UsageError && !(error instanceof QueryFault)) process.stderr.write(`\n${USAGE}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  })
  .finally(closeAll);
