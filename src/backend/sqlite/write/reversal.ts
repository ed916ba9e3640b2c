import type { Direction, ReversalChoiceId } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { SqliteChange } from '../../journal/changes';
import type { JournalItem } from '../../journal/Journal';
import type { ChangeSide, Reversal } from '../../StoreWriter';
import { keyParameter } from '../keys';
import { Slices } from '../slices';
import { countWith } from './counts';
import { decide, metadataAtEnd } from './decide';
import { isStepwise, type Scope } from './draft';
import { keyValue } from './metadataTable';
import { sameValue } from './rowCodec';
import type { SessionAccess } from './sessionAccess';
import {
  Findings,
  type Pair,
  pairsOf,
  type Situation,
  situationOf,
  sqliteChange,
  stateOf,
  type Way,
  wayOf,
} from './sides';

/** What one step takes on: about 20 ms of lock. */
const STEP = { rows: 200, bytes: 200_000 };
const ALL = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** How rows come back: under which key, and where their ids are taken with new ones. */
interface Placing {
  readonly newKey: string | undefined;
  readonly newIds: boolean;
}

/** Takes one journaled change back, or makes it again. */
export class Reverser {
  readonly #change: SqliteChange;
  readonly #way: Way;
  readonly #isStepwise: boolean;

  constructor(
    private readonly access: SessionAccess,
    private readonly item: JournalItem,
    private readonly direction: Direction,
  ) {
    this.#change = sqliteChange(item);
    this.#way = wayOf(this.#change, direction);
    const { removedRows, addedRows } = this.#change;
    this.#isStepwise = isStepwise(Math.max(removedRows, addedRows), item.bytes);
  }

  async check(): Promise<Reversal> {
    return decide(this.#change.key, this.#way, await this.#look());
  }

  /** Resolves to the new key where one was chosen. */
  async reverse(choice: ReversalChoiceId | undefined): Promise<string | undefined> {
    if (this.#isStepwise) return this.#inSteps(choice);
    const pairs = [...pairsOf(this.item, this.direction, ALL)].flat();
    const placed = (scope: Scope): Placing => {
      const findings = new Findings();
      findings.add(scope, pairs, this.#way);
      return this.#placing(scope, situationOf(scope, findings, this.#way), choice);
    };
    // Before the lock is asked for, as all that is written to our own disk.
    const announced = choice === 'other-key' ? this.#announce(await this.access.read(placed)) : undefined;
    return this.access.changeCounts((scope) => {
      const placing = placed(scope);
      if (placing.newKey !== announced) throw new StoreError('conflict', `${announced} has been taken meanwhile.`);
      this.#move(scope, pairs, placing);
      this.#settle(scope, placing, choice);
      return placing.newKey;
    });
  }

  /** A killed process leaves rows under another key: it is known then. */
  #announce({ newKey }: Placing): string | undefined {
    if (newKey !== undefined) this.item.announce(newKey);
    return newKey;
  }

  /** On which side the session is, after whatever was begun has been brought to its end. */
  async recover(): Promise<ChangeSide> {
    const [start, end]: ChangeSide[] = this.direction === 'undo' ? ['after', 'before'] : ['before', 'after'];
    const { findings, metadata } = await this.#look();
    const { counts } = findings;
    const { newKey } = this.item;
    if (newKey !== undefined) return ((await this.#recoverElsewhere(newKey, findings)) ? end : start) ?? 'before';
    if (findings.total === 0) return (this.#isMetadataAtEnd(metadata) ? end : start) ?? 'before';
    const isBegun = counts.target + counts.gone + counts.moved > 0;
    if (!this.#isStepwise) return (isBegun && counts.source === 0 ? end : start) ?? 'before';
    if (!isBegun) return start ?? 'before';
    await this.#finish({ newKey: findings.movedKey, newIds: false }, undefined);
    return end ?? 'after';
  }

  /** Whether the messages are under another key, after they have all been brought there or none is left there. */
  async #recoverElsewhere(newKey: string, { counts, arriving }: Findings): Promise<boolean> {
    const key = keyParameter(newKey);
    const there = await this.access.read(({ messages }) => messages.count(key));
    if (there === 0 || !this.#isStepwise) return there > 0;
    if (counts.occupied === 0) await this.#finish({ newKey, newIds: false }, undefined);
    else if (there >= arriving) {
      await this.access.changeCounts((scope) => this.#settle(scope, { newKey, newIds: true }, undefined));
    } else {
      // With ids of their own it cannot be told which of them are still to come.
      for (let left = there; left > 0; left -= STEP.rows) {
        await this.access.change(({ messages }) => {
          for (const id of messages.lastIds(key, Math.min(left, STEP.rows))) messages.delete(id);
        });
      }
      return false;
    }
    return true;
  }

  async #look(): Promise<Situation> {
    const findings = new Findings();
    const slices = new Slices();
    for (const pairs of pairsOf(this.item, this.direction, STEP)) {
      await this.access.read((scope) => findings.add(scope, pairs, this.#way));
      await slices.breathe();
    }
    return this.access.read((scope) => situationOf(scope, findings, this.#way));
  }

  #placing(scope: Scope, situation: Situation, choice: ReversalChoiceId | undefined): Placing {
    const { key } = this.#change;
    const decision = decide(key, this.#way, situation);
    if (decision.kind === 'ready') return { newKey: undefined, newIds: false };
    if (!decision.choices.some(({ id }) => id === choice)) throw new StoreError('conflict', decision.message);
    if (choice !== 'other-key') return { newKey: undefined, newIds: false };
    return { newKey: freeKey(scope, key), newIds: situation.findings.counts.occupied > 0 };
  }

  async #inSteps(choice: ReversalChoiceId | undefined): Promise<string | undefined> {
    const situation = await this.#look();
    const placing = await this.access.read((scope) => this.#placing(scope, situation, choice));
    this.#announce(placing);
    await this.#finish(placing, choice);
    return placing.newKey;
  }

  /** Steps, whatever has been done of them already. A session that goes loses its metadata row with the first of them. */
  async #finish(placing: Placing, choice: ReversalChoiceId | undefined): Promise<void> {
    let isFirst = this.#way.to === null;
    for (const pairs of pairsOf(this.item, this.direction, STEP)) {
      const first = isFirst;
      isFirst = false;
      await this.access.changeCounts((scope) => {
        if (first && this.#newer(scope) === 0) {
          scope.metadata.change(scope.key, scope.metadata.read(scope.key), null);
        }
        this.#move(scope, pairs, placing);
      });
    }
    await this.access.changeCounts((scope) => this.#settle(scope, placing, choice));
  }

  /** Brings rows to the other side, and the count of a session that stays along with them. */
  #move(scope: Scope, pairs: readonly Pair[], placing: Placing): void {
    const { metadata, key } = scope;
    const current = metadata.read(key);
    const stored = current?.message_count;
    const isCounted = this.#way.from !== null && this.#way.to !== null && placing.newKey === undefined;
    const added = movePairs(scope, pairs, placing);
    if (current && isCounted && typeof stored === 'number') {
      metadata.change(key, current, { ...current, message_count: stored + added });
    }
  }

  /** The metadata row, when the rows are right. */
  #settle(scope: Scope, { newKey }: Placing, choice: ReversalChoiceId | undefined): void {
    const { metadata, messages } = scope;
    const { removedRows, addedRows } = this.#change;
    if (newKey !== undefined) {
      const { to } = this.#way;
      const key = keyParameter(newKey);
      const row = to && { ...to, session_key: keyValue(key), message_count: messages.count(key) };
      if (row) metadata.change(key, metadata.read(key), row);
      return;
    }
    const current = metadata.read(scope.key);
    const wanted = metadataAtEnd(this.#way, current, {
      count:
        this.#way.from === null || this.#way.to === null ? messages.count(scope.key) : countWith(scope, current, 0),
      newer: this.#newer(scope),
      rows: removedRows + addedRows > 0,
      overwrite: choice === 'overwrite',
    });
    metadata.change(scope.key, current, wanted);
  }

  /** Messages that neither side of the change knows. */
  #newer({ messages, key }: Scope): number {
    const { lastIdBefore, lastIdAfter } = this.#change;
    return messages.countAfter(key, Math.max(lastIdBefore, lastIdAfter));
  }

  #isMetadataAtEnd(current: Situation['metadata']): boolean {
    const { from, to } = this.#way;
    if (from === null || to === null) return (current === null) === (to === null);
    return Object.keys(to).every(
      (column) => sameValue(from[column], to[column]) || sameValue(current?.[column], to[column]),
    );
  }
}

/** Brings rows to the other side; what is not as either side knows it is left alone. Returns by how many there are more. */
function movePairs(scope: Scope, pairs: readonly Pair[], { newKey, newIds }: Placing): number {
  let added = 0;
  const { messages } = scope;
  const key = newKey === undefined ? undefined : keyValue(keyParameter(newKey));
  for (const pair of pairs) {
    const { id, from, to } = pair;
    const state = stateOf(pair, messages.row(id));
    if (state === 'source' && from) {
      if (to) messages.update(to);
      else {
        messages.delete(id);
        added--;
      }
    } else if (to && !from && (newIds || state === 'source')) {
      messages.insert({ ...to, id: newIds ? messages.nextId() : id, key: key ?? to.key });
      added++;
    }
  }
  return added;
}

/** A key that no session has. */
function freeKey({ messages, metadata }: Scope, key: string): string {
  for (let number = 1; ; number++) {
    const candidate = `${key}_restored${number === 1 ? '' : number}`;
    const parameter = keyParameter(candidate);
    if (messages.lastId(parameter) === 0 && metadata.read(parameter) === null) return candidate;
  }
}
