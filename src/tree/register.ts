import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import type { TreeNode } from './nodes';
import { RowDecorations } from './rowDecorations';
import { SessionsProvider, type TreeModels } from './sessionsProvider';

/** The Sessions view with its badges and colours. */
export function registerSessionsView(
  models: TreeModels,
  client: ServiceClient,
  stuckAfterSeconds: () => number,
): { view: vscode.TreeView<TreeNode>; dispose(): void } {
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
    dispose() {
      visibility.dispose();
      view.dispose();
      provider.dispose();
      decorations.dispose();
    },
  };
}
