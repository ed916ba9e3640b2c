import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

const SECTION = 'sessionInspector';

/** A path of the settings: `~` is the home folder, a relative one is below the workspace folder that names it. */
function absolutePath(given: string, folder: vscode.WorkspaceFolder | undefined): string | undefined {
  const expanded = given === '~' || /^~[\\/]/.test(given) ? path.join(os.homedir(), given.slice(1)) : given;
  if (path.isAbsolute(expanded)) return path.normalize(expanded);
  return folder ? path.join(folder.uri.fsPath, expanded) : undefined;
}

/** Where to look for stores: the workspace's folders, and the paths that the settings name. */
export function storePlaces(): { folders: string[]; paths: string[] } {
  const workspaceFolders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const paths = new Set<string>();
  for (const folder of workspaceFolders.length > 0 ? workspaceFolders : [undefined]) {
    const given = vscode.workspace.getConfiguration(SECTION, folder).get<string[]>('stores', []);
    for (const each of given) {
      const resolved = each.trim() === '' ? undefined : absolutePath(each.trim(), folder);
      if (resolved) paths.add(resolved);
    }
  }
  return { folders: workspaceFolders.map(({ uri }) => uri.fsPath), paths: [...paths] };
}

/** Names one more path: in the workspace's settings when there is a workspace, else in the user's. */
export async function addStorePath(given: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const scope = settingsTarget();
  const known = valueAt(configuration, scope);
  if (!known.includes(given)) await configuration.update('stores', [...known, given], scope);
}

/** Takes a path out of whichever settings name it: the user's, the workspace's, and those of its folders. */
export async function removeStorePath(resolved: string): Promise<void> {
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const folders = vscode.workspace.workspaceFolders ?? [];
  const names = (given: string) =>
    [...folders, undefined].some((folder) => absolutePath(given.trim(), folder) === resolved);
  for (const [target, scopes] of [
    [Global, [undefined]],
    [Workspace, [undefined]],
    [WorkspaceFolder, folders],
  ] as const) {
    for (const scope of scopes) {
      const configuration = vscode.workspace.getConfiguration(SECTION, scope);
      const known = valueAt(configuration, target);
      const rest = known.filter((given) => !names(given));
      if (rest.length < known.length) await configuration.update('stores', rest, target);
    }
  }
}

function settingsTarget(): vscode.ConfigurationTarget {
  return vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
}

function valueAt(configuration: vscode.WorkspaceConfiguration, target: vscode.ConfigurationTarget): string[] {
  const values = configuration.inspect<string[]>('stores');
  switch (target) {
    case vscode.ConfigurationTarget.Global:
      return values?.globalValue ?? [];
    case vscode.ConfigurationTarget.Workspace:
      return values?.workspaceValue ?? [];
    default:
      return values?.workspaceFolderValue ?? [];
  }
}

export function stuckAfterSeconds(): number {
  return vscode.workspace.getConfiguration(SECTION).get<number>('stuckAfterMinutes', 10) * 60;
}

export function sqliteBinding(): string {
  return vscode.workspace.getConfiguration(SECTION).get<string>('sqliteBinding', '');
}

/** Days for which what a change took away can be brought back. */
export function trashDays(): number {
  return vscode.workspace.getConfiguration(SECTION).get<number>('trash.keepDays', 30);
}

/** Bytes of that which are kept; the setting is in MB. */
export function trashBytes(): number {
  return vscode.workspace.getConfiguration(SECTION).get<number>('trash.maxSize', 1024) * 1_000_000;
}

/** Idle time that Clean Up proposes. */
export function cleanUpDays(): number {
  return vscode.workspace.getConfiguration(SECTION).get<number>('cleanUp.idleDays', 30);
}
