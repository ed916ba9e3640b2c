import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { stuckIn } from '../shared/sessionState';
import type { SessionNode, TreeNode } from './nodes';
import type { SessionsModel } from './sessionsModel';
import { sessionTooltip } from './tooltip';
import { failureItem, ROW_SCHEME, sessionItem, storeItem } from './treeItems';

/** Turns the model's rows into tree items. No input or output of its own, the tooltip's look-up apart. */
export class SessionsProvider implements vscode.TreeDataProvider<TreeNode> {
  private readonly changes = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  /** Running sessions whose rows are drawn: when each will count as stuck. */
  private readonly stuckTimers = new Map<string, NodeJS.Timeout>();
  private readonly listening: { dispose(): void };

  constructor(
    private readonly model: SessionsModel,
    private readonly client: ServiceClient,
    private readonly stuckAfterSeconds: () => number,
  ) {
    this.listening = model.onDidChange((node) => this.changes.fire(node));
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'store':
        return storeItem(node);
      case 'session':
        this.redrawWhenStuck(node);
        return sessionItem(node, Date.now(), this.stuckAfterSeconds());
      case 'failure':
        return failureItem(node);
    }
  }

  /** No event tells that a session got stuck: time alone makes it so. */
  private redrawWhenStuck(node: SessionNode): void {
    clearTimeout(this.stuckTimers.get(node.id));
    this.stuckTimers.delete(node.id);
    const wait = stuckIn(node.metadata, Date.now(), this.stuckAfterSeconds());
    if (wait === null) return;
    const redraw = (): void => {
      this.stuckTimers.delete(node.id);
      this.changes.fire(node);
    };
    this.stuckTimers.set(node.id, setTimeout(redraw, wait));
  }

  /** Draws all rows anew: their times are relative to now. */
  redraw(): void {
    this.changes.fire(undefined);
  }

  dispose(): void {
    this.listening.dispose();
    for (const timer of this.stuckTimers.values()) clearTimeout(timer);
    this.stuckTimers.clear();
    this.changes.dispose();
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return [...(await this.model.getRoots())];
    return node.kind === 'store' ? [...(await this.model.getSessions(node))] : [];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.kind === 'store' ? undefined : node.store;
  }

  async resolveTreeItem(
    item: vscode.TreeItem,
    node: TreeNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind !== 'session') return item;
    const store = node.store.found.location;
    const known = node.metadata;
    const full = await this.client.request(protocol.GetSession, { store, key: known.key }, token).catch(() => null);
    if (full && node.metadata === known) node.metadata = full;
    item.tooltip = sessionTooltip(node);
    return item;
  }
}

/** The badge of rows with problems. */
export class ProblemBadges implements vscode.FileDecorationProvider {
  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== ROW_SCHEME) return undefined;
    const [severity, count] = uri.query.split('=');
    const words = `${count} ${count === '1' ? 'problem' : 'problems'}`;
    const color =
      severity === 'info'
        ? undefined
        : new vscode.ThemeColor(severity === 'error' ? 'list.errorForeground' : 'list.warningForeground');
    return new vscode.FileDecoration(severity === 'info' ? 'i' : '!', words, color);
  }
}
