import * as vscode from 'vscode';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { shortLabel } from './operationWords';
import { askText } from './textInput';

const ROLES = [
  { label: 'user', description: 'as if the user had said it' },
  { label: 'assistant', description: 'as if the agent had said it' },
  { label: 'system', description: 'an instruction for the agent' },
] as const;

/** Adds a message to the end of a session. */
export class AppendMessage implements Command {
  readonly id = 'sessionInspector.appendMessage';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const options = commandOptions(args);
    const session = await targets.session(args, { title: 'Append message' });
    if (!session) return;
    const { store, key } = session;
    const title = `Append message to ${shortLabel(session.label)}`;
    const role =
      options.role ?? (await vscode.window.showQuickPick(ROLES, { title, placeHolder: 'Who says it' }))?.label;
    if (role === undefined) return;
    const content = options.content ?? (await askText(title, `What the ${role} says`, 'A message needs words.'));
    if (content === undefined || content.trim() === '') return;
    const ask = options.confirm === false ? 'never' : 'with-care';
    await runner.perform({ requests: [{ operation: 'append', store, key, role, content }], ask, quiet: true });
  }
}
