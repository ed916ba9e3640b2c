import { formatSize, plural } from '../../shared/format';
import type { OperationPlan, OperationRequest, PlannedSession, SkippedSession } from '../../shared/operations';
import type { SessionMetadata } from '../../shared/session';
import { labelOf } from '../../shared/sessionState';
import { errorText, StoreError } from '../errors';
import type { ItemRecorder } from '../journal/Journal';
import type { SessionBackend } from '../SessionBackend';
import type { EditReport, SessionEdit } from '../StoreWriter';
import { type BatchOperation, FILES_AT_ONCE, type OperationDeps, type SessionOutcome } from './BatchOperation';
import { planOf } from './plans';
import { editWarnings } from './warnings';

/** Requests that are one edit of each named session. */
export type EditRequest = Extract<
  OperationRequest,
  {
    operation:
      | 'rename'
      | 'append'
      | 'update-last'
      | 'remove-last'
      | 'remove-messages'
      | 'clear'
      | 'state'
      | 'compact'
      | 'delete';
  }
>;

export function keysOf(request: EditRequest): readonly string[] {
  return 'keys' in request ? [...new Set(request.keys)] : [request.key];
}

/** The edit of one session that a request stands for. */
export function editOf(request: EditRequest, key: string): SessionEdit {
  switch (request.operation) {
    case 'rename':
      return { kind: 'rename', key, name: request.name?.trim() || null };
    case 'append':
    case 'update-last':
      return { kind: request.operation, key, role: request.role, content: request.content };
    case 'remove-messages':
      return { kind: 'remove-messages', key, positions: request.positions };
    case 'state':
      return { kind: 'state', key, state: request.state, turnId: request.turnId };
    case 'compact':
      return { kind: 'compact', key, duplicates: request.duplicates };
    case 'remove-last':
    case 'clear':
    case 'delete':
      return { kind: request.operation, key };
  }
}

/** The same edit on one session or many of one store. */
export class SessionEdits implements BatchOperation {
  readonly stores;

  constructor(
    private readonly request: EditRequest,
    private readonly backend: SessionBackend,
    private readonly deps: OperationDeps,
    /** Whether another process has the store open, where that can be known. */
    private readonly held: () => boolean | undefined,
  ) {
    this.stores = [request.store];
  }

  /** A new session may be named by `append` alone. */
  private get mayCreate(): boolean {
    return this.request.operation === 'append';
  }

  plan(signal?: AbortSignal): Promise<OperationPlan> {
    return this.gather(true, signal);
  }

  list(signal?: AbortSignal): Promise<OperationPlan> {
    return this.gather(false, signal);
  }

  private async gather(full: boolean, signal: AbortSignal | undefined): Promise<OperationPlan> {
    const sessions: PlannedSession[] = [];
    const skipped: SkippedSession[] = [];
    const held = full ? this.held() : undefined;
    for (const key of keysOf(this.request)) {
      signal?.throwIfAborted();
      const session = await this.backend.getSession(key, 'quick');
      if (!session && !this.mayCreate) {
        skipped.push({ key, label: key, reason: 'it does not exist (any more)' });
        continue;
      }
      const label = session ? labelOf(session) : key;
      if (!full) {
        sessions.push({ key, label, messages: 0, bytes: 0, notes: [], warnings: [] });
        continue;
      }
      try {
        const report = await this.backend.writer.plan(editOf(this.request, key), { signal });
        if (report.changed) sessions.push(this.planned(key, label, session, report, held));
        else skipped.push({ key, label, reason: report.notes[0] ?? 'there is nothing to do' });
      } catch (error) {
        if (!(error instanceof StoreError) || error.code === 'cancelled') throw error;
        skipped.push({ key, label, reason: errorText(error) });
      }
    }
    return planOf(this.request.operation, { sessions, skipped });
  }

  private planned(
    key: string,
    label: string,
    session: SessionMetadata | null,
    report: EditReport,
    held: boolean | undefined,
  ): PlannedSession {
    const now = this.deps.context.now();
    const warnings = session ? editWarnings(session, this.request.store, now, held) : [];
    return { key, label, messages: report.messages, bytes: report.bytes, notes: notesOf(report), warnings };
  }

  together(): number {
    return this.request.operation === 'delete' && this.request.store.kind === 'jsonl' ? FILES_AT_ONCE : 1;
  }

  async run(session: PlannedSession, recorder: ItemRecorder, signal?: AbortSignal): Promise<SessionOutcome> {
    const report = await this.backend.writer.apply(editOf(this.request, session.key), recorder, { signal });
    if (!report.changed) return { kind: 'skipped', reason: report.notes[0] ?? 'there is nothing to do' };
    return { kind: 'changed', report };
  }
}

function notesOf(report: EditReport): readonly string[] {
  if (report.droppedCount === 0) return report.notes;
  return [`${plural(report.droppedCount, 'line')} to drop (${formatSize(report.bytes)})`, ...report.notes];
}
