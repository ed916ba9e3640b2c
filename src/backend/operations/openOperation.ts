import type { OperationRequest } from '../../shared/operations';
import { StoreError } from '../errors';
import type { SessionBackend } from '../SessionBackend';
import { heldByOthers } from '../sqlite/write/heldByOthers';
import { SqliteWriter } from '../sqlite/write/SqliteWriter';
import type { BatchOperation, OperationDeps } from './BatchOperation';
import { Cleanup } from './cleanup';
import { CompactDatabase, type CompactStoreRequest } from './compactStore';
import { LabelEdits } from './labelEdits';
import { openExport } from './migration/openExport';
import { openMigration } from './migration/openMigration';
import { SessionEdits } from './sessionEdits';

/** What a request asks for, made ready. Rejects with a `StoreError` when the store cannot do it. */
export async function openOperation(request: OperationRequest, deps: OperationDeps): Promise<BatchOperation> {
  const { store } = request;
  const backend = await deps.open(store);
  switch (request.operation) {
    case 'keep':
      return new LabelEdits(request, deps);
    case 'rename':
      if (!backend.capabilities.names) return new LabelEdits(request, deps);
      break;
    case 'state':
      if (!backend.capabilities.states) {
        throw new StoreError('unsupported', `${store.path} keeps no states: JSONL files have no place for them.`);
      }
      break;
    case 'cleanup':
      return new Cleanup(request, backend, deps);
    case 'compact-store':
      return compactStore(request, backend, deps);
    case 'migrate':
      return openMigration(request, deps);
    case 'export':
      return openExport(request, deps);
    default:
  }
  return new SessionEdits(request, backend, deps, () =>
    store.kind === 'sqlite' ? heldByOthers(store.path) : undefined,
  );
}

async function compactStore(
  request: CompactStoreRequest,
  backend: SessionBackend,
  deps: OperationDeps,
): Promise<BatchOperation> {
  if (backend.writer instanceof SqliteWriter) return new CompactDatabase(request, backend, backend.writer);
  const { store, duplicates } = request;
  const sessions = await backend.listSessionsWithMetadata({ detail: 'quick' });
  const keys = sessions.filter(({ origin }) => origin === 'live').map(({ key }) => key);
  return new SessionEdits({ operation: 'compact', store, keys, duplicates }, backend, deps, () => undefined);
}
