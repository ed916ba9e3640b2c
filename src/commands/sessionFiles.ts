import * as vscode from 'vscode';
import { nodePath, sessionNodes, storeOrFailure } from './arguments';
import type { Command } from './commandRegistry';

/** Puts the keys of the selected sessions on the clipboard, one a line. */
export class CopyKey implements Command {
  readonly id = 'sessionInspector.copyKey';

  async execute(...args: unknown[]): Promise<void> {
    const keys = sessionNodes(args).map((node) => node.metadata.key);
    if (keys.length > 0) await vscode.env.clipboard.writeText(keys.join('\n'));
  }
}

/** Opens a JSONL session's file as text. */
export class OpenSessionFile implements Command {
  readonly id = 'sessionInspector.openSessionFile';

  async execute(...args: unknown[]): Promise<void> {
    for (const node of sessionNodes(args)) {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(nodePath(node)));
    }
  }
}

/** Shows the file of a session or store in the system's file explorer. */
export class RevealFile implements Command {
  readonly id = 'sessionInspector.revealFile';

  async execute(...args: unknown[]): Promise<void> {
    const node = sessionNodes(args)[0] ?? storeOrFailure(args);
    if (node) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(nodePath(node)));
  }
}
