// `npm start [-- PATH] [--port N] [--server]`: builds the extension and opens VS Code with it on PATH, or on a sample
// workspace. --server takes the server from npm even where a desktop VS Code is installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mustRunNode, root, toolNode } from './lib.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, server: { type: 'boolean' } },
});

mustRunNode('scripts/setup.mjs');
console.log('Building the extension…');
mustRunNode('esbuild.js', ['--production']);
mustRunNode('esbuild.js', ['--only=test/host/start.main.ts']);

const sample = path.join(root, 'sample');
const folder = positionals[0] ? path.resolve(process.env.INIT_CWD ?? '.', positionals[0]) : sample;
if (folder === sample && !existsSync(path.join(sample, 'sessions'))) mustRunNode('scripts/sample.mjs');

const args = ['out/test/host/start.main.js', folder];
if (values.port) args.push('--port', values.port);
if (values.server) args.push('--server');
const child = spawn(toolNode(), args, { cwd: root, stdio: 'inherit' });
// The child gets Ctrl+C from the terminal itself; a signal to us alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => process.exit(signal || code === 130 ? 0 : (code ?? 1)));
