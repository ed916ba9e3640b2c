import type { ConversationPanels } from '../conversation/panels';
import type { SearchHit } from '../shared/search/answer';
import { patternsOf } from './highlights';
import type { SearchedStores } from './searchedStores';

/** A hit that is to be shown. */
export interface OpenedHit {
  readonly hit: SearchHit;
  /** What its session is called. */
  readonly label: string;
  /** The query that found it: its words are marked. */
  readonly query: string;
}

export interface HitOptions {
  readonly toSide?: boolean;
  /** Gives the conversation the keyboard. */
  readonly focus?: boolean;
}

/** Opens conversations at hits. */
export class HitOpener {
  constructor(
    private readonly panels: Pick<ConversationPanels, 'open' | 'openAt'>,
    private readonly stores: Pick<SearchedStores, 'byId'>,
  ) {}

  async open({ hit, label, query }: OpenedHit, options: HitOptions = {}): Promise<void> {
    const store = await this.stores.byId(hit.store);
    if (!store) throw new Error(`${label} cannot be opened: its store is not in this workspace any more.`);
    const target = { store, key: hit.key, label };
    if (hit.kind === 'session') await this.panels.open(target, options);
    else await this.panels.openAt(target, { row: hit.row, patterns: patternsOf(query, Date.now()) }, options);
  }
}
