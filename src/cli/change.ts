import { StoreError } from '../backend/errors';
import type { SessionBackend } from '../backend/SessionBackend';
import type { OperationRequest, ReverseRequest, TrashItem } from '../shared/operations';
import type { ReverseArguments, StuckArguments, TrashArguments } from './arguments';
import type { ChangeArguments } from './changeArguments';
import { type Write, writeList, writeListJson } from './output';
import { json, writePlan, writeResult, writeReversed, writeTrash } from './results';
import type { CliStores } from './stores';

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** The store that holds the first of the named sessions that there is; without one the only store at the path. */
async function backendOf(args: ChangeArguments, stores: CliStores): Promise<SessionBackend> {
  const kind = args.onlyKind ?? args.kind;
  let missing: unknown;
  for (const key of args.keys) {
    try {
      return await stores.holding(args.store, kind, key);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'no-such-session') throw error;
      missing ??= error;
    }
  }
  const mayCreate = args.request !== 'read-state' && args.request.operation === 'append';
  if (missing !== undefined && !mayCreate) throw missing;
  return stores.single(args.store, kind);
}

/** One command that changes a store: shows the plan with `--dry-run`, else does it. Answers the exit status. */
export async function change(args: ChangeArguments, stores: CliStores, write: Write): Promise<number> {
  const backend = await backendOf(args, stores);
  const store = backend.location;
  if (args.request === 'read-state') {
    const state = await backend.getSessionState(args.keys[0] ?? '');
    await write(args.json ? json(state) : `${state?.state ?? 'This store keeps no states.'}\n`);
    return 0;
  }
  const content = args.readsInput ? { content: await standardInput() } : {};
  const request = { ...args.request, ...content, store } as OperationRequest;
  if (args.dryRun) {
    const plan = await stores.operations.plan(request);
    await (args.json ? write(json(plan)) : writePlan(plan, write));
    return 0;
  }
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  // The first one ends the operation between two sessions, the next one the program.
  process.once('SIGINT', stop);
  try {
    const result = await stores.operations.run(request, { signal: controller.signal });
    await (args.json ? write(json(result)) : writeResult(result, write));
    if (result.cancelled) return 130;
    return result.failures.length > 0 ? 1 : 0;
  } finally {
    process.removeListener('SIGINT', stop);
  }
}

/** Sessions that have been running for too long; with `--mark-idle` they are set to idle. */
export async function stuck(args: StuckArguments, stores: CliStores, write: Write): Promise<number> {
  const { answers, failures } = await stores.ask(args.store, args.kind, async (backend) => ({
    store: backend.location,
    sessions: await backend.listStuckSessions(args.seconds),
  }));
  const listed = answers.flatMap(({ store, sessions }) => sessions.map((session) => ({ store, session })));
  if (!args.markIdle) {
    await (args.json ? writeListJson(listed, write) : writeList(listed, Date.now(), write));
    return failures.length > 0 ? 1 : 0;
  }
  let status = failures.length > 0 ? 1 : 0;
  const results = [];
  for (const { store, sessions } of answers) {
    if (sessions.length === 0) continue;
    const keys = sessions.map(({ key }) => key);
    const result = await stores.operations.run({ operation: 'state', store, keys, state: 'idle', turnId: null });
    results.push(result);
    if (result.failures.length > 0) status = 1;
    if (!args.json) await writeResult(result, write);
  }
  if (args.json) await write(json(results));
  else if (results.length === 0) await write('No session is stuck.\n');
  return status;
}

export async function reverse(args: ReverseArguments, stores: CliStores, write: Write): Promise<number> {
  const wanted = args.command === 'undo' ? 'done' : 'undone';
  const find = async (): Promise<number> => {
    const entries = await stores.operations.history(100);
    const newest = entries.find(({ items }) => items.some(({ status, purged }) => status === wanted && !purged));
    if (newest) return newest.id;
    throw new StoreError('not-found', `There is nothing to ${args.command}.`);
  };
  const entry = args.entry ?? (await find());
  return reverseOne(args, { entry, item: args.item, choice: args.choice }, stores, write);
}

async function reverseOne(
  { command, json: asJson }: { readonly command: 'undo' | 'redo'; readonly json: boolean },
  request: ReverseRequest,
  stores: CliStores,
  write: Write,
): Promise<number> {
  const result = await stores.operations.reverse(command, request);
  await (asJson ? write(json(result)) : writeReversed(result, write));
  return result.conflicts.length + result.failures.length > 0 ? 1 : 0;
}

function chosenOf(items: readonly TrashItem[], wanted: readonly number[] | 'all'): readonly TrashItem[] {
  if (wanted === 'all') return items;
  const missing = wanted.filter((id) => !items.some(({ item }) => item === id));
  if (missing.length > 0) throw new StoreError('not-found', `The trash has no item ${missing.join(', ')}.`);
  return items.filter(({ item }) => wanted.includes(item));
}

export async function trash(args: TrashArguments, stores: CliStores, write: Write): Promise<number> {
  const { action } = args;
  const { items } = await stores.operations.trash();
  if (action.kind === 'list') {
    await (args.json ? write(json(items)) : writeTrash(items, Date.now(), write));
    return 0;
  }
  const chosen = chosenOf(items, action.items);
  if (args.dryRun) {
    await (args.json ? write(json(chosen)) : writeTrash(chosen, Date.now(), write));
    return 0;
  }
  if (action.kind === 'purge') {
    const purged = await stores.operations.purgeTrash(chosen.map(({ item }) => item));
    await write(args.json ? json(purged) : `Deleted ${purged.items} of the trash for good.\n`);
    return 0;
  }
  let status = 0;
  for (const { entry, item } of chosen) {
    const request = { entry, item, choice: args.choice };
    status = Math.max(status, await reverseOne({ command: 'undo', json: args.json }, request, stores, write));
  }
  return status;
}
