/** What a test of changes does in the workbench: rows, menus, questions, notifications. */
import * as fs from 'node:fs';
import type { Locator } from 'playwright-core';
import type { Host } from '../host/workbench';

export class Changes {
  constructor(private readonly host: Host) {}

  private get page() {
    return this.host.workbench.page;
  }

  row(words: string | RegExp): Locator {
    return this.host.workbench.treeRow(words);
  }

  gone(words: string | RegExp): Promise<void> {
    return this.row(words).waitFor({ state: 'detached' });
  }

  /** Entries of the context menu that is open, its separators apart. */
  get menuItems(): Locator {
    return this.page.locator('.context-view .monaco-menu').getByRole('menuitem');
  }

  menuItem(name: string | RegExp): Locator {
    return this.page.getByRole('menuitem', { name }).first();
  }

  /** Scrolls the tree to its first rows. */
  async top(): Promise<void> {
    await this.scroll('Home');
  }

  /** Scrolls the tree to its last rows, which are those of history and trash. */
  async end(): Promise<void> {
    await this.scroll('End');
  }

  private async scroll(key: 'Home' | 'End'): Promise<void> {
    await this.page.waitForTimeout(1000);
    await this.page.locator('.part.sidebar .monaco-list').first().focus();
    await this.page.keyboard.press(key);
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  notification(words: string | RegExp): Locator {
    return this.page.locator('.notifications-center .notification-list-item').filter({ hasText: words });
  }

  /** Under the driver that lets extensions be tested, VS Code shows no toasts: the list of notifications is opened. */
  async showNotifications(): Promise<void> {
    if ((await this.page.locator('.notifications-center.visible').count()) > 0) return;
    await this.page.locator('[id="status.notifications"]').click();
    // The bell's own hover would lie over the buttons.
    await this.page.mouse.move(700, 300);
  }

  async openMenu(words: string | RegExp): Promise<void> {
    // A hover of another row would lie over this one.
    await this.page.mouse.move(700, 300);
    // What was done just before draws rows anew, and a menu takes no click in its first moments.
    await this.page.waitForTimeout(500);
    await this.row(words).click({ button: 'right' });
    await this.menuItems.first().waitFor();
    await this.page.waitForTimeout(500);
  }

  /** Runs a command of a row's context menu. */
  async context(words: string | RegExp, command: string): Promise<void> {
    await this.openMenu(words);
    await this.menuItem(command).click();
  }

  /** Presses the button of the question that is on the screen, and returns what it said. */
  async answer(button: string): Promise<string> {
    await this.dialog.waitFor();
    const words = (await this.dialog.textContent()) ?? '';
    await this.dialog.getByRole('button', { name: button, exact: true }).click();
    return words;
  }

  async told(words: string | RegExp): Promise<void> {
    await this.showNotifications();
    await this.notification(words).first().waitFor();
  }

  /** Presses a button of a notification. */
  async press(words: string | RegExp, button: string): Promise<void> {
    await this.told(words);
    await this.notification(words).first().getByRole('button', { name: button, exact: true }).click();
  }

  /** Chooses a line of the quick pick that is open. */
  async pick(words: string | RegExp): Promise<void> {
    await this.host.workbench.quickPicks.filter({ hasText: words }).first().click();
  }

  /** Closes all notifications. The list stays in the document with what it showed last, but is not seen then. */
  async clearNotifications(): Promise<void> {
    await this.showNotifications();
    const shown = this.notification(/./).filter({ visible: true });
    for (let attempt = 0; attempt < 20 && (await shown.count()) > 0; attempt++) {
      // The list folds in, and one that shows progress goes, by themselves. Its button is there under the pointer.
      const first = shown.first();
      await first.hover({ timeout: 1000 }).catch(() => undefined);
      const button = first.getByRole('button', { name: /^Clear Notification/ });
      await button.click({ timeout: 1000 }).catch(() => undefined);
      await this.page.waitForTimeout(200);
    }
  }

  /** Kills the process that reads and changes the stores of this window, as the system may do at any moment. */
  killService(): boolean {
    const root = this.host.folders.root;
    const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const service = pids.find((pid) => {
      const line = commandLine(pid);
      return line.includes(root) && line.includes('service.js');
    });
    if (service !== undefined) process.kill(Number(service), 'SIGKILL');
    return service !== undefined;
  }
}

/** A test's steps; when one fails, a picture and what the extension host has logged. */
export function lookingAt(host: () => Host) {
  return (name: string, steps: () => Promise<void>): Mocha.Func =>
    async () => {
      try {
        await steps();
      } catch (error) {
        console.error(`${await host().workbench.screenshot(`failed-${name}`)}\n${host().log()}`);
        throw error;
      }
    };
}

function commandLine(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
