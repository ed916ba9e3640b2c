import { CancellationTokenSource } from 'vscode-jsonrpc';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import type { SearchAnswer, SearchRequest, SearchScope } from '../shared/search/answer';

export interface RunningSearch {
  /** The whole answer; `undefined` once it was cancelled. Rejects with a `ServiceError`. */
  readonly answer: Promise<SearchAnswer | undefined>;
  /** Stops it. Nothing of it is told from then on. */
  cancel(): void;
}

/** Runs searches in the service and passes on what is known in between. */
export class Searches {
  private last = 0;
  private readonly running = new Map<number, (answer: SearchAnswer) => void>();

  constructor(private readonly client: Pick<ServiceClient, 'on' | 'request'>) {
    client.on(protocol.SearchUpdated, ({ id, answer }) => this.running.get(id)?.(answer));
  }

  run(request: SearchRequest, onUpdate: (answer: SearchAnswer) => void = () => undefined): RunningSearch {
    const id = ++this.last;
    const cancellation = new CancellationTokenSource();
    this.running.set(id, onUpdate);
    return {
      answer: this.wait(id, request, cancellation),
      cancel: () => {
        this.running.delete(id);
        cancellation.cancel();
      },
    };
  }

  /** How many hits there are in which sessions; none of them is handed out. */
  readonly count = (query: string, scope: SearchScope): Promise<SearchAnswer | undefined> =>
    this.run({ query, scope, order: 'time', limit: 0 }).answer;

  private async wait(
    id: number,
    request: SearchRequest,
    cancellation: CancellationTokenSource,
  ): Promise<SearchAnswer | undefined> {
    try {
      const answer = await this.client.request(protocol.Search, { id, request }, cancellation.token);
      return this.running.has(id) ? answer : undefined;
    } catch (error) {
      if (!this.running.has(id)) return undefined;
      throw error;
    } finally {
      this.running.delete(id);
      cancellation.dispose();
    }
  }
}
