import * as vscode from 'vscode';
import type { PickRow } from './pickRows';
import type { Scope } from './scope';

export interface RowItem extends vscode.QuickPickItem {
  readonly row: PickRow;
}

const button = (icon: string, tooltip: string): vscode.QuickInputButton => ({
  iconPath: new vscode.ThemeIcon(icon),
  tooltip,
});

export const OPEN_TO_SIDE = button('split-horizontal', 'Open to the Side');
const FORGET = button('close', 'Remove from Recent Searches');

const everywhere = button('globe', 'Search All Stores');
const syntax = button('question', 'How to Search');
const results = button('list-tree', 'Open in Search Results View (Ctrl+Enter)');

/** Buttons beside the title. */
export const PICK_BUTTONS = {
  everywhere,
  syntax,
  results,
  of: ({ kind }: Scope): vscode.QuickInputButton[] =>
    kind === 'everywhere' ? [syntax, results] : [everywhere, syntax, results],
};

/** Text of a store in a label: `$(name)` in it is no icon. */
export function withoutIcons(text: string): string {
  return text.replace(/\$\((?=[a-z0-9~-]+\))/gi, '\\$(');
}

export function pickItem(row: PickRow): RowItem {
  if (row.kind === 'separator') return { row, label: row.label, kind: vscode.QuickPickItemKind.Separator };
  return {
    row,
    label: withoutIcons(row.label),
    description: row.description === undefined ? undefined : withoutIcons(row.description),
    detail: row.detail === undefined ? undefined : withoutIcons(row.detail),
    iconPath: new vscode.ThemeIcon(row.icon),
    // VS Code must not hide what it does not find the query in.
    alwaysShow: true,
    buttons: row.kind === 'hit' ? [OPEN_TO_SIDE] : row.kind === 'query' && row.source === 'history' ? [FORGET] : [],
  };
}
