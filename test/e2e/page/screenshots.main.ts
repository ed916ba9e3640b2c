/** Pictures of the page in all themes, to look at: `node out/test/e2e/page/screenshots.main.js FOLDER [BUNDLE]`. */
import * as path from 'node:path';
import { launchBrowser } from '../../host/browser';
import { FakeHost, session } from './fakeHost';
import { richRows } from './richSession';
import { themeNames } from './themes';

const [folder = 'out/screenshots', bundle] = process.argv.slice(2);

const longName = 'A session whose name goes on and on, '.repeat(9).slice(0, 300);

async function main(): Promise<void> {
  const browser = await launchBrowser();

  for (const theme of themeNames) {
    for (const [width, height] of [
      [1400, 900],
      [420, 800],
    ] as const) {
      const host = await FakeHost.open(browser, { theme, width, height, bundle });
      await host.page.clock.install({ time: new Date('2026-11-20T12:00:00Z') }).catch(() => undefined);
      const row = (index: number) => richRows[index] ?? { kind: 'blank' as const, row: index };
      const shown = session(richRows.length, row, {
        label: width > 500 ? 'Fix the flaky build' : longName,
        state: width > 500 ? 'running' : 'stuck',
        problems: [
          {
            code: 'unreadable-line',
            severity: 'error',
            message: 'A line cannot be read: duplicate field `content`.',
            line: 18,
          },
          { code: 'torn-line', severity: 'warning', message: 'The last line has no line feed.', line: 22 },
        ],
      });
      const shot = (name: string) => host.page.screenshot({ path: path.join(folder, `${theme}-${width}-${name}.png`) });
      await host.open(shown, { at: 'row', row: 0, offset: 8 });
      await host.settled();
      await host.page.waitForTimeout(300);
      await shot('1-top');
      for (const fold of (await host.page.locator('.tool .fold').all()).slice(0, 1)) await fold.click();
      await host.page.waitForTimeout(200);
      await shot('2-open');
      await host.probe('probe.scrollBy(700)');
      await host.page.waitForTimeout(300);
      await shot('3-middle');
      await host.probe('probe.scrollTo(0.8)');
      await host.page.waitForTimeout(300);
      await shot('4-low');
      await host.page.keyboard.press('Tab');
      await host.page
        .locator('.rows')
        .focus()
        .catch(() => undefined);
      await host.page.keyboard.press('End');
      await host.page.waitForTimeout(300);
      await shot('5-end');
      await host.page.locator('.header-actions button').last().click();
      await host.page.waitForTimeout(200);
      await shot('6-details');
      await host.context.close();
    }
  }
  await browser.close();
}

void main();
