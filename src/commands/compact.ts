import * as vscode from 'vscode';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { byStore } from './targets';

/** Drops what no reader can read from sessions in files, on request repeated blocks too. */
export class Compact implements Command {
  readonly id = 'sessionInspector.compact';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const options = commandOptions(args);
    const sessions = await targets.sessions(args, {
      title: 'Compact sessions',
      fits: (_, { kind }) => kind === 'jsonl',
    });
    if (sessions.length === 0) return;
    const duplicates = options.duplicates ?? (options.confirm === false ? false : await askDuplicates('Compact'));
    if (duplicates === undefined) return;
    await runner.perform({
      requests: byStore(sessions).map(({ store, keys }) => ({ operation: 'compact', store, keys, duplicates })),
      ask: options.confirm === false ? 'never' : 'always',
    });
  }
}

/** Whether repeated blocks go too; `undefined`: the user left. */
export async function askDuplicates(title: string): Promise<boolean | undefined> {
  const picks = [
    {
      label: 'Unreadable lines',
      description: 'what the agent itself skips when it loads the session',
      duplicates: false,
    },
    {
      label: 'Unreadable lines and repeated blocks',
      description: 'also a history that an old import wrote twice',
      duplicates: true,
    },
  ];
  return (await vscode.window.showQuickPick(picks, { title, placeHolder: 'What is dropped' }))?.duplicates;
}
