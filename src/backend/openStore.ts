import type { StoreLocation } from '../shared/session';
import { JsonlSessionStore } from './jsonl/JsonlSessionStore';
import type { BackendContext, SessionBackend } from './SessionBackend';
import { SqliteSessionBackend } from './sqlite/SqliteSessionBackend';

export interface OpenOptions {
  /** A user's own build of the SQLite binding. */
  readonly sqliteBinding?: string;
}

/** Opens the backend for a store. Rejects with a `StoreError` when the store itself cannot be read. */
export async function openStore(
  location: StoreLocation,
  context: BackendContext,
  options: OpenOptions = {},
): Promise<SessionBackend> {
  switch (location.kind) {
    case 'jsonl':
      return JsonlSessionStore.open(location, context);
    case 'sqlite':
      return SqliteSessionBackend.open(location, context, { bindingPath: options.sqliteBinding });
  }
}
