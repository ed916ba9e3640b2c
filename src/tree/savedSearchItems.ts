import * as vscode from 'vscode';
import { formatNumber, plural, relativeTime } from '../shared/format';
import { visibleLine } from '../shared/visibleText';
import type { SavedSearchNode, SavedSessionNode } from './nodes';
import { hitsUri } from './rowDecorations';
import { escaped } from './tooltip';

/** Row of a saved search, with the count of its hits. */
export function savedSearchItem({ id, saved, live }: SavedSearchNode): vscode.TreeItem {
  const label = visibleLine(saved.name);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = id;
  item.iconPath = new vscode.ThemeIcon('bookmark');
  item.description = live.failure
    ? 'cannot be searched'
    : live.isKnown
      ? plural(live.totalHits, 'hit')
      : live.isSearching
        ? 'searching'
        : undefined;
  item.contextValue = 'savedSearch';
  item.tooltip = savedSearchTooltip(saved.query, live);
  item.accessibilityInformation = {
    label: [`Saved search ${label}`, item.description].filter(Boolean).join(', '),
  };
  return item;
}

function savedSearchTooltip(query: string, live: SavedSearchNode['live']): vscode.MarkdownString {
  const text = new vscode.MarkdownString(`**${escaped(query)}**\n\n`);
  if (live.failure) return text.appendMarkdown(escaped(live.failure.message));
  if (!live.isKnown) return text;
  const found = `${plural(live.totalHits, 'hit')} in ${plural(live.totalSessions, 'session')}`;
  text.appendMarkdown(escaped(found));
  if (live.leftOut > 0) {
    text.appendMarkdown(
      `  \n${escaped(`${plural(live.leftOut, 'place')} left out; Open in Search Results lists them`)}`,
    );
  }
  const unlisted = live.totalSessions - live.sessions.length;
  if (unlisted > 0) text.appendMarkdown(`  \n${escaped(`${formatNumber(unlisted)} of the sessions are not listed`)}`);
  return text;
}

/** Row of a session with hits. A click opens it at the newest of them. */
export function savedSessionItem(node: SavedSessionNode, now: number): vscode.TreeItem {
  const { session } = node;
  const label = visibleLine(session.label);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('comment-discussion');
  const time = Date.parse(session.lastActivity ?? '');
  const words = [plural(session.hits, 'hit'), Number.isNaN(time) ? '' : relativeTime(time, now)];
  item.description = words.filter(Boolean).join(' · ');
  item.resourceUri = hitsUri(node.id, label, session.hits);
  item.contextValue = 'savedSession';
  item.command = { command: 'sessionInspector.openSavedSession', title: 'Open Session', arguments: [node] };
  item.accessibilityInformation = { label: `Session ${label}, ${item.description}` };
  return item;
}
