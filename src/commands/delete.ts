import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { DeletePermanently } from './deletePermanently';
import type { OperationServices } from './operationServices';
import { byStore } from './targets';

/** Moves sessions to the trash. On rows of the trash the same key deletes them for good. */
export class Delete implements Command {
  readonly id = 'sessionInspector.delete';
  constructor(
    private readonly services: OperationServices,
    private readonly permanently: DeletePermanently,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const { confirm } = commandOptions(args);
    const rows = targets.rows(args);
    if (rows.length > 0 && rows.every(({ kind }) => kind === 'trashed')) return this.permanently.execute(...args);
    const sessions = await targets.sessions(args, { title: 'Delete sessions' });
    await runner.perform({
      requests: byStore(sessions).map(({ store, keys }) => ({ operation: 'delete', store, keys })),
      ask: confirm === false ? 'never' : 'always',
    });
  }
}
