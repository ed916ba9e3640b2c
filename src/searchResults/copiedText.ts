import { groupWords } from './answerWords';
import { partWords } from './hitWords';
import type { HitNode, ResultNode, SessionHitsNode } from './resultNodes';

function hitLine({ hit }: HitNode): string {
  return hit.snippet;
}

function sessionLines({ group, hits }: SessionHitsNode): string[] {
  const heading = `${group.label} (${group.key}), ${groupWords(group.total, group.hits.length)}`;
  return [heading, ...hits.map((node) => `  ${partWords(node.hit)}: ${hitLine(node)}`)];
}

/** What is put on the clipboard for rows: hits as they stand there, sessions with their hits below them. */
export function copiedText(nodes: readonly ResultNode[]): string {
  const sessions = new Set(nodes);
  return nodes
    .flatMap((node): string[] => {
      switch (node.kind) {
        case 'hit':
          // Below its session it is copied already.
          return sessions.has(node.parent) ? [] : [hitLine(node)];
        case 'sessionHits':
          return sessionLines(node);
        case 'leftOutPlace':
          return [node.skipped.message];
        case 'leftOut':
          return node.places.map(({ skipped }) => skipped.message);
        case 'notice':
          return [node.label];
        default:
          return [];
      }
    })
    .join('\n');
}
