/**
 * `npm run fault`: every operation is killed with SIGKILL at many instants; afterwards every session must be as before
 * or as after, the databases sound, nothing left behind, and undo must work. --points=N (1,000) --case=TEXT --seed=N
 */
import { parseArgs } from 'node:util';
import { endWithParent } from '../host/children';
import { temporaryFolder } from '../support/project';
import { instants } from './instants';
import { type PointResult, prepareAll, runPoint } from './point';

/** Two at a time: the machine is shared. */
const AT_ONCE = 2;

async function main(): Promise<number> {
  endWithParent();
  const { values } = parseArgs({
    options: { points: { type: 'string' }, case: { type: 'string' }, seed: { type: 'string' } },
  });
  const points = Number(values.points ?? 1000);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  console.log(`${points} points, seed ${seed}`);
  const prepared = await prepareAll(temporaryFolder('fault'), values.case);
  const results: PointResult[] = [];
  const queue = [...instants(prepared.length, points, seed)];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const chosen = prepared[next.index];
      if (!chosen) continue;
      const result = await runPoint(chosen, next.instant).catch(
        (error: unknown): PointResult => ({
          fault: chosen.fault.name,
          instant: JSON.stringify(next?.instant),
          killed: true,
          problems: [String(error)],
        }),
      );
      results.push(result);
      for (const problem of result.problems) console.log(`✘ ${result.fault} at ${result.instant}: ${problem}`);
      if (results.length % 50 === 0) console.log(`${results.length} of ${points}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const { fault } of prepared) {
    const own = results.filter((result) => result.fault === fault.name);
    const killed = own.filter((result) => result.killed).length;
    const bad = own.filter((result) => result.problems.length > 0).length;
    console.log(`${fault.name.padEnd(34)} ${own.length} points, ${killed} killed in the middle, ${bad} bad`);
  }
  const bad = results.filter(({ problems }) => problems.length > 0).length;
  const killed = results.filter((result) => result.killed).length;
  console.log(`fault: ${results.length} points, ${killed} killed in the middle, ${bad} bad`);
  return bad === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
