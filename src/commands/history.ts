import * as vscode from 'vscode';
import { entryNodes } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';

/** Unfolds the history in the tree and goes there. */
export class ShowHistory implements Command {
  readonly id = 'sessionInspector.showHistory';
  constructor(private readonly services: OperationServices) {}

  async execute(): Promise<void> {
    const { journal, view } = this.services;
    await journal.currentEntries();
    if (!journal.roots.includes(journal.history)) {
      void vscode.window.showInformationMessage('Nothing has been changed in this workspace yet.');
      return;
    }
    await view.reveal(journal.history, { select: true, focus: true, expand: true });
  }
}

/** Opens what an entry of the history did, session by session. */
export class ShowDetails implements Command {
  readonly id = 'sessionInspector.showDetails';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    for (const { entry } of entryNodes(args)) await this.services.documents.showEntry(entry.id);
  }
}

export class LoadMoreHistory implements Command {
  readonly id = 'sessionInspector.loadMoreHistory';
  constructor(private readonly services: OperationServices) {}

  execute(): Promise<void> {
    return this.services.journal.loadMore();
  }
}
