import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { trashed } from './trashTargets';

/** Puts deleted sessions back where they were. */
export class RestoreFromTrash implements Command {
  readonly id = 'sessionInspector.restoreFromTrash';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    for (const { entry, item } of await trashed(this.services, args, 'Restore from trash')) {
      await this.services.reversals.reverse('undo', { entry, item });
    }
  }
}
