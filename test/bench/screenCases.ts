/** What a user waits for, measured on the screen of the real workbench. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { Host } from '../host/workbench';
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

/**
 * First session rows after the view is opened, with activation, service and discovery: in a workspace that was never
 * looked at, and again in a new window.
 */
export async function openView(workspace: string): Promise<{ first: number; again: number }> {
  const host = await Host.open({ target: workspace });
  const open = async () => {
    await host.workbench.page.waitForTimeout(3000);
    return clickUntil(host, container(host), () =>
      // Asked anew at every frame; a locator would look only now and then.
      holds(
        host.workbench.page.mainFrame(),
        `document.querySelectorAll('.part.sidebar .monaco-list-row[aria-level="2"]').length > 5`,
      ),
    );
  };
  try {
    const first = await open();
    await host.workbench.openContainer('Explorer');
    await host.workbench.reload();
    return { first, again: await open() };
  } finally {
    await host.close();
  }
}

export interface BigSession {
  /** First panel, first time: the file has never been indexed. */
  readonly first: Shown;
  /** First panel after a restart: the index is kept. */
  readonly indexed: Shown;
  /** Into a panel that is there already. */
  readonly reused: readonly number[];
  /** Most bytes of resident memory that the service has had by then, all in all. */
  readonly memory: number;
}

/** Time to the rows on the screen, and how much of it had passed when VS Code had made the page's document. */
interface Shown {
  readonly time: number;
  readonly document: number;
}

async function showBig(host: Host): Promise<Shown> {
  // Row 0 is the store; the newest session is the big one.
  const big = host.workbench.treeRows.nth(1);
  await big.waitFor();
  const start = Date.now();
  let document = 0;
  const time = await clickUntil(host, big, async () => {
    const page = await conversationFrame(host);
    document = Number(await page.evaluate('performance.timeOrigin')) - start;
    await holds(page, `document.querySelector('article[data-loaded]') !== null`);
  });
  return { time, document };
}

/** Highest resident memory (bytes) that the service process of this host has had. */
function serviceMemory(): number {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (!command.some((part) => part.endsWith(`${path.sep}dist${path.sep}service.js`))) continue;
    return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  }
  throw new Error('the service does not run');
}

/** The document of the page: the one frame with our root. Looked for until it is there, a minute at the most. */
async function conversationFrame(host: Host): Promise<Frame> {
  const { page } = host.workbench;
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    for (const frame of page.frames()) {
      const ours = await frame.evaluate(`document.getElementById('root') !== null`).catch(() => false);
      if (ours) return frame;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('no conversation has come up');
}

/**
 * Resolves in the first frame in which a condition of the page holds. (waitForFunction would need `eval`, which the
 * page's policy forbids.)
 */
function holds(frame: Frame, condition: string): Promise<unknown> {
  return frame.evaluate(
    `new Promise((resolve) => { const look = () => (${condition}) ? resolve(true) : requestAnimationFrame(look); look(); })`,
  );
}

/** As VS Code names the folder of an extension. */
const EXTENSION_ID = 'agent-session-inspector.agent-session-inspector';
const globalStorage = (userData: string) => path.join(userData, 'User', 'globalStorage');

/** Opens the big session twice in hosts that share their data, then over and over in one panel. */
export async function openBig(workspace: string): Promise<BigSession> {
  // Newest first: the big session is the first row of its store.
  const now = new Date();
  fs.utimesSync(path.join(workspace, 'sessions', `${BIG_KEY}.jsonl`), now, now);
  // Outside the workspace, but on the same disk.
  const storage = fs.mkdtempSync(path.join(path.dirname(workspace), 'storage-'));
  const fresh = await Host.open({ target: workspace });
  let first: Shown;
  let memory: number;
  try {
    await fresh.workbench.openContainer('Session Inspector');
    await fresh.workbench.treeRows.nth(3).waitFor();
    first = await showBig(fresh);
    await fresh.workbench.webview().getByText('1,000,000 messages').waitFor({ timeout: 60_000 });
    memory = serviceMemory();
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
      const page = await conversationFrame(again);
      reused.push(
        await clickUntil(again, again.workbench.treeRows.nth(1), () =>
          holds(page, `document.querySelector('article[data-loaded][aria-setsize="1000000"]') !== null`),
        ),
      );
      await again.workbench.page.waitForTimeout(700);
    }
    return { first, indexed, reused, memory };
  } finally {
    await again.close();
    fs.rmSync(storage, { recursive: true, force: true });
  }
}

/**
 * From a change of the text in the Quick Pick of the search to the frame with the first hits of it. Each text is another
 * one, and one row with it by chance among those of the one before is not enough.
 */
export async function searchAsYouType(
  workspace: string,
  texts: readonly string[],
  dataFolder: string,
): Promise<number[]> {
  const host = await Host.open({
    target: workspace,
    // Indexes of an earlier run.
    prepare: ({ userData }) =>
      fs.cpSync(dataFolder, path.join(globalStorage(userData), EXTENSION_ID), { recursive: true }),
  });
  try {
    const { page } = host.workbench;
    await host.workbench.openContainer('Session Inspector');
    await host.workbench.treeRows.nth(3).waitFor();
    await page.waitForTimeout(3000);
    await page.locator('.part.sidebar').getByRole('button', { name: 'Search Sessions...' }).click();
    await page.locator('.quick-input-widget input:focus').waitFor();
    const times: number[] = [];
    for (const text of texts) {
      await page.keyboard.press('Control+A');
      const row = JSON.stringify(text);
      const seen = holds(
        page.mainFrame(),
        `[...document.querySelectorAll('.quick-input-list .monaco-list-row')].filter((row) => row.textContent.includes(${row})).length > 4`,
      );
      const start = performance.now();
      await page.keyboard.insertText(text);
      await seen;
      times.push(performance.now() - start);
      // As fast as people type; the scan of the text before is still going on.
      await page.waitForTimeout(150);
    }
    return times;
  } finally {
    await host.close();
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
    const page = await conversationFrame(host);
    await holds(page, `document.querySelector('article[data-loaded]') !== null`);
    await host.workbench.page.waitForTimeout(1000);
    const times: number[] = [];
    for (let n = 0; n < samples; n++) {
      const words = `live message number ${n} of the benchmark`;
      const seen = holds(page, `document.body.innerText.includes(${JSON.stringify(words)})`);
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
