import * as path from 'node:path';
import * as vscode from 'vscode';
import { plural } from '../shared/format';
import type { OperationPlan, OperationRequest, OrphanChoice } from '../shared/operations';
import type { StoreLocation } from '../shared/session';
import { type CommandOptions, commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import { askDuplicates } from './compact';
import type { OperationServices } from './operationServices';

type CompactStoreRequest = Extract<OperationRequest, { operation: 'compact-store' }>;

const TITLE = 'Compact store';

/** Compacts every session of a folder; puts a database in order. */
export class CompactStore implements Command {
  readonly id = 'sessionInspector.compactStore';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const options = commandOptions(args);
    const stores = await this.services.targets.stores(args, { title: TITLE, fits: ({ role }) => role === 'live' });
    for (const store of stores) {
      if (store.kind === 'sqlite') await this.database(store, options);
      else await this.folder(store, options);
    }
  }

  private async folder(store: StoreLocation, { confirm, duplicates }: CommandOptions): Promise<void> {
    const chosen = duplicates ?? (confirm === false ? false : await askDuplicates(TITLE));
    if (chosen === undefined) return;
    await this.services.runner.perform({
      requests: [{ operation: 'compact-store', store, duplicates: chosen, orphans: 'leave', vacuum: false }],
      ask: confirm === false ? 'never' : 'always',
      place: path.basename(store.path),
    });
  }

  private async database(store: StoreLocation, { confirm, orphans, vacuum }: CommandOptions): Promise<void> {
    const { runner } = this.services;
    const request = (choice: OrphanChoice, rewrite: boolean): CompactStoreRequest => ({
      operation: 'compact-store',
      store,
      duplicates: false,
      orphans: choice,
      vacuum: rewrite,
    });
    if (confirm === false) {
      await runner.perform({ requests: [request(orphans ?? 'leave', vacuum ?? false)], ask: 'never' });
      return;
    }
    // Planned as if they went, orphans are those sessions that lose messages.
    const found = await runner.plan([request('remove', false)]);
    const orphaned = found?.[0]?.sessions.filter(({ messages }) => messages > 0) ?? [];
    if (!found) return;
    const choice = orphaned.length === 0 ? 'leave' : (orphans ?? (await askOrphans(orphaned)));
    if (choice === undefined) return;
    const rewrite = vacuum ?? (await askVacuum());
    if (rewrite === undefined) return;
    const isPlanned = choice === 'remove' || orphaned.length === 0;
    await runner.perform({
      requests: [request(choice, rewrite)],
      plans: isPlanned ? found : undefined,
      ask: 'always',
      place: path.basename(store.path),
      chosen: rewrite ? 'The file is then written anew, without free space.' : undefined,
      alsoWithoutSessions: true,
    });
  }
}

async function askOrphans(orphaned: OperationPlan['sessions']): Promise<OrphanChoice | undefined> {
  const messages = plural(
    orphaned.reduce((sum, each) => sum + each.messages, 0),
    'message',
  );
  const picks: (vscode.QuickPickItem & { choice: OrphanChoice })[] = [
    { label: 'Adopt them', description: 'the agent lists them again', choice: 'adopt' },
    { label: 'Leave them', description: 'only this inspector shows them', choice: 'leave' },
    { label: 'Remove them', description: 'can be undone', choice: 'remove' },
  ];
  const what = `${plural(orphaned.length, 'session')} with ${messages} that the agent does not list`;
  return (await vscode.window.showQuickPick(picks, { title: TITLE, placeHolder: what }))?.choice;
}

async function askVacuum(): Promise<boolean | undefined> {
  const picks = [
    { label: 'Keep the file as it is', description: 'free space in it is used for new messages', vacuum: false },
    {
      label: 'Vacuum: write the file anew',
      description: 'gives free space back; only when no other process has it open',
      vacuum: true,
    },
  ];
  return (await vscode.window.showQuickPick(picks, { title: TITLE, placeHolder: 'The database file' }))?.vacuum;
}
