import * as fs from 'node:fs';
import * as path from 'node:path';
import type {
  Direction,
  FailedSession,
  HistoryEntry,
  OperationPlan,
  OperationProgress,
  OperationRequest,
  OperationResult,
  PlannedSession,
  Recovery,
  ReverseRequest,
  ReverseResult,
  SessionResult,
  SkippedSession,
  TrashItem,
} from '../../shared/operations';
import type { StoreLocation } from '../../shared/session';
import { errorText, StoreError } from '../errors';
import { type ItemRecorder, Journal, type JournalItem } from '../journal/Journal';
import { LabelFiles } from '../journal/labels';
import { StoreLocks } from '../journal/storeLock';
import type { BackendContext, SessionBackend } from '../SessionBackend';
import type { BatchOperation, OperationDeps, SessionOutcome } from './BatchOperation';
import { leftHalfMade, madeAfterAll } from './interrupted';
import { openOperation } from './openOperation';
import { planOf } from './plans';
import { recoverAll, recoverHeld } from './recovery';
import { changesOf, madeAlready, reverseItem, storesOf } from './reversals';
import { INTERRUPTED, summaryOf } from './summaries';

/** Dropped lines that a result names; all of them are in the journal. */
const LISTED = 1000;

export interface OperationsOptions {
  readonly context: BackendContext;
  /** Opens a store, or gives the open one. */
  readonly open: (location: StoreLocation) => Promise<SessionBackend>;
  readonly labels?: LabelFiles;
  readonly sqliteBinding?: string;
  /** Told after each changed session. */
  readonly onChange?: (store: StoreLocation, keys: readonly string[]) => void;
  readonly onRecovered?: (recoveries: readonly Recovery[]) => void;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: OperationProgress) => void;
}

/** What became of one session: an outcome, or the error of a session that is as it was. */
interface SessionEnd {
  readonly session: PlannedSession;
  readonly outcome?: SessionOutcome;
  readonly error?: unknown;
}

/**
 * Everything that changes a store: shown beforehand, made one session at a time, journaled, taken back and made again.
 * The same for the service, the command line and tests. Every method rejects with a `StoreError` when nothing could be
 * done at all; what is wrong with one session stands in the result, and the others are done.
 */
export class Operations {
  readonly labels: LabelFiles;
  readonly #deps: OperationDeps;
  #journal: Promise<Journal> | undefined;
  #locks: StoreLocks | undefined;

  constructor(private readonly options: OperationsOptions) {
    const { context, open, sqliteBinding } = options;
    this.labels = options.labels ?? new LabelFiles(context.dataFolder);
    this.#deps = { context, open, labels: this.labels, sqliteBinding };
  }

  /** What a request would do. Changes nothing. */
  async plan(request: OperationRequest, signal?: AbortSignal): Promise<OperationPlan> {
    const operation = await openOperation(request, this.#deps);
    try {
      return await operation.plan(signal);
    } finally {
      await operation.close?.();
    }
  }

  /** Does it. Cancelling leaves whole sessions: the result says which were done. */
  async run(request: OperationRequest, options: RunOptions = {}): Promise<OperationResult> {
    const journal = await this.#open();
    const operation = await openOperation(request, this.#deps);
    try {
      const { signal } = options;
      const plan = await cancellable(request, () => operation.list?.(signal) ?? operation.plan(signal), signal);
      // The store that is written, which for an export is not the one that is read.
      const entry = journal.begin(request.operation, operation.stores[0] ?? request.store, plan.sessions.length);
      return await this.#runAll(journal, entry, operation, request, plan, options);
    } finally {
      await operation.close?.();
    }
  }

  async #runAll(
    journal: Journal,
    entry: number,
    operation: BatchOperation,
    request: OperationRequest,
    plan: OperationPlan,
    { signal, onProgress }: RunOptions,
  ): Promise<OperationResult> {
    const sessions: SessionResult[] = [];
    const skipped: SkippedSession[] = [...plan.skipped];
    const failures: FailedSession[] = [];
    const dropped = [];
    let droppedCount = 0;
    let cancelled = signal?.aborted ?? false;
    const notes: string[] = [...plan.warnings];
    for (let done = 0; done < plan.sessions.length; ) {
      if (signal?.aborted) cancelled = true;
      if (cancelled) break;
      const group = plan.sessions.slice(done, done + Math.max(1, operation.together?.(plan.sessions, done) ?? 1));
      onProgress?.({ done, total: plan.sessions.length, key: group[0]?.key ?? '' });
      done += group.length;
      const ends = await this.#runGroup(journal, entry, operation, group, signal);
      for (const { session, outcome, error } of ends) {
        const { key, label } = session;
        if (!outcome) {
          if (isCancelled(error, signal)) cancelled = true;
          else failures.push({ key, label, code: codeOf(error), message: errorText(error) });
          continue;
        }
        if (outcome.kind === 'skipped') {
          skipped.push({ key, label, reason: outcome.reason });
          continue;
        }
        const { report, newKey, hash } = outcome;
        const { messages, bytes } = report;
        sessions.push({ key, label, messages, bytes, notes: report.notes, newKey, hash });
        dropped.push(...report.dropped.slice(0, LISTED - dropped.length));
        droppedCount += report.droppedCount;
        for (const store of operation.stores)
          this.options.onChange?.(store, newKey === undefined ? [key] : [key, newKey]);
      }
    }
    if (!cancelled && operation.finish) {
      try {
        notes.push(
          ...(await this.#held(journal, operation.stores, [], () => operation.finish?.(signal) ?? [], signal)),
        );
      } catch (error) {
        if (isCancelled(error, signal)) cancelled = true;
        else failures.push({ key: '', label: request.store.path, code: codeOf(error), message: errorText(error) });
      }
    }
    const result = {
      operation: request.operation,
      entry: sessions.length > 0 ? entry : null,
      sessions,
      skipped,
      failures,
      messages: sessions.reduce((sum, session) => sum + session.messages, 0),
      bytes: sessions.reduce((sum, session) => sum + session.bytes, 0),
      dropped,
      droppedCount,
      notes,
      cancelled,
    };
    const summary = summaryOf(request, result);
    try {
      journal.end(entry, summary);
    } catch (error) {
      // What was changed is in the journal all the same.
      this.options.context.log('warning', errorText(error));
    }
    return { ...result, summary };
  }

  /** Most operations change one session at a time; a migration several, which then share its locks. */
  async #runGroup(
    journal: Journal,
    entry: number,
    operation: BatchOperation,
    group: readonly PlannedSession[],
    signal: AbortSignal | undefined,
  ): Promise<SessionEnd[]> {
    const runOne = async (session: PlannedSession): Promise<SessionEnd> => {
      const recorder = journal.recorder(entry, session.label);
      try {
        const outcome = await operation.run(session, recorder, signal);
        if (outcome.kind === 'skipped') recorder.discard();
        return { session, outcome };
      } catch (error) {
        return this.#afterError(journal, session, recorder, error);
      }
    };
    const keys = group.map(({ key }) => key);
    try {
      return await this.#held(journal, operation.stores, keys, () => Promise.all(group.map(runOne)), signal);
    } catch (error) {
      return group.map((session) => ({ session, error }));
    }
  }

  /** The record of a change that was not made goes; one that was made after all is no failure, and can be undone. */
  async #afterError(
    journal: Journal,
    session: PlannedSession,
    recorder: ItemRecorder,
    error: unknown,
  ): Promise<SessionEnd> {
    const item = recorder.startedItem === undefined ? undefined : journal.item(recorder.startedItem);
    try {
      if (item && (await (await changesOf(item, this.#deps)).recover(item)) === 'after') {
        return { session, outcome: madeAfterAll(journal, item, error) };
      }
      recorder.discard();
      return { session, error };
    } catch (left) {
      return { session, error: item ? leftHalfMade(item, left) : error };
    }
  }

  /** Takes back an entry, or one session of it; makes it again. What is not as the change left it is a conflict. */
  async reverse(direction: Direction, request: ReverseRequest, options: RunOptions = {}): Promise<ReverseResult> {
    const journal = await this.#open();
    const items = this.#reversible(journal, direction, request);
    const reversed: SessionResult[] = [];
    const conflicts: ReverseResult['conflicts'][number][] = [];
    const failures: FailedSession[] = [];
    for (const [done, item] of items.entries()) {
      if (options.signal?.aborted) break;
      const { key, label } = item;
      options.onProgress?.({ done, total: items.length, key });
      try {
        const outcome = await this.#held(
          journal,
          storesOf(item),
          [key],
          () => reverseItem(journal, item.id, direction, request.choice, this.#deps),
          options.signal,
        );
        if (outcome.kind === 'conflict') conflicts.push(outcome.conflict);
        else reversed.push(outcome.session);
      } catch (error) {
        failures.push({ key, label, code: codeOf(error), message: errorText(error) });
      }
      for (const store of storesOf(item)) this.options.onChange?.(store, [key]);
    }
    const summary = reverseSummary(direction, journal.entry(request.entry), reversed, conflicts, failures);
    return { direction, entry: request.entry, reversed, conflicts, failures, summary };
  }

  #reversible(journal: Journal, direction: Direction, request: ReverseRequest): JournalItem[] {
    const wanted = direction === 'undo' ? 'done' : 'undone';
    const all = journal.itemsOf(request.entry).filter(({ id }) => request.item === undefined || id === request.item);
    if (all.length === 0) throw new StoreError('not-found', `The history has no entry ${request.entry}.`);
    const items = all.filter(({ status }) => status === wanted);
    if (items.length === 0) throw madeAlready(direction);
    // The last change of an entry is the first to be taken back.
    return direction === 'undo' ? items.reverse() : items;
  }

  /** Newest first. */
  async history(limit: number, before?: number): Promise<HistoryEntry[]> {
    return this.#hasJournal() ? (await this.#open()).history(limit, before) : [];
  }

  async trash(): Promise<{ items: TrashItem[]; bytes: number }> {
    if (!this.#hasJournal()) return { items: [], bytes: 0 };
    const journal = await this.#open();
    return { items: journal.trash(), bytes: journal.usage() };
  }

  /** Deletes from the trash for good. */
  async purgeTrash(items: readonly number[] | 'all'): Promise<{ items: number; bytes: number }> {
    const journal = await this.#open();
    const chosen = journal.trash().filter(({ item }) => items === 'all' || items.includes(item));
    const bytes = journal.purge(chosen.map(({ item }) => item));
    return { items: chosen.length, bytes };
  }

  /** Drops before-images by age and size. */
  async purgeOld(days: number, bytes: number): Promise<number> {
    return this.#hasJournal() ? (await this.#open()).purgeOld(days, bytes) : 0;
  }

  /** At the start of a process: completes or rolls back what a killed one has left. */
  async recover(): Promise<Recovery[]> {
    if (!this.#hasJournal()) return [];
    const journal = await this.#open();
    return recoverAll(journal, this.#lock(), this.#deps);
  }

  async close(): Promise<void> {
    const journal = await this.#journal?.catch(() => undefined);
    this.#journal = undefined;
    journal?.close();
    this.#locks?.close();
    this.#locks = undefined;
  }

  #hasJournal(): boolean {
    const { dataFolder } = this.options.context;
    return dataFolder !== undefined && fs.existsSync(path.join(dataFolder, 'journal.db'));
  }

  async #open(): Promise<Journal> {
    const { context, sqliteBinding } = this.options;
    const known = this.#journal;
    // Not closed: a change that is under way may still use it.
    if ((await known?.catch(() => undefined))?.isLost && this.#journal === known) this.#journal = undefined;
    this.#journal ??= Journal.open(context.dataFolder, context.now, sqliteBinding).catch((error: unknown) => {
      // Asked again by the next change: the reason may be gone by then.
      this.#journal = undefined;
      throw error;
    });
    return this.#journal;
  }

  #lock(): StoreLocks {
    const { context, sqliteBinding } = this.options;
    if (context.dataFolder === undefined) {
      throw new StoreError('journal-unavailable', 'Nothing is changed without a data folder for the journal.');
    }
    this.#locks ??= new StoreLocks(context.dataFolder, sqliteBinding);
    return this.#locks;
  }

  /**
   * Runs `work` on the sessions `keys` with the stores' locks, after what a killed process has left in them is cleared away.
   * Rejects when one of them is among what cannot be.
   */
  #held<T>(
    journal: Journal,
    stores: readonly StoreLocation[],
    keys: readonly string[],
    work: () => Promise<T> | T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const alone = async (): Promise<T> => {
      const { recoveries, stuck } = await recoverHeld(journal, stores, this.#deps);
      if (recoveries.length > 0) this.options.onRecovered?.(recoveries);
      const own = stuck.find(({ item }) => keys.includes(item.key));
      if (own) throw leftHalfMade(own.item, own.error);
      return work();
    };
    return this.#lock().hold(stores, alone, { signal });
  }
}

async function cancellable(
  request: OperationRequest,
  plan: () => Promise<OperationPlan>,
  signal: AbortSignal | undefined,
): Promise<OperationPlan> {
  try {
    return await plan();
  } catch (error) {
    if (!isCancelled(error, signal)) throw error;
    return planOf(request.operation, { sessions: [] });
  }
}

function isCancelled(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (!(error instanceof StoreError) || error.code === 'cancelled');
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : 'internal';
}

function reverseSummary(
  direction: Direction,
  entry: HistoryEntry | undefined,
  reversed: readonly SessionResult[],
  conflicts: readonly FailedSession[],
  failures: readonly FailedSession[],
): string {
  const interrupted = entry ? `interrupted ${INTERRUPTED[entry.operation]}` : 'the change';
  const what = entry?.summary.replace(/\.$/, '') || interrupted;
  const [problem] = [...conflicts, ...failures];
  if (reversed.length === 0) return problem ? problem.message : 'Nothing was changed.';
  const newKey = reversed.length === 1 ? reversed[0]?.newKey : undefined;
  const where = newKey === undefined ? '' : `, as ${newKey}`;
  const rest = problem ? ` ${conflicts.length + failures.length} of its sessions could not be: ${problem.message}` : '';
  return `${direction === 'undo' ? 'Undone' : 'Done again'}: ${what}${where}.${rest}`;
}
