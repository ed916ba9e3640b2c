import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import type { ConversationHeader, FromPage, Highlight, Place, RowRange, ToPage } from '../shared/conversationProtocol';
import { storeId } from '../shared/session';
import { visibleLine } from '../shared/visibleText';
import type { MessageDocuments } from './messageDocuments';
import { pageHtml } from './pageHtml';
import { pageMessage } from './pageMessages';
import { type Target, Viewer } from './viewer';

/** Characters of a tab's title. */
const TITLE_LENGTH = 60;
const OPENABLE = new Set(['http', 'https', 'mailto']);

export interface PanelServices {
  readonly client: ServiceClient;
  readonly documents: MessageDocuments;
  readonly extension: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly revealInTree: (store: string, key: string) => Promise<void>;
}

/** A tab with one conversation. It can be pointed at another session; the page stays loaded. */
export class ConversationPanel {
  private readonly viewer: Viewer;
  private isReady = false;
  /** False while the tab is hidden, where a page does not live, and until it has loaded anew. */
  private isAlive = false;
  /** Where the page is to land when it lives again. */
  private landing: Highlight | undefined;
  /** What is to be shown as soon as the page is ready. */
  private readonly waiting: ToPage[] = [];
  /** Where the page begins, unless it knows better after it was hidden. */
  private place: Place = { at: 'end' };
  private target: Target;
  private readonly drawings: { what: string; milliseconds: number; total: number }[] = [];

  constructor(
    readonly panel: vscode.WebviewPanel,
    target: Target,
    place: Place,
    private readonly services: PanelServices,
    highlight?: Highlight,
  ) {
    this.target = target;
    this.place = place;
    this.viewer = new Viewer(
      services.client,
      (message) => this.post(message),
      (header) => this.setTitle(header.label),
    );
    this.setTitle(target.label);
    panel.webview.onDidReceiveMessage((value: unknown) => {
      const message = pageMessage(value);
      if (!message) services.log.warn('The page sent a message that is none of its own.');
      else this.received(message).catch((error: unknown) => this.failed(error));
    });
    panel.onDidDispose(() => this.viewer.dispose());
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.isAlive = false;
    });
    panel.webview.html = pageHtml(panel.webview, services.extension);
    // While the page loads, its first rows are on their way.
    void this.viewer.open(target, place, highlight);
  }

  shows(store: string, key: string): boolean {
    return storeId(this.target.store) === store && this.target.key === key;
  }

  get session(): Target {
    return this.target;
  }

  /** Times of the last drawings, newest last: for tests and measurements. */
  get drawn(): readonly { what: string; milliseconds: number; total: number }[] {
    return this.drawings;
  }

  /** Points the panel at another session. */
  async show(target: Target, place: Place, highlight?: Highlight): Promise<void> {
    this.target = target;
    this.place = place;
    this.landing = undefined;
    this.setTitle(target.label);
    if (this.isReady && !this.isAlive) this.landing = highlight;
    await this.viewer.open(target, place, highlight);
  }

  /** Goes to a hit in the session that the panel shows. */
  async goTo(highlight: Highlight): Promise<void> {
    if (this.hasFailed) return this.show(this.target, { at: 'row', row: highlight.row, offset: 0 }, highlight);
    if (this.isReady && !this.isAlive) this.landing = highlight;
    else this.viewer.goTo(highlight);
  }

  /** Opens the find bar of the page and gives it the keyboard. */
  openFind(): void {
    this.panel.reveal(undefined, false);
    this.viewer.openFind();
  }

  /** True while the page says that its session cannot be had. */
  get hasFailed(): boolean {
    return this.viewer.hasFailed;
  }

  /** Looks again for a session that could not be had: it may be back. */
  async retryIfFailed(): Promise<void> {
    if (this.hasFailed) await this.viewer.open(this.target, this.place);
  }

  changed(viewer: number, header: ConversationHeader, range: RowRange): void {
    this.viewer.changed(viewer, header, range);
  }

  indexing(viewer: number, done: number): void {
    this.viewer.indexing(viewer, done);
  }

  gone(viewer: number, message: string): void {
    this.viewer.gone(viewer, message);
  }

  reopen(): Promise<void> {
    return this.viewer.reopen();
  }

  private setTitle(label: string): void {
    const title = visibleLine(label);
    this.panel.title = title.length > TITLE_LENGTH ? `${title.slice(0, TITLE_LENGTH)}…` : title;
  }

  private post(message: ToPage): void {
    if (this.isReady) void this.panel.webview.postMessage(message);
    else this.waiting.push(message);
  }

  private failed(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    this.services.log.error(words);
    void vscode.window.showErrorMessage(words);
  }

  private async received(message: FromPage): Promise<void> {
    if (message.type === 'ready') {
      const isFirst = !this.isReady;
      this.isReady = true;
      this.isAlive = true;
      if (isFirst) {
        for (const each of this.waiting.splice(0)) this.post(each);
        return;
      }
      const { saved } = message;
      const { landing } = this;
      this.landing = undefined;
      if (landing) return this.viewer.open(this.target, { at: 'row', row: landing.row, offset: 0 }, landing);
      // A page that comes back from being hidden knows better than we where it was.
      const place = saved && this.shows(saved.storeId, saved.key) ? saved.place : this.place;
      return this.viewer.open(this.target, place);
    }
    if (!this.viewer.isCurrent(message.show)) return;
    const { documents, client, revealInTree } = this.services;
    const { store, key } = this.target;
    switch (message.type) {
      case 'requestRows':
        return this.viewer.rows(message.request, message.first, message.count);
      case 'requestImage':
        return this.viewer.image(message.request, message.row, message.index);
      case 'find':
        return this.viewer.find(message.request, message.pattern);
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return this.post({ type: 'copied', show: message.show, request: message.request });
      case 'copyMessage': {
        const { text } = await client.request(protocol.GetMessage, { store, key, row: message.row });
        await vscode.env.clipboard.writeText(text);
        return this.post({ type: 'copied', show: message.show, request: message.request });
      }
      case 'openLink':
        return this.openLink(message.url);
      case 'openMessage':
        return documents.open({ store, key, row: message.row, what: 'message' });
      case 'openRaw':
        return documents.open({ store, key, row: message.row, what: 'raw' });
      case 'openFile':
        return this.openFile(message.path);
      case 'revealInTree':
        return revealInTree(storeId(store), key);
      case 'action':
        return this.act(message.action);
      case 'drawn':
        this.drawings.push({ what: message.what, milliseconds: message.milliseconds, total: message.total });
        if (this.drawings.length > 200) this.drawings.shift();
    }
  }

  private async act(action: 'retry' | 'showLog' | 'close'): Promise<void> {
    if (action === 'close') this.panel.dispose();
    else if (action === 'showLog') this.services.log.show();
    else await this.viewer.open(this.target, this.place);
  }

  /** VS Code itself asks before it leaves for a site that it does not know. */
  private async openLink(url: string): Promise<void> {
    const uri = vscode.Uri.parse(url, true);
    if (OPENABLE.has(uri.scheme)) await vscode.env.openExternal(uri);
  }

  private async openFile(file: string): Promise<void> {
    const uri = vscode.Uri.file(file);
    const exists = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (exists) await vscode.commands.executeCommand('vscode.open', uri, vscode.ViewColumn.Beside);
    else void vscode.window.showInformationMessage(`${visibleLine(file)} is not on this machine any more.`);
  }
}
