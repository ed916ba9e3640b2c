import { type PickServices, SearchPick } from './SearchPick';
import type { Scope } from './scope';

/** The one Quick Pick that searches, while it is open. */
export class SearchPicks {
  private current: SearchPick | undefined;

  constructor(private readonly services: PickServices) {}

  get open(): SearchPick | undefined {
    return this.current;
  }

  show(input: { readonly query?: string; readonly scope?: Scope } = {}): void {
    // Else it would be hidden by the new one, and take the new one's keys with it.
    this.current?.close();
    const pick = new SearchPick(this.services, input);
    pick.onDidClose(() => {
      if (this.current === pick) this.current = undefined;
    });
    this.current = pick;
    pick.show();
  }
}
