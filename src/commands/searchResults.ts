import * as vscode from 'vscode';
import type { ConversationPanels } from '../conversation/panels';
import { copiedText } from '../searchResults/copiedText';
import type { ResultNode } from '../searchResults/resultNodes';
import type { ResultsView } from '../searchResults/resultsView';
import type { SearchedStores } from '../searchResults/searchedStores';
import type { Command } from './commandRegistry';
import { hitNodes, resultNodes } from './resultArguments';

/** A click on a hit: opens its conversation there. */
export class OpenHit implements Command {
  readonly id = 'sessionInspector.openHit';
  constructor(private readonly results: ResultsView) {}

  async execute(...args: unknown[]): Promise<void> {
    const [node] = hitNodes(args);
    if (node) await this.results.open(node);
  }
}

export class OpenHitToSide implements Command {
  readonly id = 'sessionInspector.openHitToSide';
  constructor(private readonly results: ResultsView) {}

  async execute(...args: unknown[]): Promise<void> {
    // From the keyboard there is no row in the arguments.
    const nodes = args.length > 0 ? resultNodes(args) : this.results.view.selection;
    for (const node of nodes) {
      const hit = node.kind === 'sessionHits' ? node.hits[0] : node.kind === 'hit' ? node : undefined;
      if (hit) await this.results.open(hit, { toSide: true });
    }
  }
}

/** Opens the session that a place was left out of. */
export class OpenLeftOut implements Command {
  readonly id = 'sessionInspector.openLeftOut';
  constructor(
    private readonly panels: ConversationPanels,
    private readonly stores: SearchedStores,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const [node] = resultNodes(args);
    if (node?.kind !== 'leftOutPlace') return;
    const { store: id, key, row } = node.skipped;
    const store = await this.stores.byId(id);
    if (!store || key === undefined) return;
    const target = { store, key, label: key };
    if (row === undefined) await this.panels.open(target);
    else await this.panels.openAt(target, { row, patterns: [] });
  }
}

export class NextHit implements Command {
  readonly id = 'sessionInspector.nextHit';
  constructor(private readonly results: ResultsView) {}

  execute(): Promise<void> {
    return this.results.step(1);
  }
}

export class PreviousHit implements Command {
  readonly id = 'sessionInspector.previousHit';
  constructor(private readonly results: ResultsView) {}

  execute(): Promise<void> {
    return this.results.step(-1);
  }
}

export class RefreshSearch implements Command {
  readonly id = 'sessionInspector.refreshSearch';
  constructor(private readonly results: ResultsView) {}

  execute(): Promise<void> {
    return this.results.model.refresh();
  }
}

export class ClearSearch implements Command {
  readonly id = 'sessionInspector.clearSearch';
  constructor(private readonly results: ResultsView) {}

  execute(): void {
    this.results.model.clear();
  }
}

export class SortHits implements Command {
  readonly id: string;
  constructor(
    private readonly results: ResultsView,
    private readonly order: 'rank' | 'time',
  ) {
    this.id = order === 'time' ? 'sessionInspector.sortHitsByTime' : 'sessionInspector.sortHitsByRelevance';
  }

  execute(): Promise<void> {
    return this.results.model.setOrder(this.order);
  }
}

export class LoadMoreHits implements Command {
  readonly id = 'sessionInspector.loadMoreHits';
  constructor(private readonly results: ResultsView) {}

  execute(): Promise<void> {
    return this.results.model.loadMore();
  }
}

/** Takes rows out of the results. Nothing in a store changes. */
export class DismissHit implements Command {
  readonly id = 'sessionInspector.dismissHit';
  constructor(private readonly results: ResultsView) {}

  execute(...args: unknown[]): void {
    this.results.model.dismiss(rows(this.results, args));
  }
}

export class CopyHit implements Command {
  readonly id = 'sessionInspector.copyHit';
  constructor(private readonly results: ResultsView) {}

  async execute(...args: unknown[]): Promise<void> {
    const text = copiedText(rows(this.results, args));
    if (text !== '') await vscode.env.clipboard.writeText(text);
  }
}

export class CopyAllHits implements Command {
  readonly id = 'sessionInspector.copyAllHits';
  constructor(private readonly results: ResultsView) {}

  async execute(): Promise<void> {
    const { model } = this.results;
    await vscode.env.clipboard.writeText([model.message, copiedText(model.sessions)].filter(Boolean).join('\n'));
  }
}

/** Rows that a command was called on, else the selected ones. */
function rows(results: ResultsView, args: readonly unknown[]): readonly ResultNode[] {
  return args.length > 0 ? resultNodes(args) : results.view.selection;
}
