import { ServiceError } from '../service/client';
import { plural } from '../shared/format';
import type { SearchAnswer } from '../shared/search/answer';
import type { Span } from '../shared/search/query';
import { visibleLine } from '../shared/visibleText';
import { answerWords, leftOutWords, notesOf } from './answerWords';
import { groupHits, type HitGroup, hitId } from './hitGroups';
import { neighbour } from './neighbours';
import { placeWords } from './pickRows';
import type { HitNode, LeftOutNode, NoticeNode, ResultNode, SessionHitsNode } from './resultNodes';
import { requestScope, type SearchInput } from './scope';
import type { SearchedStores } from './searchedStores';
import type { RunningSearch, Searches } from './searches';

/** Hits that are listed at first; "Load More" multiplies them. */
const FIRST_LIMIT = 500;
const MORE_TIMES = 4;

/** One search and its results, as the Search Results view shows them: plain data with its operations. */
export class ResultsModel {
  private current: SearchInput | undefined;
  private answer: SearchAnswer | undefined;
  private failure: { readonly message: string; readonly span?: Span } | undefined;
  private running: RunningSearch | undefined;
  private limit = FIRST_LIMIT;
  private groups: SessionHitsNode[] = [];
  private leftOut: LeftOutNode | undefined;
  private readonly dismissed = new Set<string>();
  /** Row that was opened last, and where it stood in case it goes. */
  private place: { id: string; index: number } | undefined;
  /** Sessions with hits have changed since. */
  private isOld = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly searches: Pick<Searches, 'run'>,
    private readonly stores: Pick<SearchedStores, 'all'>,
  ) {}

  onDidChange(listener: () => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  get input(): SearchInput | undefined {
    return this.current;
  }

  get isSearching(): boolean {
    return this.running !== undefined;
  }

  /** True when there are hits to go through. */
  get hasHits(): boolean {
    return this.groups.length > 0;
  }

  /** Searches; `known` is shown until there is more. */
  async search(input: SearchInput, known?: SearchAnswer): Promise<void> {
    this.dismissed.clear();
    this.place = undefined;
    this.limit = FIRST_LIMIT;
    this.current = input;
    this.take(known);
    const isAll = known?.complete === true && known.hits.length >= known.totalHits;
    if (isAll) {
      this.stop();
      this.changed();
      return;
    }
    await this.run();
  }

  /** Searches again. What was dismissed stays away. */
  async refresh(): Promise<void> {
    if (this.current) await this.run();
  }

  async setOrder(order: SearchInput['order']): Promise<void> {
    if (!this.current || this.current.order === order) return;
    this.current = { ...this.current, order };
    await this.run();
  }

  async loadMore(): Promise<void> {
    this.limit *= MORE_TIMES;
    await this.run();
  }

  clear(): void {
    this.stop();
    this.current = undefined;
    this.dismissed.clear();
    this.place = undefined;
    this.take(undefined);
    this.changed();
  }

  private stop(): void {
    this.running?.cancel();
    this.running = undefined;
  }

  private async run(): Promise<void> {
    this.stop();
    const { current: input, limit } = this;
    if (!input) return;
    this.failure = undefined;
    this.isOld = false;
    this.changed();
    const stores = await this.stores.all();
    if (this.current !== input) return;
    const request = { query: input.query, scope: requestScope(input.scope, stores), order: input.order, limit };
    const running = this.searches.run(request, (answer) => this.update(answer));
    this.running = running;
    this.changed();
    try {
      const answer = await running.answer;
      if (this.running !== running || !answer) return;
      this.running = undefined;
      this.take(answer);
    } catch (error) {
      if (this.running !== running) return;
      this.running = undefined;
      if (!(error instanceof ServiceError)) throw error;
      this.take(undefined);
      this.failure = error;
    } finally {
      this.changed();
    }
  }

  private update(answer: SearchAnswer): void {
    // What is on the screen from an earlier run stays until there is as much of this one.
    if (answer.hits.length < (this.answer?.hits.length ?? 0)) return;
    this.take(answer);
    this.changed();
  }

  private take(answer: SearchAnswer | undefined): void {
    this.answer = answer;
    this.failure = undefined;
    this.regroup();
    const words = answer && leftOutWords(answer);
    if (!answer || !words) {
      this.leftOut = undefined;
      return;
    }
    const node: LeftOutNode = this.leftOut ?? { kind: 'leftOut', id: 'leftOut', words, places: [] };
    node.words = words;
    node.places = answer.skipped.map((skipped, index) => ({
      kind: 'leftOutPlace',
      id: `leftOut${index}`,
      parent: node,
      skipped,
    }));
    this.leftOut = node;
  }

  private regroup(): void {
    const known = new Map(this.groups.map((node) => [node.id, node]));
    const groups = this.answer ? groupHits(this.answer) : [];
    this.groups = groups.flatMap((group) => {
      const id = `${group.store}\n${group.key}`;
      if (this.dismissed.has(id)) return [];
      const node = sessionNode(id, group, known.get(id), this.dismissed);
      return node.hits.length > 0 ? [node] : [];
    });
  }

  /** Rows of the view, in order. */
  get roots(): readonly ResultNode[] {
    const { answer, current } = this;
    if (!current) return [];
    if (this.failure) return [failureNotice(current, this.failure)];
    const notices = answer ? notesOf(answer).map(noticeOf) : [];
    if (this.groups.length === 0) {
      const words = this.emptyNotice;
      return [...(words ? [words] : []), ...notices, ...(this.leftOut ? [this.leftOut] : [])];
    }
    return [...(this.leftOut ? [this.leftOut] : []), ...notices, ...this.groups, ...this.more];
  }

  private get emptyNotice(): NoticeNode | undefined {
    if (!this.answer || this.isSearching) return undefined;
    // What was covered stands in the message above the rows.
    const label = this.answer.totalHits > 0 ? 'All hits were dismissed' : 'No hits';
    return { kind: 'notice', id: 'empty', icon: 'info', label };
  }

  private get more(): ResultNode[] {
    const { answer, isSearching } = this;
    if (!answer || isSearching || answer.hits.length >= answer.totalHits) return [];
    return [{ kind: 'moreHits', id: `more${answer.hits.length}`, listed: answer.hits.length, total: answer.totalHits }];
  }

  /** The sentence above the rows: what was asked, how much was found, where. */
  get message(): string | undefined {
    const { current, answer } = this;
    if (!current) return undefined;
    const query = visibleLine(current.query.trim());
    if (this.failure) return query;
    const dismissed = this.dismissed.size > 0 ? `${plural(this.dismissed.size, 'row')} dismissed` : '';
    const old = this.isOld && !this.isSearching ? 'sessions have changed since, refresh to see them' : '';
    const words = answer ? answerWords(answer, current.scope) : 'Searching';
    const again = this.isSearching && answer?.complete ? 'searching again' : '';
    return [query, words, again, dismissed, old].filter(Boolean).join(' · ');
  }

  /** All hits that are listed, in the order of the rows. */
  get hits(): readonly HitNode[] {
    return this.groups.flatMap(({ hits }) => hits);
  }

  get sessions(): readonly SessionHitsNode[] {
    return this.groups;
  }

  /** Takes rows away, until the next search. */
  dismiss(nodes: readonly ResultNode[]): void {
    for (const node of nodes) if (node.kind === 'hit' || node.kind === 'sessionHits') this.dismissed.add(node.id);
    this.regroup();
    this.changed();
  }

  /** Remembers which hit is on the screen. */
  opened(node: HitNode): void {
    this.place = { id: node.id, index: this.hits.indexOf(node) };
  }

  /** The hit after or before the one that was opened last. */
  step(direction: 1 | -1): HitNode | undefined {
    const { hits, place } = this;
    const at = place ? hits.findIndex(({ id }) => id === place.id) : -1;
    // It is gone: the one that took its place is the next.
    const from = at < 0 && place ? (direction === 1 ? place.index - 1 : place.index) : at;
    return neighbour(hits, Math.min(from, hits.length), direction);
  }

  /** Sessions of a store have changed; without keys: any of them. */
  sessionsChanged(store: string, keys: readonly string[] | undefined): void {
    if (this.isOld || this.isSearching) return;
    const isShown = this.groups.some(({ group }) => group.store === store && (!keys || keys.includes(group.key)));
    if (!isShown) return;
    this.isOld = true;
    this.changed();
  }
}

function sessionNode(
  id: string,
  group: HitGroup,
  known: SessionHitsNode | undefined,
  dismissed: ReadonlySet<string>,
): SessionHitsNode {
  const node: SessionHitsNode = known ?? { kind: 'sessionHits', id, group, hits: [] };
  const hits = new Map(node.hits.map((each) => [each.id, each]));
  node.group = group;
  node.hits = group.hits.flatMap((hit): HitNode[] => {
    const hitNodeId = hitId(hit);
    if (dismissed.has(hitNodeId)) return [];
    const before = hits.get(hitNodeId);
    if (!before) return [{ kind: 'hit', id: hitNodeId, parent: node, hit }];
    before.hit = hit;
    return [before];
  });
  return node;
}

function noticeOf(label: string, index: number): NoticeNode {
  return { kind: 'notice', id: `note${index}`, icon: 'info', label };
}

function failureNotice(input: SearchInput, { message, span }: { message: string; span?: Span }): NoticeNode {
  const description = span ? { description: placeWords(input.query, span) } : {};
  return { kind: 'notice', id: 'failure', icon: 'error', label: visibleLine(message), ...description };
}
