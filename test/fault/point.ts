import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot, temporaryFolder } from '../support/project';
import { CASES, type FaultCase } from './cases';
import { createWorld, damage, openWorld, snapshot, type World } from './world';

type Snapshot = ReadonlyMap<string, string>;

/** A case with what is known of it when nothing goes wrong. */
export interface Prepared {
  readonly fault: FaultCase;
  readonly index: number;
  readonly template: World;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Milliseconds and file system calls of the whole operation. */
  readonly duration: number;
  readonly calls: number;
}

/** Where a point's process ended: at a time, or at a call. */
export type Instant =
  | { readonly kind: 'time'; readonly share: number }
  | { readonly kind: 'call'; readonly share: number };

export interface PointResult {
  readonly fault: string;
  readonly instant: string;
  /** False: it had finished before it could be killed. */
  readonly killed: boolean;
  readonly problems: readonly string[];
}

interface Ended {
  readonly killed: boolean;
  readonly duration: number;
  readonly calls: number;
}

/** Runs a case in a process of its own, killed after `delay` milliseconds or at a call. */
async function runWorker(world: World, index: number, stop: { delay?: number; call?: number }): Promise<Ended> {
  const program = path.join(projectRoot, 'out/test/fault/worker.main.js');
  const args = [program, world.folder, String(index), ...(stop.call === undefined ? [] : [String(stop.call)])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  let started = 0;
  let timer: NodeJS.Timeout | undefined;
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (started === 0) {
      started = performance.now();
      if (stop.delay !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), stop.delay);
    }
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The worker failed: ${errors}`);
  const calls = Number(/done (\d+)/.exec(output)?.[1] ?? 0);
  return { killed: signal === 'SIGKILL', duration: performance.now() - started, calls };
}

/** A world in which the case's `before` is done. The journal knows a store by its path, so it is done in each copy anew. */
async function worldOf(fault: FaultCase, template: World, folder: string): Promise<World> {
  const world = template.copyTo(folder);
  if (!fault.before) return world;
  const { operations, close } = openWorld(world);
  const { failures } = await operations.run(fault.before(world));
  await close();
  if (failures.length > 0) throw new Error(`${fault.name}: ${failures[0]?.message}`);
  return world;
}

/** Learns of the cases whose name holds `only` what they do when nothing goes wrong. */
export async function prepareAll(folder: string, only = ''): Promise<Prepared[]> {
  const template = createWorld(path.join(folder, 'template'));
  const all: Prepared[] = [];
  for (const [index, fault] of CASES.entries()) {
    if (!fault.name.includes(only)) continue;
    const twin = await worldOf(fault, template, path.join(folder, 'twin'));
    const before = snapshot(twin);
    const { duration, calls } = await runWorker(twin, index, {});
    const after = snapshot(twin);
    if ([...after].join() === [...before].join()) throw new Error(`${fault.name} changes nothing: it tests nothing.`);
    twin.remove();
    all.push({ fault, index, template, before, after, duration, calls });
  }
  return all;
}

/** Every session is as before or as after. */
function mixed(found: Snapshot, { before, after }: Prepared): string[] {
  const wrong: string[] = [];
  for (const key of new Set([...before.keys(), ...after.keys(), ...found.keys()])) {
    const now = found.get(key);
    if (now !== before.get(key) && now !== after.get(key)) {
      wrong.push(`${key}: neither old nor new\n  old ${before.get(key)}\n  new ${after.get(key)}\n  now ${now}`);
    }
  }
  return wrong;
}

/** Undo of what was done (redo of what was undone) leads back to the beginning. */
async function takeBack(world: World, prepared: Prepared): Promise<string[]> {
  const { operations, close } = openWorld(world);
  const wrong: string[] = [];
  try {
    const isReversal = prepared.fault.before !== undefined;
    const [entry] = await operations.history(1);
    const wanted = isReversal ? 'undone' : 'done';
    const items = entry?.items.filter(({ status }) => status === wanted) ?? [];
    for (const { status, key } of entry?.items ?? []) {
      if (status !== 'done' && status !== 'undone') wrong.push(`${key} is still ${status} in the journal`);
    }
    if (entry && items.length > 0) {
      const result = await operations.reverse(isReversal ? 'redo' : 'undo', { entry: entry.id });
      for (const { key, message } of [...result.conflicts, ...result.failures]) wrong.push(`${key}: ${message}`);
    }
  } finally {
    await close();
  }
  const found = snapshot(world);
  for (const key of new Set([...prepared.before.keys(), ...found.keys()])) {
    if (found.get(key) === prepared.before.get(key)) continue;
    wrong.push(`${key}: not as at first\n  first ${prepared.before.get(key)}\n  now   ${found.get(key)}`);
  }
  return [...wrong, ...damage(world)];
}

/** Kills one operation, recovers in another process's place, and looks at everything. */
export async function runPoint(prepared: Prepared, instant: Instant): Promise<PointResult> {
  const { fault, index, duration, calls } = prepared;
  const world = await worldOf(fault, prepared.template, path.join(temporaryFolder('fault'), 'world'));
  const stop =
    instant.kind === 'time'
      ? { delay: instant.share * duration * 1.1 }
      : { call: Math.max(1, Math.ceil(instant.share * calls)) };
  const where = instant.kind === 'time' ? `${(stop.delay ?? 0).toFixed(1)} ms` : `call ${stop.call} of ${calls}`;
  const problems: string[] = [];
  const { killed } = await runWorker(world, index, stop);
  const { operations, close } = openWorld(world);
  try {
    await operations.recover();
  } finally {
    await close();
  }
  problems.push(...mixed(snapshot(world), prepared), ...damage(world));
  if (problems.length === 0)
    problems.push(...(await takeBack(world, prepared)).map((each) => `after taking it back: ${each}`));
  if (problems.length === 0) fs.rmSync(path.dirname(world.folder), { recursive: true, force: true });
  else problems.push(`kept for a look: ${world.folder}`);
  return { fault: fault.name, instant: where, killed, problems };
}
