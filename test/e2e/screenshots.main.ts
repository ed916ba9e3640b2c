/** Takes the pictures that people look at before a screen is done, and those of the README. Usage: [--out DIR] [--theme NAME]... [--zoom N] [--readme] */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';
import { Changes } from './changes';

const THEMES = ['dark', 'light', 'highContrast', 'highContrastLight'] as const;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    theme: { type: 'string', multiple: true },
    zoom: { type: 'string' },
    readme: { type: 'boolean' },
  },
});
const out = path.resolve(values.out ?? path.join(projectRoot, 'out', 'screenshots'));

/** Lets what was asked for arrive and be drawn. */
const settle = (page: Page) => page.waitForTimeout(1200);

async function pictures(theme: (typeof THEMES)[number], sample: string): Promise<void> {
  const zoom = Number(values.zoom ?? 1);
  const host = await Host.open({ target: sample, theme, deviceScaleFactor: zoom });
  const { workbench } = host;
  const { page } = workbench;
  const shot = (name: string) =>
    workbench.screenshot(path.join(out, `${name}-${theme}${zoom === 1 ? '' : `-${zoom}`}.png`));
  try {
    await workbench.openContainer('Session Inspector');
    await workbench.treeRow('Duty desk').waitFor();
    await settle(page);
    await shot('tree');
    await workbench.treeRow('npm test fails').click();
    await workbench.webview().locator('article').first().waitFor();
    await settle(page);
    await shot('conversation-end');
    await page.mouse.move(800, 500);
    await page.mouse.wheel(0, -3000);
    await settle(page);
    await shot('conversation-middle');
    await workbench.treeRow('Здравствуйте').click();
    await settle(page);
    await shot('telegram');
    await workbench.treeRow('Night shift').click();
    await settle(page);
    await shot('damaged');
    await workbench.treeRow('مرحبا').click();
    await settle(page);
    await shot('arabic');
    await workbench.treeRow('Night shift').hover();
    await page.waitForTimeout(1500);
    await shot('tooltip');
    await page.setViewportSize({ width: 420, height: 800 });
    await settle(page);
    await shot('narrow');
  } finally {
    await host.close();
  }
}

/** The five pictures of the README, into media/screenshots. */
async function readmePictures(sample: string): Promise<void> {
  const picture = async (name: string, theme: (typeof THEMES)[number], show: (host: Host) => Promise<void>) => {
    const host = await Host.open({ target: sample, theme, viewport: { width: 1280, height: 800 } });
    try {
      await host.workbench.openContainer('Session Inspector');
      await host.workbench.treeRow('Duty desk').waitFor();
      await show(host);
      await settle(host.workbench.page);
      await host.workbench.screenshot(path.join(projectRoot, 'media', 'screenshots', `${name}.png`));
    } finally {
      await host.close();
    }
  };
  await picture('conversation-dark', 'dark', async ({ workbench }) => {
    await workbench.treeRow('npm test fails').click();
    const page = workbench.webview();
    await page.locator('article[data-loaded]').last().focus();
    await workbench.page.keyboard.press('Home');
    await page.locator('.thinking button').first().click();
    await page.locator('.tool').filter({ hasText: 'npm test' }).first().locator('button').first().click();
    await workbench.page.mouse.move(700, 790);
  });
  await picture('telegram-light', 'light', ({ workbench }) => workbench.treeRow('Здравствуйте').click());
  await picture('damaged-dark', 'dark', ({ workbench }) => workbench.treeRow('Night shift').click());
  await picture('search-dark', 'dark', async ({ workbench }) => {
    const { page } = workbench;
    const results = page.locator('.pane').filter({ hasText: 'Search Results' });
    const search = async (query: string) => {
      await page.keyboard.press('Control+Alt+Shift+F');
      await page.locator('.quick-input-widget input:focus').waitFor();
      await workbench.quickInput.fill(query);
      await page.waitForTimeout(600);
      await page.keyboard.press('Control+Enter');
      await results.getByText(`${query} · `).waitFor();
      // The view takes the keyboard once it is drawn.
      await settle(page);
    };
    await search('has:error');
    await workbench.command('Session Inspector: Save Search...');
    await workbench.answer('Failed tools');
    await workbench.treeRow(/^Failed tools\s*\d+ hits/).waitFor();
    await search('draught');
    await page.keyboard.press('F4');
    await workbench.webview().locator('article').first().waitFor();
    await page.mouse.move(700, 790);
  });
  // The last one: it changes the sample.
  await picture('changes-light', 'light', async (host) => {
    const { page } = host.workbench;
    const on = new Changes(host);
    for (const words of ['Invoice for', 'Dock keys']) {
      await on.context(words, 'Delete');
      await on.answer('Delete');
      await on.gone(words);
    }
    await on.row('Rename gauges').click();
    await page.keyboard.press('F2');
    await host.workbench.quickInput.waitFor();
    await host.workbench.answer('Gauges of the harbour');
    await on.row('Gauges of the harbour').waitFor();
    await on.row(/^sessions\.db/).click();
    await on.row('Trash').click();
    await on.row('History').click();
    await on.row('Renamed').waitFor();
    await on.context(/^sessions(?![./])/, 'Clean Up...');
    await on.pick('7 days');
    await on.dialog.waitFor();
    await page.mouse.move(700, 790);
  });
}

async function main(): Promise<void> {
  const sample = path.join(temporaryFolder('sample'), 'tidewatch');
  execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', sample], {
    stdio: 'inherit',
  });
  if (values.readme) return readmePictures(sample);
  const chosen = values.theme ?? THEMES;
  for (const theme of THEMES.filter((each) => chosen.includes(each))) await pictures(theme, sample);
  console.log(`Pictures in ${out}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
