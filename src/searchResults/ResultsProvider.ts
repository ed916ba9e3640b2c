import * as vscode from 'vscode';
import type { ResultsModel } from './ResultsModel';
import {
  hitItem,
  hitTooltip,
  leftOutItem,
  leftOutPlaceItem,
  moreHitsItem,
  noticeItem,
  sessionHitsItem,
} from './resultItems';
import type { ResultNode } from './resultNodes';
import type { SearchedStores } from './searchedStores';

/** Turns the rows of the model into tree items. */
export class ResultsProvider implements vscode.TreeDataProvider<ResultNode> {
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changes.event;

  constructor(
    private readonly model: ResultsModel,
    private readonly stores: Pick<SearchedStores, 'nameOf' | 'nameAmongOthers'>,
  ) {}

  /** Draws all rows anew. */
  redraw(): void {
    this.changes.fire(undefined);
  }

  getTreeItem(node: ResultNode): vscode.TreeItem {
    switch (node.kind) {
      case 'sessionHits':
        return sessionHitsItem(node, this.stores.nameAmongOthers(node.group.store), Date.now());
      case 'hit':
        return hitItem(node, Date.now());
      case 'leftOut':
        return leftOutItem(node);
      case 'leftOutPlace':
        return leftOutPlaceItem(node, this.stores.nameOf(node.skipped.store));
      case 'moreHits':
        return moreHitsItem(node);
      case 'notice':
        return noticeItem(node);
    }
  }

  getChildren(node?: ResultNode): ResultNode[] {
    switch (node?.kind) {
      case undefined:
        return [...this.model.roots];
      case 'sessionHits':
        return node.hits;
      case 'leftOut':
        return node.places;
      default:
        return [];
    }
  }

  getParent(node: ResultNode): ResultNode | undefined {
    return node.kind === 'hit' || node.kind === 'leftOutPlace' ? node.parent : undefined;
  }

  resolveTreeItem(item: vscode.TreeItem, node: ResultNode): vscode.TreeItem {
    if (node.kind === 'hit') item.tooltip = hitTooltip(node);
    return item;
  }

  dispose(): void {
    this.changes.dispose();
  }
}
