/** Takes the pictures of the search that people look at. Usage: [--out DIR] [--theme NAME]... */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';

const THEMES = ['dark', 'light', 'highContrast', 'highContrastLight'] as const;

const { values } = parseArgs({ options: { out: { type: 'string' }, theme: { type: 'string', multiple: true } } });
const out = path.resolve(values.out ?? path.join(projectRoot, 'out', 'screenshots'));

async function pictures(theme: (typeof THEMES)[number], sample: string): Promise<void> {
  const host = await Host.open({ target: sample, theme });
  const { workbench } = host;
  const { page } = workbench;
  /** Lets what was asked for arrive and be drawn. */
  const shot = async (name: string): Promise<void> => {
    await page.waitForTimeout(1000);
    await workbench.screenshot(path.join(out, `search-${name}-${theme}.png`));
  };
  const openSearch = async (): Promise<void> => {
    await page.locator('.part.sidebar').getByRole('button', { name: 'Search Sessions...' }).click();
    await page.locator('.quick-input-widget input:focus').waitFor();
    await page.mouse.move(700, 700);
  };
  try {
    await workbench.openContainer('Session Inspector');
    await workbench.treeRow('Duty desk').waitFor();
    await openSearch();
    await shot('empty');
    await page.keyboard.type('tide', { delay: 30 });
    await shot('typed');
    await workbench.quickInput.fill('rol:user tide');
    await shot('wrong');
    await workbench.quickInput.fill('tide has:');
    await shot('completion');
    await workbench.quickInput.fill('zzzznothing');
    await shot('nothing');
    await workbench.quickInput.fill('low water');
    await page.waitForTimeout(600);
    await page.keyboard.press('Control+Enter');
    await page
      .getByText(/\d hits in \d+ sessions/)
      .first()
      .waitFor();
    await page.waitForTimeout(500);
    await page.keyboard.press('F4');
    await shot('view');
    await workbench.command('Session Inspector: Save Search...');
    await workbench.answer('Low waters');
    await workbench.treeRow(/^Low waters\s*\d+ hits/).click();
    await shot('saved');
    await openSearch();
    await shot('home');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 420, height: 800 });
    await shot('narrow');
  } finally {
    await host.close();
  }
}

async function main(): Promise<void> {
  const sample = path.join(temporaryFolder('sample'), 'tidewatch');
  execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', sample], {
    stdio: 'inherit',
  });
  const chosen = values.theme ?? THEMES;
  for (const theme of THEMES.filter((each) => chosen.includes(each))) await pictures(theme, sample);
  console.log(`Pictures in ${out}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
