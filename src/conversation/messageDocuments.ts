import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import type { SessionParams } from '../service/protocol';
import * as protocol from '../service/protocol';
import { storeId, storeOfId } from '../shared/session';

const SCHEME = 'agent-session-message';

interface Address extends SessionParams {
  readonly row: number;
  readonly what: 'message' | 'raw';
}

function uriOf({ store, key, row, what }: Address): vscode.Uri {
  // The name is what the tab shows; the rest of the address is in the query.
  const name = `${key.replace(/[\\/:*?"<>|]/g, '_')} ${row + 1}.${what === 'raw' ? 'json' : 'md'}`;
  const query = new URLSearchParams({ store: storeId(store), key, row: String(row), what });
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: query.toString() });
}

function addressOf(uri: vscode.Uri): Address | null {
  const query = new URLSearchParams(uri.query);
  const store = storeOfId(query.get('store') ?? '');
  const key = query.get('key');
  const row = Number(query.get('row'));
  if (!store || key === null || !Number.isInteger(row)) return null;
  return { store, key, row, what: query.get('what') === 'raw' ? 'raw' : 'message' };
}

/** Whole messages and exact records as read-only text documents, of any size that an editor takes. */
export class MessageDocuments implements vscode.TextDocumentContentProvider {
  constructor(private readonly client: ServiceClient) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const address = addressOf(uri);
    if (!address) return 'This address names no message.';
    const { what, ...row } = address;
    const answer = await this.client.request(what === 'raw' ? protocol.GetRaw : protocol.GetMessage, row);
    return answer.text;
  }

  /** Opens the content of a message (`message`) or its exact record (`raw`) in a tab of its own. */
  async open(address: Address): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uriOf(address));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  static register(client: ServiceClient): { documents: MessageDocuments; dispose(): void } {
    const documents = new MessageDocuments(client);
    const registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, documents);
    return { documents, dispose: () => registration.dispose() };
  }
}
