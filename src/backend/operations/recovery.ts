import type { Recovery } from '../../shared/operations';
import { type StoreLocation, storeId } from '../../shared/session';
import { errorText, StoreError } from '../errors';
import type { Journal, JournalItem } from '../journal/Journal';
import type { StoreLocks } from '../journal/storeLock';
import type { OperationDeps } from './BatchOperation';
import { changesOf, storesOf } from './reversals';
import { INTERRUPTED } from './summaries';

/** Milliseconds for which a store's lock is waited for: who holds it is in the middle of it and alive. */
const PATIENCE = 200;

/** Completes or rolls back one change that a killed process left half made. The caller holds the locks. */
async function recoverItem(journal: Journal, item: JournalItem, deps: OperationDeps): Promise<Recovery> {
  const side = await (await changesOf(item, deps)).recover(item);
  const { entry, store, key, label, operation, status } = item;
  const completed = side === (status === 'undoing' ? 'before' : 'after');
  if (status === 'started') {
    if (side === 'after') journal.setStatus(item.id, 'done');
    else journal.drop(item.id);
  } else {
    journal.setStatus(item.id, side === 'after' ? 'done' : 'undone');
  }
  const noun = INTERRUPTED[operation];
  const what = status === 'started' ? noun : `${status === 'undoing' ? 'undo' : 'redo'} of the ${noun}`;
  const words = completed ? 'had been made and is completed' : 'was taken back: the session is as it was before';
  return {
    entry,
    store,
    key,
    operation,
    outcome: completed ? 'completed' : 'rolled-back',
    message: `An interrupted ${what} of "${label}" ${words}.`,
  };
}

export interface HeldRecovery {
  readonly recoveries: readonly Recovery[];
  /** What could not be recovered. It keeps nothing from the other sessions. */
  readonly stuck: readonly { readonly item: JournalItem; readonly error: unknown }[];
}

/** All leftovers of these stores. The caller holds their locks, so none of them belongs to a living process. */
export async function recoverHeld(
  journal: Journal,
  stores: readonly StoreLocation[],
  deps: OperationDeps,
): Promise<HeldRecovery> {
  const ids = new Set(stores.map(storeId));
  const recoveries: Recovery[] = [];
  const stuck: HeldRecovery['stuck'][number][] = [];
  for (const item of journal.unfinished()) {
    // A change of two stores is recovered by who holds both.
    if (!storesOf(item).every((store) => ids.has(storeId(store)))) continue;
    try {
      recoveries.push(await recoverItem(journal, item, deps));
    } catch (error) {
      stuck.push({ item, error });
    }
  }
  return { recoveries, stuck };
}

/** All leftovers, of every store that is not being changed right now. What cannot be recovered is logged and stays. */
export async function recoverAll(journal: Journal, locks: StoreLocks, deps: OperationDeps): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  for (const item of journal.unfinished()) {
    try {
      await locks.hold(
        storesOf(item),
        async () => {
          // Another process may have done it meanwhile.
          const now = journal.item(item.id);
          if (now && (now.status === 'started' || now.status === 'undoing' || now.status === 'redoing')) {
            recoveries.push(await recoverItem(journal, now, deps));
          }
        },
        { patience: PATIENCE },
      );
    } catch (error) {
      const isBusy = error instanceof StoreError && error.code === 'busy';
      if (!isBusy) deps.context.log('error', `An interrupted change of ${item.label} is left: ${errorText(error)}`);
    }
  }
  return recoveries;
}
