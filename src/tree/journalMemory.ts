import type * as vscode from 'vscode';
import type { JournalMemory, JournalPresence } from './journalModel';

const KEY = 'journal';

/** Whether this workspace had a history and a trash when it was last looked at. */
export class RememberedJournal implements JournalMemory {
  constructor(private readonly state: Pick<vscode.Memento, 'get' | 'update'>) {}

  recall(): JournalPresence {
    const known = this.state.get<Partial<JournalPresence>>(KEY);
    return { history: known?.history === true, trash: known?.trash === true };
  }

  remember(presence: JournalPresence): void {
    const { history, trash } = this.recall();
    if (history !== presence.history || trash !== presence.trash) void this.state.update(KEY, presence);
  }
}
