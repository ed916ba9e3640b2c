import type { Operations } from '../../src/backend/operations/Operations';
import type { OperationRequest } from '../../src/shared/operations';
import type { World } from './world';

/** One operation that is killed. `before` is made in full first; `act` is the one that may be cut short. */
export interface FaultCase {
  readonly name: string;
  readonly before?: (world: World) => OperationRequest;
  readonly act: (world: World) => OperationRequest | 'undo' | 'redo';
}

const FILES = ['telegram_alice', 'telegram_bob', 'slack_carol', 'irc_old'];
const ROWS = ['gw_one', 'gw_two', 'telegram_idle'];

const removeFiles = ({ jsonl: store }: World): OperationRequest => ({ operation: 'delete', store, keys: FILES });
const removeRows = ({ sqlite: store }: World): OperationRequest => ({ operation: 'delete', store, keys: ROWS });
const compactFiles = ({ jsonl: store }: World): OperationRequest => ({
  operation: 'compact',
  store,
  keys: FILES,
  duplicates: true,
});
const migrate = ({ jsonl: store, target }: World): OperationRequest => ({
  operation: 'migrate',
  store,
  keys: undefined,
  target,
  existing: 'skip',
});

export const CASES: readonly FaultCase[] = [
  { name: 'rename a file', act: ({ jsonl: store }) => ({ operation: 'rename', store, key: 'irc_old', name: 'Old' }) },
  { name: 'keep', act: ({ sqlite: store }) => ({ operation: 'keep', store, keys: ROWS, kept: true }) },
  {
    name: 'append to a file',
    act: ({ jsonl: store }) => ({
      operation: 'append',
      store,
      key: 'discord_torn',
      role: 'user',
      content: 'new\nline',
    }),
  },
  {
    name: 'update the last line',
    act: ({ jsonl: store }) => ({ operation: 'update-last', store, key: 'irc_old', role: 'user', content: 'other' }),
  },
  {
    name: 'remove the last line',
    act: ({ jsonl: store }) => ({ operation: 'remove-last', store, key: 'telegram_bob' }),
  },
  { name: 'clear files', act: ({ jsonl: store }) => ({ operation: 'clear', store, keys: FILES }) },
  { name: 'compact files', act: compactFiles },
  { name: 'delete files', act: removeFiles },
  { name: 'clean up files', act: ({ jsonl: store }) => ({ operation: 'cleanup', store, idleHours: 24 * 30 }) },
  { name: 'undo the deletion of files', before: removeFiles, act: () => 'undo' },
  { name: 'undo the compaction of files', before: compactFiles, act: () => 'undo' },
  { name: 'migrate', act: migrate },
  { name: 'roll a migration back', before: migrate, act: () => 'undo' },
  { name: 'rename a row', act: ({ sqlite: store }) => ({ operation: 'rename', store, key: 'gw_one', name: 'One' }) },
  {
    name: 'mark idle',
    act: ({ sqlite: store }) => ({ operation: 'state', store, keys: ['gw_two'], state: 'idle', turnId: null }),
  },
  {
    name: 'append a row',
    act: ({ sqlite: store }) => ({ operation: 'append', store, key: 'gw_new', role: 'user', content: 'new' }),
  },
  {
    name: 'update the last row',
    act: ({ sqlite: store }) => ({ operation: 'update-last', store, key: 'gw_one', role: 'user', content: 'other' }),
  },
  { name: 'remove the last row', act: ({ sqlite: store }) => ({ operation: 'remove-last', store, key: 'gw_one' }) },
  { name: 'clear rows', act: ({ sqlite: store }) => ({ operation: 'clear', store, keys: ROWS }) },
  { name: 'delete rows', act: removeRows },
  { name: 'delete many rows', act: ({ sqlite: store }) => ({ operation: 'delete', store, keys: ['gw_many'] }) },
  {
    name: 'undo the deletion of many rows',
    before: ({ sqlite: store }) => ({ operation: 'delete', store, keys: ['gw_many'] }),
    act: () => 'undo',
  },
  { name: 'undo the deletion of rows', before: removeRows, act: () => 'undo' },
  { name: 'clean up rows', act: ({ sqlite: store }) => ({ operation: 'cleanup', store, idleHours: 24 * 30 }) },
  {
    name: 'compact a database',
    act: ({ sqlite: store }) => ({
      operation: 'compact-store',
      store,
      duplicates: false,
      orphans: 'adopt',
      vacuum: false,
    }),
  },
  {
    name: 'export',
    act: ({ sqlite: store, exported }) => ({
      operation: 'export',
      store,
      keys: ROWS,
      target: exported,
      existing: 'skip',
    }),
  },
];

/** Makes the act of a case; an undo takes back the newest entry. */
export async function act(fault: FaultCase, world: World, operations: Operations): Promise<void> {
  const request = fault.act(world);
  if (request === 'undo' || request === 'redo') {
    const [entry] = await operations.history(1);
    if (!entry) throw new Error(`${fault.name}: there is nothing to ${request}.`);
    const { failures, conflicts } = await operations.reverse(request, { entry: entry.id });
    for (const problem of [...failures, ...conflicts]) throw new Error(`${fault.name}: ${problem.message}`);
    return;
  }
  const { failures } = await operations.run(request);
  for (const failure of failures) throw new Error(`${fault.name}: ${failure.message}`);
}
