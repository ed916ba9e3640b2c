/** The extension's side of the page, played from here: a page with the real bundle, and rows on request. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type {
  ConversationHeader,
  ConversationRow,
  FromPage,
  Highlight,
  Place,
  RowRange,
  ToPage,
} from '../../../src/shared/conversationProtocol';
import { projectRoot } from '../../support/project';
import { foundIn } from './foundIn';
import { header } from './sampleRows';
import { bodyClass, type ThemeName, themeSheet } from './themes';

const origin = 'https://page.test';

export interface Session {
  header: ConversationHeader;
  total: number;
  complete: boolean;
  generation: number;
  row: (row: number) => ConversationRow;
  /** A row as the store holds it, where the page gets only its beginning. */
  whole?: (row: number) => ConversationRow;
}

export function session(
  total: number,
  row: (row: number) => ConversationRow,
  overrides: Partial<ConversationHeader> = {},
): Session {
  return { header: header({ messageCount: total, ...overrides }), total, complete: true, generation: 1, row };
}

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  readonly bundle?: string;
}

export class FakeHost {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly received: FromPage[] = [];
  /** Requests that left the page for anything but its own files. */
  readonly strangers: string[] = [];
  session: Session | null = null;
  show = 0;
  /** Milliseconds until rows are answered. */
  delay = 0;
  image: string | null = null;
  /** Milliseconds until a search is answered, and why it cannot be. */
  findDelay = 0;
  findFailure: string | null = null;
  /** Why rows cannot be had; `null`: they can. */
  failure: string | null = null;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  static async open(browser: Browser, options: PageOptions = {}): Promise<FakeHost> {
    const { theme = 'dark', width = 1400, height = 900 } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
    });
    const page = await context.newPage();
    const host = new FakeHost(context, page);
    await host.serve(theme, options.bundle ?? path.join(projectRoot, 'dist', 'media'));
    await page.exposeFunction('hostReceive', (message: FromPage) => host.receive(message));
    page.on('dialog', (dialog) => {
      host.strangers.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${origin}/`);
    await host.waitFor('ready');
    return host;
  }

  private async serve(theme: ThemeName, bundle: string): Promise<void> {
    const probe = fs.readFileSync(path.join(projectRoot, 'test/e2e/page/probe.js'), 'utf8');
    const policy = `default-src 'none'; script-src 'nonce-test'; style-src ${origin}; font-src ${origin}; img-src data:; base-uri 'none'; form-action 'none'`;
    const html = `<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/conversation-style.css"></head>
<body class="${bodyClass(theme)}"><div id="root"></div>
<script nonce="test" src="/probe.js"></script><script nonce="test" src="/conversation.js"></script></body></html>`;
    await this.page.route('**', (route) => {
      const { pathname, href } = new URL(route.request().url());
      if (!href.startsWith(`${origin}/`)) {
        this.strangers.push(href);
        return route.abort();
      }
      if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
      if (pathname === '/probe.js') return route.fulfill({ contentType: 'text/javascript', body: probe });
      if (pathname === '/theme.css') return route.fulfill({ contentType: 'text/css', body: themeSheet(theme) });
      const file = path.join(bundle, path.basename(pathname));
      if (fs.existsSync(file)) return route.fulfill({ path: file });
      if (pathname !== '/favicon.ico') this.strangers.push(href);
      return route.fulfill({ status: 404 });
    });
  }

  /** Shows a session, from `first` on where rows are not to come from the end. */
  async open(session: Session, place: Place = { at: 'end' }, rows = 60, highlight?: Highlight): Promise<void> {
    this.session = session;
    this.show++;
    const first = place.at === 'end' ? session.total - rows : place.row - Math.floor(rows / 2);
    await this.send({
      type: 'show',
      show: this.show,
      header: session.header,
      place,
      range: this.range(first, rows),
      ...(highlight && { highlight }),
    });
    await this.waitFor('drawn');
  }

  range(from: number, count: number): RowRange {
    const session = this.current();
    const first = Math.max(0, Math.min(from, session.total));
    const length = Math.max(0, Math.min(count, session.total - first));
    const rows = Array.from({ length }, (_, index) => session.row(first + index));
    return { generation: session.generation, total: session.total, complete: session.complete, first, rows };
  }

  /** Rows were added, or differ, from `first` on. */
  async changed(first: number): Promise<void> {
    const session = this.current();
    this.forget('drawn');
    await this.send({
      type: 'changed',
      show: this.show,
      header: session.header,
      range: this.range(first, session.total),
    });
    await this.waitFor('drawn');
  }

  send(message: ToPage): Promise<void> {
    return this.page.evaluate(`postMessage(${JSON.stringify(message)}, '*')`);
  }

  /** Value of an expression over the page's `probe`. */
  probe<T>(expression: string): Promise<T> {
    return this.page.evaluate(expression) as Promise<T>;
  }

  of<T extends FromPage['type']>(type: T): Extract<FromPage, { type: T }>[] {
    return this.received.filter((message): message is Extract<FromPage, { type: T }> => message.type === type);
  }

  forget(type: FromPage['type']): void {
    for (let index = this.received.length - 1; index >= 0; index--) {
      if (this.received[index]?.type === type) this.received.splice(index, 1);
    }
  }

  async waitFor(type: FromPage['type']): Promise<void> {
    await this.until(() => this.of(type).length > 0, type);
  }

  async until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + 8000;
    while (!(await done())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** All rows in view are there, and what they brought is laid out. */
  async settled(): Promise<void> {
    await this.until(
      () => this.probe<boolean>('probe.rows().length > 0 && probe.rows().every(({loaded}) => loaded)'),
      'rows in view',
    );
    await this.probe('probe.frame()');
  }

  private async receive(message: FromPage): Promise<void> {
    this.received.push(message);
    if (message.type === 'requestRows') {
      const { show, request, first, count } = message;
      if (this.failure !== null) return this.send({ type: 'rowsFailed', show, request, message: this.failure });
      const range = this.range(first, count);
      if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
      await this.send({ type: 'rows', show, request, range });
    }
    if (message.type === 'find') {
      const { show, request, pattern } = message;
      if (this.findDelay > 0) await new Promise((resolve) => setTimeout(resolve, this.findDelay));
      if (this.findFailure !== null) return this.send({ type: 'findFailed', show, request, message: this.findFailure });
      return this.send({ type: 'found', show, request, found: foundIn(this.current(), pattern) });
    }
    if (message.type === 'requestImage') {
      await this.send({ type: 'image', show: message.show, request: message.request, uri: this.image });
    }
    if (message.type === 'copy' || message.type === 'copyMessage') {
      await this.send({ type: 'copied', show: message.show, request: message.request });
    }
  }

  private current(): Session {
    if (!this.session) throw new Error('no session is shown');
    return this.session;
  }
}
