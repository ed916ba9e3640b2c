import * as fs from 'node:fs';
import * as path from 'node:path';
import type { OperationRequest } from '../../../shared/operations';
import type { StoreLocation } from '../../../shared/session';
import { StoreError } from '../../errors';
import type { BatchOperation, OperationDeps } from '../BatchOperation';
import { Export } from './Export';

export type ExportRequest = Extract<OperationRequest, { operation: 'export' }>;

const DATABASE = 'sessions.db';

/**
 * SQLite to JSONL: the way back. The database stays as it is. Rejects with a `StoreError`; a folder with a database is
 * refused, since every zeroclaw since 0.7.5 imports the JSONL files beside one at its next start.
 */
export async function openExport(request: ExportRequest, deps: OperationDeps): Promise<BatchOperation> {
  const { store, target } = request;
  if (store.kind !== 'sqlite') throw new StoreError('unsupported', `${store.path} is JSONL already.`);
  const folder = path.resolve(target ?? path.dirname(store.path));
  if (fs.existsSync(path.join(folder, DATABASE)) || folder === path.dirname(path.resolve(store.path))) {
    throw new StoreError(
      'unsupported',
      `${folder} holds a database. zeroclaw imports the JSONL files beside one at its next start: up to 0.8.4 every message would be there twice, later versions refuse to open it. Choose another folder.`,
    );
  }
  const location: StoreLocation = { kind: 'jsonl', path: folder, role: 'live' };
  return new Export(request, await deps.open(store), location, deps);
}
