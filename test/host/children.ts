/**
 * Child processes that never outlive this one: each gets its own process group, and all groups are
 * killed when this process ends, whether it finishes, is interrupted or loses its parent.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { atExit } from './atExit';

const windows = process.platform === 'win32';
const running = new Set<ChildProcess>();
let watching = false;

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (windows) {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-child.pid, signal); // the whole group: a server forks its extension hosts
  } catch {
    child.kill(signal);
  }
}

function killAll(): void {
  for (const child of running) kill(child, 'SIGKILL');
}

/** Ends this process when the one that started it is gone, even if that was killed without a chance to tell. */
export function endWithParent(): void {
  endOnSignals();
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 1000).unref();
}

/** Lets a signal end this process in the orderly way, so that children and folders go with it. */
export function endOnSignals(): void {
  if (watching) return;
  watching = true;
  atExit(killAll);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}

/** Like `spawn`, but the child and all its descendants end with this process. */
export function startChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  endOnSignals();
  const child = spawn(command, args, { ...options, detached: !windows });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Asks the child to end, then makes it; resolves when it has. */
export async function stopChild(child: ChildProcess, patienceMs = 2000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  kill(child, 'SIGTERM');
  const timer = setTimeout(() => kill(child, 'SIGKILL'), patienceMs);
  await ended;
  clearTimeout(timer);
}
