import type { HitNode, ResultNode } from '../searchResults/resultNodes';

const KINDS: ReadonlySet<unknown> = new Set<ResultNode['kind']>([
  'sessionHits',
  'hit',
  'leftOut',
  'leftOutPlace',
  'moreHits',
  'notice',
]);

function isResultNode(value: unknown): value is ResultNode {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind);
}

/** Rows of the Search Results view that a command was called on: the selection when it holds the clicked row, else that row. */
export function resultNodes([clicked, selected]: readonly unknown[]): ResultNode[] {
  const nodes: unknown[] = Array.isArray(selected) && selected.includes(clicked) ? selected : [clicked];
  return nodes.filter(isResultNode);
}

export function hitNodes(args: readonly unknown[]): HitNode[] {
  return resultNodes(args).filter((node) => node.kind === 'hit');
}
