/**
 * Opens VS Code with the extension on a folder: the desktop program if there is one, else the server from npm, for
 * any browser, until Ctrl+C. Arguments: FOLDER [--port N] [--server]
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../support/project';
import { cacheRoot } from './cache';
import { endOnSignals } from './children';
import { desktopCommand } from './desktop';
import { lastingFolders, linkExtension, writeSettings } from './folders';
import { startServer } from './server';
import { workbenchUrl } from './workbench';

const usualPort = 3939;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function choosePort(wanted: string | undefined): Promise<number> {
  const port = wanted === undefined ? usualPort : Number(wanted);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${wanted}: not a port number`);
  if (await isFree(port)) return port;
  if (wanted !== undefined) throw new Error(`Port ${port} is taken. Give another one with --port.`);
  return 0;
}

function openDesktop(command: string, folder: string): void {
  console.log(`Opening VS Code on ${folder} …`);
  const windows = process.platform === 'win32';
  const args = [`--extensionDevelopmentPath=${projectRoot}`, '--disable-workspace-trust', folder];
  spawn(windows ? `"${command}"` : command, args, { stdio: 'inherit', shell: windows });
}

async function serve(folder: string, wantedPort: string | undefined): Promise<void> {
  endOnSignals();
  const port = await choosePort(wantedPort);
  const folders = lastingFolders(path.join(cacheRoot, 'start'));
  writeSettings(folders);
  linkExtension(folders, projectRoot);
  const server = await startServer({ folders, port });
  console.log('\nVS Code with the Agent Session Inspector is ready. Open this address in a browser:\n');
  console.log(workbenchUrl(server.origin, folder));
  console.log('\nThe sessions are behind the "Session Inspector" icon at the left. Ctrl+C ends it.');
  await server.ended;
  throw new Error(`VS Code's server has ended.\n${server.output().slice(-2000)}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string' }, server: { type: 'boolean' } },
  });
  const folder = path.resolve(positionals[0] ?? '.');
  if (!fs.existsSync(folder)) throw new Error(`There is no ${folder}`);
  const desktop = values.server || values.port ? undefined : desktopCommand();
  if (desktop) openDesktop(desktop, folder);
  else await serve(folder, values.port);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
