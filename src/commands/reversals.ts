import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { formatNumber } from '../shared/format';
import type { Direction, HistoryEntry, ReversalChoice, ReverseRequest, ReverseResult } from '../shared/operations';
import type { JournalModel } from '../tree/journalModel';
import type { RunningOperations } from '../tree/runningOperations';
import { withDelayedProgress } from './delayedProgress';
import { groupBy } from './groupBy';
import type { OnProgress, OperationCalls } from './operationCalls';
import type { OperationDocuments } from './operationDocuments';
import { reversalReport } from './operationReport';
import { progressWords } from './operationWords';
import { isComplete, reversalWords } from './reversalWords';
import type { UndoneEntries } from './undoneEntries';

const SHOWN_AFTER = 400;
/** Conflicts that a question lists. */
const LISTED = 6;

type Conflict = ReverseResult['conflicts'][number];

/** What is to be taken back or made again. */
export interface Wish {
  readonly direction: Direction;
  /** Entries, or sessions of them, in this order. */
  readonly requests: readonly ReverseRequest[];
  /** Sessions are fetched from the trash. */
  readonly restores?: boolean;
}

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

  /** Does it, tells of it once, and asks where the store has gone on meanwhile. */
  async reverse(wish: Wish): Promise<void> {
    const results: ReverseResult[] = [];
    try {
      await this.sendAll(wish, results);
    } finally {
      this.tell(wish, results);
    }
    for (const [index, request] of wish.requests.entries()) {
      await this.settle(wish, request, results[index]?.conflicts ?? []);
    }
  }

  /** One progress for all of it; cancelling ends it after the one that is under way. */
  private sendAll(wish: Wish, results: ReverseResult[]): Promise<void> {
    const { direction, requests, restores } = wish;
    const title = restores ? 'Restoring' : direction === 'undo' ? 'Undoing' : 'Redoing';
    return withDelayedProgress({ title, delay: SHOWN_AFTER }, async (report, token) => {
      for (const [index, request] of requests.entries()) {
        const onProgress: OnProgress = (progress) => {
          const fraction = (progress.done + 0.5) / progress.total;
          report(progressWords(progress), (index + fraction) / requests.length);
        };
        results.push(await this.send(wish, request, onProgress, token));
        if (token.isCancellationRequested) break;
      }
    });
  }

  private async send(
    { direction, restores }: Wish,
    request: ReverseRequest,
    onProgress: OnProgress,
    token: vscode.CancellationToken,
  ): Promise<ReverseResult> {
    const entry = await this.entry(request.entry);
    const items = (entry?.items ?? []).filter(({ id }) => request.item === undefined || id === request.item);
    const word = restores ? 'restoring' : direction === 'undo' ? 'undoing' : 'redoing';
    const marks = this.running.start(entry ? items.map(({ key }) => ({ store: entry.store, key })) : [], word);
    try {
      const result = await this.calls.reverse(direction, request, onProgress, token);
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
  private async settle(wish: Wish, request: ReverseRequest, conflicts: readonly Conflict[]): Promise<void> {
    const groups = groupBy(
      conflicts.filter(({ choices }) => choices.length > 0),
      ({ choices }) => choices.map(({ id }) => id).join(),
    );
    for (const group of groups.values()) {
      const choice = await ask(wish.direction, group);
      if (!choice) continue;
      const items = groups.size === 1 ? [request.item] : await this.itemsOf(request.entry, group);
      const requests = items.map((item) => ({ ...request, item, choice: choice.id }));
      const results: ReverseResult[] = [];
      try {
        await this.sendAll({ ...wish, requests }, results);
      } finally {
        this.tell({ ...wish, requests }, results);
      }
    }
  }

  private async itemsOf(entry: number, group: readonly Conflict[]): Promise<number[]> {
    const keys = new Set(group.map(({ key }) => key));
    return ((await this.entry(entry))?.items ?? []).filter(({ key }) => keys.has(key)).map(({ id }) => id);
  }

  /** One notification. What only needs a choice is not told: the question says it. */
  private tell(wish: Wish, all: readonly ReverseResult[]): void {
    const { direction, requests, restores = false } = wish;
    const results = all.filter(
      ({ reversed, failures, conflicts }) =>
        reversed.length > 0 || failures.length > 0 || !conflicts.some(({ choices }) => choices.length > 0),
    );
    if (results.length === 0) return;
    const done = requests.filter((_, index) => (all[index]?.reversed.length ?? 0) > 0);
    const back = direction === 'undo' && !restores ? 'Redo' : 'Undo';
    const isAll = results.every(isComplete);
    const buttons = [...(done.length > 0 ? [back] : []), ...(isAll ? [] : ['Details'])];
    const show = isAll
      ? vscode.window.showInformationMessage
      : done.length > 0
        ? vscode.window.showWarningMessage
        : vscode.window.showErrorMessage;
    void show(reversalWords(results, restores), ...buttons).then((answer) => {
      if (answer === back) return this.takeBack(direction, done);
      if (answer !== 'Details') return undefined;
      const title = restores ? 'Restore' : direction === 'undo' ? 'Undo' : 'Redo';
      return this.documents.showReport(`${title}, details`, results.map(reversalReport).join('\n'));
    });
  }

  /** The button of a notification: nobody else waits for it, or shows what goes wrong. */
  private async takeBack(direction: Direction, done: readonly ReverseRequest[]): Promise<void> {
    const requests = done.map(({ entry, item }) => ({ entry, item })).reverse();
    try {
      await this.reverse({ direction: direction === 'undo' ? 'redo' : 'undo', requests });
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
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
