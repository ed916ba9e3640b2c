import { StoreError } from '../../errors';
import { isHalfAppended } from './counts';
import { Scope } from './draft';
import type { WriteConnection } from './writeConnection';

/** How long the second statement of an agent's append is waited for, in milliseconds; then it was killed in between. */
const HALF_APPEND_PATIENCE = 300;

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** One session of a database for the length of one operation: rejects with `replaced` once the file is another one. */
export class SessionAccess {
  #epoch: number | undefined;
  #halfUntil: number | undefined;

  constructor(
    readonly connection: WriteConnection,
    readonly name: string,
    private readonly now: () => number,
  ) {}

  read<T>(work: (scope: Scope) => T): Promise<T> {
    return this.connection.read((database, schema) => work(this.#scope(database, schema)), { epoch: this.#epoch });
  }

  change<T>(work: (scope: Scope) => T): Promise<T> {
    return this.connection.transaction((database, schema) => work(this.#scope(database, schema)), {
      epoch: this.#epoch,
    });
  }

  /** The same, but not while an agent is between the two statements of its append: counts made then come out wrong. */
  async changeCounts<T>(work: (scope: Scope) => T): Promise<T> {
    for (;;) {
      const done = await this.change((scope) => {
        if (this.isPatient() && isHalfAppended(scope, scope.metadata.read(scope.key))) return undefined;
        return { result: work(scope) };
      });
      if (done) return done.result;
      await this.waitForHalf();
    }
  }

  isPatient(): boolean {
    return this.#halfUntil === undefined || performance.now() < this.#halfUntil;
  }

  async waitForHalf(): Promise<void> {
    this.#halfUntil ??= performance.now() + HALF_APPEND_PATIENCE;
    await pause(1 + Math.random() * 4);
  }

  #scope(database: Scope['database'], schema: Scope['schema']): Scope {
    this.#epoch ??= this.connection.epoch;
    return new Scope(database, schema, this.name, this.connection.file, this.now());
  }
}

export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StoreError('cancelled', 'Cancelled before anything was changed.');
}

export function agentIsWriting(name: string): StoreError {
  return new StoreError(
    'busy',
    `The agent is writing to ${name} right now, so nothing was changed in it. Try again when it is quiet.`,
  );
}
