import type { DroppedLine } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { ColumnValue, MetadataRow } from '../../journal/changes';
import type { SessionEdit } from '../../StoreWriter';
import { countWith, isHalfAppended } from './counts';
import { type Draft, FIRST, isStepwise, reportOf, type Scope } from './draft';
import { keyValue } from './metadataTable';
import { rowSize, type StoredRow, sameMetadata } from './rowCodec';
import type { Target } from './targets';
import { chronoNow, chronoNowAfter } from './writeTimes';

/** An edit that is made of what one transaction sees; a new session comes from elsewhere (creation.ts). */
export type DraftableEdit = Exclude<SessionEdit, { kind: 'create' }>;

export type Drafted =
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'nothing'; readonly note: string }
  /** Too big for one transaction. */
  | { readonly kind: 'large'; readonly removal: Removal }
  /** The session is not as it was when the target was chosen. */
  | { readonly kind: 'moved' }
  /** An agent is between its two statements: the message is there, its count not yet. */
  | { readonly kind: 'half' };

/** Rows that go, and what becomes of the metadata row then. */
export interface Removal {
  readonly ids: readonly number[] | 'all';
  readonly trashed: boolean;
  readonly notes: readonly string[];
  readonly dropped: readonly DroppedLine[];
  /** The metadata row with `left` messages. */
  after(before: MetadataRow | null, left: number): MetadataRow | null;
}

/** What an edit makes of the session as it is in this transaction. Throws a `StoreError` where it is not possible. */
export function draftOf(scope: Scope, edit: DraftableEdit, target: Target | undefined, patient: boolean): Drafted {
  const before = scope.metadata.read(scope.key);
  switch (edit.kind) {
    case 'rename':
      return attributes(scope, before, renamed(scope, edit.name));
    case 'state':
      return attributes(scope, before, stated(scope, edit.state, edit.turnId));
    default:
  }
  if (patient && isHalfAppended(scope, before)) return { kind: 'half' };
  if (edit.kind === 'delete' && edit.idleBefore !== undefined && isActive(before, edit.idleBefore)) {
    return { kind: 'nothing', note: 'it has been active since' };
  }
  switch (edit.kind) {
    case 'append':
      return append(scope, before, edit.role, edit.content);
    case 'update-last':
      return updateLast(scope, before, edit.role, edit.content);
    case 'repair':
      return repair(scope, before, edit.orphans);
    case 'compact':
      return target && target.ids.length > 0
        ? draftRemoval(scope, before, removalOf(scope, edit, target), target)
        : recount(scope, before);
    default:
      return draftRemoval(scope, before, removalOf(scope, edit, target), target);
  }
}

function isActive(metadata: MetadataRow | null, idleBefore: string): boolean {
  if (metadata?.state === 'running') return true;
  const last = metadata?.last_activity;
  return typeof last === 'string' && !(last < idleBefore);
}

/** The rows that an edit takes away. */
export function removalOf(scope: Pick<Scope, 'now'>, edit: DraftableEdit, target: Target | undefined): Removal {
  const counted = (before: MetadataRow | null, left: number) => before && { ...before, message_count: left };
  const { ids = 'all', notes = [], dropped = [] } = target ?? {};
  const removal: Removal = { ids, notes, dropped, trashed: false, after: counted };
  if (edit.kind === 'delete' || edit.kind === 'repair') return { ...removal, trashed: true, after: () => null };
  if (edit.kind !== 'clear') return removal;
  return {
    ...removal,
    after: (before, left) =>
      before && {
        ...before,
        message_count: left,
        last_activity: chronoNowAfter(scope.now, before.last_activity),
      },
  };
}

function attributes(scope: Scope, before: MetadataRow | null, values: MetadataRow): Drafted {
  const lastId = scope.messages.lastId(scope.key);
  if (!before) {
    if (lastId === 0) throw scope.missing();
    throw new StoreError(
      'unsupported',
      `${scope.name} has messages but no row in session_metadata, where names and states are kept. Compact the store to give it one.`,
    );
  }
  const after = { ...before, ...values };
  if (sameMetadata(before, after)) return { kind: 'nothing', note: 'it is so already' };
  const draft = {
    removed: [],
    added: [],
    metadataBefore: before,
    metadataAfter: after,
    lastIdBefore: lastId,
    lastIdAfter: lastId,
    trashed: false,
    report: reportOf(0, 0),
  };
  return { kind: 'draft', draft };
}

function renamed({ schema, file }: Scope, name: string | null): MetadataRow {
  if (!schema.names) {
    throw new StoreError(
      'unsupported',
      `${file} was made by a zeroclaw older than 0.5.9, whose sessions have no names. A newer one adds them when it starts.`,
    );
  }
  return { name: name === '' ? null : name };
}

/** As zeroclaw: the start is now for `running` and none for every other word. */
function stated({ schema, file, now }: Scope, state: string, turnId: string | null): MetadataRow {
  if (!schema.states) {
    throw new StoreError(
      'unsupported',
      `${file} was made by a zeroclaw older than 0.6.5, whose sessions have no state. A newer one adds it when it starts.`,
    );
  }
  return {
    state,
    turn_id: state === 'idle' ? null : turnId,
    turn_started_at: state === 'running' ? chronoNow(now) : null,
  };
}

function append(scope: Scope, before: MetadataRow | null, role: string, content: string): Drafted {
  const { messages, key } = scope;
  const at = chronoNowAfter(scope.now, before?.last_activity);
  const lastIdBefore = messages.lastId(key);
  const row: StoredRow = { id: messages.nextId(), key: keyValue(key), role, content, createdAt: at };
  const message_count = countWith(scope, before, 1);
  const metadataAfter = before
    ? { ...before, last_activity: at, message_count }
    : scope.metadata.complete({ session_key: keyValue(key), created_at: at, last_activity: at, message_count });
  return {
    kind: 'draft',
    draft: {
      removed: [],
      added: [row],
      metadataBefore: before,
      metadataAfter,
      lastIdBefore,
      lastIdAfter: row.id,
      trashed: false,
      report: reportOf(1, rowSize(row)),
    },
  };
}

function updateLast(scope: Scope, before: MetadataRow | null, role: string, content: string): Drafted {
  const { messages, key } = scope;
  const lastId = messages.lastId(key);
  const row = messages.row(lastId);
  if (!row || lastId === 0) {
    if (!before) throw scope.missing();
    return { kind: 'nothing', note: 'it has no messages' };
  }
  if (row.role === role && row.content === content) return { kind: 'nothing', note: 'it is so already' };
  const added = { ...row, role, content };
  const metadataAfter = before && {
    ...before,
    last_activity: chronoNowAfter(scope.now, before.last_activity),
    message_count: countWith(scope, before, 0),
  };
  return {
    kind: 'draft',
    draft: {
      removed: [row],
      added: [added],
      metadataBefore: before,
      metadataAfter,
      lastIdBefore: lastId,
      lastIdAfter: lastId,
      trashed: false,
      report: reportOf(1, Math.abs(rowSize(added) - rowSize(row))),
    },
  };
}

function repair(scope: Scope, before: MetadataRow | null, orphans: 'leave' | 'adopt' | 'remove'): Drafted {
  if (before) return recount(scope, before);
  const { messages, metadata, key } = scope;
  const lastId = messages.lastId(key);
  const count = messages.count(key);
  if (count === 0) throw scope.missing();
  if (orphans === 'leave') return { kind: 'nothing', note: 'it has no metadata row and is left so' };
  if (orphans === 'remove') {
    return draftRemoval(
      scope,
      null,
      { ids: 'all', notes: [], dropped: [], trashed: true, after: () => null },
      undefined,
    );
  }
  const time = (which: 'first' | 'last') => {
    const text = messages.timeOf(key, which);
    return typeof text === 'string' ? text : chronoNow(scope.now);
  };
  const metadataAfter = metadata.complete({
    session_key: keyValue(key),
    created_at: time('first'),
    last_activity: time('last'),
    message_count: count,
  });
  const report = reportOf(0, 0, ['it gets a metadata row, so that the agent lists it again']);
  const draft = {
    removed: [],
    added: [],
    metadataBefore: null,
    metadataAfter,
    lastIdBefore: lastId,
    lastIdAfter: lastId,
    trashed: false,
    report,
  };
  return { kind: 'draft', draft };
}

function recount(scope: Scope, before: MetadataRow | null): Drafted {
  const lastId = scope.messages.lastId(scope.key);
  if (!before) {
    if (lastId === 0) throw scope.missing();
    return { kind: 'nothing', note: 'it has no metadata row, and so no count' };
  }
  const count = scope.messages.count(scope.key);
  if (before.message_count === count) return { kind: 'nothing', note: 'its count is right' };
  const report = reportOf(0, 0, [`its count said ${shown(before.message_count)}, it holds ${count}`]);
  const metadataAfter = { ...before, message_count: count };
  const draft = {
    removed: [],
    added: [],
    metadataBefore: before,
    metadataAfter,
    lastIdBefore: lastId,
    lastIdAfter: lastId,
    trashed: false,
    report,
  };
  return { kind: 'draft', draft };
}

function shown(value: ColumnValue | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function draftRemoval(scope: Scope, before: MetadataRow | null, removal: Removal, target: Target | undefined): Drafted {
  const { messages, key } = scope;
  const lastIdBefore = messages.lastId(key);
  if (lastIdBefore === 0 && !before) throw scope.missing();
  if (target && !target.holds(scope)) return { kind: 'moved' };
  if (removal.ids !== 'all' && removal.ids.length === 0) return { kind: 'nothing', note: 'it has no such messages' };
  if (lastIdBefore === 0 && !removal.trashed) return { kind: 'nothing', note: 'it has no messages' };
  const removed = rowsOf(scope, removal);
  if (removed === 'large') return { kind: 'large', removal };
  if (removed === 'moved') return { kind: 'moved' };
  const left = removal.ids === 'all' ? 0 : countWith(scope, before, -removed.length);
  const bytes = removed.reduce((sum, row) => sum + rowSize(row), 0);
  const gone = new Set(removed.map(({ id }) => id));
  const draft: Draft = {
    removed,
    added: [],
    metadataBefore: before,
    metadataAfter: removal.after(before, left),
    lastIdBefore,
    lastIdAfter: lastLeft(scope, gone, lastIdBefore),
    trashed: removal.trashed,
    report: reportOf(removed.length, bytes, removal.notes, removal.dropped, target?.droppedCount),
  };
  return { kind: 'draft', draft };
}

function rowsOf({ messages, key }: Scope, { ids }: Removal): StoredRow[] | 'large' | 'moved' {
  const rows: StoredRow[] = [];
  let bytes = 0;
  let after = FIRST;
  for (let from = 0; ; from += 200) {
    const next =
      ids === 'all'
        ? messages.rowsAfter(key, after, 200, 1_000_000)
        : ids.slice(from, from + 200).map((id) => messages.row(id));
    if (next.length === 0) return rows;
    for (const row of next) {
      if (!row) return 'moved';
      rows.push(row);
      bytes += rowSize(row);
      after = row.id;
      if (isStepwise(rows.length, bytes)) return 'large';
    }
  }
}

/** Highest id of the session once those are gone. */
export function lastLeft({ messages, key }: Scope, gone: ReadonlySet<number>, last: number): number {
  let id = last;
  while (id !== 0 && gone.has(id)) id = messages.lastIdBefore(key, id);
  return id;
}
