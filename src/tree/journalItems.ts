import * as vscode from 'vscode';
import { formatNumber, formatSize, fullTime, plural, relativeTime } from '../shared/format';
import type { HistoryEntry, OperationKind } from '../shared/operations';
import { visibleLine } from '../shared/visibleText';
import { type EntryState, entryState, isReversible } from './historyEntries';
import type { EntryNode, HistoryNode, MoreNode, TrashedNode, TrashNode } from './nodes';
import { rowUri } from './rowDecorations';
import { escaped } from './tooltip';
import { homePath } from './treeItems';

/** The icons of the commands. */
const ICONS: Readonly<Record<OperationKind, string>> = {
  rename: 'edit',
  keep: 'pinned',
  append: 'add',
  'update-last': 'edit',
  'remove-last': 'remove',
  'remove-messages': 'remove',
  clear: 'remove',
  state: 'check',
  compact: 'fold',
  'compact-store': 'fold',
  migrate: 'database',
  export: 'files',
  cleanup: 'clear-all',
  delete: 'trash',
};

const STATE_WORDS: Readonly<Record<EntryState, string | undefined>> = {
  done: undefined,
  undone: 'undone',
  'partly-undone': 'partly undone',
  purged: 'cannot be undone any more',
  unfinished: 'not finished',
};

/** Sessions that a tooltip names. */
const SESSIONS_SHOWN = 10;

function ago(at: string, now: number): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? at : relativeTime(time, now);
}

function inFull(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? at : fullTime(time);
}

export function historyItem(node: HistoryNode): vscode.TreeItem {
  const item = new vscode.TreeItem('History', vscode.TreeItemCollapsibleState.Collapsed);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('history');
  item.contextValue = 'history';
  item.tooltip = 'What was changed in the stores of this workspace. Each entry can be undone.';
  item.accessibilityInformation = { label: 'History of changes' };
  return item;
}

/** What an entry did; one that was cut short has no words of its own. */
function entryWords({ summary, operation, items, planned }: HistoryEntry): string {
  const words = visibleLine(summary.replace(/\.$/, ''));
  const done = `${formatNumber(items.length)} of ${plural(planned, 'session')}`;
  return words || `Interrupted: ${operation === 'cleanup' ? 'clean up' : operation.replaceAll('-', ' ')}, ${done}`;
}

export function entryItem(node: EntryNode, now: number): vscode.TreeItem {
  const { entry } = node;
  const state = entryState(entry);
  const item = new vscode.TreeItem(entryWords(entry), vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.description = [STATE_WORDS[state], ago(entry.at, now)].filter(Boolean).join(' · ');
  item.iconPath = new vscode.ThemeIcon(ICONS[entry.operation]);
  if (state === 'undone' || state === 'purged') {
    item.resourceUri = rowUri(node.id, 'dimmed');
    item.iconPath = new vscode.ThemeIcon(ICONS[entry.operation], new vscode.ThemeColor('disabledForeground'));
  }
  item.contextValue = [
    'entry',
    ...(isReversible(entry, 'undo') ? ['undoable'] : []),
    ...(isReversible(entry, 'redo') ? ['redoable'] : []),
  ].join('+');
  item.command = { command: 'sessionInspector.showDetails', title: 'Show Details', arguments: [node] };
  item.tooltip = entryTooltip(entry);
  item.accessibilityInformation = { label: `${entryWords(entry)}, ${item.description}` };
  return item;
}

function entryTooltip(entry: HistoryEntry): vscode.MarkdownString {
  const text = new vscode.MarkdownString(`**${escaped(entryWords(entry))}**\n\n`);
  text.appendMarkdown(`${escaped(inFull(entry.at))}  \n${escaped(homePath(entry.store.path))}\n\n`);
  for (const { label, status } of entry.items.slice(0, SESSIONS_SHOWN)) {
    text.appendMarkdown(`- ${escaped(label)}${status === 'undone' ? ' \\(undone\\)' : ''}\n`);
  }
  const more = entry.items.length - SESSIONS_SHOWN;
  if (more > 0) text.appendMarkdown(`- and ${formatNumber(more)} more\n`);
  return text;
}

/** Row that adds the older entries when it is clicked. */
export function moreItem(node: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem('Load More', vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = { command: 'sessionInspector.loadMoreHistory', title: 'Load More', arguments: [node] };
  return item;
}

export function trashItem(node: TrashNode): vscode.TreeItem {
  const item = new vscode.TreeItem('Trash', vscode.TreeItemCollapsibleState.Collapsed);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('trash');
  item.contextValue = 'trash';
  // Not known before the journal has been read.
  if (node.count > 0) item.description = plural(node.count, 'session');
  item.tooltip =
    'Deleted sessions of this workspace. They can be restored until the trash is emptied or they are too old.';
  item.accessibilityInformation = { label: ['Trash', item.description].filter(Boolean).join(', ') };
  return item;
}

export function trashedItem(node: TrashedNode, now: number): vscode.TreeItem {
  const { item: deleted } = node;
  const label = visibleLine(deleted.label);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.description = [
    `deleted ${ago(deleted.at, now)}`,
    plural(deleted.messages, 'message'),
    formatSize(deleted.bytes),
  ].join(' · ');
  item.iconPath = new vscode.ThemeIcon('comment-discussion', new vscode.ThemeColor('disabledForeground'));
  item.contextValue = 'trashed';
  item.tooltip = new vscode.MarkdownString(`**${escaped(label)}**\n\n`)
    .appendMarkdown(`Key: ${escaped(deleted.key)}  \n`)
    .appendMarkdown(`Deleted: ${escaped(inFull(deleted.at))}  \n`)
    .appendMarkdown(`Size: ${escaped(`${plural(deleted.messages, 'message')}, ${formatSize(deleted.bytes)}`)}  \n`)
    .appendMarkdown(`From: ${escaped(homePath(deleted.store.path))}`);
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  return item;
}
