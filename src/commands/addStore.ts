import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { addStorePath } from '../settings';
import { plural } from '../shared/format';
import type { Command } from './commandRegistry';

interface Choice extends vscode.QuickPickItem {
  readonly folder?: string;
  readonly browse?: 'folder' | 'file';
}

/** Adds a place with sessions to the settings: a home that exists on this machine, a folder, or a database. */
export class AddStore implements Command {
  readonly id = 'sessionInspector.addStore';
  constructor(private readonly client: ServiceClient) {}

  async execute(): Promise<void> {
    const homes = await this.client.request(protocol.KnownHomes, {});
    const choices: Choice[] = [
      ...homes.map((home) => ({
        label: home.agent,
        description: `${home.folder} · ${plural(home.stores.length, 'store')}`,
        iconPath: new vscode.ThemeIcon('home'),
        folder: home.folder,
      })),
      ...(homes.length > 0 ? [{ label: '', kind: vscode.QuickPickItemKind.Separator }] : []),
      { label: 'Choose a folder...', iconPath: new vscode.ThemeIcon('folder'), browse: 'folder' },
      { label: 'Choose a database...', iconPath: new vscode.ThemeIcon('database'), browse: 'file' },
    ];
    const choice = await vscode.window.showQuickPick(choices, {
      title: 'Add a store of agent sessions',
      placeHolder:
        homes.length > 0 ? 'Found on this machine, or choose another place' : 'Choose where the sessions are',
    });
    if (!choice) return;
    const path = choice.folder ?? (await browse(choice.browse ?? 'folder'));
    if (path) await addStorePath(path);
  }
}

async function browse(what: 'folder' | 'file'): Promise<string | undefined> {
  const [picked] =
    (await vscode.window.showOpenDialog({
      title: what === 'folder' ? 'Folder that is or holds sessions' : 'Database with sessions',
      openLabel: 'Add Store',
      canSelectFolders: what === 'folder',
      canSelectFiles: what === 'file',
      filters: what === 'file' ? { 'SQLite databases': ['db', 'sqlite', 'sqlite3'] } : undefined,
    })) ?? [];
  return picked?.fsPath;
}
