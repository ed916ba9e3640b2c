import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import type { TreeNode } from './nodes';
import type { SessionsModel } from './sessionsModel';
import { ProblemBadges, SessionsProvider } from './sessionsProvider';

/** The Sessions view with its badges. */
export function registerSessionsView(
  model: SessionsModel,
  client: ServiceClient,
  stuckAfterSeconds: () => number,
): { view: vscode.TreeView<TreeNode>; dispose(): void } {
  const provider = new SessionsProvider(model, client, stuckAfterSeconds);
  const view = vscode.window.createTreeView('sessionInspector.sessions', {
    treeDataProvider: provider,
    showCollapseAll: true,
    canSelectMany: true,
  });
  // Nothing redraws "3 min ago" by itself; who comes back to the view sees it right.
  const visibility = view.onDidChangeVisibility(({ visible }) => visible && provider.redraw());
  const badges = vscode.window.registerFileDecorationProvider(new ProblemBadges());
  return {
    view,
    dispose() {
      visibility.dispose();
      view.dispose();
      provider.dispose();
      badges.dispose();
    },
  };
}
