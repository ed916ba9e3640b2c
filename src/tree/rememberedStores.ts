import type * as vscode from 'vscode';
import type { FoundStore } from '../service/protocol';
import type { Places } from './sessionsModel';

const KEY = 'stores';

interface Remembered {
  readonly places: Places;
  readonly stores: readonly FoundStore[];
}

const samePlaces = (a: Places, b: Places) => JSON.stringify(a) === JSON.stringify(b);

/**
 * The stores that this workspace had when it was last looked at. With them the tree asks for sessions at once; that they
 * are still right is found out behind it.
 */
export class RememberedStores {
  constructor(private readonly state: Pick<vscode.Memento, 'get' | 'update'>) {}

  recall(places: Places): readonly FoundStore[] {
    const known = this.state.get<Remembered>(KEY);
    return known && samePlaces(known.places, places) ? known.stores : [];
  }

  remember(places: Places, stores: readonly FoundStore[]): void {
    const now: Remembered = { places, stores };
    if (JSON.stringify(this.state.get<Remembered>(KEY)) !== JSON.stringify(now)) void this.state.update(KEY, now);
  }
}
