import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { formatNumber } from '../shared/format';
import type { Direction, HistoryEntry, ReversalChoice, ReverseRequest, ReverseResult } from '../shared/operations';
import type { JournalModel } from '../tree/journalModel';
import type { RunningOperations } from '../tree/runningOperations';
import { withDelayedProgress } from './delayedProgress';
import { groupBy } from './groupBy';
import type { OperationCalls } from './operationCalls';
import type { OperationDocuments } from './operationDocuments';
import { reversalReport } from './operationReport';
import { progressWords } from './operationWords';
import type { UndoneEntries } from './undoneEntries';

const SHOWN_AFTER = 400;
/** Conflicts that a question lists. */
const LISTED = 6;

type Conflict = ReverseResult['conflicts'][number];

/** Takes changes back and makes them again; where the store has gone on meanwhile, the user chooses what is done. */
export class Reversals {
  constructor(
    private readonly client: Pick<ServiceClient, 'request'>,
    private readonly calls: OperationCalls,
    private readonly running: RunningOperations,
    private readonly documents: OperationDocuments,
    private readonly journal: JournalModel,
    private readonly undone: UndoneEntries,
  ) {}

  /** Reverses an entry, or one session of it, and tells of it. */
  async reverse(direction: Direction, request: ReverseRequest): Promise<void> {
    const result = await this.send(direction, request);
    this.tell(result);
    await this.settle(direction, request, result.conflicts);
  }

  private async send(direction: Direction, request: ReverseRequest): Promise<ReverseResult> {
    const entry = await this.entry(request.entry);
    const items = (entry?.items ?? []).filter(({ id }) => request.item === undefined || id === request.item);
    const word = direction === 'undo' ? 'undoing' : 'redoing';
    const marks = this.running.start(entry ? items.map(({ key }) => ({ store: entry.store, key })) : [], word);
    try {
      const title = direction === 'undo' ? 'Undoing' : 'Redoing';
      const result = await withDelayedProgress({ title, delay: SHOWN_AFTER }, (report, token) =>
        this.calls.reverse(
          direction,
          request,
          (progress) => report(progressWords(progress), (progress.done + 0.5) / progress.total),
          token,
        ),
      );
      await this.remember(request, result);
      return result;
    } finally {
      marks.done();
    }
  }

  /** A session that is fetched from the trash is no step of an undo. */
  private async remember({ entry, item }: ReverseRequest, { direction, reversed }: ReverseResult): Promise<void> {
    if (direction === 'redo') return this.undone.remove(entry);
    if (item !== undefined || reversed.length === 0) return;
    const [newest] = await this.journal.currentEntries();
    await this.undone.push(entry, newest?.id ?? entry);
  }

  private async entry(id: number): Promise<HistoryEntry | undefined> {
    const [entry] = await this.client.request(protocol.GetHistory, { limit: 1, before: id + 1 });
    return entry?.id === id ? entry : undefined;
  }

  /** Asks once for all conflicts that leave the same choice. */
  private async settle(direction: Direction, request: ReverseRequest, conflicts: readonly Conflict[]): Promise<void> {
    const groups = groupBy(
      conflicts.filter(({ choices }) => choices.length > 0),
      ({ choices }) => choices.map(({ id }) => id).join(),
    );
    for (const group of groups.values()) {
      const choice = await ask(direction, group);
      if (!choice) continue;
      if (groups.size === 1) {
        this.tell(await this.send(direction, { ...request, choice: choice.id }));
        continue;
      }
      const items = (await this.entry(request.entry))?.items ?? [];
      for (const { key } of group) {
        const item = items.find((each) => each.key === key)?.id;
        if (item !== undefined) this.tell(await this.send(direction, { ...request, item, choice: choice.id }));
      }
    }
  }

  /** One notification. What only needs a choice is not told: the question says it. */
  private tell(result: ReverseResult): void {
    const { direction, entry, reversed, conflicts, failures, summary } = result;
    const isAsked = conflicts.some(({ choices }) => choices.length > 0);
    if (reversed.length === 0 && failures.length === 0 && isAsked) return;
    const isComplete = conflicts.length === 0 && failures.length === 0;
    const back = direction === 'undo' ? 'Redo' : 'Undo';
    const buttons = [...(reversed.length > 0 ? [back] : []), ...(isComplete ? [] : ['Details'])];
    const show = isComplete
      ? vscode.window.showInformationMessage
      : reversed.length > 0
        ? vscode.window.showWarningMessage
        : vscode.window.showErrorMessage;
    void show(summary, ...buttons).then((answer) => {
      const command = direction === 'undo' ? 'sessionInspector.redo' : 'sessionInspector.undo';
      if (answer === back) return vscode.commands.executeCommand(command, { entries: [entry] });
      if (answer === 'Details') return this.documents.showReport('Undo, details', reversalReport(result));
      return undefined;
    });
  }
}

async function ask(direction: Direction, group: readonly Conflict[]): Promise<ReversalChoice | undefined> {
  const [first] = group;
  if (!first) return undefined;
  const verb = direction === 'undo' ? 'undone' : 'done again';
  const isOne = group.length === 1;
  const message = isOne
    ? first.message
    : `${formatNumber(group.length)} sessions have changed since and cannot simply be ${verb}.`;
  const reasons = isOne ? [] : group.slice(0, LISTED).map((conflict) => conflict.message);
  if (group.length > LISTED) reasons.push(`And ${formatNumber(group.length - LISTED)} more.`);
  const choices = first.choices.map(({ label, description }) => `${label}: ${description}`);
  const detail = [reasons.join('\n'), choices.join('\n')].filter(Boolean).join('\n\n');
  const labels = first.choices.map(({ label }) => label);
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...labels);
  return first.choices.find(({ label }) => label === answer);
}
