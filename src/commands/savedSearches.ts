import * as vscode from 'vscode';
import type { HitOpener } from '../searchResults/hitOpener';
import type { ResultsView } from '../searchResults/resultsView';
import { EVERYWHERE, queryWithScope } from '../searchResults/scope';
import type { SearchedStores } from '../searchResults/searchedStores';
import type { Searches } from '../searchResults/searches';
import type { SavedSearchNode, SavedSessionNode, TreeNode } from '../tree/nodes';
import type { SavedSearches } from '../tree/savedSearches';
import { rowNodes } from './arguments';
import type { Command } from './commandRegistry';

/** What commands about saved searches work with. */
export interface SavedSearchServices {
  readonly saved: SavedSearches;
  readonly results: ResultsView;
  readonly searches: Searches;
  readonly stores: SearchedStores;
  readonly opener: HitOpener;
  /** Selected rows of the Sessions view. */
  readonly selection: () => readonly TreeNode[];
}

function savedNode(args: readonly unknown[], selection: () => readonly TreeNode[]): SavedSearchNode | undefined {
  const nodes = args.length > 0 ? rowNodes(args) : selection();
  const [node] = nodes.filter(({ kind }) => kind === 'savedSearch');
  return node?.kind === 'savedSearch' ? node : undefined;
}

function askName(value: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Save search',
    prompt: 'Name of the folder in the Sessions view that shows what the search finds',
    value,
    validateInput: (name) => (name.trim() === '' ? 'A saved search needs a name.' : undefined),
  });
}

/** Keeps the search of the view as a folder in the tree. */
export class SaveSearch implements Command {
  readonly id = 'sessionInspector.saveSearch';
  constructor(private readonly services: SavedSearchServices) {}

  async execute(): Promise<void> {
    const { saved, results } = this.services;
    const { input } = results.model;
    if (!input || input.query.trim() === '') return;
    const query = queryWithScope(input);
    const known = saved.all.find((each) => each.query === query);
    const place = input.scope.kind === 'everywhere' ? '' : ` in ${input.scope.label}`;
    const name = await askName(known?.name ?? `${input.query.trim()}${place}`);
    if (name === undefined) return;
    await saved.add(name.trim(), query);
    await vscode.commands.executeCommand('sessionInspector.sessions.focus');
  }
}

export class RenameSavedSearch implements Command {
  readonly id = 'sessionInspector.renameSavedSearch';
  constructor(private readonly services: SavedSearchServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { saved, selection } = this.services;
    const node = savedNode(args, selection);
    if (!node) return;
    const name = await askName(node.saved.name);
    if (name !== undefined) await saved.rename(node.saved.id, name.trim());
  }
}

/** Takes a saved search out of the tree. What it finds stays where it is. */
export class RemoveSavedSearch implements Command {
  readonly id = 'sessionInspector.removeSavedSearch';
  constructor(private readonly services: SavedSearchServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { saved, selection } = this.services;
    const node = savedNode(args, selection);
    if (node) await saved.remove(node.saved.id);
  }
}

/** Shows all hits of a saved search in the Search Results view. */
export class OpenSavedSearch implements Command {
  readonly id = 'sessionInspector.openSavedSearch';
  constructor(private readonly services: SavedSearchServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { results, selection } = this.services;
    const node = savedNode(args, selection);
    if (node) await results.show({ query: node.saved.query, scope: EVERYWHERE, order: 'rank' });
  }
}

/** Opens a session that a saved search has found, at the newest of its hits. */
export class OpenSavedSession implements Command {
  readonly id: string;
  constructor(
    private readonly services: SavedSearchServices,
    private readonly toSide: boolean,
  ) {
    this.id = toSide ? 'sessionInspector.openSavedSessionToSide' : 'sessionInspector.openSavedSession';
  }

  async execute(...args: unknown[]): Promise<void> {
    for (const node of rowNodes(args)) if (node.kind === 'savedSession') await this.open(node);
  }

  private async open({ parent, session }: SavedSessionNode): Promise<void> {
    const { searches, stores, opener } = this.services;
    const { label } = session;
    const { query } = parent.saved;
    const store = await stores.byId(session.store);
    if (!store) return;
    const scope = { kind: 'session', store, key: session.key } as const;
    const answer = await searches.run({ query, scope, order: 'time', limit: 1 }).answer;
    // The hits may be gone since: the session itself is shown then.
    const hit = answer?.hits[0] ?? {
      kind: 'session',
      store: session.store,
      key: session.key,
      snippet: label,
      ranges: [],
    };
    await opener.open({ hit, label, query }, { toSide: this.toSide });
  }
}
