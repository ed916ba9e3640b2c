/** Things that are fetched or unpacked once and then kept below `.vscode-test/`. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../support/project';

const marker = 'is-complete';

export const cacheRoot = path.join(projectRoot, '.vscode-test');

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Creates the lock file, or says that somebody who still runs holds it. */
function tryLock(file: string): boolean {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(fs.readFileSync(file, 'utf8') || process.pid);
  if (!alive(holder)) fs.rmSync(file, { force: true });
  return false;
}

/**
 * The folder `name` of the cache, filled by `fill` if no earlier run has completed it. Two runs at once wait for
 * each other; a run that was killed half way leaves no marker, so the next one starts afresh.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void> | void): Promise<string> {
  const folder = path.join(cacheRoot, name);
  const complete = path.join(folder, marker);
  if (fs.existsSync(complete)) return folder;
  fs.mkdirSync(cacheRoot, { recursive: true });
  const lock = `${folder}.lock`;
  const deadline = Date.now() + 10 * 60_000;
  while (!tryLock(lock)) {
    if (Date.now() > deadline) throw new Error(`Another run has held ${lock} for ten minutes. Delete it to go on.`);
    await sleep(200);
  }
  try {
    if (fs.existsSync(complete)) return folder;
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    await fill(folder);
    fs.writeFileSync(complete, new Date().toISOString());
    return folder;
  } finally {
    fs.rmSync(lock, { force: true });
  }
}
