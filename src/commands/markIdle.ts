import { displayState } from '../shared/sessionState';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { byStore } from './targets';

/**
 * Resets the state of sessions that an agent left running. One that has not been running for long may really be: that is
 * asked about.
 */
export class MarkIdle implements Command {
  readonly id = 'sessionInspector.markIdle';
  constructor(
    private readonly services: OperationServices,
    private readonly stuckAfterSeconds: () => number,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const sessions = await targets.sessions(args, {
      title: 'Mark sessions idle',
      fits: ({ state }) => state === 'running',
      none: 'No session is running.',
    });
    const { confirm } = commandOptions(args);
    const areStuck = sessions.every(
      ({ metadata }) => metadata && displayState(metadata, Date.now(), this.stuckAfterSeconds()) === 'stuck',
    );
    await runner.perform({
      requests: byStore(sessions).map(({ store, keys }) => ({
        operation: 'state',
        store,
        keys,
        state: 'idle',
        turnId: null,
      })),
      ask: confirm === false || areStuck ? 'never' : 'with-care',
      quiet: true,
    });
  }
}
