// What the scripts share.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The Node of the tools once setup has put it there, whatever Node runs this script. */
export function toolNode() {
  const program = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(program) ? program : process.execPath;
}

/** Runs a program of ours or of a package; its output goes to the terminal. Returns the exit code. */
export function runNode(file, args = [], options = {}) {
  const result = spawnSync(toolNode(), [file, ...args], { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/** The same, and ends this process when it fails. */
export function mustRunNode(file, args = [], options = {}) {
  const code = runNode(file, args, options);
  if (code !== 0) process.exit(code);
}
