import type * as vscode from 'vscode';
import { removeStorePath } from '../settings';
import type { JournalModel } from '../tree/journalModel';
import type { SessionsModel } from '../tree/sessionsModel';
import { storeOrFailure } from './arguments';
import type { Command } from './commandRegistry';

/** Looks for stores again and reads their lists anew, history and trash too. */
export class Refresh implements Command {
  readonly id = 'sessionInspector.refresh';
  constructor(
    private readonly model: SessionsModel,
    private readonly journal: JournalModel,
  ) {}

  async execute(): Promise<void> {
    await Promise.all([this.model.refresh(), this.journal.refresh()]);
  }
}

/** Opens a store or the journal anew after it could not be read. */
export class RetryStore implements Command {
  readonly id = 'sessionInspector.retryStore';
  constructor(
    private readonly model: SessionsModel,
    private readonly journal: JournalModel,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const node = storeOrFailure(args);
    const store = node?.kind === 'failure' ? node.store : node;
    await Promise.all([this.model.retry(store), store ? undefined : this.journal.refresh()]);
  }
}

/** Takes a store out of the settings. Nothing on disk changes. */
export class RemoveStore implements Command {
  readonly id = 'sessionInspector.removeStore';

  async execute(...args: unknown[]): Promise<void> {
    const node = storeOrFailure(args);
    if (node) await removeStorePath(node.kind === 'store' ? node.found.foundIn : node.path);
  }
}

export class ShowLog implements Command {
  readonly id = 'sessionInspector.showLog';
  constructor(private readonly log: vscode.LogOutputChannel) {}

  execute(): void {
    this.log.show();
  }
}
