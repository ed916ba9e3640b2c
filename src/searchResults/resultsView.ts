import * as vscode from 'vscode';
import type { SearchAnswer } from '../shared/search/answer';
import type { HitOpener, HitOptions } from './hitOpener';
import type { ResultsModel } from './ResultsModel';
import { ResultsProvider } from './ResultsProvider';
import type { HitNode, ResultNode } from './resultNodes';
import type { SearchInput } from './scope';
import type { SearchedStores } from './searchedStores';

const VIEW = 'sessionInspector.searchResults';
/** The view is there while there is a search to show. */
const HAS_SEARCH = 'sessionInspector.hasSearch';
const HAS_HITS = 'sessionInspector.hasHits';
const ORDER = 'sessionInspector.searchOrder';
/** Milliseconds between two drawings of the rows while a search goes on. */
const REDRAW = 150;

/** The Search Results view: its rows, its words, and going through its hits. */
export class ResultsView {
  readonly view: vscode.TreeView<ResultNode>;
  private readonly provider: ResultsProvider;
  private readonly contexts = new Map<string, unknown>();
  private redrawing: NodeJS.Timeout | undefined;
  private drawn = 0;
  private progressEnds: (() => void) | undefined;
  private readonly listening: readonly { dispose(): void }[];

  constructor(
    readonly model: ResultsModel,
    stores: Pick<SearchedStores, 'nameOf' | 'nameAmongOthers'>,
    private readonly opener: HitOpener,
  ) {
    this.provider = new ResultsProvider(model, stores);
    this.view = vscode.window.createTreeView(VIEW, {
      treeDataProvider: this.provider,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.listening = [
      model.onDidChange(() => this.changed()),
      this.view.onDidChangeVisibility(({ visible }) => visible && this.provider.redraw()),
    ];
  }

  /** Searches, and comes to the front. */
  async show(input: SearchInput, answer?: SearchAnswer): Promise<void> {
    const searching = this.model.search(input, answer);
    this.setContext(HAS_SEARCH, true);
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    await searching;
  }

  async open(node: HitNode, options: HitOptions = {}): Promise<void> {
    const { model } = this;
    if (!model.input) return;
    model.opened(node);
    await this.opener.open({ hit: node.hit, label: node.parent.group.label, query: model.input.query }, options);
  }

  /** Opens the next or previous hit, and selects its row. */
  async step(direction: 1 | -1): Promise<void> {
    const node = this.model.step(direction);
    if (!node) return;
    if (this.view.visible) await this.view.reveal(node, { select: true, focus: false });
    await this.open(node);
  }

  private changed(): void {
    const { model, view } = this;
    this.setContext(HAS_SEARCH, model.input !== undefined);
    this.setContext(HAS_HITS, model.hasHits);
    this.setContext(ORDER, model.input?.order ?? 'rank');
    view.message = model.message;
    this.showProgress(model.isSearching);
    const wait = model.isSearching ? this.drawn + REDRAW - Date.now() : 0;
    clearTimeout(this.redrawing);
    if (wait <= 0) this.redraw();
    else this.redrawing = setTimeout(() => this.redraw(), wait);
  }

  private redraw(): void {
    this.drawn = Date.now();
    this.provider.redraw();
  }

  private showProgress(isSearching: boolean): void {
    if (isSearching === (this.progressEnds !== undefined)) return;
    if (!isSearching) {
      this.progressEnds?.();
      this.progressEnds = undefined;
      return;
    }
    const ended = new Promise<void>((resolve) => {
      this.progressEnds = resolve;
    });
    void vscode.window.withProgress({ location: { viewId: VIEW } }, () => ended);
  }

  private setContext(name: string, value: unknown): void {
    if (this.contexts.get(name) === value) return;
    this.contexts.set(name, value);
    void vscode.commands.executeCommand('setContext', name, value);
  }

  dispose(): void {
    clearTimeout(this.redrawing);
    this.progressEnds?.();
    for (const each of this.listening) each.dispose();
    this.view.dispose();
    this.provider.dispose();
  }
}
