/** How far rows have moved: the provisional rows of a file's tail get their real numbers, or a file was rewritten. */
import type { ConversationRow } from '../../../src/shared/conversationProtocol';

/** What stays the same when a row only gets another number. */
function signature(row: ConversationRow): string {
  switch (row.kind) {
    case 'message':
      return `m ${row.role} ${row.size} ${row.createdAt} ${JSON.stringify(row.blocks).slice(0, 400)}`;
    case 'unreadable':
      return `u ${row.size} ${row.excerpt.slice(0, 200)}`;
    case 'blank':
      return 'b';
  }
}

/**
 * The number to add to a row of `old` to find it in `fresh`; `near` is the row that matters (the one in view) and
 * `expected` the answer when the rows themselves do not tell.
 */
export function alignRows(
  old: ReadonlyMap<number, ConversationRow>,
  fresh: readonly ConversationRow[],
  near: number,
  expected: number,
): number {
  const around = [...old.keys()].sort((a, b) => Math.abs(a - near) - Math.abs(b - near)).slice(0, 24);
  const byNumber = new Map(fresh.map((row) => [row.row, signature(row)]));
  const signatures = new Map<number, string>();
  for (const number of around) {
    const row = old.get(number);
    if (row && row.kind !== 'blank') signatures.set(number, signature(row));
  }
  if (scoreOf(signatures, byNumber, expected) === signatures.size && signatures.size > 0) return expected;
  const scores = new Map<number, number>();
  for (const [number, text] of signatures) {
    for (const [candidate, other] of byNumber) {
      if (text === other) scores.set(candidate - number, (scores.get(candidate - number) ?? 0) + 1);
    }
  }
  let best = expected;
  let bestScore = scores.get(expected) ?? 0;
  for (const [delta, score] of scores) {
    const closer = Math.abs(delta - expected) < Math.abs(best - expected);
    if (score > bestScore || (score === bestScore && closer)) {
      best = delta;
      bestScore = score;
    }
  }
  return best;
}

function scoreOf(old: ReadonlyMap<number, string>, fresh: ReadonlyMap<number, string>, delta: number): number {
  let score = 0;
  for (const [number, text] of old) if (fresh.get(number + delta) === text) score++;
  return score;
}
