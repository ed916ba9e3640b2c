import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { byStore } from './targets';

/** Removes the last message of a session, and what goes together with it. */
export class RemoveLastMessage implements Command {
  readonly id = 'sessionInspector.removeLastMessage';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const session = await targets.session(args, { title: 'Remove last message' });
    if (!session) return;
    const { store, key } = session;
    const ask = commandOptions(args).confirm === false ? 'never' : 'with-care';
    await runner.perform({ requests: [{ operation: 'remove-last', store, key }], ask });
  }
}

/** Removes all messages of sessions, which stay. */
export class ClearMessages implements Command {
  readonly id = 'sessionInspector.clearMessages';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const sessions = await targets.sessions(args, { title: 'Clear messages' });
    const ask = commandOptions(args).confirm === false ? 'never' : 'always';
    const requests = byStore(sessions).map(({ store, keys }) => ({ operation: 'clear', store, keys }) as const);
    await runner.perform({ requests, ask });
  }
}
