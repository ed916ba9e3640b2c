import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { byStore } from './targets';

/** Pins sessions, so that they are never cleaned up, or unpins them. */
class KeepCommand implements Command {
  constructor(
    readonly id: string,
    private readonly kept: boolean,
    private readonly services: OperationServices,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const { kept } = this;
    const sessions = await targets.sessions(args, {
      title: kept ? 'Keep sessions' : 'Do not keep sessions',
      fits: (session) => (session.kept ?? false) !== kept,
      none: kept ? 'There is no session that is not kept already.' : 'No session is kept.',
    });
    await runner.perform({
      requests: byStore(sessions).map(({ store, keys }) => ({ operation: 'keep', store, keys, kept })),
      ask: 'never',
      quiet: true,
    });
  }
}

export class Keep extends KeepCommand {
  constructor(services: OperationServices) {
    super('sessionInspector.keep', true, services);
  }
}

export class DoNotKeep extends KeepCommand {
  constructor(services: OperationServices) {
    super('sessionInspector.doNotKeep', false, services);
  }
}
