/** One case of changes for the benchmark, in a process of its own. Arguments: case, file, data folder. Prints JSON. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { openStore } from '../../src/backend/openStore';
import { Operations } from '../../src/backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../../src/backend/SessionBackend';
import type { OperationRequest, OperationResult } from '../../src/shared/operations';
import type { StoreLocation } from '../../src/shared/session';
import { append, openAsZeroclaw } from '../support/zeroclawSchema';

const [name = '', file = '', dataFolder] = process.argv.slice(2);
const context: BackendContext = { now: Date.now, log: () => undefined, dataFolder };
const startRss = process.memoryUsage.rss();
const REPEATS = 30;

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

async function opened(store: StoreLocation): Promise<{ operations: Operations; backend: SessionBackend }> {
  const operations: Operations = new Operations({ context, open: async () => backend });
  const backend = await openStore(store, context, { labels: operations.labels });
  return { operations, backend };
}

function checked(result: OperationResult): OperationResult {
  const [failure] = result.failures;
  if (failure) throw new Error(failure.message);
  if (result.entry === null) throw new Error(`nothing was changed: ${result.summary}`);
  return result;
}

/** Edits of one session each in a database of a million messages, the journal included. */
async function edits(): Promise<unknown> {
  const store: StoreLocation = { kind: 'sqlite', path: file, role: 'live' };
  const keys = Array.from({ length: REPEATS + 1 }, (_, index) => `gw_bench_${index}`);
  const writer = openAsZeroclaw(file);
  writer.transaction(() => {
    for (const key of keys)
      for (let n = 0; n < 1000; n++)
        append(writer, key, n % 2 ? 'assistant' : 'user', `message ${n} of ${key} `.repeat(12));
  })();
  writer.close();
  const { operations, backend } = await opened(store);
  const times: Record<string, number[]> = { rename: [], idle: [], removeLast: [], remove: [], undo: [] };
  const take = async (what: string, request: OperationRequest): Promise<OperationResult> => {
    const [time, result] = await timed(() => operations.run(request));
    times[what]?.push(time);
    return checked(result);
  };
  for (const [index, key] of keys.entries()) {
    // The first one opens the journal and the connections.
    if (index === 1) for (const list of Object.values(times)) list.length = 0;
    await backend.setSessionState(key, 'running', 'turn');
    await take('rename', { operation: 'rename', store, key, name: `name ${index}` });
    await take('idle', { operation: 'state', store, keys: [key], state: 'idle', turnId: null });
    await take('removeLast', { operation: 'remove-last', store, key });
    const { entry } = await take('remove', { operation: 'delete', store, keys: [key] });
    const [time, reversed] = await timed(() => operations.reverse('undo', { entry: entry ?? 0 }));
    if (reversed.reversed.length !== 1) throw new Error(reversed.summary);
    times.undo?.push(time);
    if ((await backend.load(key)).messages.length !== 999) throw new Error('the undo has not brought everything back');
  }
  await backend.close();
  await operations.close();
  return times;
}

/** One JSONL session with 1 % bad lines: compacted, beside a plain copy that is flushed. */
async function compact(): Promise<unknown> {
  const folder = path.dirname(file);
  const key = path.basename(file, '.jsonl');
  const copies: number[] = [];
  for (let n = 0; n < 3; n++) {
    const copy = `${file}.copy`;
    const start = performance.now();
    fs.copyFileSync(file, copy);
    const descriptor = fs.openSync(copy, 'r+');
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    copies.push(performance.now() - start);
    if (n < 2) fs.unlinkSync(copy);
  }
  const { size } = fs.statSync(file);
  const store: StoreLocation = { kind: 'jsonl', path: folder, role: 'live' };
  const { operations, backend } = await opened(store);
  const [time, result] = await timed(() =>
    operations.run({ operation: 'compact', store, keys: [key], duplicates: false }),
  );
  checked(result);
  const memory = (process.resourceUsage().maxRSS * 1024 - startRss) / 1e6;
  const rest = fs.statSync(file).size;
  const [undo] = await timed(() => operations.reverse('undo', { entry: result.entry ?? 0 }));
  const isSame = fs.statSync(file).size === size;
  fs.renameSync(`${file}.copy`, file);
  await backend.close();
  await operations.close();
  if (!isSame || rest + result.bytes !== size) throw new Error(`${size} bytes became ${rest} and ${result.bytes}`);
  return { copies, time, undo, memory, size, dropped: result.droppedCount };
}

const cases: Record<string, () => Promise<unknown>> = { edits, compact };
const run = cases[name];
if (!run) throw new Error(`no case ${name}`);
run().then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
