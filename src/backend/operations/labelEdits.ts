import type { Direction, OperationPlan, OperationRequest, PlannedSession } from '../../shared/operations';
import type { StoreLocation } from '../../shared/session';
import { labelOf } from '../../shared/sessionState';
import { errorText, StoreError } from '../errors';
import type { LabelChange } from '../journal/changes';
import type { ItemRecorder, JournalItem } from '../journal/Journal';
import type { Label, LabelFiles } from '../journal/labels';
import type { ChangeSide, Reversal, StoreWriter } from '../StoreWriter';
import type { BatchOperation, OperationDeps, SessionOutcome } from './BatchOperation';
import { planOf } from './plans';

/** Requests that change what is kept in the data folder, not the store: pins, and names where the store has none. */
export type LabelRequest = Extract<OperationRequest, { operation: 'rename' | 'keep' }>;

function sameLabel(a: Label, b: Label): boolean {
  return a.name === b.name && a.kept === b.kept;
}

export class LabelEdits implements BatchOperation {
  readonly stores;

  constructor(
    private readonly request: LabelRequest,
    private readonly deps: OperationDeps,
  ) {
    this.stores = [request.store];
  }

  async plan(): Promise<OperationPlan> {
    const backend = await this.deps.open(this.request.store);
    const sessions: PlannedSession[] = [];
    const skipped = [];
    for (const key of this.request.operation === 'rename' ? [this.request.key] : new Set(this.request.keys)) {
      const session = await backend.getSession(key, 'quick');
      if (session) {
        sessions.push({ key, label: labelOf(session), messages: 0, bytes: 0, notes: [], warnings: [] });
      } else {
        skipped.push({ key, label: key, reason: 'it does not exist (any more)' });
      }
    }
    return planOf(this.request.operation, { sessions, skipped });
  }

  async run({ key }: PlannedSession, recorder: ItemRecorder): Promise<SessionOutcome> {
    const before = this.deps.labels.of(this.request.store).get(key) ?? {};
    const after = this.after(before);
    if (sameLabel(before, after)) return { kind: 'skipped', reason: 'it is so already' };
    const change: LabelChange = { kind: 'label', key, before, after };
    const started = recorder.start(change, { key, messages: 0, bytes: 0, trashed: false });
    setLabel(this.deps.labels, this.request.store, key, after);
    started.finish();
    return {
      kind: 'changed',
      report: { changed: true, messages: 0, bytes: 0, notes: [], dropped: [], droppedCount: 0 },
    };
  }

  private after(before: Label): Label {
    if (this.request.operation === 'keep') {
      const { kept: _, ...rest } = before;
      return this.request.kept ? { ...rest, kept: true } : rest;
    }
    const { name: _, ...rest } = before;
    const name = this.request.name?.trim();
    return name ? { ...rest, name } : rest;
  }
}

/** Undo and redo of names and pins. */
export class LabelChanges implements Pick<StoreWriter, 'check' | 'reverse' | 'recover'> {
  constructor(private readonly labels: LabelFiles) {}

  async check(item: JournalItem, direction: Direction): Promise<Reversal> {
    const change = labelChange(item);
    const now = this.labels.of(item.store).get(item.key) ?? {};
    if (sameLabel(now, direction === 'undo' ? change.after : change.before)) return { kind: 'ready' };
    const name = now.name === undefined ? 'no name' : `"${now.name}"`;
    return {
      kind: 'conflict',
      message: `The name or pin of ${item.label} has been changed since: it has ${name} now.`,
      choices: [
        { id: 'overwrite', label: 'Set Anyhow', description: 'Takes the change back and drops the later one.' },
      ],
    };
  }

  async reverse(item: JournalItem, direction: Direction): Promise<Record<string, never>> {
    const change = labelChange(item);
    setLabel(this.labels, item.store, item.key, direction === 'undo' ? change.before : change.after);
    return {};
  }

  /** The file is replaced in one step: it holds the one or the other. */
  async recover(item: JournalItem): Promise<ChangeSide> {
    const now = this.labels.of(item.store).get(item.key) ?? {};
    return sameLabel(now, labelChange(item).after) ? 'after' : 'before';
  }
}

function labelChange(item: JournalItem): LabelChange {
  if (item.change.kind !== 'label') throw new Error(`Item ${item.id} of the journal is no change of a label.`);
  return item.change;
}

function setLabel(labels: LabelFiles, store: StoreLocation, key: string, label: Label): void {
  try {
    labels.set(store, key, label);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      'write-failed',
      `The name could not be kept in the data folder, nothing was changed: ${errorText(error)}.`,
      { cause: error },
    );
  }
}
