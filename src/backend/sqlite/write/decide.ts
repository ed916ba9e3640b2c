import { plural } from '../../../shared/format';
import type { ReversalChoice } from '../../../shared/operations';
import type { MetadataRow } from '../../journal/changes';
import type { Reversal } from '../../StoreWriter';
import { touchedColumns } from './draft';
import { sameValue } from './rowCodec';
import type { Situation, Way } from './sides';

/** What an agent writes all the time: no reason not to delete a row. */
const volatile: ReadonlySet<string> = new Set([
  'message_count',
  'last_activity',
  'state',
  'turn_id',
  'turn_started_at',
]);

const ready: Reversal = { kind: 'ready' };

function conflict(message: string, ...choices: readonly ReversalChoice[]): Reversal {
  return { kind: 'conflict', message, choices };
}

/** Whether a change of rows or metadata can go its way as the session is now, and what is safe where it cannot. */
export function decide(key: string, way: Way, situation: Situation): Reversal {
  const { counts, total } = situation.findings;
  if (total === 0) return decideMetadata(key, way, situation);
  if (counts.moved > 0) {
    return conflict(
      `The messages of ${key} are under the key ${situation.findings.movedKey ?? 'of another session'} now.`,
    );
  }
  if (counts.changed > 0) {
    return conflict(
      `${plural(counts.changed, 'message')} of ${key} ${counts.changed === 1 ? 'has' : 'have'} another content since, which would be lost.`,
    );
  }
  if (counts.gone === total) return conflict(`The messages that it is about are no longer in ${key}.`);
  if (counts.occupied > 0) {
    return conflict(
      `The places of ${plural(counts.occupied, 'message')} of ${key} are taken by other rows: this may be another database.`,
      otherKey(key),
    );
  }
  const lives = way.from === null && situation.metadata !== null;
  const isWhole = way.lastId === 0 && situation.findings.arriving > 0;
  if (situation.newer > 0 || (lives && way.to !== null && counts.target === 0)) {
    return conflict(gone(key, situation.newer, lives), keepNew(situation), ...(isWhole ? [otherKey(key)] : []));
  }
  if (counts.gone > 0) {
    return conflict(
      `${plural(counts.gone, 'message')} that it is about ${counts.gone === 1 ? 'is' : 'are'} no longer in ${key}.`,
      keepNew(situation),
    );
  }
  return decideRemoval(key, way, situation.metadata);
}

function gone(key: string, newer: number, lives: boolean): string {
  if (lives && newer === 0) return `There is a session ${key} again.`;
  const messages = plural(newer, 'message');
  return lives ? `There is a session ${key} again, with ${messages}.` : `${key} has gone on since, by ${messages}.`;
}

function keepNew({ newer }: Situation): ReversalChoice {
  return {
    id: 'keep-new',
    label: 'Keep What Is New',
    description:
      newer > 0 ? `The ${plural(newer, 'newer message')} stay, after the others.` : 'What is there now stays.',
  };
}

function otherKey(key: string): ReversalChoice {
  return {
    id: 'other-key',
    label: 'Under Another Key',
    description: `They come back as a session of their own, ${key}_restored.`,
  };
}

/** A session that is to go, although it has got another name meanwhile, say. */
function decideRemoval(key: string, { from, to }: Way, metadata: MetadataRow | null): Reversal {
  if (to !== null || from === null || metadata === null) return ready;
  const changed = touchedColumns(from, metadata).filter((column) => !volatile.has(column));
  if (changed.length === 0) return ready;
  return conflict(`${listed(changed)} of ${key} changed since and would be lost.`, {
    id: 'overwrite',
    label: 'Remove It Anyway',
    description: 'What was changed there since goes with it.',
  });
}

function decideMetadata(key: string, way: Way, { metadata, newer }: Situation): Reversal {
  const { from, to } = way;
  if (to === null || from === null) {
    if (metadata === null) return ready;
    if (to !== null) return conflict(`There is a session ${key} again.`);
    if (newer > 0) return conflict(`${key} has gone on since, by ${plural(newer, 'message')}.`);
    return decideRemoval(key, way, metadata);
  }
  if (metadata === null) return conflict(`The session ${key} is no longer there.`);
  const changed = touchedColumns(from, to).filter(
    (column) => !sameValue(metadata[column], from[column]) && !sameValue(metadata[column], to[column]),
  );
  if (changed.length === 0) return ready;
  return conflict(`${listed(changed)} of ${key} changed since.`, {
    id: 'overwrite',
    label: 'Set It Anyway',
    description: 'What was set since is replaced.',
  });
}

const words: Readonly<Record<string, string>> = {
  name: 'The name',
  state: 'The state',
  turn_id: 'The turn',
  turn_started_at: 'The start of the turn',
  message_count: 'The count',
};

function listed(columns: readonly string[]): string {
  const [first = ''] = columns;
  return columns.length === 1 ? (words[first] ?? first) : columns.map((column) => words[column] ?? column).join(', ');
}

/**
 * The metadata row at the end of the way. `count`: messages of the session then; `newer`: those of them that are none of
 * the change's; `rows`: the change is one of rows.
 */
export function metadataAtEnd(
  { from, to }: Way,
  current: MetadataRow | null,
  {
    count,
    newer,
    rows,
    overwrite,
  }: { readonly count: number; readonly newer: number; readonly rows: boolean; readonly overwrite: boolean },
): MetadataRow | null {
  if (to === null) return current && newer > 0 && rows ? { ...current, message_count: count } : null;
  if (current === null) return from === null ? { ...to, message_count: count } : null;
  const next: Record<string, MetadataRow[string]> = { ...current };
  if (from === null) {
    for (const [column, value] of Object.entries(to)) next[column] = current[column] ?? value;
    const older = typeof to.created_at === 'string' && typeof current.created_at === 'string';
    if (older && String(to.created_at) < String(current.created_at)) next.created_at = to.created_at ?? null;
  } else {
    for (const column of touchedColumns(from, to)) {
      if (overwrite || sameValue(current[column], from[column])) next[column] = to[column] ?? null;
    }
  }
  if (rows) next.message_count = count;
  return next;
}
