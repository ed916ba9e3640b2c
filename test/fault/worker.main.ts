/**
 * Makes one operation in a world: `worker FOLDER CASE [CALLS]`. Says "ready" before it begins and "done" with the
 * number of file system calls after. With CALLS it kills itself at that call; else its parent kills it at some time.
 */
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { act, CASES } from './cases';
import { openWorld, World } from './world';

const [folder = '', number = '', last] = process.argv.slice(2);
const limit = last === undefined ? Number.POSITIVE_INFINITY : Number(last);
let calls = 0;
let counting = false;

function count(): void {
  if (counting && ++calls >= limit) process.kill(process.pid, 'SIGKILL');
}

/** Every call of these counts twice: the program may end right before and right after it. */
function watch(holder: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const original = holder[name];
    if (typeof original !== 'function') continue;
    holder[name] = (...args: unknown[]) => {
      count();
      const result: unknown = Reflect.apply(original, holder, args);
      count();
      return result;
    };
  }
}

const fs = createRequire(path.join(process.cwd(), 'x'))('node:fs') as Record<string, unknown>;
const NAMES = [
  'open',
  'write',
  'rename',
  'link',
  'unlink',
  'fsync',
  'fdatasync',
  'ftruncate',
  'copyFile',
  'utimes',
  'futimes',
  'fchmod',
  'mkdir',
];
watch(
  fs,
  NAMES.flatMap((name) => [name, `${name}Sync`]),
);
watch(fs.promises as Record<string, unknown>, NAMES);

async function main(): Promise<void> {
  const fault = CASES[Number(number)];
  if (!fault) throw new Error(`There is no case ${number}.`);
  const world = new World(folder);
  const { operations, close } = openWorld(world);
  // What is loaded at first use is not what is tested.
  await operations.history(1);
  process.stdout.write('ready\n');
  counting = true;
  await act(fault, world, operations);
  counting = false;
  process.stdout.write(`done ${calls}\n`);
  await close();
}

void main();
