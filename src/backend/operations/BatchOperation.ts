import type { OperationPlan, PlannedSession } from '../../shared/operations';
import type { StoreLocation } from '../../shared/session';
import type { ItemRecorder } from '../journal/Journal';
import type { LabelFiles } from '../journal/labels';
import type { BackendContext, SessionBackend } from '../SessionBackend';
import type { EditReport } from '../StoreWriter';

/** What an operation may use. */
export interface OperationDeps {
  readonly context: BackendContext;
  /** Opens a store, or gives the open one. */
  readonly open: (location: StoreLocation) => Promise<SessionBackend>;
  readonly labels: LabelFiles;
  readonly sqliteBinding: string | undefined;
}

/** What became of one session. `skipped`: why nothing was done to it after all, in words. */
export type SessionOutcome =
  | { readonly kind: 'changed'; readonly report: EditReport; readonly newKey?: string; readonly hash?: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/**
 * JSONL files that are deleted at the same time. After each one its last writers are waited for and looked for in all
 * processes, which is one look for all of them.
 */
export const FILES_AT_ONCE = 32;

/** An operation, ready to be shown and to be made. One session at a time: between two of them it can be cancelled. */
export interface BatchOperation {
  /** Stores that are written: their locks are held while one session is changed. */
  readonly stores: readonly StoreLocation[];
  /** Reads only. Asked again right before the operation is made. */
  plan(signal?: AbortSignal): Promise<OperationPlan>;
  /** The sessions alone, where `plan` costs more than finding them: what each would lose is then left at 0. */
  list?(signal?: AbortSignal): Promise<OperationPlan>;
  /** Changes one session of the plan. Rejects with a `StoreError`: that session is as it was, the next one follows. */
  run(session: PlannedSession, recorder: ItemRecorder, signal?: AbortSignal): Promise<SessionOutcome>;
  /**
   * How many of `sessions`, from the place `from` on, are changed at the same time: `run` is called for each of them before
   * the first has ended. Absent: one.
   */
  together?(sessions: readonly PlannedSession[], from: number): number;
  /** After the last session; answers with sentences for the result. Not after a cancellation. */
  finish?(signal?: AbortSignal): Promise<readonly string[]>;
  close?(): Promise<void>;
}
