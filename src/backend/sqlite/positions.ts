import type { DatabaseConnection, Reader } from './connection';
import type { KeyParameter } from './keys';
import type { SessionCache } from './sessionCache';
import type { Slices } from './slices';
import { countBeyond, countOfKey, countUpTo, idAfter, idFromEnd, storedCountOfKey } from './statements';

/** From here on a count is not repeated when the metadata accounts for all new rows (1 million rows take 20 ms). */
const longSession = 20_000;
/** From here on ids are noted at every so many rows. */
const hugeSession = 50_000;
const checkpointDistance = 5000;
/** Below every row id; SQLite compares it as a real number. */
export const beforeAllIds = -(2 ** 63);

/** Where the rows of one session are. */
export interface Position {
  /** Changes when rows that were handed out may not be what the store holds now. */
  generation: number;
  count: number;
  lastId: number;
  /** `message_count` at the time of the count. */
  storedCount: number | null;
  version: number;
  /** The cache's generation that this belongs to. */
  base: number;
  /** Ids of the rows 0, 5000, 10000, ... of a huge session, as far as they were needed. */
  readonly checkpoints: number[];
}

/** A row id from which rows are read on, and how many rows after it the wanted one is. */
export interface Anchor {
  readonly id: number;
  readonly skip: number;
}

/** Counts the rows of sessions, finds out whether they only grew, and finds a row by its number. */
export class Positions {
  private readonly known = new Map<string, Position>();
  private generation = 0;

  constructor(private readonly cache: SessionCache) {}

  /** The state of a session as of this reader. Reads nothing when there was no commit since the last call. */
  of(reader: Reader, key: string, parameter: KeyParameter): Position {
    const known = this.known.get(key);
    if (known && known.base === this.cache.generation) {
      if (known.version === reader.version || this.onlyGrew(reader, parameter, known)) return known;
    }
    if (known) this.generation++;
    const row = reader.schema.messages
      ? reader.get<[number, number | null, number | null]>(countOfKey(parameter), parameter.value)
      : undefined;
    const position: Position = {
      generation: this.cache.generation + this.generation,
      count: row?.[0] ?? 0,
      lastId: row?.[2] ?? beforeAllIds,
      storedCount: this.storedCount(reader, parameter),
      version: reader.version,
      base: this.cache.generation,
      checkpoints: [],
    };
    this.known.set(key, position);
    return position;
  }

  /** A way to the row `number` (from 0) of a session, from the nearest place whose id is known. */
  locate(reader: Reader, parameter: KeyParameter, position: Position, number: number): Anchor {
    const checkpoint = Math.min(Math.floor(number / checkpointDistance), position.checkpoints.length - 1);
    const id = position.checkpoints[checkpoint];
    const near: Anchor =
      id === undefined ? { id: beforeAllIds, skip: number } : { id, skip: number - checkpoint * checkpointDistance };
    const fromEnd = position.count - 1 - number;
    const found =
      fromEnd < near.skip
        ? reader.get<[number]>(idFromEnd(parameter), parameter.value, fromEnd)
        : near.skip > 0
          ? reader.get<[number]>(idAfter(parameter), parameter.value, near.id, near.skip)
          : undefined;
    return found && Number.isSafeInteger(found[0]) ? { id: found[0], skip: 0 } : near;
  }

  /** True when a row can be found without walking over more than half of a huge session. */
  isNear(position: Position, number: number): boolean {
    if (position.count <= hugeSession) return true;
    const walked = number - Math.max(0, position.checkpoints.length - 1) * checkpointDistance;
    return Math.min(walked, position.count - 1 - number) <= checkpointDistance;
  }

  /** Notes ids up to the row `number`, in slices. */
  async addCheckpoints(
    connection: DatabaseConnection,
    key: string,
    parameter: KeyParameter,
    number: number,
    slices: Slices,
  ): Promise<void> {
    for (let done = false; !done; await slices.breathe()) {
      done = await connection.run((reader) => {
        const position = this.of(reader, key, parameter);
        const { checkpoints } = position;
        while (checkpoints.length * checkpointDistance <= Math.min(number, position.count - 1)) {
          const last = checkpoints.at(-1);
          const skip = last === undefined ? 0 : checkpointDistance;
          const row = reader.get<[number]>(idAfter(parameter), parameter.value, last ?? beforeAllIds, skip);
          // Ids beyond 2^53 are not exact here: such a session is walked through.
          if (!row || !Number.isSafeInteger(row[0])) return true;
          checkpoints.push(row[0]);
          if (slices.due()) return false;
        }
        return true;
      });
    }
  }

  /** Brings a position up to date if all rows that were known are still there. */
  private onlyGrew(reader: Reader, parameter: KeyParameter, position: Position): boolean {
    if (!reader.schema.messages) return false;
    const [added, lastId] = reader.get<[number, number | null]>(
      countBeyond(parameter),
      parameter.value,
      position.lastId,
    ) ?? [0, null];
    const storedCount = this.storedCount(reader, parameter);
    const accounted =
      storedCount !== null && position.storedCount !== null && storedCount - position.storedCount === added;
    if (position.count < longSession || !accounted) {
      const before = reader.get<[number]>(countUpTo(parameter), parameter.value, position.lastId)?.[0];
      if (before !== position.count) return false;
    }
    position.count += added;
    position.lastId = lastId ?? position.lastId;
    position.storedCount = storedCount;
    position.version = reader.version;
    return true;
  }

  private storedCount(reader: Reader, parameter: KeyParameter): number | null {
    if (!reader.schema.metadata) return null;
    const value = reader.get<[number | null]>(storedCountOfKey(parameter), parameter.value)?.[0];
    return typeof value === 'number' ? value : null;
  }
}
