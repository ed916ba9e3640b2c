/** Holds a store's lock until it is killed. */
import { StoreLocks } from '../../../src/backend/journal/storeLock';

const folder = process.argv[2] ?? '';
void new StoreLocks(folder).hold([{ kind: 'jsonl', path: '/a', role: 'live' }], async () => {
  process.stdout.write('held\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
