import { type ServiceClient, ServiceError } from '../service/client';
import * as protocol from '../service/protocol';
import type { HistoryEntry, TrashItem } from '../shared/operations';
import type { StoreLocation } from '../shared/session';
import type { EntryNode, FailureNode, HistoryNode, MoreNode, TrashedNode, TrashNode } from './nodes';

/** Entries of one answer. */
const PAGE = 200;

/** Whether there was a history and a trash when the workspace was last looked at. */
export interface JournalPresence {
  readonly history: boolean;
  readonly trash: boolean;
}

export interface JournalMemory {
  recall(): JournalPresence;
  remember(presence: JournalPresence): void;
}

type Changed = readonly (HistoryNode | TrashNode)[] | undefined;

/**
 * History and trash as the tree shows them: what concerns this workspace. Plain data with its operations. Nothing is asked
 * before `look`; until then the memory says whether there is anything, so that the rows need not be added to a tree that is
 * drawn already.
 */
export class JournalModel {
  readonly history: HistoryNode = { kind: 'history', id: 'history' };
  readonly trash: TrashNode = { kind: 'trash', id: 'trash', count: 0, bytes: 0 };
  private readonly more: MoreNode = { kind: 'more', id: 'history/more', parent: this.history };
  private presence: JournalPresence;
  private entries: EntryNode[] = [];
  private trashed: TrashedNode[] = [];
  private hasMore = false;
  private failure: FailureNode | undefined;
  private looked: Promise<void> | undefined;
  private reloading: Promise<void> | undefined;
  private isStale = false;
  private readonly listeners = new Set<(changed: Changed) => void>();

  constructor(
    private readonly client: Pick<ServiceClient, 'on' | 'request'>,
    /** Whether a store belongs to this workspace. */
    private readonly isOurs: (store: StoreLocation) => boolean,
    private readonly memory: JournalMemory,
  ) {
    this.presence = memory.recall();
    client.on(protocol.JournalChanged, () => void this.refresh());
  }

  /** `undefined`: the rows themselves have come or gone. */
  onDidChange(listener: (changed: Changed) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** The rows at the end of the tree: those in which there is anything. */
  get roots(): readonly (HistoryNode | TrashNode)[] {
    return [...(this.presence.history ? [this.history] : []), ...(this.presence.trash ? [this.trash] : [])];
  }

  /** Reads the journal, once; later changes are noticed. */
  look(): Promise<void> {
    this.looked ??= this.reload();
    return this.looked;
  }

  /** Reads it again, if it was read before. */
  async refresh(): Promise<void> {
    if (this.looked) await this.reload();
  }

  async getEntries(): Promise<readonly (EntryNode | MoreNode | FailureNode)[]> {
    await this.look();
    if (this.failure) return [this.failure];
    return this.hasMore ? [...this.entries, this.more] : this.entries;
  }

  async getTrashed(): Promise<readonly (TrashedNode | FailureNode)[]> {
    await this.look();
    return this.failure ? [this.failure] : this.trashed;
  }

  /** Whether a session is still in the trash. */
  hasTrashed(node: TrashedNode): boolean {
    return this.trashed.includes(node);
  }

  /** Entries of this workspace as far as they are known, newest first; read anew. Rejects when the journal cannot be read. */
  async currentEntries(): Promise<readonly HistoryEntry[]> {
    await (this.looked ? this.reload() : this.look());
    if (this.failure) throw new ServiceError(this.failure.code, this.failure.message);
    return this.entries.map(({ entry }) => entry);
  }

  /** Adds the next older entries. */
  async loadMore(): Promise<void> {
    const last = this.entries.at(-1);
    if (!last || !this.hasMore) return;
    const { entries, hasMore } = await this.page(last.entry.id, 1);
    // Meanwhile it may have been read anew.
    if (this.entries.at(-1) !== last) return;
    this.entries = [...this.entries, ...entries.map((entry) => this.entryNode(entry, undefined))];
    this.hasMore = hasMore;
    this.tell([this.history]);
  }

  /** One reading at a time; what changes meanwhile is read after it. */
  private reload(): Promise<void> {
    this.isStale = true;
    this.reloading ??= this.readWhileStale().finally(() => {
      this.reloading = undefined;
    });
    return this.reloading;
  }

  private async readWhileStale(): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      try {
        const [page, trash] = await Promise.all([
          this.page(undefined, Math.max(1, this.entries.length)),
          this.client.request(protocol.GetTrash, {}),
        ]);
        this.failure = undefined;
        this.replace(
          page,
          trash.items.filter(({ store }) => this.isOurs(store)),
        );
      } catch (error) {
        const code = error instanceof ServiceError ? error.code : 'internal';
        const message = error instanceof Error ? error.message : String(error);
        this.failure = { kind: 'failure', id: 'failure:journal', store: undefined, path: '', code, message };
        this.tell(this.roots);
      }
    }
  }

  /** Whole answers until there are `wanted` entries of this workspace. */
  private async page(
    before: number | undefined,
    wanted: number,
  ): Promise<{ entries: HistoryEntry[]; hasMore: boolean }> {
    const entries: HistoryEntry[] = [];
    let oldest = before;
    for (;;) {
      const answer = await this.client.request(protocol.GetHistory, { limit: PAGE, before: oldest });
      entries.push(...answer.filter(({ store }) => this.isOurs(store)));
      oldest = answer.at(-1)?.id;
      if (oldest === undefined || answer.length < PAGE) return { entries, hasMore: false };
      if (entries.length >= wanted) return { entries, hasMore: true };
    }
  }

  private replace(page: { entries: HistoryEntry[]; hasMore: boolean }, items: readonly TrashItem[]): void {
    const knownEntries = new Map(this.entries.map((node) => [node.entry.id, node]));
    const knownItems = new Map(this.trashed.map((node) => [node.item.item, node]));
    this.entries = page.entries.map((entry) => this.entryNode(entry, knownEntries.get(entry.id)));
    this.hasMore = page.hasMore;
    this.trashed = items.map((item) => this.trashedNode(item, knownItems.get(item.item)));
    this.trash.count = items.length;
    this.trash.bytes = items.reduce((sum, { bytes }) => sum + bytes, 0);
    const presence = { history: this.entries.length > 0, trash: items.length > 0 };
    const isSame = presence.history === this.presence.history && presence.trash === this.presence.trash;
    this.presence = presence;
    this.memory.remember(presence);
    this.tell(isSame ? this.roots : undefined);
  }

  private entryNode(entry: HistoryEntry, known: EntryNode | undefined): EntryNode {
    return known
      ? Object.assign(known, { entry })
      : { kind: 'entry', id: `entry:${entry.id}`, parent: this.history, entry };
  }

  private trashedNode(item: TrashItem, known: TrashedNode | undefined): TrashedNode {
    return known
      ? Object.assign(known, { item })
      : { kind: 'trashed', id: `trash:${item.item}`, parent: this.trash, item };
  }

  private tell(changed: Changed): void {
    if (changed?.length === 0) return;
    for (const listener of this.listeners) listener(changed);
  }

  dispose(): void {
    this.listeners.clear();
  }
}
