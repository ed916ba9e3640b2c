import * as vscode from 'vscode';
import type { ConversationPanels } from '../conversation/panels';
import { HitOpener } from '../searchResults/hitOpener';
import { Indexing } from '../searchResults/Indexing';
import { QueryHistory } from '../searchResults/queryHistory';
import { ResultsModel } from '../searchResults/ResultsModel';
import { ResultsView } from '../searchResults/resultsView';
import { SearchPicks } from '../searchResults/SearchPicks';
import { SearchedStores } from '../searchResults/searchedStores';
import { Searches } from '../searchResults/searches';
import type { ServiceClient } from '../service/client';
import type { SessionsView } from '../tree/register';
import { SavedSearches } from '../tree/savedSearches';
import { SavedSearchModel } from '../tree/savedSearchModel';
import type { SessionsModel } from '../tree/sessionsModel';
import { shortPath } from '../tree/treeItems';
import type { Command } from './commandRegistry';
import { PauseIndexing } from './indexing';
import { OpenSavedSearch, OpenSavedSession, RemoveSavedSearch, RenameSavedSearch, SaveSearch } from './savedSearches';
import {
  CompleteQuery,
  EditSearch,
  FindInConversation,
  OpenInSearchView,
  Search,
  SearchInSession,
  SearchInStore,
} from './search';
import {
  ClearSearch,
  CopyAllHits,
  CopyHit,
  DismissHit,
  LoadMoreHits,
  NextHit,
  OpenHit,
  OpenHitToSide,
  OpenLeftOut,
  PreviousHit,
  RefreshSearch,
  SortHits,
} from './searchResults';

export interface SearchParts {
  readonly client: ServiceClient;
  readonly model: SessionsModel;
  readonly searches: Searches;
  readonly saved: SavedSearchModel;
  readonly sessions: SessionsView;
  readonly panels: ConversationPanels;
  /** What the workspace remembers. */
  readonly state: vscode.Memento;
}

export interface SearchScreen {
  readonly commands: readonly Command[];
  readonly saved: SavedSearchModel;
  readonly results: ResultsView;
  dispose(): void;
}

/** What the tree needs of the search. */
export function searchModels(
  client: ServiceClient,
  model: SessionsModel,
  state: vscode.Memento,
): Pick<SearchParts, 'searches' | 'saved'> {
  const searches = new Searches(client);
  return { searches, saved: new SavedSearchModel(new SavedSearches(state), model, searches.count) };
}

/** True while a saved search is selected, so that its keys rename and remove it. */
const SELECTED = 'sessionInspector.savedSearchSelected';

/** The Quick Pick, the Search Results view, and the commands of both. */
export function searchScreen({ client, model, searches, saved, sessions, panels, state }: SearchParts): SearchScreen {
  const stores = new SearchedStores(model, client, (store) => shortPath(store.path));
  const history = new QueryHistory(state);
  const opener = new HitOpener(panels, stores);
  const results = new ResultsView(new ResultsModel(searches, stores), stores, opener);
  const indexing = new Indexing(client, stores);
  const { selection } = sessions;
  const picks = new SearchPicks({
    searches,
    stores,
    history,
    saved: () => saved.searches.all,
    openHit: (opened, { toSide }) => opener.open(opened, { toSide, focus: true }),
    openInView: (input, answer) => results.show(input, answer),
    failed: (error) => void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error)),
  });
  const services = { saved: saved.searches, results, searches, stores, opener, selection };
  const listening = [
    model.onSessionsChanged((store, keys) => results.model.sessionsChanged(store, keys)),
    sessions.view.onDidChangeSelection(({ selection: [row] }) => {
      void vscode.commands.executeCommand('setContext', SELECTED, row?.kind === 'savedSearch');
    }),
  ];
  return {
    saved,
    results,
    commands: [
      new Search(picks),
      new EditSearch(picks, results.model),
      new SearchInStore(picks),
      new SearchInSession(picks, stores, results.model, selection, panels),
      new FindInConversation(panels),
      new OpenInSearchView(picks),
      new CompleteQuery(picks),
      new OpenHit(results),
      new OpenHitToSide(results),
      new OpenLeftOut(panels, stores),
      new NextHit(results),
      new PreviousHit(results),
      new RefreshSearch(results),
      new ClearSearch(results),
      new SortHits(results, 'rank'),
      new SortHits(results, 'time'),
      new LoadMoreHits(results),
      new DismissHit(results),
      new CopyHit(results),
      new CopyAllHits(results),
      new SaveSearch(services),
      new RenameSavedSearch(services),
      new RemoveSavedSearch(services),
      new OpenSavedSearch(services),
      new OpenSavedSession(services, false),
      new OpenSavedSession(services, true),
      new PauseIndexing(indexing, true),
      new PauseIndexing(indexing, false),
    ],
    dispose() {
      for (const each of listening) each.dispose();
      results.dispose();
      saved.dispose();
      indexing.dispose();
    },
  };
}
