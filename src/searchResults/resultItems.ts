import * as vscode from 'vscode';
import { formatNumber, fullTime } from '../shared/format';
import { visibleLine } from '../shared/visibleText';
import { hitsUri } from '../tree/rowDecorations';
import { escaped } from '../tree/tooltip';
import { groupWords } from './answerWords';
import { activityWords, hitIcon, hitTime, partWords } from './hitWords';
import type { HitNode, LeftOutNode, LeftOutPlaceNode, MoreHitsNode, NoticeNode, SessionHitsNode } from './resultNodes';
import { visibleSnippet, withShortLead } from './snippets';

/** Characters before what was found: a side bar is narrow. */
const LEAD = 16;

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

export function sessionHitsItem(node: SessionHitsNode, storeName: string | undefined, now: number): vscode.TreeItem {
  const { group } = node;
  const label = visibleLine(group.label);
  const item = new vscode.TreeItem(label, Expanded);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('comment-discussion');
  const words = [groupWords(group.total, group.hits.length), storeName, activityWords(group.lastActivity, now)];
  item.description = words.filter(Boolean).join(' · ');
  item.resourceUri = hitsUri(node.id, label, group.total);
  item.contextValue = 'sessionHits';
  item.tooltip = new vscode.MarkdownString(
    `**${escaped(group.label)}**\n\nKey: ${escaped(group.key)}  \nHits: ${formatNumber(group.total)}`,
  );
  item.accessibilityInformation = { label: `Session ${label}, ${item.description}` };
  return item;
}

/** Row of a hit. Its tooltip is resolved when the pointer rests on it. */
export function hitItem(node: HitNode, now: number): vscode.TreeItem {
  const { hit } = node;
  const line = withShortLead(visibleSnippet(hit.snippet, hit.ranges), LEAD);
  const label = line.text.trim() === '' ? 'Empty message' : line.text;
  const item = new vscode.TreeItem({ label, highlights: line.ranges.map(([from, to]) => [from, to]) }, None);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon(hitIcon(hit));
  item.description = hitTime(hit, now);
  item.contextValue = 'hit';
  item.command = { command: 'sessionInspector.openHit', title: 'Open', arguments: [node] };
  item.accessibilityInformation = {
    label: [partWords(hit), visibleLine(hit.snippet), item.description].filter(Boolean).join(', '),
  };
  return item;
}

export function hitTooltip({ hit, parent }: HitNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  let end = 0;
  for (const [from, to] of hit.ranges) {
    text.appendMarkdown(`${escaped(hit.snippet.slice(end, from))}**${escaped(hit.snippet.slice(from, to))}**`);
    end = to;
  }
  text.appendMarkdown(`${escaped(hit.snippet.slice(end))}\n\n`);
  const time = hit.kind === 'message' && hit.createdAt !== null ? Date.parse(hit.createdAt) : Number.NaN;
  const words = [partWords(hit), visibleLine(parent.group.label), Number.isNaN(time) ? '' : fullTime(time)];
  return text.appendMarkdown(escaped(words.filter(Boolean).join(' · ')));
}

export function leftOutItem(node: LeftOutNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.words, Collapsed);
  item.id = node.id;
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = 'leftOut';
  item.tooltip = 'What could not be searched, and why.';
  item.accessibilityInformation = { label: node.words };
  return item;
}

export function leftOutPlaceItem(node: LeftOutPlaceNode, storeName: string): vscode.TreeItem {
  const { key, place, message } = node.skipped;
  const label = [key === undefined ? storeName : visibleLine(key), place].filter(Boolean).join(', ');
  const item = new vscode.TreeItem(label, None);
  item.id = node.id;
  // The row is narrow, and what it begins with names the store already.
  const reason = visibleLine(message);
  item.description = reason.startsWith(`${storeName}: `) ? reason.slice(storeName.length + 2) : reason;
  item.tooltip = reason;
  item.contextValue = 'leftOutPlace';
  item.iconPath = new vscode.ThemeIcon(key === undefined ? 'database' : 'comment-discussion');
  if (key !== undefined) item.command = { command: 'sessionInspector.openLeftOut', title: 'Open', arguments: [node] };
  item.accessibilityInformation = { label: `${label}. ${item.description}` };
  return item;
}

export function moreHitsItem(node: MoreHitsNode): vscode.TreeItem {
  const item = new vscode.TreeItem('Load More', None);
  item.id = node.id;
  item.description = `${formatNumber(node.listed)} of ${formatNumber(node.total)} hits are listed`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'moreHits';
  item.command = { command: 'sessionInspector.loadMoreHits', title: 'Load More', arguments: [node] };
  return item;
}

export function noticeItem(node: NoticeNode): vscode.TreeItem {
  const item = new vscode.TreeItem(visibleLine(node.label), None);
  item.id = node.id;
  item.description = node.description;
  item.iconPath =
    node.icon === 'error'
      ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
      : new vscode.ThemeIcon('info');
  item.tooltip = [item.label, node.description].filter(Boolean).join(', ');
  item.contextValue = 'notice';
  return item;
}
