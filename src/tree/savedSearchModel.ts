import { ServiceError } from '../service/client';
import { type CountHits, LiveSearch } from './liveSearch';
import type { FailureNode, SavedSearchNode, SavedSessionNode } from './nodes';
import type { SavedSearch, SavedSearches } from './savedSearches';
import type { SessionsModel } from './sessionsModel';

/**
 * The saved searches as the tree shows them, each with the sessions that it finds. Nothing is searched before `look`; from
 * then on the counts follow the stores.
 */
export class SavedSearchModel {
  private readonly nodes = new Map<string, SavedSearchNode>();
  private readonly rows = new Map<string, SavedSessionNode>();
  private hasLooked = false;
  private readonly listeners = new Set<(node: SavedSearchNode | undefined) => void>();
  private readonly listening: readonly { dispose(): void }[];

  constructor(
    readonly searches: SavedSearches,
    private readonly sessions: Pick<SessionsModel, 'stores' | 'onDidChange' | 'onSessionsChanged'>,
    private readonly count: CountHits,
  ) {
    this.listening = [
      searches.onDidChange(() => this.reload()),
      sessions.onSessionsChanged((store, keys) => {
        for (const { live } of this.nodes.values()) live.changed(store, keys);
      }),
      // Stores may have come or gone.
      sessions.onDidChange((node) => node === undefined && void this.update()),
    ];
    this.fill();
  }

  /** `undefined`: the folders themselves have come or gone. */
  onDidChange(listener: (node: SavedSearchNode | undefined) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** The folders, in the order in which they were saved. */
  get roots(): readonly SavedSearchNode[] {
    return [...this.nodes.values()];
  }

  /** Searches for the first time. */
  look(): void {
    if (this.hasLooked) return;
    this.hasLooked = true;
    void this.update();
  }

  async getSessions(node: SavedSearchNode): Promise<readonly (SavedSessionNode | FailureNode)[]> {
    const { live } = node;
    this.look();
    if (!live.isKnown && !live.failure) await live.update();
    if (live.failure) {
      const code = live.failure instanceof ServiceError ? live.failure.code : 'internal';
      const { message } = live.failure;
      return [{ kind: 'failure', id: `failure:${node.id}`, store: undefined, path: '', code, message }];
    }
    return live.sessions.map((session) => {
      const id = `${node.id}\n${session.store}\n${session.key}`;
      const row = this.rows.get(id) ?? { kind: 'savedSession', id, parent: node, session };
      row.session = session;
      this.rows.set(id, row);
      return row;
    });
  }

  /** One after the other: a search uses all cores that it may use. */
  private async update(): Promise<void> {
    if (!this.hasLooked) return;
    for (const { live } of this.roots) if (!live.isKnown || live.failure) await live.update();
  }

  private reload(): void {
    this.fill();
    for (const listener of this.listeners) listener(undefined);
    void this.update();
  }

  private fill(): void {
    const saved = this.searches.all;
    const known = new Map(this.nodes);
    this.nodes.clear();
    for (const each of saved) this.nodes.set(each.id, this.nodeOf(each, known.get(each.id)));
    for (const [id, { live }] of known) if (!this.nodes.has(id)) live.dispose();
  }

  private nodeOf(saved: SavedSearch, known: SavedSearchNode | undefined): SavedSearchNode {
    if (known) return Object.assign(known, { saved });
    const node: SavedSearchNode = {
      kind: 'savedSearch',
      id: `saved:${saved.id}`,
      saved,
      live: new LiveSearch(
        saved.query,
        this.count,
        () => this.sessions.stores.map(({ found }) => found.location),
        () => this.tell(node),
      ),
    };
    return node;
  }

  private tell(node: SavedSearchNode): void {
    for (const listener of this.listeners) listener(node);
  }

  dispose(): void {
    for (const each of this.listening) each.dispose();
    for (const { live } of this.nodes.values()) live.dispose();
    this.listeners.clear();
  }
}
