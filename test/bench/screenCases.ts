/** What a user waits for, measured on the screen of the real workbench. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator } from 'playwright-core';
import { Host } from '../host/workbench';
import { projectRoot } from '../support/project';
import { BIG_KEY } from './corpora';

/** From the press of the mouse button to the first frame in which the awaited thing is there. */
async function clickUntil(host: Host, target: Locator, seen: () => Promise<unknown>): Promise<number> {
  const box = await target.boundingBox();
  if (!box) throw new Error('nothing to click on');
  const { mouse } = host.workbench.page;
  await mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  const start = performance.now();
  await mouse.down();
  await mouse.up();
  await seen();
  return performance.now() - start;
}

const container = (host: Host) =>
  host.workbench.page.locator('.part.activitybar').getByRole('tab', { name: 'Session Inspector' }).first();

/** First session rows after the view is opened for the first time: activation, service and discovery included. */
export async function openView(workspace: string): Promise<number> {
  const host = await Host.open({ target: workspace });
  try {
    await host.workbench.page.waitForTimeout(3000);
    return await clickUntil(host, container(host), () =>
      host.workbench.page.locator('.part.sidebar .monaco-list-row[aria-level="2"]').nth(5).waitFor(),
    );
  } finally {
    await host.close();
  }
}

export interface BigSession {
  /** First panel, first time: the file has never been indexed. */
  readonly first: number;
  /** First panel after a restart: the index is kept. */
  readonly indexed: number;
  /** Into a panel that is there already. */
  readonly reused: readonly number[];
  /** Bytes of resident memory of the service after it, less that of a service that has only listed. */
  readonly memory: number;
}

async function showBig(host: Host): Promise<number> {
  // Row 0 is the store; the newest session is the big one.
  const big = host.workbench.treeRows.nth(1);
  await big.waitFor();
  return clickUntil(host, big, () => host.workbench.webview().locator('article[data-loaded]').first().waitFor());
}

function serviceMemory(): number {
  const pids = execFileSync('pgrep', ['-f', path.join(projectRoot, 'dist', 'service.js')], { encoding: 'utf8' });
  const [pid] = pids.trim().split('\n');
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

const globalStorage = (userData: string) => path.join(userData, 'User', 'globalStorage');

/** Opens the big session twice in hosts that share their data, then over and over in one panel. */
export async function openBig(workspace: string): Promise<BigSession> {
  // Newest first: the big session is the first row of its store.
  const now = new Date();
  fs.utimesSync(path.join(workspace, 'sessions', `${BIG_KEY}.jsonl`), now, now);
  // Outside the workspace, but on the same disk.
  const storage = fs.mkdtempSync(path.join(path.dirname(workspace), 'storage-'));
  const fresh = await Host.open({ target: workspace });
  let first: number;
  let memory: number;
  try {
    await fresh.workbench.openContainer('Session Inspector');
    await fresh.workbench.treeRows.nth(3).waitFor();
    const before = serviceMemory();
    first = await showBig(fresh);
    await fresh.workbench.webview().getByText('1,000,000 messages').waitFor({ timeout: 60_000 });
    memory = serviceMemory() - before;
    await fresh.workbench.page.waitForTimeout(2000);
    fs.cpSync(globalStorage(fresh.folders.userData), storage, { recursive: true });
  } finally {
    await fresh.close();
  }
  const again = await Host.open({
    target: workspace,
    prepare: (folders) => fs.cpSync(storage, globalStorage(folders.userData), { recursive: true }),
  });
  try {
    await again.workbench.openContainer('Session Inspector');
    await again.workbench.treeRows.nth(3).waitFor();
    await again.workbench.page.waitForTimeout(1500);
    const indexed = await showBig(again);
    const reused: number[] = [];
    for (let n = 0; n < 8; n++) {
      await again.workbench.treeRows.nth(3).click();
      await again.workbench.page.waitForTimeout(900);
      const header = again.workbench.webview().getByText('1,000,000 messages');
      reused.push(await clickUntil(again, again.workbench.treeRows.nth(1), () => header.waitFor()));
      await again.workbench.page.waitForTimeout(700);
    }
    return { first, indexed, reused, memory };
  } finally {
    await again.close();
    fs.rmSync(storage, { recursive: true, force: true });
  }
}

/** From the end of a write by this process to the frame that shows it. */
export async function liveAppend(
  workspace: string,
  row: string | RegExp,
  append: (text: string) => void,
  samples = 30,
): Promise<number[]> {
  const host = await Host.open({ target: workspace });
  try {
    await host.workbench.openContainer('Session Inspector');
    await host.workbench.treeRow(row).click();
    const page = host.workbench.webview();
    await page.locator('article[data-loaded]').first().waitFor();
    await host.workbench.page.waitForTimeout(1000);
    const times: number[] = [];
    for (let n = 0; n < samples; n++) {
      const words = `live message number ${n} of the benchmark`;
      const seen = page.getByText(words).waitFor();
      const start = performance.now();
      append(words);
      await seen;
      times.push(performance.now() - start);
      await host.workbench.page.waitForTimeout(150);
    }
    return times;
  } finally {
    await host.close();
  }
}
