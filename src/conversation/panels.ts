import * as vscode from 'vscode';
import * as protocol from '../service/protocol';
import type { Highlight, Place } from '../shared/conversationProtocol';
import { storeId, storeOfId } from '../shared/session';
import { ConversationPanel, type PanelServices } from './conversationPanel';
import { pageResources } from './pageHtml';
import { savedPage } from './pageMessages';
import type { Target } from './viewer';

export const VIEW_TYPE = 'sessionInspector.conversation';
const PREVIEW_CONTEXT = 'sessionInspector.activeIsPreview';
/** A second click on the same session within this time keeps its panel, as a double click in the explorer does. */
const DOUBLE_CLICK = 500;

export interface OpenOptions {
  readonly toSide?: boolean;
  readonly place?: Place;
  /** Opens a panel of its own instead of reusing the preview. */
  readonly keep?: boolean;
  /** Gives the panel the keyboard; else it stays in the list, so that the arrow keys go on to the next session. */
  readonly focus?: boolean;
}

/**
 * The open conversation panels: one for each session. A click reuses the one panel that has not been kept yet (the
 * preview); a second click or "Keep Open" makes it the session's own.
 */
export class ConversationPanels implements vscode.WebviewPanelSerializer {
  private readonly panels = new Set<ConversationPanel>();
  private preview: ConversationPanel | undefined;
  private lastClick: { id: string; at: number } | undefined;

  constructor(private readonly services: PanelServices) {
    const { client } = services;
    client.on(protocol.ConversationChanged, ({ viewer, header, range }) => {
      for (const panel of this.panels) panel.changed(viewer, header, range);
    });
    client.on(protocol.ConversationIndexing, ({ viewer, done }) => {
      for (const panel of this.panels) panel.indexing(viewer, done);
    });
    client.on(protocol.ConversationGone, ({ viewer, message }) => {
      for (const panel of this.panels) panel.gone(viewer, message);
    });
    client.onDidStop(() => {
      for (const panel of this.panels) void panel.reopen();
    });
  }

  get all(): readonly ConversationPanel[] {
    return [...this.panels];
  }

  /** Opens a session, or comes back to it where it is open. */
  open(target: Target, options: OpenOptions = {}): Promise<ConversationPanel> {
    return this.openWith(target, options);
  }

  /** Opens a session at a hit of a search, its words highlighted; a panel that shows the session already goes there. */
  openAt(target: Target, highlight: Highlight, options: OpenOptions = {}): Promise<ConversationPanel> {
    return this.openWith(target, { ...options, place: { at: 'row', row: highlight.row, offset: 0 } }, highlight);
  }

  /** Opens the find bar of the panel in front; without one nothing happens. */
  find(): void {
    this.all.find(({ panel }) => panel.active)?.openFind();
  }

  private async openWith(target: Target, options: OpenOptions, highlight?: Highlight): Promise<ConversationPanel> {
    const id = `${storeId(target.store)}\n${target.key}\n${highlight?.row ?? ''}`;
    const now = Date.now();
    const clickedTwice = this.lastClick?.id === id && now - this.lastClick.at < DOUBLE_CLICK;
    this.lastClick = { id, at: now };

    const open = this.all.find((panel) => panel.shows(storeId(target.store), target.key));
    if (open) {
      if (clickedTwice || options.keep || options.toSide) this.keep(open);
      // A panel of the reader's own group moves to the side; one that is there already stays.
      const isHere = open.panel.viewColumn === vscode.window.tabGroups.activeTabGroup.viewColumn;
      const column = options.toSide && isHere ? vscode.ViewColumn.Beside : undefined;
      // Before the panel comes to the front: a page that was hidden loads anew and asks where to land.
      const gone = highlight && open.goTo(highlight);
      open.panel.reveal(column, !clickedTwice && !options.focus);
      await (gone ?? open.retryIfFailed());
      return open;
    }
    const place = options.place ?? { at: 'end' };
    // A second click may keep the panel, and a close take it away, while its session is still read.
    const { preview } = this;
    if (preview && !options.toSide && !options.keep) {
      preview.panel.reveal(undefined, !options.focus);
      await preview.show(target, place, highlight);
      return preview;
    }
    const column = options.toSide ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const webview = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      target.label,
      { viewColumn: column, preserveFocus: !options.focus },
      this.webviewOptions,
    );
    const panel = this.add(webview, target, place, highlight);
    if (!options.toSide && !options.keep) this.setPreview(panel);
    return panel;
  }

  /** Makes a panel its session's own; without one: the panel in front. */
  keep(panel = this.all.find((candidate) => candidate.panel.active)): void {
    if (panel && panel === this.preview) this.setPreview(undefined);
  }

  private setPreview(panel: ConversationPanel | undefined): void {
    this.preview = panel;
    this.updateContext();
  }

  private updateContext(): void {
    void vscode.commands.executeCommand('setContext', PREVIEW_CONTEXT, this.preview?.panel.active === true);
  }

  private get webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [pageResources(this.services.extension)] };
  }

  private add(webview: vscode.WebviewPanel, target: Target, place: Place, highlight?: Highlight): ConversationPanel {
    const icon = (theme: string) =>
      vscode.Uri.joinPath(this.services.extension, 'media', 'icons', `conversation-${theme}.svg`);
    webview.iconPath = { light: icon('light'), dark: icon('dark') };
    const panel = new ConversationPanel(webview, target, place, this.services, highlight);
    this.panels.add(panel);
    webview.onDidDispose(() => {
      this.panels.delete(panel);
      if (this.preview === panel) this.setPreview(undefined);
    });
    webview.onDidChangeViewState(() => this.updateContext());
    return panel;
  }

  /** After a reload of the window. */
  async deserializeWebviewPanel(webview: vscode.WebviewPanel, state: unknown): Promise<void> {
    const saved = savedPage(state);
    const store = saved && storeOfId(saved.storeId);
    if (!saved || !store) {
      webview.dispose();
      return;
    }
    webview.webview.options = this.webviewOptions;
    this.add(webview, { store, key: saved.key, label: saved.label }, saved.place);
  }

  dispose(): void {
    for (const panel of this.all) panel.panel.dispose();
  }
}
