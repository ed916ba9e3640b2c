import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { entryReport } from './operationReport';

const SCHEME = 'agent-session-operation';
/** Reports that stay readable; older ones are in the history. */
const MOST_REPORTS = 50;

/** What operations did, in full, as read-only documents. */
export class OperationDocuments implements vscode.TextDocumentContentProvider {
  private readonly reports = new Map<string, string>();
  private lastReport = 0;

  constructor(private readonly client: Pick<ServiceClient, 'request'>) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const query = new URLSearchParams(uri.query);
    const report = this.reports.get(query.get('report') ?? '');
    if (report !== undefined) return report;
    const id = Number(query.get('entry'));
    if (!Number.isSafeInteger(id) || id <= 0) {
      return 'These details went with the window that showed them. The history of the Sessions view has what was changed.';
    }
    const [entry] = await this.client.request(protocol.GetHistory, { limit: 1, before: id + 1 });
    return entry?.id === id ? entryReport(entry) : `The history does not reach back to entry ${id} any more.`;
  }

  /** Opens a report that only this window has. `title` is the tab's. */
  async showReport(title: string, text: string): Promise<void> {
    const report = String(++this.lastReport);
    this.reports.set(report, text);
    const oldest = this.reports.keys().next().value;
    if (this.reports.size > MOST_REPORTS && oldest !== undefined) this.reports.delete(oldest);
    await open(title, { report });
  }

  /** Opens an entry of the history, as it is now. */
  async showEntry(id: number): Promise<void> {
    await open(`History ${id}`, { entry: String(id), at: String(Date.now()) });
  }

  static register(client: Pick<ServiceClient, 'request'>): { documents: OperationDocuments; dispose(): void } {
    const documents = new OperationDocuments(client);
    const registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, documents);
    return { documents, dispose: () => registration.dispose() };
  }
}

async function open(title: string, query: Record<string, string>): Promise<void> {
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md`, query: new URLSearchParams(query).toString() });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true });
}
