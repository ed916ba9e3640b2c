import type { MetadataRow } from '../../journal/changes';
import type { SqliteDatabase } from '../../sqlite/binding';
import { keyParameter } from '../../sqlite/keys';
import { MessageTable, prepared } from '../../sqlite/write/messageTable';
import { MetadataTable } from '../../sqlite/write/metadataTable';
import { removeRows } from './messageRows';
import { removeReceipt, type Target } from './target';

/** What one transaction removes. About 40 ms of the write lock: taking a row out of the index costs more than putting it in. */
const STEP_ROWS = 1000;
const STEP_BYTES = 600_000;

export interface ImportedRows {
  readonly targetKey: string;
  readonly existed: boolean;
  readonly metadataBefore: MetadataRow | null;
  readonly firstId: number;
  readonly lastId: number;
}

/**
 * Takes rows of an import out of the database, the last ones first, and with the last of them receipt and metadata. A
 * session that was there before keeps its other rows. So does one to which an agent has just added something.
 */
export async function removeImported(
  target: Target,
  fileName: string,
  { targetKey, existed, metadataBefore, firstId, lastId }: ImportedRows,
  onStep: (step: string) => void = () => undefined,
): Promise<void> {
  for (let end = lastId; ; ) {
    const next = await target.connection.transaction((database, schema) => {
      const from = stepBegin(database, targetKey, firstId, end);
      if (from > 0) removeRows(database, schema, targetKey, from, end);
      if (from > firstId) return from - 1;
      removeReceipt(database, schema, fileName);
      const parameter = keyParameter(targetKey);
      const metadata = new MetadataTable(database, schema);
      const now = metadata.read(parameter);
      const count = new MessageTable(database, schema).count(parameter);
      if (now) metadata.change(parameter, now, remaining(now, count, existed ? metadataBefore : null));
      return 0;
    });
    onStep(next === 0 ? 'rows-removed' : 'rows-partly-removed');
    if (next === 0) return;
    end = next;
  }
}

/** The id at which the next step begins; `firstId` or less when it is the last one. */
function stepBegin(database: SqliteDatabase, key: string, firstId: number, end: number): number {
  const parameter = keyParameter(key);
  const sql = `SELECT id, octet_length(content) FROM sessions WHERE session_key = ${parameter.sql} AND id BETWEEN ? AND ?
    ORDER BY id DESC LIMIT ?`;
  const rows = prepared(database, sql).raw().all(parameter.value, firstId, end, STEP_ROWS) as [number, number][];
  let bytes = 0;
  for (const [id, size] of rows) {
    bytes += size;
    if (bytes > STEP_BYTES) return id;
  }
  return rows.length < STEP_ROWS ? Math.min(firstId, end) : (rows.at(-1)?.[0] ?? 0);
}

/** The metadata row without the import; `null` when there is nothing left for one. */
function remaining(now: MetadataRow, count: number, before: MetadataRow | null): MetadataRow | null {
  if (before === null) return count === 0 ? null : { ...now, message_count: count };
  // Later activity is the agent's own.
  const isOurs = now.last_activity !== before.last_activity && count === before.message_count;
  return { ...now, message_count: count, ...(isOurs ? { last_activity: before.last_activity ?? null } : {}) };
}
