import * as vscode from 'vscode';
import * as protocol from '../service/protocol';
import { formatSize, plural } from '../shared/format';
import type { TrashItem } from '../shared/operations';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { shortLabel } from './operationWords';
import { trashed } from './trashTargets';

/** Deletes sessions in the trash for good. */
export class DeletePermanently implements Command {
  readonly id = 'sessionInspector.deletePermanently';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const items = await trashed(this.services, args, 'Delete permanently');
    await purge(this.services, items, commandOptions(args).confirm ?? true);
  }
}

/** The same for all that the trash holds of this workspace. */
export class EmptyTrash implements Command {
  readonly id = 'sessionInspector.emptyTrash';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    await this.services.journal.refresh();
    const rows = await this.services.journal.getTrashed();
    const items = rows.flatMap((row) => (row.kind === 'trashed' ? [row.item] : []));
    if (items.length === 0) void vscode.window.showInformationMessage('The trash is empty.');
    await purge(this.services, items, commandOptions(args).confirm ?? true);
  }
}

async function purge({ client }: OperationServices, items: readonly TrashItem[], confirm: boolean): Promise<void> {
  const [only] = items;
  if (!only) return;
  const what = items.length === 1 ? `"${shortLabel(only.label)}"` : plural(items.length, 'session');
  if (confirm) {
    const messages = plural(
      items.reduce((sum, each) => sum + each.messages, 0),
      'message',
    );
    const size = formatSize(items.reduce((sum, { bytes }) => sum + bytes, 0));
    const answer = await vscode.window.showWarningMessage(
      `Permanently delete ${what}?`,
      { modal: true, detail: `${messages}, ${size}.\n\nThis cannot be undone.` },
      'Delete Permanently',
    );
    if (!answer) return;
  }
  await client.request(protocol.PurgeTrash, { items: items.map(({ item }) => item) });
  vscode.window.setStatusBarMessage(`Deleted ${what} permanently.`, 5000);
}
