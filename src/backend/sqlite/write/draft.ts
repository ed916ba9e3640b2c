import type { DroppedLine } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { MetadataRow, SqliteChange } from '../../journal/changes';
import type { ItemRecorder, StartedItem } from '../../journal/Journal';
import type { EditReport } from '../../StoreWriter';
import type { SqliteDatabase } from '../binding';
import { type KeyParameter, keyParameter } from '../keys';
import { MessageTable } from './messageTable';
import { MetadataTable } from './metadataTable';
import { rowLine, type StoredRow, sameValue } from './rowCodec';
import type { WriteSchema } from './writeSchema';

/** Below every id that a row can have. */
export const FIRST = Number.MIN_SAFE_INTEGER;

/** Rows and bytes that one transaction changes at the most: about 100 ms, nearly all of it for the full-text index. */
const MOST_ROWS = 2000;
const MOST_BYTES = 2_000_000;

/** True when a change is too big for one transaction. A single row always is one step. */
export function isStepwise(rows: number, bytes: number): boolean {
  return rows > MOST_ROWS || (rows > 1 && bytes > MOST_BYTES);
}

/** One session inside one transaction. */
export class Scope {
  readonly key: KeyParameter;
  readonly messages: MessageTable;
  readonly metadata: MetadataTable;

  constructor(
    readonly database: SqliteDatabase,
    readonly schema: WriteSchema,
    readonly name: string,
    readonly file: string,
    /** Milliseconds since the epoch. */
    readonly now: number,
  ) {
    this.key = keyParameter(name);
    this.messages = new MessageTable(database, schema);
    this.metadata = new MetadataTable(database, schema);
  }

  missing(): StoreError {
    return new StoreError('no-such-session', `There is no session ${this.name} in ${this.file}.`);
  }
}

/** Both sides of a change of one session, and what to tell of it. */
export interface Draft {
  readonly removed: readonly StoredRow[];
  readonly added: readonly StoredRow[];
  readonly metadataBefore: MetadataRow | null;
  readonly metadataAfter: MetadataRow | null;
  readonly lastIdBefore: number;
  readonly lastIdAfter: number;
  /** The session is gone afterwards. */
  readonly trashed: boolean;
  readonly report: EditReport;
}

export const NOTHING: EditReport = {
  changed: false,
  messages: 0,
  bytes: 0,
  notes: [],
  dropped: [],
  droppedCount: 0,
};

export function reportOf(
  messages: number,
  bytes: number,
  notes: readonly string[] = [],
  dropped: readonly DroppedLine[] = [],
  droppedCount = 0,
): EditReport {
  return { changed: true, messages, bytes, notes, dropped, droppedCount };
}

/** Columns that a change of metadata touches; none where a row comes or goes. */
export function touchedColumns(before: MetadataRow | null, after: MetadataRow | null): string[] {
  if (before === null || after === null) return [];
  return Object.keys(after).filter((column) => !sameValue(before[column], after[column]));
}

/** True while all that a draft touches is as the draft found it. What an agent has changed elsewhere does not matter. */
export function isCurrent(scope: Scope, draft: Draft): boolean {
  const { metadataBefore, metadataAfter, removed, added, lastIdBefore } = draft;
  const current = scope.metadata.read(scope.key);
  if ((current === null) !== (metadataBefore === null)) return false;
  const touched =
    metadataAfter === null && metadataBefore
      ? Object.keys(metadataBefore)
      : touchedColumns(metadataBefore, metadataAfter);
  if (!touched.every((column) => sameValue(current?.[column], metadataBefore?.[column]))) return false;
  if (removed.length === 0 && added.length === 0) return true;
  if (scope.messages.lastId(scope.key) !== lastIdBefore) return false;
  for (const row of removed) {
    const now = scope.messages.row(row.id);
    if (!now || rowLine(now) !== rowLine(row)) return false;
  }
  const old = new Set(removed.map(({ id }) => id));
  const first = added.find(({ id }) => !old.has(id));
  return first === undefined || scope.messages.nextId() === first.id;
}

/** Makes the change. Of the metadata row only the columns that the draft touches are written. */
export function makeDraft(scope: Scope, draft: Draft): void {
  const { removed, added, metadataBefore, metadataAfter } = draft;
  const after = new Map(added.map((row) => [row.id, row]));
  for (const { id } of removed) {
    const row = after.get(id);
    after.delete(id);
    if (row) scope.messages.update(row);
    else scope.messages.delete(id);
  }
  for (const row of after.values()) scope.messages.insert(row);
  const current = scope.metadata.read(scope.key);
  const touched = touchedColumns(metadataBefore, metadataAfter);
  const wanted =
    current && metadataBefore && metadataAfter
      ? { ...current, ...Object.fromEntries(touched.map((column) => [column, metadataAfter[column] ?? null])) }
      : metadataAfter;
  scope.metadata.change(scope.key, current, wanted);
}

export function changeOf(
  key: string,
  draft: Omit<Draft, 'removed' | 'added'>,
  removedRows: number,
  addedRows: number,
): SqliteChange {
  const { metadataBefore, metadataAfter, lastIdBefore, lastIdAfter } = draft;
  return {
    kind: 'sqlite',
    key,
    removedRows,
    addedRows,
    lastIdBefore,
    lastIdAfter,
    metadataBefore,
    metadataAfter,
  };
}

/** Writes both images and begins the change in the journal. A change begun before by the same recorder is dropped. */
export function record(recorder: ItemRecorder, key: string, draft: Draft): StartedItem {
  if (recorder.startedItem !== undefined) recorder.discard();
  const { removed, added, report, trashed } = draft;
  for (const [name, rows] of [
    ['removed', removed],
    ['added', added],
  ] as const) {
    if (rows.length > 0) recorder.image(name).write(Buffer.from(rows.map(rowLine).join('')));
  }
  const { messages, bytes } = report;
  return recorder.start(changeOf(key, draft, removed.length, added.length), { key, messages, bytes, trashed });
}
