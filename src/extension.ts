import * as path from 'node:path';
import * as vscode from 'vscode';
import { AddStore } from './commands/addStore';
import { registerCommands } from './commands/commandRegistry';
import { KeepOpen, OpenSession, OpenSessionToSide } from './commands/openSession';
import { operationCommands } from './commands/operationCommands';
import { OperationDocuments } from './commands/operationDocuments';
import { type SearchScreen, searchModels, searchScreen } from './commands/searchCommands';
import { CopyKey, OpenSessionFile, RevealFile } from './commands/sessionFiles';
import { Refresh, RemoveStore, RetryStore, ShowLog } from './commands/storeCommands';
import { MessageDocuments } from './conversation/messageDocuments';
import { ConversationPanels, VIEW_TYPE } from './conversation/panels';
import { ServiceClient } from './service/client';
import { cleanUpDays, sqliteBinding, storePlaces, stuckAfterSeconds, trashBytes, trashDays } from './settings';
import { RememberedJournal } from './tree/journalMemory';
import { JournalModel } from './tree/journalModel';
import { registerSessionsView } from './tree/register';
import { RememberedStores } from './tree/rememberedStores';
import { RunningOperations } from './tree/runningOperations';
import { SessionsModel } from './tree/sessionsModel';

/** What the extension gives to its own tests. */
export interface Api {
  readonly client: ServiceClient;
  readonly model: SessionsModel;
  readonly journal: JournalModel;
  readonly panels: ConversationPanels;
  readonly search: SearchScreen;
}

/** Builds the services and connects them. Opens no store and starts no process: that is the first use's. */
export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel('Session Inspector', { log: true });
  const client = new ServiceClient({
    module: path.join(context.extensionPath, 'dist', 'service.js'),
    settings: () => ({
      dataFolder: context.globalStorageUri.fsPath,
      sqliteBinding: sqliteBinding(),
      stuckAfterSeconds: stuckAfterSeconds(),
      trusted: vscode.workspace.isTrusted,
      trashDays: trashDays(),
      trashBytes: trashBytes(),
    }),
    log: (level, message) => (level === 'warning' ? log.warn(message) : log[level](message)),
  });
  const state = context.workspaceState;
  const model = new SessionsModel(client, storePlaces, new RememberedStores(state));
  const journal = new JournalModel(client, (store) => model.belongsHere(store), new RememberedJournal(state));
  const running = new RunningOperations();
  const { searches, saved } = searchModels(client, model, state);
  const sessions = registerSessionsView({ sessions: model, journal, running, saved }, client, stuckAfterSeconds);
  const { view, selection } = sessions;
  const messages = MessageDocuments.register(client);
  const panels = new ConversationPanels({
    client,
    documents: messages.documents,
    extension: context.extensionUri,
    log,
    revealInTree: async (store, key) => {
      const node = await model.find(store, key);
      if (node) await view.reveal(node, { select: true, focus: true });
    },
  });
  const details = OperationDocuments.register(client);
  const { documents } = details;
  const settings = { trashDays, cleanUpDays, stuckAfterSeconds };
  const search = searchScreen({ client, model, searches, saved, sessions, panels, state });
  const commands = registerCommands(
    [
      ...search.commands,
      ...operationCommands({ client, model, journal, running, view, selection, panels, documents, state, settings }),
      new OpenSession(panels),
      new OpenSessionToSide(panels, () => [selection()[0], selection()]),
      new KeepOpen(panels),
      new AddStore(client),
      new RemoveStore(),
      new Refresh(model, journal),
      new RetryStore(model, journal),
      new ShowLog(log),
      new CopyKey(),
      new OpenSessionFile(),
      new RevealFile(),
    ],
    log,
  );
  context.subscriptions.push(
    log,
    client,
    model,
    sessions,
    journal,
    search,
    messages,
    details,
    panels,
    commands,
    client.onDidStop(() => void model.refresh()),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, panels),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void model.refresh()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('sessionInspector.stores')) void model.refresh();
      if (change.affectsConfiguration('sessionInspector.stuckAfterMinutes')) {
        void client.configure().then(() => model.refresh());
      }
      if (change.affectsConfiguration('sessionInspector.trash')) void client.configure();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void client.configure()),
  );
  return { client, model, journal, panels, search };
}
