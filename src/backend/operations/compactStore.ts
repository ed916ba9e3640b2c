import { formatSize, plural } from '../../shared/format';
import type { OperationPlan, OperationRequest, PlannedSession } from '../../shared/operations';
import { labelOf } from '../../shared/sessionState';
import type { ItemRecorder } from '../journal/Journal';
import type { SessionBackend } from '../SessionBackend';
import type { SqliteWriter } from '../sqlite/write/SqliteWriter';
import type { BatchOperation, SessionOutcome } from './BatchOperation';
import { planOf } from './plans';

export type CompactStoreRequest = Extract<OperationRequest, { operation: 'compact-store' }>;

/**
 * A database: wrong counts are made right, messages without a metadata row adopted or removed as chosen, the full-text
 * index merged and checked, and on request the file itself rewritten.
 */
export class CompactDatabase implements BatchOperation {
  readonly stores;

  constructor(
    private readonly request: CompactStoreRequest,
    private readonly backend: SessionBackend,
    private readonly writer: SqliteWriter,
  ) {
    this.stores = [request.store];
  }

  async plan(signal?: AbortSignal): Promise<OperationPlan> {
    const survey = await this.writer.survey();
    const sessions: PlannedSession[] = [];
    for (const { key, stored, real } of survey.wrongCounts) {
      signal?.throwIfAborted();
      const note = `its count says ${stored}, it holds ${plural(real, 'message')}`;
      sessions.push(await this.planned(key, 0, 0, note));
    }
    for (const { key, messages } of survey.orphans) {
      if (this.request.orphans === 'leave') continue;
      signal?.throwIfAborted();
      const adopted = this.request.orphans === 'adopt';
      const note = adopted
        ? `${plural(messages, 'message')} get a metadata row, so that the agent lists them again`
        : `${plural(messages, 'message')} that the agent does not list are removed`;
      sessions.push(await this.planned(key, adopted ? 0 : messages, 0, note));
    }
    const notes = [
      `${this.request.store.path} takes ${formatSize(survey.bytes)}, ${formatSize(survey.freeBytes)} of it free.`,
    ];
    if (survey.wrongCounts.length > 0) notes.push(`${plural(survey.wrongCounts.length, 'message count')} to correct.`);
    if (survey.orphans.length > 0) {
      notes.push(`${plural(survey.orphans.length, 'session')} with messages but no metadata row.`);
    }
    return planOf('compact-store', { sessions, notes });
  }

  private async planned(key: string, messages: number, bytes: number, note: string): Promise<PlannedSession> {
    const session = await this.backend.getSession(key, 'quick');
    return { key, label: session ? labelOf(session) : key, messages, bytes, notes: [note], warnings: [] };
  }

  async run({ key }: PlannedSession, recorder: ItemRecorder, signal?: AbortSignal): Promise<SessionOutcome> {
    const report = await this.writer.apply({ kind: 'repair', key, orphans: this.request.orphans }, recorder, {
      signal,
    });
    return report.changed ? { kind: 'changed', report } : { kind: 'skipped', reason: 'it is right already' };
  }

  async finish(signal?: AbortSignal): Promise<readonly string[]> {
    const result = await this.writer.maintain({ vacuum: this.request.vacuum }, signal);
    return result.notes;
  }
}
