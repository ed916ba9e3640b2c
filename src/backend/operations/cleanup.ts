import type { OperationPlan, OperationRequest, PlannedSession, SkippedSession } from '../../shared/operations';
import type { SessionMetadata } from '../../shared/session';
import { labelOf } from '../../shared/sessionState';
import { StoreError } from '../errors';
import type { ItemRecorder } from '../journal/Journal';
import type { SessionBackend } from '../SessionBackend';
import { chronoText } from '../sqlite/timestamps';
import { type BatchOperation, FILES_AT_ONCE, type OperationDeps, type SessionOutcome } from './BatchOperation';
import { planOf } from './plans';

export type CleanupRequest = Extract<OperationRequest, { operation: 'cleanup' }>;

const HOUR = 3_600_000;
const WOKEN = 'it has been active since';

/**
 * Deletes sessions whose last activity, compared as text, lies before the cut-off: as zeroclaw's `cleanup_stale`, which
 * however deletes running ones too. Not what is running, kept, or set aside by an import.
 */
export class Cleanup implements BatchOperation {
  readonly stores;
  readonly #cutoff: string;

  constructor(
    request: CleanupRequest,
    private readonly backend: SessionBackend,
    private readonly deps: OperationDeps,
  ) {
    this.stores = [request.store];
    const cutoff = chronoText(deps.context.now() - request.idleHours * HOUR);
    if (!Number.isFinite(request.idleHours) || request.idleHours <= 0 || cutoff === null) {
      throw new StoreError('unsupported', 'Clean up takes a number of hours above 0 for which sessions were idle.');
    }
    this.#cutoff = cutoff;
  }

  /** Why a stale session stays, `undefined` when it goes; `null` when it is not stale. */
  private reasonToStay(session: SessionMetadata): string | undefined | null {
    if (session.lastActivity === null || !(session.lastActivity < this.#cutoff)) return null;
    if (session.state === 'running') return 'it is running';
    if (session.kept) return 'it is kept';
    if (session.origin !== 'live') return 'it belongs to a migration';
    return undefined;
  }

  plan(signal?: AbortSignal): Promise<OperationPlan> {
    return this.gather(true, signal);
  }

  list(signal?: AbortSignal): Promise<OperationPlan> {
    return this.gather(false, signal);
  }

  private async gather(full: boolean, signal: AbortSignal | undefined): Promise<OperationPlan> {
    this.deps.labels.requireReadable(this.backend.location);
    const sessions: PlannedSession[] = [];
    const skipped: SkippedSession[] = [];
    for (const session of await this.backend.listSessionsWithMetadata({ signal, detail: full ? 'full' : 'quick' })) {
      const { key } = session;
      const reason = this.reasonToStay(session);
      if (reason === null) continue;
      if (reason !== undefined) {
        skipped.push({ key, label: labelOf(session), reason });
        continue;
      }
      // A file's metadata says both, unless the agent does not load what it holds.
      const isKnown = !full || (session.size !== null && session.problems.length === 0);
      const report = isKnown ? undefined : await this.backend.writer.plan({ kind: 'delete', key }, { signal });
      const messages = report?.messages ?? session.messageCount ?? 0;
      const bytes = report?.bytes ?? session.size ?? 0;
      sessions.push({ key, label: labelOf(session), messages, bytes, notes: [], warnings: [] });
    }
    return planOf('cleanup', { sessions, skipped });
  }

  together(): number {
    return this.backend.location.kind === 'jsonl' ? FILES_AT_ONCE : 1;
  }

  async run({ key }: PlannedSession, recorder: ItemRecorder, signal?: AbortSignal): Promise<SessionOutcome> {
    this.deps.labels.requireReadable(this.backend.location);
    const session = await this.backend.getSession(key, 'quick');
    const reason = session ? this.reasonToStay(session) : 'it does not exist (any more)';
    if (reason !== undefined) return { kind: 'skipped', reason: reason ?? WOKEN };
    // The agent may wake it up at any moment: the writer looks once more, where nothing can come between.
    const edit = { kind: 'delete', key, idleBefore: this.#cutoff } as const;
    const report = await this.backend.writer.apply(edit, recorder, { signal });
    return report.changed ? { kind: 'changed', report } : { kind: 'skipped', reason: report.notes[0] ?? WOKEN };
  }
}
