import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { plural, relativeTime } from '../shared/format';
import type { SessionMetadata, StoreLocation } from '../shared/session';
import { type DisplayState, displayState, labelOf } from '../shared/sessionState';
import { visibleLine } from '../shared/visibleText';
import type { FailureNode, SessionNode, StoreNode } from './nodes';
import { type RowMark, rowUri } from './rowDecorations';

const STATE_ICONS: Readonly<Record<Exclude<DisplayState, 'none' | 'idle' | 'other'>, vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon('sync~spin', new vscode.ThemeColor('charts.blue')),
  stuck: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  error: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
};
const IDLE_ICON = new vscode.ThemeIcon('comment-discussion');
const KEPT_ICON = new vscode.ThemeIcon('pinned');
const HANDED_OVER_ICON = new vscode.ThemeIcon('file');
/** Something of ours is at work on the row; a running agent has another icon. */
const BUSY_ICON = new vscode.ThemeIcon('loading~spin');
const UNREADABLE_ICON = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

/** Problems that keep the whole session from being read. */
const UNREADABLE = new Set(['not-a-file', 'dangling-link', 'no-permission', 'read-failed']);

/** A label of a right-to-left script would draw the number that follows it to its other side. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;
const LEFT_TO_RIGHT_MARK = '\u200e';

/** A path as a user writes it: `~` for the home folder. */
export function homePath(file: string): string {
  const home = os.homedir();
  return file === home || file.startsWith(home + path.sep) ? `~${file.slice(home.length)}` : file;
}

/** A path as a question or a list names it: from the workspace's folder on where it lies in one. */
export function shortPath(file: string): string {
  const relative = vscode.workspace.asRelativePath(file);
  return relative === file ? homePath(file) : relative;
}

/**
 * A store is called by its own file or folder; where that is stands beside it, from the workspace's folder on.
 * The folder itself is named only where there are several.
 */
function storeNames(location: StoreLocation, foundIn: string, named: boolean): { label: string; place: string } {
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const below = path.relative(several ? path.dirname(foundIn) : foundIn, location.path);
  const where = named || below === '' ? homePath(location.path) : below;
  const folder = path.dirname(where);
  const name = path.basename(location.path);
  // "archive" alone says nothing of whose it is.
  if (location.role === 'archive' && location.kind === 'jsonl') {
    return { label: path.join(path.basename(folder), name), place: path.dirname(folder) };
  }
  return { label: name, place: folder };
}

/** Row of a store. `busy`: what is being done to it as a whole, in a word. */
export function storeItem(node: StoreNode, busy?: string): vscode.TreeItem {
  const { location, foundIn } = node.found;
  const { label, place } = storeNames(location, foundIn, node.named);
  const isArchive = location.role === 'archive';
  const item = new vscode.TreeItem(
    label,
    isArchive ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded,
  );
  item.id = node.id;
  const count = node.sessions && node.isComplete && !node.failure ? plural(node.sessions.size, 'session') : undefined;
  item.description = [busy, place === '.' ? undefined : place, count].filter(Boolean).join(' · ');
  item.iconPath = busy
    ? BUSY_ICON
    : new vscode.ThemeIcon(isArchive ? 'archive' : location.kind === 'sqlite' ? 'database' : 'files');
  item.contextValue = ['store', location.kind, location.role, ...(node.named ? ['named'] : [])].join('+');
  item.tooltip = new vscode.MarkdownString(undefined, false);
  item.tooltip.appendText(location.kind === 'sqlite' ? 'SQLite database' : 'Folder of JSONL files');
  item.tooltip.appendMarkdown('\n\n').appendText(location.path);
  if (isArchive) {
    item.tooltip
      .appendMarkdown('\n\n')
      .appendText('Sessions that the agent moved away after a week. It deletes them for good after about a month.');
  }
  item.accessibilityInformation = {
    label: [
      `${isArchive ? 'Archive' : 'Store'} ${label}`,
      location.kind === 'sqlite' ? 'database' : 'JSONL files',
      count,
      busy,
    ]
      .filter(Boolean)
      .join(', '),
  };
  return item;
}

/** Icon of a session: what is wrong with it, its state, whether it is kept. */
export function sessionIcon(metadata: SessionMetadata, state: DisplayState): vscode.ThemeIcon {
  if (metadata.problems.some((problem) => UNREADABLE.has(problem.code))) return UNREADABLE_ICON;
  if (state === 'running' || state === 'stuck' || state === 'error') return STATE_ICONS[state];
  if (metadata.kept) return KEPT_ICON;
  return metadata.origin === 'live' ? IDLE_ICON : HANDED_OVER_ICON;
}

const ORIGIN_WORDS = { live: undefined, migrated: 'migrated copy', importing: 'import in progress' } as const;

function activity(metadata: SessionMetadata, now: number): string | undefined {
  const time = Date.parse(metadata.lastActivity ?? '');
  return Number.isNaN(time) ? undefined : relativeTime(time, now);
}

/** Row of a session. The tooltip is resolved when the pointer rests on it. `busy`: what is being done to it, in a word. */
export function sessionItem(node: SessionNode, now: number, stuckAfterSeconds: number, busy?: string): vscode.TreeItem {
  const { metadata, store } = node;
  const state = displayState(metadata, now, stuckAfterSeconds);
  const label = visibleLine(labelOf(metadata));
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.iconPath = busy ? BUSY_ICON : sessionIcon(metadata, state);
  const stateWord = state === 'other' ? metadata.state : state === 'none' || state === 'idle' ? undefined : state;
  const description = [
    busy,
    stateWord && visibleLine(stateWord),
    ORIGIN_WORDS[metadata.origin],
    // The pin may have had to make way for another icon.
    metadata.kept && item.iconPath !== KEPT_ICON ? 'kept' : undefined,
    activity(metadata, now),
    metadata.messageCount === undefined ? undefined : plural(metadata.messageCount, 'message'),
  ]
    .filter(Boolean)
    .join(' · ');
  item.description = RIGHT_TO_LEFT.test(label) ? LEFT_TO_RIGHT_MARK + description : description;
  const { kind, role } = store.found.location;
  item.contextValue = [
    'session',
    kind,
    metadata.origin,
    ...(role === 'archive' ? [role] : []),
    ...(state === 'running' || state === 'stuck' ? [state] : []),
    ...(metadata.kept ? ['kept'] : []),
  ].join('+');
  item.command = { command: 'sessionInspector.openSession', title: 'Open Session', arguments: [node] };
  if (metadata.problems.length > 0) item.resourceUri = rowUri(node.id, problemMark(metadata));
  const problems = metadata.problems.length > 0 ? `, ${plural(metadata.problems.length, 'problem')}` : '';
  const kept = metadata.kept ? ', kept' : '';
  item.accessibilityInformation = { label: `Session ${label}, ${description}${kept}${problems}` };
  return item;
}

function problemMark({ problems }: SessionMetadata): RowMark {
  const worst = (['error', 'warning', 'info'] as const).find((severity) =>
    problems.some((problem) => problem.severity === severity),
  );
  return { severity: worst ?? 'info', problems: problems.length };
}

/** The few words of a row; the sentence with the place and what to do stands behind them. */
const FAILURES: ReadonlyMap<string, string> = new Map([
  ['busy', 'Busy: another process holds the database'],
  ['corrupt', 'The database is damaged'],
  ['not-a-database', 'Not a SQLite database'],
  ['not-a-store', 'No sessions there'],
  ['not-found', 'Not found'],
  ['no-permission', 'No permission to read it'],
  ['unknown-schema', 'A database of another kind'],
  ['sqlite-unavailable', 'SQLite cannot run here'],
  ['service-stopped', 'The session service stopped'],
  ['journal-unavailable', 'The journal cannot be read'],
]);

/** Row that says why something cannot be read. */
export function failureItem(node: FailureNode): vscode.TreeItem {
  const words = FAILURES.get(node.code) ?? 'Cannot be read';
  const item = new vscode.TreeItem(words, vscode.TreeItemCollapsibleState.None);
  item.id = node.id;
  item.description = node.message;
  item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  item.tooltip = node.message;
  item.contextValue = node.store || node.path === '' ? 'failure' : 'failure+named';
  item.accessibilityInformation = { label: `${words}. ${node.message}` };
  return item;
}
