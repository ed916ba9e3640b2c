import * as vscode from 'vscode';
import type { OperationPlan, OperationRequest, OperationResult } from '../shared/operations';
import type { BusyRow, RunningOperations } from '../tree/runningOperations';
import { shortPath } from '../tree/treeItems';
import { withDelayedProgress } from './delayedProgress';
import type { OperationCalls } from './operationCalls';
import type { OperationDocuments } from './operationDocuments';
import { operationReport } from './operationReport';
import {
  hasDetails,
  joinPlans,
  nothingToDo,
  outcomeWords,
  progressWords,
  questionOf,
  warningsOf,
  wordsOf,
} from './operationWords';

/** Milliseconds after which a plan, and the work itself, show that they are under way. */
const PLAN_SHOWN_AFTER = 300;
const RUN_SHOWN_AFTER = 400;
/** Milliseconds for which the status bar tells what a small change did. */
const STATUS_SHOWN_FOR = 5000;

export interface Work {
  /** The same operation, once for each store. */
  readonly requests: readonly OperationRequest[];
  /** `always`: what it will do is shown first. `with-care`: only where there is a reason. `never`: not at all. */
  readonly ask: 'always' | 'with-care' | 'never';
  /** Where it takes place or goes to, for the question. */
  readonly place?: string;
  /** What else is done, as chosen before: a sentence for the question. */
  readonly chosen?: string;
  /** Made before, for the same requests. */
  readonly plans?: readonly OperationPlan[];
  /** There is something to do for the store itself, even where no session changes. */
  readonly alsoWithoutSessions?: boolean;
  /** What it does is seen on the row: the status bar tells it, unless something went wrong. */
  readonly quiet?: boolean;
}

/** A request and what was planned for it. */
interface Planned {
  readonly request: OperationRequest;
  readonly plan: OperationPlan | undefined;
}

/** Every operation on the screen: what it will do, the one question, progress on the row and beside, the one notification. */
export class OperationRunner {
  constructor(
    private readonly calls: OperationCalls,
    private readonly running: RunningOperations,
    private readonly documents: OperationDocuments,
    private readonly trashDays: () => number,
  ) {}

  /** What requests would do; `undefined` when the user cancelled it. */
  async plan(requests: readonly OperationRequest[]): Promise<readonly OperationPlan[] | undefined> {
    return withDelayedProgress({ title: 'Looking at what would change', delay: PLAN_SHOWN_AFTER }, async (_, token) => {
      const plans: OperationPlan[] = [];
      for (const request of requests) {
        const plan = await this.calls.plan(request, token);
        if (!plan) return undefined;
        plans.push(plan);
      }
      return plans;
    });
  }

  /** Asks where that is due, does it and tells of it. Resolves when the work is done, `undefined` when it was not begun. */
  async perform(work: Work): Promise<readonly OperationResult[] | undefined> {
    const { requests } = work;
    if (requests.length === 0) return undefined;
    let planned: readonly Planned[] = requests.map((request) => ({ request, plan: undefined }));
    if (work.ask !== 'never') {
      const plans = work.plans ?? (await this.plan(requests));
      if (!plans) return undefined;
      const all = joinPlans(plans);
      planned = requests.flatMap((request, index) => {
        const plan = plans[index];
        return plan && (plan.sessions.length > 0 || work.alsoWithoutSessions) ? [{ request, plan }] : [];
      });
      if (planned.length === 0) {
        void vscode.window.showInformationMessage(nothingToDo(all));
        return undefined;
      }
      if ((work.ask === 'always' || isDelicate(all)) && !(await this.confirm(all, work))) return undefined;
    }
    const results = await this.run(planned);
    this.tell(results, planned, work.quiet ?? false);
    return results;
  }

  private async confirm(plan: OperationPlan, { place, chosen }: Work): Promise<boolean> {
    const { message, detail, verb } = questionOf(plan, { place, chosen, trashDays: this.trashDays() });
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, verb);
    return answer === verb;
  }

  private async run(planned: readonly Planned[]): Promise<readonly OperationResult[]> {
    const [first] = planned;
    if (!first) return [];
    const { verb, running } = wordsOf(first.request.operation);
    const marks = this.running.start(planned.flatMap(busyRows), running);
    const title = running.charAt(0).toUpperCase() + running.slice(1);
    try {
      return await withDelayedProgress({ title: title || verb, delay: RUN_SHOWN_AFTER }, async (report, token) => {
        const results: OperationResult[] = [];
        for (const { request } of planned) {
          const result = await this.calls.run(
            request,
            (progress) => report(progressWords(progress), (progress.done + 0.5) / progress.total),
            token,
          );
          results.push(result);
          if (result.cancelled) break;
        }
        return results;
      });
    } finally {
      marks.done();
    }
  }

  private tell(results: readonly OperationResult[], planned: readonly Planned[], quiet: boolean): void {
    const words = outcomeWords(
      results,
      planned.reduce((sum, { plan }) => sum + (plan?.sessions.length ?? 0), 0),
      planned.map(({ request }) => shortPath(request.store.path)),
    );
    const entries = results.flatMap(({ entry }) => (entry === null ? [] : [entry])).reverse();
    const failures = results.flatMap(({ failures: each }) => each);
    if (quiet && failures.length === 0 && entries.length > 0) {
      vscode.window.setStatusBarMessage(words, STATUS_SHOWN_FOR);
      return;
    }
    const buttons = [
      ...(entries.length > 0 ? ['Undo'] : []),
      ...(results.some(hasDetails) && (entries.length > 0 || failures.length > 1) ? ['Details'] : []),
    ];
    const show =
      failures.length === 0
        ? vscode.window.showInformationMessage
        : entries.length > 0
          ? vscode.window.showWarningMessage
          : vscode.window.showErrorMessage;
    // The command is done; its notification stays for as long as it likes.
    void show(words, ...buttons).then((answer) => {
      if (answer === 'Undo') return vscode.commands.executeCommand('sessionInspector.undo', { entries });
      if (answer === 'Details') {
        const [first] = results;
        const title = first ? wordsOf(first.operation).verb : 'Details';
        return this.documents.showReport(`${title}, details`, operationReport(results));
      }
      return undefined;
    });
  }
}

/** Whether a small change deserves a question after all. */
function isDelicate(plan: OperationPlan): boolean {
  return warningsOf(plan).length > 0 || (plan.operation === 'remove-last' && plan.messages > 1);
}

function busyRows({ request, plan }: Planned): BusyRow[] {
  const { store } = request;
  const keys =
    plan?.sessions.map(({ key }) => key) ??
    ('key' in request ? [request.key] : 'keys' in request ? [...(request.keys ?? [])] : []);
  const isOfStore = request.operation === 'cleanup' || request.operation === 'compact-store' || keys.length === 0;
  return [...(isOfStore ? [{ store }] : []), ...keys.map((key) => ({ store, key }))];
}
