import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import type { IndexState } from '../shared/search/answer';
import { indexWords } from './indexWords';
import type { SearchedStores } from './searchedStores';

const PAUSED = 'sessionInspector.indexingPaused';

/** Shows in the status bar how far the search's indexes are, while they are built or rest. */
export class Indexing {
  private readonly states = new Map<string, IndexState>();
  private item: vscode.StatusBarItem | undefined;
  private paused = false;

  constructor(
    private readonly client: Pick<ServiceClient, 'on' | 'notify' | 'onDidStop'>,
    private readonly stores: Pick<SearchedStores, 'nameOf'>,
  ) {
    client.on(protocol.SearchIndexing, (state) => {
      this.states.set(state.store, state);
      this.draw();
    });
    client.onDidStop(() => {
      this.states.clear();
      this.draw();
    });
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.client.notify(protocol.PauseIndexing, { paused });
    void vscode.commands.executeCommand('setContext', PAUSED, paused);
    this.draw();
  }

  private draw(): void {
    const words = indexWords([...this.states.values()], this.paused, (store) => this.stores.nameOf(store));
    if (!words) {
      this.item?.hide();
      return;
    }
    this.item ??= vscode.window.createStatusBarItem('sessionInspector.indexing', vscode.StatusBarAlignment.Right);
    const { item } = this;
    item.name = 'Session Inspector: Search Index';
    item.text = words.text;
    item.tooltip = words.tooltip;
    item.command = words.command;
    item.show();
  }

  dispose(): void {
    this.item?.dispose();
  }
}
