/** Pictures of what was found, in all themes, to look at: `node out/test/e2e/page/findScreenshots.main.js FOLDER [BUNDLE]`. */
import * as path from 'node:path';
import { launchBrowser } from '../../host/browser';
import { FakeHost, session } from './fakeHost';
import { richRows } from './richSession';
import { themeNames } from './themes';

const [folder = 'out/screenshots', bundle] = process.argv.slice(2);

async function main(): Promise<void> {
  const browser = await launchBrowser();
  for (const theme of themeNames) {
    for (const width of [1400, 420, 300]) {
      const host = await FakeHost.open(browser, { theme, width, height: 800, bundle });
      const row = (index: number) => richRows[index] ?? { kind: 'blank' as const, row: index };
      await host.open(session(richRows.length, row), { at: 'row', row: 0, offset: 8 });
      await host.settled();
      const shot = async (name: string): Promise<void> => {
        await host.page.waitForTimeout(300);
        await host.page.screenshot({ path: path.join(folder, `find-${theme}-${width}-${name}.png`) });
      };
      const input = host.page.locator('.find input');
      await host.page.keyboard.press('Control+f');
      await shot('1-empty');
      await input.fill('test');
      await shot('2-found');
      await input.fill('zone');
      await host.page.keyboard.press('Enter');
      await host.page.keyboard.press('Enter');
      await host.page.keyboard.press('Enter');
      await shot('3-next');
      await input.fill('nothing of this kind');
      await shot('4-none');
      await host.page.keyboard.press('Alt+r');
      await host.page.keyboard.press('Alt+c');
      await input.fill('(un|balanced');
      await shot('5-wrong');
      await input.fill('example\\.com/notes');
      await shot('6-not-drawn');
      await host.page.keyboard.press('Escape');
      const words = { matchCase: false, wholeWord: false, regex: false };
      const patterns = [
        { ...words, text: 'expected' },
        { ...words, text: 'clock' },
      ];
      await host.send({ type: 'goTo', show: host.show, highlight: { row: 3, patterns } });
      await shot('7-landed');
      await host.send({
        type: 'goTo',
        show: host.show,
        highlight: { row: 12, patterns: [{ ...words, text: 'المحلي' }] },
      });
      await shot('8-right-to-left');
      await host.context.close();
    }
  }
  await browser.close();
}

void main();
