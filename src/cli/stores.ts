import { resolveStorePath } from '../backend/discovery';
import { StoreError } from '../backend/errors';
import type { LabelFiles } from '../backend/journal/labels';
import { openStore } from '../backend/openStore';
import { Operations } from '../backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../backend/SessionBackend';
import { Search } from '../backend/search/Search';
import { type StoreKind, type StoreLocation, storeId } from '../shared/session';

/** From when on a running session counts as stuck, as the extension's setting has it until it is changed. */
const STUCK_AFTER_SECONDS = 600;

export interface Answers<T> {
  readonly answers: readonly T[];
  /** Why stores could not answer. One that cannot be read keeps nothing from the others. */
  readonly failures: readonly unknown[];
}

/** The stores that this run of the program has open, and what can be done to them. */
export class CliStores {
  readonly operations: Operations;
  private readonly open = new Map<string, Promise<SessionBackend>>();
  private readonly labels: LabelFiles;
  private readonly context: BackendContext;
  private made: Search | undefined;

  constructor(
    dataFolder: string,
    private readonly complain: (error: unknown) => void,
  ) {
    this.context = {
      now: Date.now,
      log: (_level, message) => void process.stderr.write(`${message}\n`),
      dataFolder,
    };
    this.operations = new Operations({
      context: this.context,
      open: (location) => this.get(location),
      onRecovered: (recoveries) => {
        for (const { message } of recoveries) process.stderr.write(`${message}\n`);
      },
    });
    this.labels = this.operations.labels;
  }

  /** Looks through the stores as they are: a command line builds no index. */
  get search(): Search {
    this.made ??= new Search({
      context: { ...this.context, dataFolder: undefined },
      open: (location) => this.get(location),
      stuckAfterSeconds: () => STUCK_AFTER_SECONDS,
      watched: false,
    });
    return this.made;
  }

  get(location: StoreLocation): Promise<SessionBackend> {
    const id = storeId(location);
    const known = this.open.get(id);
    if (known) return known;
    // Reading keeps no index in the data folder: a command line leaves nothing behind that was not asked for.
    const opening = openStore(location, { ...this.context, dataFolder: undefined }, { labels: this.labels });
    this.open.set(id, opening);
    opening.catch(() => this.open.delete(id));
    return opening;
  }

  /** Asks every store at a path. Rejects when none of them could answer. */
  async ask<T>(
    given: string,
    kind: StoreKind | undefined,
    question: (backend: SessionBackend) => Promise<T>,
  ): Promise<Answers<T>> {
    const found = await resolveStorePath(given);
    const locations = found.filter((location) => !kind || location.kind === kind);
    if (locations.length === 0) throw new StoreError('not-a-store', `There is no ${kind} store at ${given}.`);
    const answers: T[] = [];
    const failures: unknown[] = [];
    for (const location of locations) {
      try {
        answers.push(await question(await this.get(location)));
      } catch (error) {
        failures.push(error);
      }
    }
    if (answers.length === 0) throw failures[0];
    for (const failure of failures) this.complain(failure);
    return { answers, failures };
  }

  /** The one store at a path that holds a session. A live store comes before its archive. */
  async holding(given: string, kind: StoreKind | undefined, key: string): Promise<SessionBackend> {
    const { answers, failures } = await this.ask(given, kind, async (backend) =>
      (await backend.exists(key)) ? backend : undefined,
    );
    const holders = answers.filter((backend) => backend !== undefined);
    const live = holders.filter((backend) => backend.location.role === 'live');
    const [backend, other] = live.length > 0 ? live : holders;
    if (!backend) {
      const where = failures.length > 0 ? `what can be read of ${given}` : given;
      throw new StoreError('no-such-session', `There is no session ${key} in ${where}.`);
    }
    if (other) {
      throw new StoreError(
        'no-such-session',
        `The session ${key} is in two stores of ${given}: say --kind jsonl or --kind sqlite.`,
      );
    }
    return backend;
  }

  /** The one live store at a path, for what concerns all of it or makes a session. */
  async single(given: string, kind: StoreKind | undefined): Promise<SessionBackend> {
    const found = (await resolveStorePath(given)).filter((location) => !kind || location.kind === kind);
    const live = found.filter(({ role }) => role === 'live');
    const [location, other] = live.length > 0 ? live : found;
    if (!location)
      throw new StoreError('not-a-store', `There is no ${kind ?? ''} store at ${given}.`.replace('  ', ' '));
    if (other) {
      throw new StoreError('not-a-store', `There are two stores at ${given}: say --kind jsonl or --kind sqlite.`);
    }
    return this.get(location);
  }

  async closeAll(): Promise<void> {
    const { made } = this;
    this.made = undefined;
    await made?.close();
    const all = [...this.open.values()];
    this.open.clear();
    for (const opening of all) await opening.then((backend) => backend.close()).catch(() => undefined);
    await this.operations.close();
  }
}
