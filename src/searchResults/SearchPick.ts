import * as vscode from 'vscode';
import { ServiceError } from '../service/client';
import type { SearchAnswer } from '../shared/search/answer';
import { parseQuery } from '../shared/search/parseQuery';
import { QueryError } from '../shared/search/query';
import { visibleLine } from '../shared/visibleText';
import { titleWords } from './answerWords';
import { completionRows } from './completionRows';
import type { OpenedHit } from './hitOpener';
import { OPEN_TO_SIDE, PICK_BUTTONS, pickItem, type RowItem } from './pickItems';
import { answerRows, failureRows, faultRows, homeRows, type PickRow, type SavedQuery, syntaxRows } from './pickRows';
import type { QueryHistory } from './queryHistory';
import { EVERYWHERE, requestScope, type Scope, type SearchInput } from './scope';
import type { SearchedStores } from './searchedStores';
import type { RunningSearch, Searches } from './searches';

/** Milliseconds in which key strokes become one search. */
const GATHER = 30;
/** Milliseconds after which the rows of an older query go, though there are none yet of the new one. */
const STALE = 200;
/** Hits that are listed at the most. */
const LIMIT = 100;
/** True while the Quick Pick is open; for its keys. */
const OPEN_CONTEXT = 'sessionInspector.searchPickOpen';
const COMPLETES_CONTEXT = 'sessionInspector.searchPickCompletes';

export interface PickServices {
  readonly searches: Searches;
  readonly stores: SearchedStores;
  readonly history: QueryHistory;
  readonly saved: () => readonly SavedQuery[];
  readonly openHit: (opened: OpenedHit, options: { readonly toSide: boolean }) => Promise<void>;
  /** Opens the results in their view; `answer`: what is known of them already. */
  readonly openInView: (input: SearchInput, answer: SearchAnswer | undefined) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** "Search Sessions": hits appear while the query is typed. It lives from its opening until it is hidden. */
export class SearchPick {
  private readonly pick = vscode.window.createQuickPick<RowItem>();
  private readonly closed = new vscode.EventEmitter<void>();
  /** Tells that it is gone. */
  readonly onDidClose = this.closed.event;
  private scope: Scope;
  private running: RunningSearch | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private lastTyped = 0;
  private staleness: NodeJS.Timeout | undefined;
  private shown: readonly PickRow[] = [];
  /** The query that the rows on the screen belong to. */
  private shownQuery: string | undefined;
  private answer: SearchAnswer | undefined;
  /** Enter was pressed before the rows of the query were there. */
  private accepts = false;
  private showsSyntax = false;
  private isClosed = false;

  constructor(
    private readonly services: PickServices,
    input: { readonly query?: string; readonly scope?: Scope } = {},
  ) {
    this.scope = input.scope ?? EVERYWHERE;
    const { pick } = this;
    pick.placeholder = 'Words, "a phrase", =whole, -without, OR, /regex/i, role:user, after:7d';
    pick.keepScrollPosition = true;
    // Rows come in their own order below their sessions. The property is not in VS Code's stable types; a version that
    // does not know it sorts rows by how they match, and shows no sessions above them.
    Object.assign(pick, { sortByLabel: false });
    pick.value = input.query ?? '';
    pick.onDidChangeValue(() => this.typed());
    pick.onDidAccept(() => void this.guarded(this.accepted()));
    pick.onDidTriggerButton((button) => void this.guarded(this.pressed(button)));
    pick.onDidTriggerItemButton(({ item, button }) => void this.guarded(this.itemPressed(item.row, button)));
    pick.onDidHide(() => this.close());
  }

  show(): void {
    void vscode.commands.executeCommand('setContext', OPEN_CONTEXT, true);
    this.services.stores.prepare();
    this.begin();
    this.pick.show();
  }

  /** Opens the results of what is typed in their view. */
  async openInView(): Promise<void> {
    const { services, input } = this;
    if (input.query.trim() === '') return;
    const answer = this.shownQuery === input.query ? this.answer : undefined;
    await services.history.add(input.query);
    this.pick.hide();
    await services.openInView(input, answer);
  }

  /** Takes the first completion or correction of what is typed; the rows of a search may still be those of an older query. */
  complete(): void {
    const query = this.pick.value;
    const [row = this.shownQuery === query ? this.shown.find(completes) : undefined] = completionRows(query);
    if (row?.kind === 'query') this.setQuery(row.query);
  }

  private get input(): SearchInput {
    return { query: this.pick.value, scope: this.scope, order: 'rank' };
  }

  private async guarded(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.services.failed(error));
  }

  private typed(): void {
    this.showsSyntax = false;
    this.accepts = false;
    this.stop();
    // Before there are rows: Tab follows a fast typist's last letter at once.
    this.setCompletes(completionRows(this.pick.value).length > 0);
    if (this.pick.value.trim() === '') this.begin();
    else this.gathering = setTimeout(() => void this.guarded(this.search()), this.isBurst() ? GATHER : 0);
  }

  private setCompletes(value: boolean): void {
    void vscode.commands.executeCommand('setContext', COMPLETES_CONTEXT, value);
  }

  /** Keys that come faster than anyone reads, as a held one does, are gathered; a single one is answered at once. */
  private isBurst(): boolean {
    const { lastTyped } = this;
    this.lastTyped = Date.now();
    return this.lastTyped - lastTyped < GATHER;
  }

  /** Shows what belongs to the value that is there, from nothing. */
  private begin(): void {
    this.stop();
    this.pick.buttons = PICK_BUTTONS.of(this.scope);
    if (this.pick.value.trim() !== '') {
      void this.guarded(this.search());
      return;
    }
    this.answer = undefined;
    this.pick.busy = false;
    this.pick.title = this.scopeTitle;
    const { history, saved } = this.services;
    this.draw(homeRows(history.queries, saved(), this.scope));
  }

  private get scopeTitle(): string {
    return this.scope.kind === 'everywhere' ? 'Search sessions' : `Search in ${visibleLine(this.scope.label)}`;
  }

  /** Ends what runs and what waits. */
  private stop(): void {
    clearTimeout(this.gathering);
    clearTimeout(this.staleness);
    this.running?.cancel();
    this.running = undefined;
  }

  private async search(): Promise<void> {
    this.stop();
    const { query, scope, order } = this.input;
    try {
      parseQuery(query, Date.now());
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return this.fail(faultRows(query, error.message, error.span));
    }
    this.pick.busy = true;
    const stores = await this.services.stores.all();
    // While the stores were looked for, another key may have been pressed.
    if (query !== this.pick.value || scope !== this.scope || this.isClosed) return;
    const request = { query, scope: requestScope(scope, stores), order, limit: LIMIT } as const;
    const running = this.services.searches.run(request, (answer) => this.updated(query, answer));
    this.running = running;
    this.staleness = setTimeout(() => this.draw([...completionRows(query), ...searchingRows()]), STALE);
    try {
      const answer = await running.answer;
      if (answer && this.running === running) this.answered(query, answer);
    } catch (error) {
      if (this.running !== running) return;
      if (!(error instanceof ServiceError)) throw error;
      if (error.code === 'bad-query') this.fail(faultRows(query, error.message, error.span));
      else this.fail(failureRows(error.message));
    }
  }

  private fail(rows: readonly PickRow[]): void {
    this.stop();
    this.answer = undefined;
    this.pick.busy = false;
    this.pick.title = this.scopeTitle;
    // A field without its value yet is no mistake: what it may hold comes first.
    this.draw([...completionRows(this.pick.value), ...rows]);
  }

  /** What is known while the search goes on. Rows of an older query stay until there is a hit, or for a moment. */
  private updated(query: string, answer: SearchAnswer): void {
    if (answer.hits.length > 0 || this.shownQuery === query) this.answered(query, answer);
  }

  private answered(query: string, answer: SearchAnswer): void {
    clearTimeout(this.staleness);
    this.answer = answer;
    this.pick.busy = !answer.complete;
    this.pick.title = titleWords(answer, this.scope);
    const context = {
      scope: this.scope,
      storeName: (store: string) => this.services.stores.nameAmongOthers(store),
      now: Date.now(),
    };
    this.draw([...completionRows(query), ...answerRows(query, answer, context)]);
  }

  private draw(rows: readonly PickRow[]): void {
    clearTimeout(this.staleness);
    const query = this.pick.value;
    const isSame = this.shownQuery === query;
    if (!isSame || !sameRows(rows, this.shown)) {
      const active = isSame ? this.pick.activeItems[0]?.row.id : undefined;
      const wasMoved = active !== undefined && active !== preferred(this.shown)?.id;
      const items = rows.map(pickItem);
      this.shown = rows;
      this.pick.keepScrollPosition = isSame;
      this.pick.items = items;
      const chosen = items.find(({ row }) => row.id === (wasMoved ? active : preferred(rows)?.id));
      if (chosen) this.pick.activeItems = [chosen];
      this.setCompletes(rows.some(completes));
    }
    this.shownQuery = query;
    if (this.accepts) void this.guarded(this.accepted());
  }

  private async accepted(): Promise<void> {
    // The rows belong to what was typed before: Enter is for those that come.
    this.accepts = this.shownQuery !== this.pick.value;
    if (this.accepts) return;
    const row = this.pick.activeItems[0]?.row ?? preferred(this.shown);
    switch (row?.kind) {
      case 'hit':
        return this.openHit(row, false);
      case 'query':
        return this.setQuery(row.query, row.source === 'syntax');
      case 'narrow': {
        const store = await this.services.stores.byId(row.group.store);
        if (store) this.setScope({ kind: 'session', store, key: row.group.key, label: row.group.label });
        return;
      }
      case 'widen':
        return this.setScope(EVERYWHERE);
      case 'results':
        return this.openInView();
      case 'retry':
        return this.begin();
    }
  }

  private async openHit({ hit, group }: Extract<PickRow, { kind: 'hit' }>, toSide: boolean): Promise<void> {
    const { query } = this.input;
    const { history, openHit } = this.services;
    await history.add(query);
    this.pick.hide();
    await openHit({ hit, label: group.label, query }, { toSide });
  }

  private async itemPressed(row: PickRow, button: vscode.QuickInputButton): Promise<void> {
    if (row.kind === 'hit' && button === OPEN_TO_SIDE) return this.openHit(row, true);
    if (row.kind !== 'query' || row.source !== 'history') return;
    await this.services.history.remove(row.query);
    this.begin();
  }

  private async pressed(button: vscode.QuickInputButton): Promise<void> {
    switch (button) {
      case PICK_BUTTONS.everywhere:
        return this.setScope(EVERYWHERE);
      case PICK_BUTTONS.results:
        return this.openInView();
      case PICK_BUTTONS.syntax:
        this.showsSyntax = !this.showsSyntax;
        if (!this.showsSyntax) return this.begin();
        this.stop();
        this.pick.busy = false;
        this.draw(syntaxRows());
    }
  }

  private setQuery(query: string, appends = false): void {
    // An example of the syntax goes behind what is typed.
    const typed = this.pick.value.trimEnd();
    this.pick.value = appends && typed !== '' ? `${typed} ${query.trimStart()}` : query;
    this.typed();
  }

  private setScope(scope: Scope): void {
    this.scope = scope;
    this.shownQuery = undefined;
    this.begin();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stop();
    void vscode.commands.executeCommand('setContext', OPEN_CONTEXT, false);
    this.setCompletes(false);
    this.pick.dispose();
    this.closed.fire();
    this.closed.dispose();
  }
}

/** A row that Tab takes. */
function completes(row: PickRow): boolean {
  return row.kind === 'query' && (row.source === 'completion' || row.source === 'correction');
}

/** The row that Enter takes: a hit, or what can be put in the place of a fault, before everything that stands above. */
function preferred(rows: readonly PickRow[]): PickRow | undefined {
  return (
    rows.find(({ kind }) => kind === 'hit') ?? rows.find(completes) ?? rows.find(({ kind }) => kind !== 'separator')
  );
}

function sameRows(a: readonly PickRow[], b: readonly PickRow[]): boolean {
  return a.length === b.length && a.every((row, index) => JSON.stringify(row) === JSON.stringify(b[index]));
}

function searchingRows(): PickRow[] {
  return [{ kind: 'words', id: 'searching', label: 'Searching', icon: 'loading~spin' }];
}
