/**
 * Migrates all of a world, or takes its last entry back or makes it again, and dies by SIGKILL at a step.
 * Arguments: action, root of the world, step, which one of that name. Prints the steps when it comes to its end.
 */

import { MigrationChanges } from '../../../src/backend/operations/migration/MigrationChanges';
import { openMigration } from '../../../src/backend/operations/migration/openMigration';
import { World } from './world';

const [action = '', root = '', wanted = '', count = '1'] = process.argv.slice(2);
let left = Number(count);
const steps: string[] = [];

function onStep(step: string): void {
  steps.push(step);
  if (step === wanted && --left === 0) process.kill(process.pid, 'SIGKILL');
}

async function main(): Promise<void> {
  const world = new World(root);
  const journal = await world.journal();
  if (action === 'migrate') {
    const operation = await openMigration(
      { operation: 'migrate', store: world.store, keys: undefined, target: undefined, existing: 'append-missing' },
      world.deps,
      onStep,
    );
    const { sessions } = await operation.list();
    const entry = journal.begin('migrate', world.store, sessions.length);
    await Promise.all(sessions.map((session) => operation.run(session, journal.recorder(entry, session.label))));
    await operation.finish();
    journal.end(entry, 'Migrated.');
  } else {
    const direction = action === 'redo' ? 'redo' : 'undo';
    const [entry] = journal.history(1);
    const changes = new MigrationChanges(world.deps, onStep);
    for (const item of journal.itemsOf(entry?.id ?? 0)) {
      const check = await changes.check(item, direction);
      const choice = check.kind === 'conflict' ? check.choices[0]?.id : undefined;
      journal.setStatus(item.id, direction === 'undo' ? 'undoing' : 'redoing');
      await changes.reverse(item, direction, choice);
      journal.setStatus(item.id, direction === 'undo' ? 'undone' : 'done');
    }
  }
  process.stdout.write(steps.join(' '));
  process.exit();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
