import * as vscode from 'vscode';
import type { Command } from './commandRegistry';

const MANAGE = 'Manage Workspace Trust';

/** A command that changes something. In an untrusted workspace it is refused before anything is asked. */
export function whereTrusted(command: Command): Command {
  return {
    id: command.id,
    execute: (...args) => (vscode.workspace.isTrusted ? command.execute(...args) : refuse()),
  };
}

function refuse(): void {
  const words = 'Nothing is changed in an untrusted workspace: its sessions are only read.';
  void vscode.window.showWarningMessage(words, MANAGE).then((answer) => {
    if (answer) return vscode.commands.executeCommand('workbench.trust.manage');
    return undefined;
  });
}
