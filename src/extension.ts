import * as path from 'node:path';
import * as vscode from 'vscode';
import { AddStore } from './commands/addStore';
import { registerCommands } from './commands/commandRegistry';
import { KeepOpen, OpenSession, OpenSessionToSide } from './commands/openSession';
import { CopyKey, OpenSessionFile, RevealFile } from './commands/sessionFiles';
import { Refresh, RemoveStore, RetryStore, ShowLog } from './commands/storeCommands';
import { MessageDocuments } from './conversation/messageDocuments';
import { ConversationPanels, VIEW_TYPE } from './conversation/panels';
import { ServiceClient } from './service/client';
import { sqliteBinding, storePlaces, stuckAfterSeconds } from './settings';
import { registerSessionsView } from './tree/register';
import { RememberedStores } from './tree/rememberedStores';
import { SessionsModel } from './tree/sessionsModel';

/** What the extension gives to its own tests. */
export interface Api {
  readonly client: ServiceClient;
  readonly model: SessionsModel;
  readonly panels: ConversationPanels;
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
    }),
    log: (level, message) => (level === 'warning' ? log.warn(message) : log[level](message)),
  });
  const model = new SessionsModel(client, storePlaces, new RememberedStores(context.workspaceState));
  const sessions = registerSessionsView(model, client, stuckAfterSeconds);
  const messages = MessageDocuments.register(client);
  const panels = new ConversationPanels({
    client,
    documents: messages.documents,
    extension: context.extensionUri,
    log,
    revealInTree: async (store, key) => {
      const node = await model.find(store, key);
      if (node) await sessions.view.reveal(node, { select: true, focus: true });
    },
  });
  const commands = registerCommands(
    [
      new OpenSession(panels),
      new OpenSessionToSide(panels, () => [sessions.view.selection[0], sessions.view.selection]),
      new KeepOpen(panels),
      new AddStore(client),
      new RemoveStore(),
      new Refresh(model),
      new RetryStore(model),
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
    messages,
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
    }),
  );
  return { client, model, panels };
}
