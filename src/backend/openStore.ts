import type { StoreLocation } from '../shared/session';
import { LabelFiles } from './journal/labels';
import { JsonlSessionStore } from './jsonl/JsonlSessionStore';
import { JsonlWriter } from './jsonl/write/JsonlWriter';
import { Operations } from './operations/Operations';
import type { BackendContext, SessionBackend } from './SessionBackend';
import { type RunOperation, type RunSearch, StoreBackend } from './StoreBackend';
import { Search } from './search/Search';
import { SqliteSessionBackend } from './sqlite/SqliteSessionBackend';
import { SqliteWriter } from './sqlite/write/SqliteWriter';

/** The default of the setting: a running session counts as stuck from then on. */
const STUCK_AFTER_SECONDS = 600;

export interface OpenOptions {
  /** A user's own build of the SQLite binding. */
  readonly sqliteBinding?: string;
  /** Names and pins; by default those of the context's data folder. */
  readonly labels?: LabelFiles;
  /** Runs the changes that are asked for on the backend itself; by default operations of its own. */
  readonly run?: RunOperation;
  /** Called before a change that needs the store's file for itself: whoever reads it through a connection of his own lets go. */
  readonly onRelease?: (location: StoreLocation) => Promise<void>;
  /** Answers what is searched for on the backend itself; by default a search of its own. */
  readonly search?: RunSearch;
}

/** Opens the backend for a store. Rejects with a `StoreError` when the store itself cannot be read. */
export async function openStore(
  location: StoreLocation,
  context: BackendContext,
  options: OpenOptions = {},
): Promise<SessionBackend> {
  const labels = options.labels ?? new LabelFiles(context.dataFolder);
  const { sqliteBinding } = options;
  const run: RunOperation =
    options.run ??
    (async (request) => {
      const operations = new Operations({ context, labels, sqliteBinding, open: async () => backend });
      try {
        return await operations.run(request);
      } finally {
        await operations.close();
      }
    });
  const searchFor: RunSearch =
    options.search ??
    (async (request) => {
      const search = new Search({
        context,
        sqliteBinding,
        open: async () => backend,
        stuckAfterSeconds: () => STUCK_AFTER_SECONDS,
        watched: false,
      });
      try {
        return await search.run(request);
      } finally {
        await search.close();
      }
    });
  const backend = await open(
    location,
    context,
    options,
    (reader, writer) => new StoreBackend(reader, writer, labels, run, searchFor),
  );
  return backend;
}

async function open(
  location: StoreLocation,
  context: BackendContext,
  { sqliteBinding, onRelease }: OpenOptions,
  make: (
    ...parts: [reader: JsonlSessionStore, writer: JsonlWriter] | [reader: SqliteSessionBackend, writer: SqliteWriter]
  ) => SessionBackend,
): Promise<SessionBackend> {
  switch (location.kind) {
    case 'jsonl': {
      const reader = await JsonlSessionStore.open(location, context);
      return make(reader, new JsonlWriter(reader, context));
    }
    case 'sqlite': {
      const options = { bindingPath: sqliteBinding };
      const reader = await SqliteSessionBackend.open(location, context, options);
      const release = async () => {
        reader.release();
        await onRelease?.(location);
      };
      return make(reader, await SqliteWriter.open(location, context, { ...options, release }));
    }
  }
}
