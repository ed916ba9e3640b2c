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
  const badges = vscode.window.registerFileDecorationProvider(new ProblemBadges());
  return {
    view,
    dispose() {
      view.dispose();
      badges.dispose();
    },
  };
}
