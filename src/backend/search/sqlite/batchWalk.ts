import { isUtf8 } from 'node:buffer';
import type { DatabaseConnection, Reader } from '../../sqlite/connection';
import { type KeyParameter, keyParameter } from '../../sqlite/keys';
import type { TaskContext } from '../workers/tasks';
import { isDamage, RowWalk, type StoredRow } from './rowWalk';
import { joinedRows } from './searchStatements';
import type { RowId, Slice } from './taskTypes';

/** Rows whose contents are looked at together. */
const BATCH = 128;
/** Batches of one transaction. */
const BATCHES = 8;

/** Rows in one piece. */
interface Batch {
  /** `null`: a row among them is not an ordinary one. */
  readonly text: string | null;
  readonly rows: number;
  readonly lowest: number;
}

/**
 * Goes through the rows of a slice, and passes over those that cannot match, a hundred at a time: reading their contents
 * in one piece costs half of reading row by row. `CompiledQuery.mayMatch` looks for pieces of text that hold no line feed, so a text of
 * many contents joined by line feeds passes it when one of them does.
 */
export class BatchWalk {
  /** Readable messages that were passed over. */
  passed = 0;
  private readonly walk: RowWalk;
  private readonly key: KeyParameter | undefined;
  /** False where each row must be seen, or where that is no dearer. */
  private batched: boolean;
  private read: Batch[] = [];
  private looked = 0;
  private held = 0;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly slice: Slice,
    /** `null`: each row must be seen. */
    private readonly mayMatch: ((content: string) => boolean) | null,
    private readonly context: TaskContext,
  ) {
    this.walk = new RowWalk(connection, slice);
    this.batched = !slice.far && mayMatch !== null;
    this.key = slice.key === undefined ? undefined : keyParameter(slice.key);
  }

  /** Rows that may match; none where all that were looked at cannot. `undefined` at the end. */
  async next(): Promise<readonly StoredRow[] | undefined> {
    if (this.walk.position === undefined) return undefined;
    if (!this.batched) return this.walk.next();
    if (this.read.length === 0) this.read = await this.readBatches();
    for (let batch = this.read.shift(); batch; batch = this.read.shift()) {
      this.looked++;
      if (this.context.cancelled()) return [];
      if (batch.text === null || this.mayMatch?.(batch.text) !== false) {
        this.held++;
        // Where most of them may match, the look at many is wasted.
        if (this.looked >= BATCHES && this.held * 2 > this.looked) this.batched = false;
        const rows = await this.walk.next(batch.lowest);
        const { position } = this.walk;
        // Something is damaged there: then each row is gone for by itself.
        if (position !== undefined && Number(position) >= batch.lowest) this.batched = false;
        return rows;
      }
      this.passed += batch.rows;
      this.walk.skipTo(batch.lowest);
    }
    return [];
  }

  get damaged(): RowWalk['damaged'] {
    return this.walk.damaged;
  }

  rest(): Slice | undefined {
    return this.walk.rest();
  }

  private async readBatches(): Promise<Batch[]> {
    const batches = await this.joined();
    if (!batches) this.batched = false;
    else if (batches.length === 0) this.walk.skipTo(this.slice.from);
    return batches ?? [];
  }

  /** `undefined`: the rows must be read one by one. */
  private async joined(): Promise<Batch[] | undefined> {
    const { from } = this.slice;
    const batches = this.connection.run((reader) => {
      // Joined texts of another encoding are no UTF-8.
      if (!reader.schema.messages || !reader.schema.utf8) return undefined;
      const found: Batch[] = [];
      for (let to = Number(this.walk.position); found.length < BATCHES; ) {
        const batch = readBatch(reader, this.key, to, from);
        if (!batch) break;
        found.push(batch);
        to = batch.lowest - 1;
        if (to < Number(from)) break;
      }
      return found;
    });
    return batches.catch((error) => {
      // Damage is looked at row by row.
      if (isDamage(error)) return undefined;
      throw error;
    });
  }
}

function readBatch(reader: Reader, key: KeyParameter | undefined, to: RowId, from: RowId): Batch | undefined {
  const row = reader.get<[Buffer | null, number, number | null, number | null]>(
    joinedRows(BATCH, key),
    ...(key ? [key.value] : []),
    to,
    from,
  );
  const [bytes, rows, lowest, ordinary] = row ?? [null, 0, null, 0];
  if (rows === 0 || lowest === null) return undefined;
  const text = bytes && ordinary === rows && isUtf8(bytes) ? bytes.toString('utf8') : null;
  return { text, rows, lowest };
}
