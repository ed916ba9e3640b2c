import { type OpenOptions, openStore } from '../backend/openStore';
import type { BackendContext, IndexProgress, SessionBackend, StoreChange } from '../backend/SessionBackend';
import { type StoreLocation, storeId } from '../shared/session';

export interface StoreEvents {
  onChange(storeId: string, change: StoreChange): void;
  onProgress(storeId: string, progress: IndexProgress): void;
}

/** The backends that are open in this process: one for each store, opened at its first use and watched from then on. */
export class OpenStores {
  private readonly stores = new Map<string, Promise<SessionBackend>>();

  constructor(
    private readonly context: BackendContext,
    private readonly options: OpenOptions,
    private readonly events: StoreEvents,
  ) {}

  /** Rejects with the store's own `StoreError`; the next call tries again. */
  get(location: StoreLocation): Promise<SessionBackend> {
    const id = storeId(location);
    const known = this.stores.get(id);
    if (known) return known;
    const opening = this.open(id, location);
    this.stores.set(id, opening);
    opening.catch(() => {
      if (this.stores.get(id) === opening) this.stores.delete(id);
    });
    return opening;
  }

  private async open(id: string, location: StoreLocation): Promise<SessionBackend> {
    const backend = await openStore(location, this.context, this.options);
    backend.watch(
      (change) => this.events.onChange(id, change),
      (progress) => this.events.onProgress(id, progress),
    );
    return backend;
  }

  /** Closes a store, so that the next use opens it anew. */
  async close(location: StoreLocation): Promise<void> {
    const id = storeId(location);
    const known = this.stores.get(id);
    this.stores.delete(id);
    const backend = await known?.catch(() => undefined);
    await backend?.close();
  }

  async closeAll(): Promise<void> {
    const all = [...this.stores.values()];
    this.stores.clear();
    for (const opening of all) await opening.then((backend) => backend.close()).catch(() => undefined);
  }
}
