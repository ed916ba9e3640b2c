import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { storeId } from '../shared/session';
import { stuckIn } from '../shared/sessionState';
import { entryItem, historyItem, moreItem, trashedItem, trashItem } from './journalItems';
import type { JournalModel } from './journalModel';
import type { SessionNode, StoreNode, TreeNode } from './nodes';
import type { BusyRow, RunningOperations } from './runningOperations';
import { savedSearchItem, savedSessionItem } from './savedSearchItems';
import type { SavedSearchModel } from './savedSearchModel';
import type { SessionsModel } from './sessionsModel';
import { sessionTooltip } from './tooltip';
import { failureItem, sessionItem, storeItem } from './treeItems';

/** More rows of a store than this are drawn anew all at once. */
const SINGLE_ROW_LIMIT = 20;

/** What the tree is drawn from. */
export interface TreeModels {
  readonly sessions: SessionsModel;
  readonly journal: JournalModel;
  readonly running: RunningOperations;
  readonly saved: SavedSearchModel;
}

/** Turns the models' rows into tree items. No input or output of its own, the tooltip's look-up apart. */
export class SessionsProvider implements vscode.TreeDataProvider<TreeNode> {
  private readonly changes = new vscode.EventEmitter<TreeNode | TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  /** Running sessions whose rows are drawn: when each will count as stuck. */
  private readonly stuckTimers = new Map<string, NodeJS.Timeout>();
  private readonly listening: readonly { dispose(): void }[];

  constructor(
    private readonly models: TreeModels,
    private readonly client: Pick<ServiceClient, 'request'>,
    private readonly stuckAfterSeconds: () => number,
  ) {
    this.listening = [
      models.sessions.onDidChange((node) => this.changes.fire(node)),
      models.journal.onDidChange((nodes) => this.changes.fire(nodes && [...nodes])),
      models.saved.onDidChange((node) => this.changes.fire(node)),
      models.running.onDidChange((rows) => this.redrawBusy(rows)),
    ];
  }

  private redrawBusy(rows: readonly BusyRow[]): void {
    const nodes = rows.flatMap(({ store, key }): TreeNode[] => {
      const node = this.models.sessions.storeById(storeId(store));
      if (!node || key === undefined) return node ? [node] : [];
      const session = node.sessions?.get(key);
      return session ? [session] : [];
    });
    const isMany = nodes.length > SINGLE_ROW_LIMIT;
    const drawn = isMany ? [...new Set(nodes.map((node) => (node.kind === 'session' ? node.store : node)))] : nodes;
    if (drawn.length > 0) this.changes.fire(drawn);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'store':
        return storeItem(node, this.models.running.wordOf(node.id));
      case 'session':
        this.redrawWhenStuck(node);
        return sessionItem(node, Date.now(), this.stuckAfterSeconds(), this.models.running.wordOf(node.id));
      case 'failure':
        return failureItem(node);
      case 'history':
        return historyItem(node);
      case 'entry':
        return entryItem(node, Date.now());
      case 'more':
        return moreItem(node);
      case 'trash':
        return trashItem(node);
      case 'trashed':
        return trashedItem(node, Date.now());
      case 'savedSearch':
        return savedSearchItem(node);
      case 'savedSession':
        return savedSessionItem(node, Date.now());
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
    for (const each of this.listening) each.dispose();
    for (const timer of this.stuckTimers.values()) clearTimeout(timer);
    this.stuckTimers.clear();
    this.changes.dispose();
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    const { sessions, journal, saved } = this.models;
    switch (node?.kind) {
      case undefined: {
        const stores = await sessions.getRoots();
        // Without a store nothing comes that this could wait for.
        if (!stores.some(({ kind }) => kind === 'store')) void journal.look();
        return [...(stores.length > 0 ? saved.roots : []), ...stores, ...journal.roots];
      }
      case 'store':
        return this.sessionsOf(node);
      case 'history':
        return [...(await journal.getEntries())];
      case 'trash':
        return [...(await journal.getTrashed())];
      case 'savedSearch':
        return [...(await saved.getSessions(node))];
      default:
        return [];
    }
  }

  private async sessionsOf(store: StoreNode): Promise<TreeNode[]> {
    const rows = await this.models.sessions.getSessions(store);
    // The first rows are on their way to the screen: journal and saved searches have time until now.
    void this.models.journal.look();
    this.models.saved.look();
    return [...rows];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    switch (node.kind) {
      case 'session':
      case 'failure':
        return node.store;
      case 'entry':
      case 'more':
      case 'trashed':
      case 'savedSession':
        return node.parent;
      default:
        return undefined;
    }
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
