import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import type { TreeNode } from './nodes';
import { RowDecorations } from './rowDecorations';
import { SessionsProvider, type TreeModels } from './sessionsProvider';

export interface SessionsView {
  readonly view: vscode.TreeView<TreeNode>;
  /** Selected rows that are still there: VS Code keeps those that have gone until another one is selected. */
  selection(): readonly TreeNode[];
  dispose(): void;
}

function isThere(node: TreeNode, { journal }: TreeModels): boolean {
  if (node.kind === 'session') return node.store.sessions?.get(node.metadata.key) === node;
  return node.kind !== 'trashed' || journal.hasTrashed(node);
}

/** The Sessions view with its badges and colours. */
export function registerSessionsView(
  models: TreeModels,
  client: ServiceClient,
  stuckAfterSeconds: () => number,
): SessionsView {
  const provider = new SessionsProvider(models, client, stuckAfterSeconds);
  const view = vscode.window.createTreeView('sessionInspector.sessions', {
    treeDataProvider: provider,
    showCollapseAll: true,
    canSelectMany: true,
  });
  // Nothing redraws "3 min ago" by itself; who comes back to the view sees it right.
  const visibility = view.onDidChangeVisibility(({ visible }) => visible && provider.redraw());
  const decorations = vscode.window.registerFileDecorationProvider(new RowDecorations());
  return {
    view,
    selection: () => view.selection.filter((node) => isThere(node, models)),
    dispose() {
      visibility.dispose();
      view.dispose();
      provider.dispose();
      decorations.dispose();
    },
  };
}
