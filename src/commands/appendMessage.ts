import * as vscode from 'vscode';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { shortLabel } from './operationWords';
import { withPastedLines } from './pastedLines';

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
    const content = options.content ?? (await askContent(title, role));
    if (content === undefined || content.trim() === '') return;
    const ask = options.confirm === false ? 'never' : 'with-care';
    await runner.perform({ requests: [{ operation: 'append', store, key, role, content }], ask, quiet: true });
  }
}

async function askContent(title: string, role: string): Promise<string | undefined> {
  let length = 0;
  let isPasted = false;
  const content = await vscode.window.showInputBox({
    title,
    prompt: `What the ${role} says. A text that is pasted keeps its lines.`,
    validateInput(text) {
      isPasted ||= text.length > length + 1;
      length = text.length;
      return text.trim() === '' ? 'A message needs words.' : undefined;
    },
    ignoreFocusOut: true,
  });
  // What was typed is no reason to look into the clipboard: a browser asks for leave before.
  if (content === undefined || !isPasted) return content;
  const clipboard = await Promise.resolve(vscode.env.clipboard.readText()).catch(() => '');
  return withPastedLines(content, clipboard);
}
