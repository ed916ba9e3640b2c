import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cached } from './cache';
import { npm } from './npm';

/** The npm package whose server is a complete VS Code with a Node extension host. */
const serverPackage = 'code-server';
const serverVersion = '4.139.1';

/** Built-in extensions that only talk to services on the network, and so would fill every log with errors. */
const unwantedExtensions = ['copilot', 'github'];

/**
 * Stands in for the server's native log writer, which is not compiled here: without it no log file is written, and
 * an exception in an extension would leave no trace.
 */
const logWriter = `const fs = require('node:fs');
const path = require('node:path');
class Logger {
  constructor(type, name, file) {
    this.file = file;
    this.level = 2;
  }
  write(level, word, message) {
    if (level < this.level || !this.file) return;
    try { fs.appendFileSync(this.file, new Date().toISOString() + ' [' + word + '] ' + message + '\\n'); } catch {}
  }
  trace(message) { this.write(0, 'trace', message); }
  debug(message) { this.write(1, 'debug', message); }
  info(message) { this.write(2, 'info', message); }
  warn(message) { this.write(3, 'warning', message); }
  error(message) { this.write(4, 'error', message); }
  critical(message) { this.write(5, 'critical', message); }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() {}
  flush() {}
  drop() { this.file = undefined; }
}
async function create(type, name, file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return new Logger(type, name, file);
}
exports.version = 1;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = (name, file) => create('rotating', name, file);
exports.createAsyncRotatingLogger = (name, file) => create('rotating_async', name, file);
`;

function unpack(folder: string): void {
  console.log(`Getting VS Code's server (${serverPackage} ${serverVersion}) from npm, once…`);
  npm(['pack', `${serverPackage}@${serverVersion}`, '--pack-destination', folder], folder);
  const tarball = fs.readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm pack ${serverPackage}@${serverVersion} left no tarball`);
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1'], { cwd: folder, stdio: 'inherit' });
  fs.rmSync(path.join(folder, tarball));
  const server = path.join(folder, 'lib', 'vscode');
  // Without install scripts nothing is compiled: no terminal, and no log unless we write it.
  npm(['install', '--omit=dev', '--ignore-scripts'], server);
  const native = path.join(server, 'node_modules', '@vscode');
  fs.writeFileSync(path.join(native, 'spdlog', 'index.js'), logWriter);
  fs.writeFileSync(path.join(native, 'native-watchdog', 'index.js'), 'exports.start = () => {};\n');
  for (const name of unwantedExtensions) {
    fs.rmSync(path.join(server, 'extensions', name), { recursive: true, force: true });
  }
}

/** The folder of the server (with `out/server-main.js`), fetched on first use. */
export async function serverFolder(): Promise<string> {
  const folder = await cached(`${serverPackage}-${serverVersion}`, unpack);
  return path.join(folder, 'lib', 'vscode');
}
