import { plural } from '../../../shared/format';
import type { ExistingKey } from '../../../shared/operations';
import type { MetadataRow } from '../../journal/changes';
import { keyParameter } from '../../sqlite/keys';
import { MessageTable } from '../../sqlite/write/messageTable';
import { MetadataTable } from '../../sqlite/write/metadataTable';
import { align } from './messageHash';
import { heldMessages } from './messageRows';
import { fingerprintsOf, type Source } from './sourceFile';
import { readReceipt, type Target } from './target';

/** Where a session goes in the database, as it was when that was decided. */
export interface Place {
  readonly targetKey: string;
  readonly existed: boolean;
  readonly metadataBefore: MetadataRow | null;
  /** Highest id of the key's rows. */
  readonly lastId: number;
  /** So many of the source's messages are there already, one after the other from the row `anchor` on. */
  readonly skip: number;
  readonly anchor: number;
  /** An import that was cut off had committed it all. */
  readonly hasReceipt: boolean;
}

/** What there is of a key in the database. */
export interface KeyState {
  readonly exists: boolean;
  readonly metadata: MetadataRow | null;
  readonly lastId: number;
}

export function keyState(target: Target, key: string): Promise<KeyState> {
  return target.connection.read((database, schema) => {
    const parameter = keyParameter(key);
    const metadata = new MetadataTable(database, schema).read(parameter);
    const lastId = new MessageTable(database, schema).lastId(parameter);
    return { exists: metadata !== null || lastId > 0, metadata, lastId };
  });
}

/** The first of `<key>_imported`, `<key>_imported_2`, ... that is free. */
export async function freeKey(key: string, isTaken: (key: string) => Promise<boolean>): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? `${key}_imported` : `${key}_imported_${number}`;
    if (!(await isTaken(candidate))) return candidate;
  }
}

export const IN_TARGET = 'in the target already';

/** Decides where a session goes; a text says why it goes nowhere. `name`: of its file, with `.jsonl`. */
export async function placeFor(
  target: Target,
  name: string,
  key: string,
  source: Source,
  existing: ExistingKey,
  isOtherFile: (key: string) => boolean,
): Promise<Place | string> {
  const state = await keyState(target, key);
  const place = (targetKey: string, own: KeyState, skip: number, anchor: number, hasReceipt = false): Place => {
    const { exists, metadata, lastId } = own;
    return { targetKey, existed: exists, metadataBefore: metadata, lastId, skip, anchor, hasReceipt };
  };
  if (!state.exists) return place(key, state, 0, 0);
  const receipt = await target.connection.read((database, schema) => readReceipt(database, schema, name));
  const isCommitted = receipt?.hash === source.hash && receipt.length === source.file.size;
  if (isCommitted || existing === 'append-missing') {
    const held = await heldMessages(target.connection, key);
    const { all } = await fingerprintsOf(source, 0);
    const { at, length } = align(held.prints, all);
    const anchor = held.ids[at] ?? 0;
    if (length === all.length) return place(key, state, length, anchor, isCommitted);
    // A long one whose rows were still being written: its count is that of all of them.
    const isPartial = at === 0 && length === held.ids.length && state.metadata?.message_count === all.length;
    // Else the rows were changed since, in the database: there is where the session lives.
    if (isCommitted && !isPartial) return place(key, state, all.length, 0, true);
    const reachesEnd = at + length === held.prints.length;
    if (reachesEnd && (length > 1 || length === held.prints.length)) return place(key, state, length, anchor);
    return `${IN_TARGET}, with ${plural(held.prints.length, 'message')} of which the file's are no continuation`;
  }
  if (existing === 'skip') return IN_TARGET;
  const other = await freeKey(key, async (candidate) => {
    return isOtherFile(candidate) || (await keyState(target, candidate)).exists;
  });
  return place(other, await keyState(target, other), 0, 0);
}
