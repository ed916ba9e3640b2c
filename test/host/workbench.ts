/** The workbench in a browser page, and what a test does in it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { projectRoot } from '../support/project';
import { launchBrowser } from './browser';
import {
  createFolders,
  type HostFolders,
  linkExtension,
  removeFolders,
  restrictedSettings,
  themes,
  writeSettings,
} from './folders';
import { extensionHostLog, type Server, startServer } from './server';

/** The address of the workbench on a folder or a `.code-workspace` file. */
export function workbenchUrl(
  origin: string,
  target: string,
  payload: readonly (readonly [string, string])[] = [],
): string {
  const kind = target.endsWith('.code-workspace') ? 'workspace' : 'folder';
  const slashed = target.replaceAll('\\', '/');
  const absolute = slashed.startsWith('/') ? slashed : `/${slashed}`;
  // Slashes stay as they are: people read this address and copy it.
  const address = `${origin}/?${kind}=${encodeURIComponent(absolute).replaceAll('%2F', '/')}`;
  return payload.length > 0 ? `${address}&payload=${encodeURIComponent(JSON.stringify(payload))}` : address;
}

/** A path on the server as the workbench's payload names it. */
export function remoteUri(origin: string, file: string): string {
  return `vscode-remote://${new URL(origin).host}${file.startsWith('/') ? '' : '/'}${file.replaceAll('\\', '/')}`;
}

export interface HostOptions {
  /** Folder or workspace file to open. */
  readonly target: string;
  /** Folder of the extension to install; the project by default, `null` for none. */
  readonly extension?: string | null;
  readonly theme?: keyof typeof themes;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** 1.5 gives what a user sees at 150 % zoom. */
  readonly deviceScaleFactor?: number;
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** True: the folder is opened in restricted mode, without a question. */
  readonly restricted?: boolean;
  /** Runs before the server starts: put more into the folders here. */
  prepare?(folders: HostFolders): void | Promise<void>;
}

/** A server with a workbench open in a browser. `close` it in the end. */
export class Host {
  private constructor(
    readonly folders: HostFolders,
    readonly server: Server,
    readonly browser: Browser,
    readonly workbench: Workbench,
  ) {}

  static async open(options: HostOptions): Promise<Host> {
    const folders = createFolders();
    let server: Server | undefined;
    let browser: Browser | undefined;
    try {
      const { theme = 'dark', env, restricted = false } = options;
      writeSettings(folders, {
        'workbench.colorTheme': themes[theme],
        ...(restricted ? restrictedSettings : {}),
        ...options.settings,
      });
      if (options.extension !== null) linkExtension(folders, options.extension ?? projectRoot);
      await options.prepare?.(folders);
      [server, browser] = await Promise.all([startServer({ folders, env, restricted }), launchBrowser()]);
      const workbench = await Workbench.open(browser, server, options);
      return new Host(folders, server, browser, workbench);
    } catch (error) {
      await browser?.close();
      await server?.stop();
      removeFolders(folders);
      throw error;
    }
  }

  /** What the extension host has logged: print it when a test fails. */
  log(): string {
    return extensionHostLog(this.folders);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    removeFolders(this.folders);
  }
}

export class Workbench {
  private constructor(readonly page: Page) {}

  static async open(browser: Browser, server: Server, options: Omit<HostOptions, 'extension'>): Promise<Workbench> {
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1400, height: 900 },
      deviceScaleFactor: options.deviceScaleFactor ?? 1,
      colorScheme: options.theme?.startsWith('light') ? 'light' : 'dark',
    });
    const page = await context.newPage();
    await page.goto(workbenchUrl(server.origin, options.target));
    const workbench = new Workbench(page);
    await workbench.ready();
    return workbench;
  }

  /** Waits until the window is drawn and its extension host runs. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page.locator('.part.sidebar .composite.title').waitFor({ timeout: 60_000 });
  }

  /** Loads the window anew, as "Developer: Reload Window" does. */
  async reload(): Promise<void> {
    // In a browser the window's state is written when it is idle, every five seconds; a reload does not wait for it.
    await this.page.waitForTimeout(7000);
    await this.page.reload();
    await this.ready();
  }

  /** The input at the top: of the palette, of a quick pick, of an input box. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type="text"]');
  }

  /** Rows of the list below that input. */
  get quickPicks(): Locator {
    return this.page.locator('.quick-input-widget:visible .monaco-list-row');
  }

  /** Runs a command by the title that the palette shows. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput.fill(`>${title}`);
    // Not the first row: fuzzy matches and recently used commands may come before it.
    const label = this.page.locator('.quick-input-widget:visible .monaco-list-row', { hasText: title }).first();
    await label.click();
  }

  /** Answers an input box. */
  async answer(text: string): Promise<void> {
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Opens a view container by its name in the activity bar. */
  async openContainer(name: string): Promise<void> {
    const tab = this.page.locator('.part.activitybar').getByRole('tab', { name }).first();
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
  }

  /** Rows of the trees in the side bar. */
  get treeRows(): Locator {
    return this.page.locator('.part.sidebar .monaco-list-row');
  }

  treeRow(text: string | RegExp): Locator {
    return this.treeRows.filter({ hasText: text }).first();
  }

  /** Clicks a row and makes sure that it was this one: the list may move under the pointer while it fills. */
  async openRow(text: string | RegExp): Promise<void> {
    const selected = this.page.locator('.part.sidebar .monaco-list-row.selected').filter({ hasText: text });
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.treeRow(text).click();
      if (await selected.count()) return;
    }
    throw new Error(`The row ${text} could not be selected`);
  }

  /** The content of the webview that is on the screen. */
  webview(): FrameLocator {
    return this.page
      .locator('iframe.webview.ready:visible')
      .last()
      .contentFrame()
      .locator('iframe#active-frame')
      .contentFrame();
  }

  notifications(): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item-message');
  }

  /** Saves a picture of the window; returns its path. Below `out/screenshots/` unless the name is a path. */
  async screenshot(name: string): Promise<string> {
    const file = path.isAbsolute(name) ? name : path.join(projectRoot, 'out', 'screenshots', `${name}.png`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
    return file;
  }
}
