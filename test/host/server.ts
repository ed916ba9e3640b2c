import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { startChild, stopChild } from './children';
import type { HostFolders } from './folders';
import { serverFolder } from './serverInstall';

export interface ServerOptions {
  readonly folders: HostFolders;
  /** 0 or none: any free port. */
  readonly port?: number;
  /** Reaches the extension host too. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** True: a folder is not trusted before somebody says so. */
  readonly restricted?: boolean;
}

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Resolves when the server has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** What the server has printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Our own process' place in VS Code or npm must not leak into the server. */
function cleanEnvironment(extra: Readonly<NodeJS.ProcessEnv> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_)/.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/** VS Code makes its sockets in the temporary folder: give it a short one of this run, where there is one. */
function socketFolder(root: string): NodeJS.ProcessEnv {
  return root.length < 40 ? { TMPDIR: root, TMP: root, TEMP: root } : {};
}

function serverArguments({ folders, port = 0, restricted }: ServerOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms'],
    // Lets the workbench's address name an extension under development and its tests.
    '--enable-smoke-test-driver',
    ...(restricted ? [] : ['--disable-workspace-trust']),
    ...['--telemetry-level', 'off'],
    ...['--server-data-dir', folders.serverData, '--user-data-dir', folders.userData],
    ...['--extensions-dir', folders.extensions],
  ];
}

function ready(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (reason: string) => reject(new Error(`VS Code's server ${reason}:\n${output()}`));
    const timer = setTimeout(() => failed('did not start within 60 s'), 60_000);
    child.stdout?.on('data', () => {
      const port = /Server bound to [^\s]*?:(\d+)/.exec(output())?.[1];
      if (!port) return;
      clearTimeout(timer);
      resolve(`http://127.0.0.1:${port}`);
    });
    child.once('error', (error) => failed(`could not be started (${error.message})`));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      failed(`ended at once (${code ?? signal})`);
    });
  });
}

/** Starts the server and resolves when it answers. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const main = path.join(await serverFolder(), 'out', 'server-main.js');
  let output = '';
  const child = startChild(process.execPath, [main, ...serverArguments(options)], {
    cwd: options.folders.root,
    env: { ...cleanEnvironment(options.env), ...socketFolder(options.folders.root) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-200_000);
    });
  }
  const origin = await ready(child, () => output);
  return { origin, ended, output: () => output, stop: () => stopChild(child) };
}

/** Installs a `.vsix` through the server's own command line, before the server runs. */
export async function installPackage(folders: HostFolders, vsix: string): Promise<void> {
  const main = path.join(await serverFolder(), 'out', 'server-main.js');
  const places = ['--extensions-dir', folders.extensions, '--server-data-dir', folders.serverData];
  const args = [main, '--install-extension', vsix, ...places, '--user-data-dir', folders.userData];
  const child = startChild(process.execPath, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0 || !output.includes('successfully installed'))
    throw new Error(`Installing ${vsix} failed:\n${output}`);
}

/**
 * What went wrong in the extension hosts: an exception in an extension ends up in their logs. Without the lines that
 * tell of normal events.
 */
export function extensionHostLog(folders: HostFolders): string {
  const logs = path.join(folders.userData, 'logs');
  if (!fs.existsSync(logs)) return '';
  return fs
    .readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'remoteexthost.log')
    .flatMap((file) => fs.readFileSync(path.join(logs, file), 'utf8').split(/^(?=\d{4}-\d\d-\d\dT)/m))
    .filter((entry) => !/^\S+ \[(info|debug|trace)\]|\[vscode\.|Accessing a resource scoped/.test(entry))
    .join('');
}
