import type { ConversationPanels } from '../conversation/panels';
import type { ResultsModel } from '../searchResults/ResultsModel';
import type { SearchPicks } from '../searchResults/SearchPicks';
import type { Scope } from '../searchResults/scope';
import type { SearchedStores } from '../searchResults/searchedStores';
import { labelOf } from '../shared/sessionState';
import type { SavedSessionNode, TreeNode } from '../tree/nodes';
import { shortPath } from '../tree/treeItems';
import { commandOptions, rowNodes } from './arguments';
import type { Command } from './commandRegistry';
import { resultNodes } from './resultArguments';

/** Opens the Quick Pick in which hits appear while a query is typed. */
export class Search implements Command {
  readonly id = 'sessionInspector.search';
  constructor(private readonly picks: SearchPicks) {}

  execute(...args: unknown[]): void {
    this.picks.show({ query: commandOptions(args).query });
  }
}

/** Goes back into the Quick Pick with the search that the view shows. */
export class EditSearch implements Command {
  readonly id = 'sessionInspector.editSearch';
  constructor(
    private readonly picks: SearchPicks,
    private readonly results: ResultsModel,
  ) {}

  execute(): void {
    this.picks.show(this.results.input);
  }
}

export class SearchInStore implements Command {
  readonly id = 'sessionInspector.searchInStore';
  constructor(private readonly picks: SearchPicks) {}

  execute(...args: unknown[]): void {
    const [node] = rowNodes(args).filter(({ kind }) => kind === 'store');
    if (node?.kind !== 'store') return;
    const store = node.found.location;
    this.picks.show({ scope: { kind: 'store', store, label: shortPath(store.path) } });
  }
}

/** Searches one session: that of the row, else the one whose conversation is in front. */
export class SearchInSession implements Command {
  readonly id = 'sessionInspector.searchInSession';
  constructor(
    private readonly picks: SearchPicks,
    private readonly stores: SearchedStores,
    private readonly results: ResultsModel,
    private readonly selection: () => readonly TreeNode[],
    private readonly panels: ConversationPanels,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const [shown] = resultNodes(args);
    if (shown?.kind === 'sessionHits') {
      const { store, key, label } = shown.group;
      return this.show(await this.scope(store, key, label), this.results.input?.query);
    }
    const [node] = args.length > 0 ? rowNodes(args) : [];
    if (node?.kind === 'savedSession') return this.show(await this.savedScope(node), node.parent.saved.query);
    if (node?.kind === 'session') {
      const { store, metadata } = node;
      return this.show({ kind: 'session', store: store.found.location, key: metadata.key, label: labelOf(metadata) });
    }
    const front = this.panels.all.find(({ panel }) => panel.active)?.session;
    if (front) return this.show({ kind: 'session', ...front });
    const [selected] = this.selection();
    if (selected?.kind === 'session') await this.execute(selected);
  }

  private async scope(storeId: string, key: string, label: string): Promise<Scope | undefined> {
    const store = await this.stores.byId(storeId);
    return store && { kind: 'session', store, key, label };
  }

  private savedScope({ session }: SavedSessionNode): Promise<Scope | undefined> {
    return this.scope(session.store, session.key, session.label);
  }

  private show(scope: Scope | undefined, query?: string): void {
    if (scope) this.picks.show({ scope, query });
  }
}

/** Opens the find bar of the conversation in front. */
export class FindInConversation implements Command {
  readonly id = 'sessionInspector.findInConversation';
  constructor(private readonly panels: ConversationPanels) {}

  execute(): void {
    this.panels.find();
  }
}

/** Ctrl+Enter in the Quick Pick. */
export class OpenInSearchView implements Command {
  readonly id = 'sessionInspector.openInSearchView';
  constructor(private readonly picks: SearchPicks) {}

  async execute(): Promise<void> {
    await this.picks.open?.openInView();
  }
}

/** Tab in the Quick Pick, where what is typed can be completed. */
export class CompleteQuery implements Command {
  readonly id = 'sessionInspector.completeQuery';
  constructor(private readonly picks: SearchPicks) {}

  execute(): void {
    this.picks.open?.complete();
  }
}
