import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { atExit } from './atExit';

/** The folders of one run of the host. All are below `root`, which goes away with the run. */
export interface HostFolders {
  readonly root: string;
  readonly userData: string;
  readonly serverData: string;
  readonly extensions: string;
}

/** Sockets are made below the temporary folder, and a socket's path ends at 107 characters. */
function shortTemporaryFolder(): string {
  const folder = os.tmpdir();
  return process.platform !== 'win32' && folder.length > 50 ? '/tmp' : folder;
}

const made = new Set<string>();
let isWatching = false;

function remove(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  made.delete(folder);
}

/** Fresh folders; `given` ones (from a command line) are used in place of their own. */
export function createFolders(given: { userData?: string; extensions?: string } = {}): HostFolders {
  const root = fs.mkdtempSync(path.join(shortTemporaryFolder(), 'asi-h-'));
  if (!isWatching) atExit(() => made.forEach(remove));
  isWatching = true;
  made.add(root);
  const folders = {
    root,
    userData: given.userData ?? path.join(root, 'u'),
    serverData: path.join(root, 's'),
    extensions: given.extensions ?? path.join(root, 'e'),
  };
  for (const folder of Object.values(folders)) fs.mkdirSync(folder, { recursive: true });
  return folders;
}

/** Folders that stay, for a window that people use: their settings and what the extension keeps are there next time. */
export function lastingFolders(root: string): HostFolders {
  const folders = {
    root,
    userData: path.join(root, 'u'),
    serverData: path.join(root, 's'),
    extensions: path.join(root, 'e'),
  };
  // Only the list of extensions starts afresh: the server remembers versions and paths that may be gone.
  fs.rmSync(folders.extensions, { recursive: true, force: true });
  for (const folder of Object.values(folders)) fs.mkdirSync(folder, { recursive: true });
  return folders;
}

export function removeFolders(folders: HostFolders): void {
  remove(folders.root);
}

/** What keeps a test window quiet: no welcome, no chat, no experiments, no network, nothing that moves by itself. */
const quietSettings: Readonly<Record<string, unknown>> = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.accessibilitySupport': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.simpleDialog.enable': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.showReleaseNotes': false,
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** Opens every folder in restricted mode, and asks nobody about it. */
export const restrictedSettings: Readonly<Record<string, unknown>> = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
};

/** Themes for screenshots, by the names that VS Code gives its own. */
export const themes = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;

/** Writes the user's settings; keeps what a caller has put there before. */
export function writeSettings(folders: HostFolders, settings: Readonly<Record<string, unknown>> = {}): void {
  const file = path.join(folders.userData, 'User', 'settings.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const before = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
  fs.writeFileSync(file, JSON.stringify({ ...quietSettings, ...before, ...settings }, null, 2));
}

/**
 * Installs an unpacked extension: a folder of its own with links to what its package would hold. It then is loaded
 * by every window of the server, without anything in the address.
 */
export function linkExtension(folders: HostFolders, source: string): void {
  const manifest = JSON.parse(fs.readFileSync(path.join(source, 'package.json'), 'utf8')) as Record<string, string>;
  const folder = path.join(folders.extensions, `${manifest.publisher}.${manifest.name}-${manifest.version}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.symlinkSync(source, folder, process.platform === 'win32' ? 'junction' : 'dir');
}
