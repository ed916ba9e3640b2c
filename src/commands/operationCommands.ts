import type * as vscode from 'vscode';
import type { ConversationPanels } from '../conversation/panels';
import type { ServiceClient } from '../service/client';
import type { JournalModel } from '../tree/journalModel';
import type { TreeNode } from '../tree/nodes';
import type { RunningOperations } from '../tree/runningOperations';
import type { SessionsModel } from '../tree/sessionsModel';
import { AppendMessage } from './appendMessage';
import { CleanUp } from './cleanUp';
import type { Command } from './commandRegistry';
import { Compact } from './compact';
import { CompactStore } from './compactStore';
import { Delete } from './delete';
import { DeletePermanently, EmptyTrash } from './deletePermanently';
import { LoadMoreHistory, ShowDetails, ShowHistory } from './history';
import { DoNotKeep, Keep } from './keep';
import { MarkIdle } from './markIdle';
import { ClearMessages, RemoveLastMessage } from './messages';
import { ExportToJsonl, MigrateToSqlite } from './migrate';
import { OperationCalls } from './operationCalls';
import type { OperationDocuments } from './operationDocuments';
import { OperationRunner } from './operationRunner';
import type { OperationServices } from './operationServices';
import { tellRecoveries } from './recovered';
import { Rename } from './rename';
import { RestoreFromTrash } from './restoreFromTrash';
import { Reversals } from './reversals';
import { Targets } from './targets';
import { Redo, Undo } from './undo';
import { UndoneEntries } from './undoneEntries';
import { whereTrusted } from './whereTrusted';

export interface OperationParts {
  readonly client: ServiceClient;
  readonly model: SessionsModel;
  readonly journal: JournalModel;
  readonly running: RunningOperations;
  readonly view: vscode.TreeView<TreeNode>;
  /** Selected rows of the view. */
  readonly selection: () => readonly TreeNode[];
  readonly panels: ConversationPanels;
  readonly documents: OperationDocuments;
  /** What the workspace remembers. */
  readonly state: vscode.Memento;
  readonly settings: {
    readonly trashDays: () => number;
    readonly cleanUpDays: () => number;
    readonly stuckAfterSeconds: () => number;
  };
}

/** All commands that change a store, take a change back or show what was changed. */
export function operationCommands(parts: OperationParts): Command[] {
  const { client, model, journal, running, view, selection, panels, documents, settings } = parts;
  const calls = new OperationCalls(client);
  const undone = new UndoneEntries(parts.state);
  const services: OperationServices = {
    client,
    journal,
    view,
    documents,
    undone,
    targets: new Targets(model, selection, panels, settings.stuckAfterSeconds),
    runner: new OperationRunner(calls, running, documents, settings.trashDays),
    reversals: new Reversals(client, calls, running, documents, journal, undone),
  };
  tellRecoveries(client);
  const permanently = new DeletePermanently(services);
  const changing = [
    new Rename(services),
    new Keep(services),
    new DoNotKeep(services),
    new MarkIdle(services, settings.stuckAfterSeconds),
    new AppendMessage(services),
    new RemoveLastMessage(services),
    new ClearMessages(services),
    new Compact(services),
    new CompactStore(services),
    new MigrateToSqlite(services),
    new ExportToJsonl(services),
    new CleanUp(services, settings.cleanUpDays),
    new Delete(services, permanently),
    permanently,
    new EmptyTrash(services),
    new RestoreFromTrash(services),
    new Undo(services),
    new Redo(services),
  ];
  return [
    ...changing.map(whereTrusted),
    new ShowHistory(services),
    new ShowDetails(services),
    new LoadMoreHistory(services),
  ];
}
