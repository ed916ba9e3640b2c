import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { trashed } from './trashTargets';

/** Puts deleted sessions back where they were. */
export class RestoreFromTrash implements Command {
  readonly id = 'sessionInspector.restoreFromTrash';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const items = await trashed(this.services, args, 'Restore from trash');
    const requests = items.map(({ entry, item }) => ({ entry, item }));
    if (requests.length > 0) await this.services.reversals.reverse({ direction: 'undo', requests, restores: true });
  }
}
