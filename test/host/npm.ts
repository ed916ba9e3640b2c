import { execFileSync } from 'node:child_process';
import * as path from 'node:path';

/** Runs the npm that runs us (or the one on the PATH). Its errors go to the terminal. */
export function npm(args: readonly string[], cwd: string): void {
  const script = process.env.npm_execpath;
  const quiet = [...args, '--loglevel=error', '--no-fund', '--no-audit'];
  const known = script !== undefined && /^npm(-cli)?\.[cm]?js$/.test(path.basename(script));
  const windows = process.platform === 'win32';
  if (known) execFileSync(process.execPath, [script, ...quiet], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  else execFileSync(windows ? 'npm.cmd' : 'npm', quiet, { cwd, stdio: ['ignore', 'pipe', 'inherit'], shell: windows });
}
