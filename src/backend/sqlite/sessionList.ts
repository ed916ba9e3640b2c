import type { SessionMetadata } from '../../shared/session';
import type { ListOptions } from '../SessionBackend';
import type { DatabaseConnection, Reader } from './connection';
import { type KeyParameter, keyParameter } from './keys';
import { type MetadataEntry, readMetadata, readMetadataRow } from './metadataRows';
import type { SessionCache } from './sessionCache';
import { countNextSessions, describeOrphan, describeSession, withTimes } from './sessionFacts';
import { Slices, Turns } from './slices';
import { hasColumn, messageTotal, newestMetadata, runningKeys, stuckKeys } from './statements';
import { chronoText } from './timestamps';

/** Titles that a quick list gives: more than a tree shows at first. */
const quickTitles = 100;
/** Sessions counted by one statement; at 100 messages each about a millisecond. */
const countBatch = 200;
/** Rounds of counting after which a list no longer waits for the agents to pause. */
const mostRounds = 8;
/** With more sessions than this out of date it is quicker to count all of them in one pass. */
const mostRecounts = 2000;

/** The list of sessions: metadata, and what the messages themselves say. */
export class SessionList {
  private readonly turns = new Turns();

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly cache: SessionCache,
  ) {}

  /** Metadata as it stands, with the titles of the newest sessions; counts and other titles where they are known. */
  async quick(options: ListOptions): Promise<SessionMetadata[]> {
    new Slices(options.signal);
    const { limit } = options;
    return this.connection.run((reader) => {
      if (limit !== undefined && this.cache.entries.size === 0) return this.newest(reader, limit);
      this.cache.syncMetadata(reader);
      for (const { key } of this.cache.ordered.slice(0, quickTitles)) {
        if (this.cache.stale.has(key)) this.cache.recount(reader, key);
        if (!this.cache.hasTitle(key)) this.cache.loadTitle(reader, key);
      }
      return this.assemble(false).slice(0, limit);
    });
  }

  /** The newest rows of the metadata alone, before anything else is known: what a screen shows first. */
  private newest(reader: Reader, limit: number): SessionMetadata[] {
    const { cache } = this;
    if (!reader.schema.metadata) return [];
    return reader.all<[number]>(newestMetadata, limit).flatMap(([rowId]) => {
      const entry = readMetadataRow(reader, rowId);
      if (!entry) return [];
      const title = cache.hasTitle(entry.key) ? cache.known(entry.key).title : cache.loadTitle(reader, entry.key);
      return [describeSession(entry, { messages: undefined, title })];
    });
  }

  /** All sessions with counts, titles and problems; `onBatch` gets them as they are completed. */
  full(options: ListOptions): Promise<SessionMetadata[]> {
    return this.turns.run(async () => {
      const slices = new Slices(options.signal);
      await this.countMessages(slices);
      await this.readTitles(slices, options.onBatch);
      return this.assemble(true).slice(0, options.limit);
    });
  }

  /** Keys in the order of the list. */
  keys(): Promise<string[]> {
    return this.turns.run(async () => {
      await this.countMessages(new Slices());
      return this.assemble(true).map((session) => session.key);
    });
  }

  /** One session; `null` when it has neither metadata nor messages. */
  one(key: string): Promise<SessionMetadata | null> {
    return this.connection.run((reader) => {
      this.cache.syncMessages(reader);
      return this.describe(reader, key, readMetadata(reader, keyParameter(key)));
    });
  }

  /** Sessions whose state is `running`, latest start first. */
  running(): Promise<SessionMetadata[]> {
    return this.select((reader) =>
      hasColumn(reader.schema, 'state') && hasColumn(reader.schema, 'turn_started_at')
        ? reader.all<[number]>(runningKeys)
        : [],
    );
  }

  /**
   * Sessions running since before `now` (milliseconds) minus the threshold, oldest start first. As in zeroclaw the
   * comparison is one of texts, and a session without a start never counts.
   */
  stuck(thresholdSeconds: number, now: number): Promise<SessionMetadata[]> {
    const cutoff = chronoText(now - thresholdSeconds * 1000);
    return this.select((reader) =>
      cutoff !== null && hasColumn(reader.schema, 'turn_started_at') ? reader.all<[number]>(stuckKeys, cutoff) : [],
    );
  }

  private async select(find: (reader: Reader) => readonly (readonly [number])[]): Promise<SessionMetadata[]> {
    const slices = new Slices();
    const rows = await this.connection.run(find);
    const sessions: SessionMetadata[] = [];
    for (const [rowId] of rows) {
      const session = await this.connection.run((reader) => {
        this.cache.syncMessages(reader);
        const entry = readMetadataRow(reader, rowId);
        return entry ? this.describe(reader, entry.key, entry) : null;
      });
      if (session) sessions.push(session);
      await slices.breathe();
    }
    return sessions;
  }

  /** From what is known where that is right, else from the database; without a look at any other session. */
  private describe(reader: Reader, key: string, entry: MetadataEntry | undefined): SessionMetadata | null {
    const { cache } = this;
    if (!cache.isFresh(reader, key) || !cache.counts.has(key)) cache.recount(reader, key);
    const facts = cache.counts.get(key);
    if (!entry && !facts) return null;
    const title = facts ? (cache.hasTitle(key) ? cache.known(key).title : cache.loadTitle(reader, key)) : null;
    if (entry) return describeSession(entry, { messages: facts ?? null, title });
    return facts ? describeOrphan(key, withTimes(reader, facts), title) : null;
  }

  /** Brings metadata and counts up to date, in slices. */
  private async countMessages(slices: Slices): Promise<void> {
    const { cache, connection } = this;
    // Agents write meanwhile: at some point what is known has to do.
    for (let round = 0; round < mostRounds; round++) {
      const stale = await connection.run((reader) => {
        cache.syncMetadata(reader);
        if (!cache.counted || cache.stale.size > mostRecounts) return undefined;
        if (cache.stale.size > 0) return [...cache.stale];
        return this.isComplete(reader) ? [] : undefined;
      });
      if (stale?.length === 0) return;
      if (stale) await this.recount(stale, slices);
      else await this.countAll(slices);
    }
  }

  private async recount(keys: readonly string[], slices: Slices): Promise<void> {
    let next = 0;
    while (next < keys.length) {
      await this.connection.run((reader) => {
        this.cache.syncMessages(reader);
        for (const key of keys.slice(next)) {
          this.cache.recount(reader, key);
          next++;
          if (slices.due()) break;
        }
      });
      await slices.breathe();
    }
  }

  /** One pass over the index on the key, in statements of their own so that no checkpoint has to wait. */
  private async countAll(slices: Slices): Promise<void> {
    const { cache } = this;
    cache.startCounting();
    const { generation } = cache;
    let after: KeyParameter | undefined;
    let firstVersion: number | undefined;
    do {
      const version = await this.connection.run((reader) => {
        cache.syncMetadata(reader);
        const { counts, next } = countNextSessions(reader, after, countBatch);
        cache.setCounts(counts.map(([key, facts]) => [key, cache.entries.has(key) ? facts : withTimes(reader, facts)]));
        after = next;
        return reader.version;
      });
      firstVersion ??= version;
      if (firstVersion === version && after === undefined) cache.checkedVersion = version;
      await slices.breathe();
      // Forgotten in the middle of it: what was counted before is gone, and the caller begins anew.
      if (cache.generation !== generation) return;
    } while (after !== undefined);
    cache.counted = true;
  }

  /** Compares the sum of all counts with the number of rows: rows may be deleted behind the metadata's back. */
  private isComplete(reader: Reader): boolean {
    const { cache } = this;
    if (cache.checkedVersion === reader.version) return true;
    const total = reader.schema.messages ? (reader.get<[number]>(messageTotal)?.[0] ?? 0) : 0;
    let sum = 0;
    for (const facts of cache.counts.values()) sum += facts.count;
    if (sum !== total) {
      cache.forgetAll();
      return false;
    }
    cache.checkedVersion = reader.version;
    return true;
  }

  private async readTitles(slices: Slices, onBatch: ListOptions['onBatch']): Promise<void> {
    const { cache } = this;
    const keys = [...cache.ordered.map((entry) => entry.key), ...cache.orphans()];
    let next = 0;
    while (next < keys.length) {
      const first = next;
      if (keys.slice(next).every((key) => cache.hasTitle(key))) next = keys.length;
      else {
        await this.connection.run((reader) => {
          for (const key of keys.slice(next)) {
            if (!cache.hasTitle(key)) cache.loadTitle(reader, key);
            next++;
            if (slices.due()) break;
          }
        });
      }
      if (onBatch) onBatch(keys.slice(first, next).flatMap((key) => this.line(key, true) ?? []));
      await slices.breathe();
    }
  }

  private line(key: string, late: boolean): SessionMetadata | undefined {
    const entry = this.cache.entries.get(key);
    const facts = this.cache.known(key, late);
    if (entry) return describeSession(entry, facts);
    return facts.messages ? describeOrphan(key, facts.messages, facts.title) : undefined;
  }

  /** In zeroclaw's order, with the sessions that it does not list at the place of their last message. */
  private assemble(late: boolean): SessionMetadata[] {
    const { cache } = this;
    const listed = cache.ordered.map((entry) => describeSession(entry, cache.known(entry.key, late)));
    const hidden = cache
      .orphans()
      .flatMap((key) => this.line(key, late) ?? [])
      .sort((left, right) => compareText(right.lastActivity ?? '', left.lastActivity ?? ''));
    if (hidden.length === 0) return listed;
    const merged: SessionMetadata[] = [];
    let next = 0;
    for (const session of listed) {
      for (let orphan = hidden[next]; orphan && isNewer(orphan, session); orphan = hidden[next]) {
        merged.push(orphan);
        next++;
      }
      merged.push(session);
    }
    return merged.concat(hidden.slice(next));
  }
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A metadata row whose time is not text sorts above all text in SQL. */
function isNewer(orphan: SessionMetadata, session: SessionMetadata): boolean {
  return session.lastActivity !== null && (orphan.lastActivity ?? '') > session.lastActivity;
}
