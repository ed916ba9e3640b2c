/**
 * `npm run soak`: two agents append as zeroclaw does while everything is done to their stores. Nothing may be lost or
 * doubled, no append fail or wait for long. --messages=N (5,000 each) --operations=N (200) --seed=N
 */
import { parseArgs } from 'node:util';
import { endWithParent } from '../host/children';
import { runSoak } from './soak';

/** Milliseconds that an agent's append may wait. */
const LONGEST_WAIT = 300;

async function main(): Promise<number> {
  endWithParent();
  const { values } = parseArgs({
    options: { messages: { type: 'string' }, operations: { type: 'string' }, seed: { type: 'string' } },
  });
  const messages = Number(values.messages ?? 5000);
  const operations = Number(values.operations ?? 200);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  console.log(`${messages} messages by each agent, ${operations} operations, seed ${seed}`);
  const started = performance.now();
  const result = await runSoak({ messages, operations, seed });
  for (const [what, count] of result.made) console.log(`${String(count).padStart(5)}  ${what}`);
  for (const problem of result.problems) console.log(`✘ ${problem}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `soak: ${seconds} s; ${result.meanwhile} operations beside both agents; longest append ${result.longestJsonl.toFixed(0)} ms (file), ${result.longestSqlite.toFixed(0)} ms (database); "database is locked" ${result.locked} times; ${result.outOfOrder} messages before an earlier one; ${result.problems.length} problems`,
  );
  const slow = Math.max(result.longestJsonl, result.longestSqlite) > LONGEST_WAIT;
  if (slow) console.log(`✘ an append waited for longer than ${LONGEST_WAIT} ms`);
  return result.problems.length > 0 || result.locked > 0 || slow ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
