import * as path from 'node:path';
import * as vscode from 'vscode';
import { formatNumber, formatSize, fullTime } from '../shared/format';
import type { SessionMetadata, StoreKind } from '../shared/session';
import { channelOf, labelOf } from '../shared/sessionState';
import { visibleLine } from '../shared/visibleText';
import type { SessionNode } from './nodes';

const PROBLEMS_SHOWN = 5;

function when(text: string | null): string | undefined {
  if (text === null) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? `${text} (not a date)` : fullTime(time);
}

/** Text of a store as Markdown that shows just that text. `appendText` would glue its words together with hard spaces. */
export function escaped(text: string): string {
  return visibleLine(text)
    .replace(/[\\`*_{}[\]()#+\-.!|~$&]/g, '\\$&')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/** A sentence of ours in which back quotes mark code. */
function sentence(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 || part === '' ? escaped(part) : `\`${visibleLine(part)}\``))
    .join('');
}

/** What a session is, in full. */
export function sessionTooltip(node: SessionNode): vscode.MarkdownString {
  const { metadata, store } = node;
  const { location } = store.found;
  const text = new vscode.MarkdownString(`**${escaped(labelOf(metadata))}**\n\n`);
  const rows = tooltipRows(metadata, location.kind);
  const file =
    location.kind === 'sqlite'
      ? location.path
      : path.join(location.path, metadata.origin === 'live' ? `${metadata.key}.jsonl` : metadata.key);
  rows.push(['File', file]);
  for (const [name, value] of rows) {
    text.appendMarkdown(`${name}: ${escaped(value)}  \n`);
  }
  if (metadata.nameIsLocal) {
    text.appendMarkdown('\nName kept by the inspector: the store has no place for it\\.\n');
  }
  if (metadata.problems.length > 0) {
    text.appendMarkdown('\n');
    for (const problem of metadata.problems.slice(0, PROBLEMS_SHOWN)) {
      text.appendMarkdown(`- ${sentence(problem.message)}\n`);
    }
    const more = metadata.problems.length - PROBLEMS_SHOWN;
    if (more > 0) text.appendMarkdown(`- and ${formatNumber(more)} more`);
  }
  return text;
}

function tooltipRows(metadata: SessionMetadata, kind: StoreKind): [string, string][] {
  const rows: [string, string | undefined][] = [
    ['Key', metadata.key],
    ['Kept', metadata.kept ? 'never cleaned up' : undefined],
    ['State', metadata.state ?? undefined],
    ['Running since', metadata.state === 'running' ? when(metadata.turnStartedAt) : undefined],
    ['Turn', metadata.turnId ?? undefined],
    ['Channel', channelOf(metadata) ?? undefined],
    // A file tells only when it was written last.
    ['Created', kind === 'sqlite' ? when(metadata.createdAt) : undefined],
    ['Last activity', when(metadata.lastActivity)],
    ['Messages', metadata.messageCount === undefined ? undefined : formatNumber(metadata.messageCount)],
    ['Size', metadata.size === null ? undefined : formatSize(metadata.size)],
    ...Object.entries(metadata.attributes).map(([name, value]): [string, string] => [name, value]),
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}
