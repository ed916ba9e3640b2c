import { StoreError } from '../../errors';
import type { MetadataRow } from '../../journal/changes';
import type { SqliteDatabase } from '../../sqlite/binding';
import { keyParameter } from '../../sqlite/keys';
import { MessageTable } from '../../sqlite/write/messageTable';
import { MetadataTable } from '../../sqlite/write/metadataTable';
import type { WriteSchema } from '../../sqlite/write/writeSchema';
import { chronoNow } from '../../sqlite/write/writeTimes';
import { type NewRows, RowBatch } from './messageRows';
import type { Place } from './placement';
import { type Source, type SourceMessage, steps } from './sourceFile';
import { type SessionFiles, there } from './staging';
import { type Target, writeReceipt } from './target';

/** Told of each step that has been made; tests stop the process there. */
export type StepHook = (step: string) => void;

export interface Import {
  readonly target: Target;
  readonly files: SessionFiles;
  /** The key that zeroclaw derives from the file's name; its receipt says that one. */
  readonly key: string;
  readonly place: Place;
  /** A name that we have kept for the session. */
  readonly name: string | null;
  readonly now: () => number;
  readonly onStep: StepHook;
}

/** Rows that an import has written: ids from `firstId` to `lastId`, both 0 for none. */
export interface WrittenRows {
  readonly firstId: number;
  readonly lastId: number;
  readonly rows: number;
}

/** Ids of an earlier attempt; its first `present` rows are there. */
export interface EarlierRows {
  readonly firstId: number;
  readonly present: number;
}

const MOST_ATTEMPTS = 20;

/** The database has changed since the place was chosen: it has to be chosen anew. */
export class PlaceChanged extends StoreError {
  constructor() {
    super(
      'conflict',
      'An agent is writing to this session in the database at this moment. The file is as it was; migrate it again.',
    );
  }
}

/**
 * Writes the rows of a staged file, with metadata and receipt. One transaction where a step is enough. A longer session
 * gets its ids, its metadata row and its receipt with the first step and its other rows right after: a zeroclaw that
 * starts between two steps finds the receipt and adds nothing, and what an agent appends comes after the last id.
 * Time of the rows is the file's own last change, so that a migrated session does not look new.
 */
export async function writeRows(work: Import, source: Source, earlier: EarlierRows | null): Promise<WrittenRows> {
  const { target, place, files, onStep } = work;
  const { targetKey, skip } = place;
  const rows = source.count - skip;
  const time = source.modified ?? chronoNow(work.now());
  let firstId = earlier?.firstId ?? 0;
  let done = earlier?.present ?? 0;
  let isBegun = false;
  const commit = async (messages: readonly SourceMessage[]): Promise<void> => {
    const batch = new RowBatch([{ key: targetKey, time, messages }]);
    firstId = await target.connection.transaction((database, schema) => {
      let first = firstId;
      if (!isBegun) {
        if (!earlier) first = checkedStart(work, database, schema);
        describe(work, source, database, schema, time, rows - done);
      }
      batch.insert(database, schema, first + done);
      if (!isBegun && rows > 0) new MessageTable(database, schema).reserveUpTo(first + rows - 1);
      checkStaged(files);
      return first;
    });
    isBegun = true;
    done += messages.length;
    onStep(done === rows ? 'committed' : 'partly-committed');
  };
  for await (const messages of steps(source, skip + done)) await commit(messages);
  if (!isBegun) await commit([]);
  return rows === 0 ? { firstId: 0, lastId: 0, rows: 0 } : { firstId, lastId: firstId + rows - 1, rows };
}

/** What can be written together: all messages held, nothing of it there yet. */
export interface SmallImport {
  readonly work: Import;
  readonly source: Source;
}

export interface WrittenTogether {
  readonly results: readonly (WrittenRows | { readonly error: unknown })[];
  /** Time of the write lock. */
  readonly milliseconds: number;
}

export function isSmall({ held }: Source): boolean {
  return held !== null;
}

/**
 * The same for several small sessions in one transaction. What cannot be written after all is left out and told by its
 * error. Rejects when none can be written.
 */
export async function writeTogether(imports: readonly SmallImport[]): Promise<WrittenTogether> {
  const [first] = imports;
  if (!first) return { results: [], milliseconds: 0 };
  const prepared = imports.map(({ work, source }): NewRows => {
    const time = source.modified ?? chronoNow(work.now());
    return { key: work.place.targetKey, time, messages: (source.held ?? []).slice(work.place.skip) };
  });
  const all = new RowBatch(prepared);
  let began = 0;
  const results = await first.work.target.connection.transaction((database, schema) => {
    began = performance.now();
    let firstId = 0;
    const accepted: NewRows[] = [];
    const written = imports.map(({ work, source }, index): WrittenRows | { error: unknown } => {
      const rows = prepared[index];
      try {
        const next = checkedStart(work, database, schema);
        firstId ||= next;
        checkStaged(work.files);
      } catch (error) {
        return { error };
      }
      if (!rows) return { error: new PlaceChanged() };
      const count = rows.messages.length;
      const before = accepted.reduce((sum, { messages }) => sum + messages.length, 0);
      describe(work, source, database, schema, rows.time, count);
      accepted.push(rows);
      if (count === 0) return { firstId: 0, lastId: 0, rows: 0 };
      return { firstId: firstId + before, lastId: firstId + before + count - 1, rows: count };
    });
    const batch = accepted.length === prepared.length ? all : new RowBatch(accepted);
    batch.insert(database, schema, firstId);
    return written;
  });
  const milliseconds = performance.now() - began;
  first.work.onStep('committed');
  return { results, milliseconds };
}

function checkStaged({ staged, migrated }: SessionFiles): void {
  if (there(staged) || there(migrated)) return;
  throw new StoreError('replaced', `${staged} has disappeared in the middle of its migration.`);
}

/** Looks once more, under the write lock, whether the place is as it was. The id of the first row. */
function checkedStart({ place }: Import, database: SqliteDatabase, schema: WriteSchema): number {
  const messages = new MessageTable(database, schema);
  const parameter = keyParameter(place.targetKey);
  const lastId = messages.lastId(parameter);
  const exists = lastId > 0 || new MetadataTable(database, schema).read(parameter) !== null;
  if (exists !== place.existed || lastId !== place.lastId) throw new PlaceChanged();
  return messages.nextId();
}

/** Metadata row and receipt, for `added` rows more than there are. */
function describe(
  { place, files, key, name }: Import,
  source: Source,
  database: SqliteDatabase,
  schema: WriteSchema,
  time: string,
  added: number,
): void {
  const metadata = new MetadataTable(database, schema);
  const parameter = keyParameter(place.targetKey);
  const now = metadata.read(parameter);
  const count = new MessageTable(database, schema).count(parameter) + added;
  const fresh = { session_key: place.targetKey, created_at: time, last_activity: time, message_count: count, name };
  metadata.change(parameter, now, now ? continued(now, time, count) : metadata.complete(fresh));
  writeReceipt(database, schema, files.name, { sessionKey: key, hash: source.hash, length: source.file.size }, time);
}

/** A session that was there keeps its name, and its own last activity where that is later. */
function continued(now: MetadataRow, time: string, count: number): MetadataRow {
  const { last_activity: known } = now;
  const last = typeof known === 'string' && known > time ? known : time;
  return { ...now, last_activity: last, message_count: count };
}

/** Rows for the messages from position `from` on, which came into the file after it was read; receipt and count follow. */
export async function addLateRows(work: Import, source: Source, from: number): Promise<WrittenRows> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await writeRows({ ...work, place: await placeAfter(work, from) }, source, null);
    } catch (error) {
      if (!(error instanceof PlaceChanged) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** The end of the session as it is now: an agent may be adding to it in the database at the same time. */
async function placeAfter({ target, place }: Import, skip: number): Promise<Place> {
  return target.connection.read((database, schema) => {
    const parameter = keyParameter(place.targetKey);
    const lastId = new MessageTable(database, schema).lastId(parameter);
    const metadataBefore = new MetadataTable(database, schema).read(parameter);
    const existed = lastId > 0 || metadataBefore !== null;
    return { ...place, existed, metadataBefore, lastId, skip, anchor: 0, hasReceipt: true };
  });
}
