import * as vscode from 'vscode';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import type { SessionTarget } from './targets';

/** Gives a session another name. It harms nothing that runs, so it is never asked about. */
export class Rename implements Command {
  readonly id = 'sessionInspector.rename';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const options = commandOptions(args);
    const session = await targets.session(args, { title: 'Rename session' });
    if (!session) return;
    const name = options.name ?? (await askName(session));
    if (name === undefined || name.trim() === (session.metadata?.name ?? '')) return;
    // What was proposed and left as it was is no name that anybody chose.
    if (options.name === undefined && name === session.label) return;
    const { store, key } = session;
    const request = { operation: 'rename', store, key, name: name.trim() || null } as const;
    await runner.perform({ requests: [request], ask: 'never', quiet: true });
  }
}

function askName({ label, store, metadata }: SessionTarget): Thenable<string | undefined> {
  const name = metadata?.name ?? '';
  return vscode.window.showInputBox({
    title: 'Rename session',
    value: name || label,
    prompt:
      store.kind === 'jsonl'
        ? 'Files have no place for a name: the inspector keeps it, and the agent does not see it. Leave it empty to take it away.'
        : 'Leave it empty to take the name away.',
  });
}
