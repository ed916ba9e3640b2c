import type { FailureNode, SessionNode, StoreNode, TreeNode } from '../tree/nodes';

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value;
}

/** The session rows that a command was called on: the selection when it holds the clicked row, else that row. */
export function sessionNodes(args: readonly unknown[]): SessionNode[] {
  const [clicked, selected] = args;
  const nodes = Array.isArray(selected) && selected.includes(clicked) ? selected : [clicked];
  return nodes.filter((node): node is SessionNode => isNode(node) && node.kind === 'session');
}

export function storeOrFailure(args: readonly unknown[]): StoreNode | FailureNode | undefined {
  const [node] = args;
  return isNode(node) && (node.kind === 'store' || node.kind === 'failure') ? node : undefined;
}

/** File behind a row: a session's own file, else its store's. */
export function nodePath(node: TreeNode): string {
  if (node.kind === 'failure') return node.path;
  const { location } = node.kind === 'store' ? node.found : node.store.found;
  if (node.kind === 'store' || location.kind === 'sqlite') return location.path;
  const { key, origin } = node.metadata;
  return `${location.path}/${origin === 'live' ? `${key}.jsonl` : key}`;
}
