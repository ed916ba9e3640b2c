import * as vscode from 'vscode';

/** One command: its id in package.json and what it does. Arguments come from VS Code and are checked by the command. */
export interface Command {
  readonly id: string;
  execute(...args: unknown[]): Promise<void> | void;
}

/** Registers commands. The one place that catches, logs and shows what a command throws. */
export function registerCommands(commands: readonly Command[], log: vscode.LogOutputChannel): vscode.Disposable {
  const registrations = commands.map((command) =>
    vscode.commands.registerCommand(command.id, async (...args: unknown[]) => {
      try {
        await command.execute(...args);
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error);
        log.error(`${command.id}: ${words}`);
        const answer = await vscode.window.showErrorMessage(words, 'Show Log');
        if (answer) log.show();
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
