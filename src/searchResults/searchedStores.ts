import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { type StoreLocation, storeOfId } from '../shared/session';
import type { SessionsModel } from '../tree/sessionsModel';

/** The stores of the workspace, as a search asks for them and names them. */
export class SearchedStores {
  constructor(
    private readonly model: Pick<SessionsModel, 'getRoots' | 'stores' | 'storeById'>,
    private readonly client: Pick<ServiceClient, 'notify'>,
    /** What the screen calls a store. */
    private readonly name: (store: StoreLocation) => string,
  ) {}

  async all(): Promise<readonly StoreLocation[]> {
    await this.model.getRoots();
    return this.model.stores.map(({ found }) => found.location);
  }

  /** Has the service start what a search needs. */
  prepare(): void {
    void this.all().then((stores) => this.client.notify(protocol.PrepareSearch, { stores }));
  }

  async byId(id: string): Promise<StoreLocation | undefined> {
    await this.model.getRoots();
    return this.model.storeById(id)?.found.location ?? storeOfId(id) ?? undefined;
  }

  nameOf(id: string): string {
    const store = this.model.storeById(id)?.found.location ?? storeOfId(id);
    return store ? this.name(store) : id;
  }

  /** `undefined` where there is only one store, which needs no name. */
  nameAmongOthers(id: string): string | undefined {
    const isAlone = this.model.stores.length === 1 && this.model.stores.every((store) => store.id === id);
    return isAlone ? undefined : this.nameOf(id);
  }
}
