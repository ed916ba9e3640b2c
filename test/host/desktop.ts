/** The VS Code that is installed on this machine, if there is one. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const windows = process.platform === 'win32';

/** Whether a window could be shown at all. */
function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Its program itself, as tests start it. */
export function desktopProgram(): string | undefined {
  const local = process.env.LOCALAPPDATA ?? '';
  const places: Partial<Record<NodeJS.Platform, string[]>> = {
    linux: ['/usr/share/code/code', '/opt/visual-studio-code/code', '/usr/lib/code/code'],
    darwin: ['/Applications/Visual Studio Code.app/Contents/MacOS/Electron'],
    win32: [
      path.join(local, 'Programs', 'Microsoft VS Code', 'Code.exe'),
      'C:\\Program Files\\Microsoft VS Code\\Code.exe',
    ],
  };
  return hasDisplay() ? places[process.platform]?.find((file) => fs.existsSync(file)) : undefined;
}

/**
 * The `code` command, if it opens a desktop window. The same name is also used by code-server and, in a remote
 * terminal, by a program that hands files to the window at the other end: neither starts an extension from a folder.
 */
export function desktopCommand(): string | undefined {
  if (!hasDisplay() || process.env.VSCODE_IPC_HOOK_CLI) return undefined;
  const file = windows ? 'code.cmd' : 'code';
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const command of folders
    .map((folder) => path.join(folder, file))
    .filter((candidate) => fs.existsSync(candidate))) {
    const real = fs.realpathSync(command);
    if (/code-server|remote-cli|vscode-server/.test(real)) continue;
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 20_000, shell: windows });
    // Version, commit and processor, one a line; code-server says "with Code" in one line.
    if (status === 0 && /^\d+\.\d+\.\d+\S*\n[0-9a-f]{40}\n\w+\s*$/.test(stdout.replaceAll('\r', ''))) return command;
  }
  return undefined;
}
