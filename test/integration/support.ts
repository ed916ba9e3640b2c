import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import type { SessionNode, StoreNode } from '../../src/tree/nodes';
import { fixture } from '../support/project';

/** The running extension's own services. */
export async function extensionApi(): Promise<Api> {
  const extension = vscode.extensions.getExtension<Api>('agent-session-inspector.agent-session-inspector');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

export function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'no workspace is open');
  return folder.uri.fsPath;
}

/** Puts a store of the fixtures into the workspace; returns its sessions folder. */
export function addFixture(name: string, as = name): string {
  const target = path.join(workspaceFolder(), as);
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(fixture('zeroclaw', name), target, { recursive: true });
  return path.join(target, 'sessions');
}

export async function nameStores(...paths: string[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('sessionInspector');
  await configuration.update('stores', paths, vscode.ConfigurationTarget.Workspace);
}

/** Asks again and again until it holds; the test's own time limit ends a wait in vain. */
export async function until<T>(what: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const result = await what();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Rows of a store, as the tree asks for them; full counts and titles. */
export async function sessionRows(api: Api, store: StoreNode): Promise<SessionNode[]> {
  await api.model.getSessions(store);
  await until(() => store.failure || store.order.every((node) => node.metadata.messageCount !== undefined));
  assert.equal(store.failure, undefined);
  return store.order;
}

export async function storeAt(api: Api, place: string): Promise<StoreNode> {
  return until(async () => {
    await api.model.getRoots();
    return api.model.stores.find((store) => store.found.location.path === place);
  });
}
