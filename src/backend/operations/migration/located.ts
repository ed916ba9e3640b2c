import type { MigrateChange } from '../../journal/changes';
import { align } from './messageHash';
import { type HeldMessages, heldMessages } from './messageRows';
import { type KeyState, keyState } from './placement';
import { fingerprintsOf, type Source } from './sourceFile';
import { readReceipt, type Target } from './target';

/** What the database holds of a migrated session, beside its file. */
export interface Located {
  readonly state: KeyState;
  /** So many messages of the file were in the database before. */
  readonly skip: number;
  /** Id of the row of the file's first message; 0 when it is not there. */
  readonly anchor: number;
  /** Ids of the rows of the migration that are there, in order: the first messages after `skip`. */
  readonly ours: readonly number[];
  /** How many there should be: the file's messages after `skip`. */
  readonly wanted: number;
  /** Rows of the session after ours. */
  readonly later: readonly number[];
  readonly hasReceipt: boolean;
}

/** Finds the rows of a change by their ids where they are known and right, else by what they hold. */
export async function locate(target: Target, change: MigrateChange, source: Source): Promise<Located> {
  const { targetKey, file, firstId, rows } = change;
  const state = await keyState(target, targetKey);
  const held = await heldMessages(target.connection, targetKey);
  const { all, within } = await fingerprintsOf(source, change.length);
  const skip = Math.max(0, within - rows);
  const receipt = await target.connection.read((database, schema) => readReceipt(database, schema, file));
  const hasReceipt = receipt?.hash === source.hash && receipt.length === source.file.size;
  const begin = firstId > 0 ? held.ids.indexOf(firstId) : -1;
  const direct = begin < 0 ? 0 : commonLength(held, begin, all, skip);
  const { at, length } = direct > 0 ? { at: begin - skip, length: skip + direct } : align(held.prints, all);
  const wanted = all.length - skip;
  const ours = held.ids.slice(at + skip, Math.max(at + skip, at + length));
  return {
    state,
    skip,
    anchor: length > 0 ? (held.ids[Math.max(0, at)] ?? 0) : 0,
    ours,
    wanted,
    later: ours.length > 0 ? held.ids.slice(at + length) : wanted === 0 && !change.existed ? held.ids : [],
    hasReceipt,
  };
}

function commonLength(held: HeldMessages, begin: number, all: readonly number[], skip: number): number {
  let length = 0;
  while (skip + length < all.length && held.prints[begin + length] === all[skip + length]) length++;
  return length;
}
