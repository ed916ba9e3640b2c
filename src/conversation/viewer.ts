import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import type { ConversationHeader, Highlight, Place, RowRange, ToPage } from '../shared/conversationProtocol';
import type { FindPattern } from '../shared/search/answer';
import { type StoreLocation, storeId } from '../shared/session';

/** Which session a page shows. `label` names it until the store has answered. */
export interface Target {
  readonly store: StoreLocation;
  readonly key: string;
  readonly label: string;
}

/** Rows of the first answer: a screen and a half of short messages. */
const FIRST_ROWS = 60;

let viewers = 0;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * One session on one page: asks the service for rows and passes on what it tells of changes.
 * Answers about a session that the page no longer shows are dropped.
 */
export class Viewer {
  private readonly id = ++viewers;
  private current: Target | undefined;
  private show = 0;
  private hasHeader = false;
  private failed = false;
  /** Where the page is to land as soon as its session is there. */
  private landing: Highlight | undefined;
  /** The search inside the session that runs. */
  private finding: vscode.CancellationTokenSource | undefined;

  constructor(
    private readonly client: ServiceClient,
    private readonly post: (message: ToPage) => void,
    private readonly onHeader: (header: ConversationHeader) => void,
  ) {}

  /** True while the page says that its session cannot be had. */
  get hasFailed(): boolean {
    return this.failed;
  }

  /** True for a message about what the page shows now. */
  isCurrent(show: number): boolean {
    return show === this.show;
  }

  /** Handles a notice of the service, if it is about this viewer. */
  changed(viewer: number, header: ConversationHeader, range: RowRange): void {
    if (viewer !== this.id || !this.isAbout(header)) return;
    this.take(header);
    this.post({ type: 'changed', show: this.show, header, range });
  }

  indexing(viewer: number, done: number): void {
    if (viewer === this.id) this.post({ type: 'indexing', show: this.show, done });
  }

  gone(viewer: number, message: string): void {
    if (viewer === this.id) this.post({ type: 'gone', show: this.show, message });
  }

  /** Shows a session from its first rows; at `place`, or at a hit of a search. */
  async open(target: Target, place: Place, highlight?: Highlight): Promise<void> {
    const show = ++this.show;
    this.cancelFind();
    this.current = target;
    this.landing = highlight;
    this.hasHeader = false;
    this.failed = false;
    this.post({ type: 'loading', show, label: target.label });
    try {
      const from = place.at === 'end' ? -FIRST_ROWS : Math.max(0, place.row - FIRST_ROWS / 2);
      const opened = await this.request(target, from);
      if (show !== this.show) return;
      this.take(opened.header);
      const { header, range } = opened;
      this.post({ type: 'show', show, header, range, place, ...(this.landing && { highlight: this.landing }) });
      this.landing = undefined;
    } catch (error) {
      if (show !== this.show) return;
      this.failed = true;
      this.post({ type: 'failed', show, label: target.label, message: messageOf(error), action: 'retry' });
    }
  }

  /** Goes to a hit in the session that is shown, or is about to be. */
  goTo(highlight: Highlight): void {
    if (this.hasHeader) this.post({ type: 'goTo', show: this.show, highlight });
    else this.landing = highlight;
  }

  openFind(): void {
    if (this.hasHeader) this.post({ type: 'openFind', show: this.show });
  }

  /** Every place of a pattern in the whole session. It takes the place of the search before, whose answer is dropped. */
  async find(request: number, pattern: FindPattern): Promise<void> {
    const { current: target, show } = this;
    this.cancelFind();
    if (!target) return;
    const finding = new vscode.CancellationTokenSource();
    this.finding = finding;
    const isCurrent = () => this.finding === finding && show === this.show;
    try {
      const { store, key } = target;
      const found = await this.client.request(protocol.FindInConversation, { store, key, pattern }, finding.token);
      if (isCurrent()) this.post({ type: 'found', show, request, found });
    } catch (error) {
      if (isCurrent()) this.post({ type: 'findFailed', show, request, message: messageOf(error) });
    } finally {
      if (this.finding === finding) this.finding = undefined;
      finding.dispose();
    }
  }

  private cancelFind(): void {
    this.finding?.cancel();
    this.finding = undefined;
  }

  /** After the service has been started anew: takes up the same session, without disturbing the page. */
  async reopen(): Promise<void> {
    const { current: target, show } = this;
    if (!target || !this.hasHeader) return;
    try {
      const opened = await this.request(target, -FIRST_ROWS);
      if (show === this.show) this.changed(this.id, opened.header, opened.range);
    } catch (error) {
      if (show === this.show) this.post({ type: 'gone', show, message: messageOf(error) });
    }
  }

  private request(target: Target, from: number): Promise<protocol.Opened> {
    const { store, key } = target;
    return this.client.request(protocol.OpenConversation, { viewer: this.id, store, key, from, count: FIRST_ROWS });
  }

  async rows(request: number, first: number, count: number): Promise<void> {
    const { current: target, show } = this;
    if (!target) return;
    try {
      const range = await this.client.request(protocol.GetRows, { store: target.store, key: target.key, first, count });
      if (show === this.show) this.post({ type: 'rows', show, request, range });
    } catch (error) {
      if (show === this.show) this.post({ type: 'rowsFailed', show, request, message: messageOf(error) });
    }
  }

  async image(request: number, row: number, index: number): Promise<void> {
    const { current: target, show } = this;
    if (!target) return;
    const params = { store: target.store, key: target.key, row, index };
    const uri = await this.client.request(protocol.GetImage, params).catch(() => null);
    if (show === this.show) this.post({ type: 'image', show, request, uri });
  }

  /** A notice about the session before this one may still have been on its way. */
  private isAbout(header: ConversationHeader): boolean {
    const target = this.current;
    return target !== undefined && header.key === target.key && header.storeId === storeId(target.store);
  }

  private take(header: ConversationHeader): void {
    this.hasHeader = true;
    this.onHeader(header);
  }

  dispose(): void {
    this.show++;
    this.cancelFind();
    this.client.notify(protocol.CloseConversation, { viewer: this.id });
  }
}
