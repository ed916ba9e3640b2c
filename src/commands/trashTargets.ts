import * as vscode from 'vscode';
import { formatSize, plural, relativeTime } from '../shared/format';
import type { TrashItem } from '../shared/operations';
import { visibleLine } from '../shared/visibleText';
import { shortPath } from '../tree/treeItems';
import type { OperationServices } from './operationServices';

/** Sessions in the trash that a command is about: its rows, else the selected ones, else what the user picks. */
export async function trashed(
  { targets, journal }: Pick<OperationServices, 'targets' | 'journal'>,
  args: readonly unknown[],
  title: string,
): Promise<readonly TrashItem[]> {
  const given = targets.rows(args).flatMap((row) => (row.kind === 'trashed' ? [row.item] : []));
  if (given.length > 0) return given;
  await journal.refresh();
  const rows = await journal.getTrashed();
  const items = rows.flatMap((row) => (row.kind === 'trashed' ? [row.item] : []));
  if (items.length === 0) {
    void vscode.window.showInformationMessage('The trash is empty.');
    return [];
  }
  const picks = items.map((item) => ({
    label: visibleLine(item.label),
    description: [
      `deleted ${relativeTime(Date.parse(item.at), Date.now())}`,
      plural(item.messages, 'message'),
      formatSize(item.bytes),
    ].join(' · '),
    detail: shortPath(item.store.path),
    item,
  }));
  const chosen = await vscode.window.showQuickPick(picks, {
    title,
    placeHolder: 'Choose deleted sessions',
    canPickMany: true,
    matchOnDescription: true,
  });
  return (chosen ?? []).map(({ item }) => item);
}
