import type { Reader, SqlValue } from './connection';
import { type KeyParameter, keyParameter } from './keys';
import { type MetadataEntry, readAllMetadata } from './metadataRows';
import { countSession, type KnownFacts, type MessageFacts, nameOfKey, readTitle, withTimes } from './sessionFacts';
import { appendedRows, maxMessageId, metadataOrder } from './statements';

/** More new rows than this at once are an import: counting everything again is then the shorter way. */
const mostAppendedRows = 5000;
/** A session of this length without a user's words in it will not be searched for them again at every message. */
const longSession = 2000;

/** Keys that changed; `undefined`: anything may have. */
export type ChangedKeys = readonly string[] | undefined;

/**
 * What is known of the database's sessions, and which part of it is out of date. Every look at the database first asks
 * for its version (`PRAGMA data_version`); only after a commit of another program are the rows read that are new
 * (message ids beyond the last one seen) and the metadata compared. A commit that neither explains may have changed
 * anything: then all is counted again, and `generation` tells readers of pages to read again.
 */
export class SessionCache {
  /** Goes up when rows that were handed out may have been changed in a way that the ids do not show. */
  generation: number;
  /** All sessions have been counted, `stale` ones apart. */
  counted = false;
  /** Sessions whose messages must be counted again. */
  readonly stale = new Set<string>();
  readonly counts = new Map<string, MessageFacts>();
  /** In zeroclaw's order. */
  ordered: readonly MetadataEntry[] = [];
  /** Version for which the sum of all counts was compared with the number of rows. */
  checkedVersion = -1;

  private readonly titles = new Map<string, string | null>();
  private readonly listeners = new Set<(keys: ChangedKeys) => void>();
  private epoch: number | undefined;
  private maxId = -Infinity;
  private messagesVersion = -1;
  private metadataVersion = -1;
  /** Keys with new messages, told of since the metadata was last compared. */
  private announced = new Set<string>();
  /** What the last commits did is known, before the metadata has been compared. */
  private explained = false;
  private byRow = new Map<number, MetadataEntry>();
  private byKey: Map<string, MetadataEntry> | undefined;

  /** `firstGeneration`: later than any that an earlier process has given, for viewers that outlive it. */
  constructor(firstGeneration: number) {
    this.generation = firstGeneration;
  }

  /** The metadata by key. */
  get entries(): ReadonlyMap<string, MetadataEntry> {
    this.byKey ??= new Map(this.ordered.map((entry) => [entry.key, entry]));
    return this.byKey;
  }

  /** Tells of every change that a look at the database finds, whoever made the look. */
  onChange(listener: (keys: ChangedKeys) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  /** Notes which sessions have new messages. Costs one row for each of them, nothing when there was no commit. */
  syncMessages(reader: Reader): void {
    this.checkEpoch(reader);
    if (this.messagesVersion === reader.version) return;
    const first = this.messagesVersion < 0;
    const maxId = reader.schema.messages ? (reader.get<[number | null]>(maxMessageId)?.[0] ?? -Infinity) : -Infinity;
    // Read before anything is noted: a busy database ends this half-way, and it is called again.
    const rows =
      !first && maxId > this.maxId
        ? reader.all<[id: number, key: SqlValue]>(appendedRows, this.maxId, mostAppendedRows)
        : [];
    const keys = new Map<string, KeyParameter>();
    for (const [id, value] of rows) {
      const { key, parameter } = nameOfKey(reader, value, id);
      keys.set(key, parameter);
    }
    this.maxId = maxId;
    this.messagesVersion = reader.version;
    if (rows.length >= mostAppendedRows) {
      this.explained = true;
      this.forgetAll();
      return;
    }
    for (const key of keys.keys()) {
      this.stale.add(key);
      this.announced.add(key);
    }
    if (keys.size > 0) this.emit([...keys.keys()]);
  }

  /** Brings the metadata up to date; implies `syncMessages`. Costs a reading of the whole table after a commit. */
  syncMetadata(reader: Reader): void {
    this.syncMessages(reader);
    if (this.metadataVersion === reader.version) return;
    const first = this.metadataVersion < 0;
    const rows = readAllMetadata(reader, this.byRow);
    // Read before anything is noted, too.
    const order = rows.length > 0 ? reader.column<number>(metadataOrder) : [];
    const changed = this.takeOver(rows);
    if (changed.length > 0) this.ordered = order.flatMap((rowId) => this.byRow.get(rowId) ?? []);
    this.metadataVersion = reader.version;
    const { announced, explained } = this;
    this.announced = new Set();
    this.explained = false;
    if (first) return;
    if (changed.length === 0 && announced.size === 0 && !explained) this.forgetAll();
    for (const key of changed) this.stale.add(key);
    const news = changed.filter((key) => !announced.has(key));
    if (news.length > 0) this.emit(news);
  }

  /** True when what is known of this session is what the database holds. */
  isFresh(reader: Reader, key: string): boolean {
    return this.messagesVersion === reader.version && this.metadataVersion === reader.version && !this.stale.has(key);
  }

  /** Facts for the list as far as they are known; `late` allows those that a commit has overtaken just now. */
  known(key: string, late = false): KnownFacts {
    if (!late && this.stale.has(key)) return { messages: undefined, title: undefined };
    const messages = this.counts.get(key) ?? (this.counted ? null : undefined);
    // A session without messages has no title.
    return { messages, title: messages === null ? null : this.titles.get(key) };
  }

  /** Counts one session again and forgets a title that may have changed. */
  recount(reader: Reader, key: string): void {
    const facts = countSession(reader, keyParameter(key));
    const full = facts && !this.entries.has(key) ? withTimes(reader, facts) : facts;
    const before = this.counts.get(key);
    const title = this.titles.get(key);
    const grew = before !== undefined && facts?.firstId === before.firstId && facts.count > before.count;
    const settled = typeof title === 'string' || (title === null && (facts?.count ?? 0) > longSession);
    if (!grew || !settled) this.titles.delete(key);
    if (full) this.counts.set(key, full);
    else this.counts.delete(key);
    this.stale.delete(key);
  }

  /** Before a pass over all keys. */
  startCounting(): void {
    this.counted = false;
    this.counts.clear();
    for (const key of this.stale) this.titles.delete(key);
    this.stale.clear();
  }

  /** Takes over counts that were read in the same transaction as the last `syncMessages`. */
  setCounts(counts: readonly (readonly [key: string, facts: MessageFacts])[]): void {
    for (const [key, facts] of counts) {
      this.counts.set(key, facts);
      this.stale.delete(key);
    }
  }

  hasTitle(key: string): boolean {
    return this.titles.has(key) && !this.stale.has(key);
  }

  /** Reads and keeps the title of a session. */
  loadTitle(reader: Reader, key: string): string | null {
    const title = readTitle(reader, keyParameter(key));
    this.titles.set(key, title);
    return title;
  }

  /** Keys with messages and without metadata. */
  orphans(): string[] {
    return [...this.counts.keys()].filter((key) => !this.entries.has(key));
  }

  /** Everything must be read again: rows may have changed where no id tells of it. */
  forgetAll(): void {
    this.counted = false;
    this.counts.clear();
    this.stale.clear();
    this.titles.clear();
    this.generation++;
    this.emit(undefined);
  }

  private checkEpoch(reader: Reader): void {
    if (this.epoch === reader.epoch) return;
    const first = this.epoch === undefined;
    this.epoch = reader.epoch;
    this.messagesVersion = -1;
    this.metadataVersion = -1;
    this.ordered = [];
    this.byKey = undefined;
    this.byRow = new Map();
    this.announced.clear();
    this.explained = true;
    if (!first) this.forgetAll();
  }

  /** Takes over rows that are new, gone or different; returns their keys. */
  private takeOver(rows: readonly MetadataEntry[]): string[] {
    const { byRow } = this;
    const keys = new Set<string>();
    const before = byRow.size;
    let kept = 0;
    for (const entry of rows) {
      const known = byRow.get(entry.rowId);
      if (known) kept++;
      if (known === entry) continue;
      byRow.set(entry.rowId, entry);
      keys.add(entry.key);
      if (known) keys.add(known.key);
    }
    if (kept < before) {
      const present = new Set(rows.map((entry) => entry.rowId));
      for (const [rowId, entry] of byRow) {
        if (present.has(rowId)) continue;
        byRow.delete(rowId);
        keys.add(entry.key);
      }
    }
    this.patchKeys(keys);
    return [...keys];
  }

  /** Brings `byKey` up to date for these keys, where it has been made at all. */
  private patchKeys(keys: ReadonlySet<string>): void {
    if (!this.byKey || keys.size === 0) return;
    if (keys.size > 100) {
      this.byKey = undefined;
      return;
    }
    for (const key of keys) this.byKey.delete(key);
    for (const entry of this.byRow.values()) if (keys.has(entry.key)) this.byKey.set(entry.key, entry);
  }

  private emit(keys: ChangedKeys): void {
    for (const listener of [...this.listeners]) listener(keys);
  }
}
