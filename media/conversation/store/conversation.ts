/** One shown session: its rows at hand, where the view stands, what is unfolded. Knows nothing of the DOM. */
import type {
  ConversationHeader,
  ConversationRow,
  FromPage,
  Place,
  RowRange,
  ToPage,
} from '../../../src/shared/conversationProtocol';
import { Finder } from '../find/finder';
import { HeightGuess, heightKind } from '../list/heightGuess';
import { RowHeights } from '../list/rowHeights';
import { type RowInfo, rowInfos } from '../list/rowInfo';
import { ScrollModel } from '../list/scrollModel';
import { alignRows } from './alignRows';
import { Folds } from './folds';
import { blockOf, blockSize, RowCache } from './rowCache';
import { RowRequests } from './rowRequests';

/** Rows asked for beyond those that are drawn, and blocks at the most for one view. */
const margin = 25;
const maxBlocks = 30;

type Show = Extract<ToPage, { type: 'show' }>;

export class Conversation {
  readonly show: number;
  header: ConversationHeader;
  generation: number;
  complete: boolean;
  /** 0 to 1 while a big file is read for the first time. */
  indexing: number | null = null;
  /** Why the session is no longer in its store. */
  gone: string | null = null;
  /** Messages that came while the reader was elsewhere. */
  newRows = 0;
  /** The row that the keyboard is on, by number. */
  activeRow: number | null = null;
  readonly cache = new RowCache();
  readonly requests: RowRequests;
  readonly heights: RowHeights;
  readonly guess = new HeightGuess();
  readonly scroll: ScrollModel;
  readonly folds = new Folds();
  readonly find: Finder;
  infos: ReadonlyMap<number, RowInfo> = new Map();
  /** Taken from a row's number gives its lasting id: numbers shift when the real ones become known. */
  #base = 0;
  /** A place to go to once the real numbers are known. */
  #wanted: Place | null = null;

  constructor(
    message: Show,
    send: (request: number, first: number, count: number) => void,
    post: (message: FromPage) => void = () => {},
    notify: () => void = () => {},
  ) {
    this.show = message.show;
    this.find = new Finder(this, post, notify);
    this.header = message.header;
    this.generation = message.range.generation;
    this.complete = message.range.complete;
    this.requests = new RowRequests(send);
    this.heights = new RowHeights(message.range.total, this.guess.all);
    const { place, range } = message;
    // Provisional numbers cannot be told from real ones: a row outside what came waits for the real ones.
    const known = place.at === 'end' || range.complete || range.rows.some(({ row }) => row === place.row);
    if (!known) this.#wanted = place;
    this.scroll = new ScrollModel(this.heights, known ? this.#within(place) : { at: 'end' });
    this.cache.put(message.range.rows);
    this.#derive();
    this.heights.estimate = this.#firstEstimate(message.range.rows);
  }

  get total(): number {
    return this.heights.total;
  }

  id(row: number): number {
    return row - this.#base;
  }

  rowOfId(id: number): number {
    return id + this.#base;
  }

  row(row: number): ConversationRow | undefined {
    return this.cache.get(row);
  }

  info(row: number): RowInfo | undefined {
    return this.infos.get(row);
  }

  /** The reader has moved: nothing of ours may move the view any more. */
  touched(): void {
    this.#wanted = null;
    if (this.scroll.atEnd) this.newRows = 0;
  }

  /** A place worth saving: provisional numbers mean nothing later. */
  get placeToSave(): Place {
    if (this.complete || this.scroll.atEnd) return this.scroll.place;
    return this.#wanted ?? { at: 'end' };
  }

  /** An answer to a request. Stale ones change nothing. */
  received(request: number, range: RowRange): boolean {
    const block = this.requests.take(request);
    if (block === undefined) return false;
    if (range.generation !== this.generation || range.complete !== this.complete) {
      // The host is ahead of us: its `changed` is on the way and clears this. Behind: ask again.
      if (range.generation > this.generation) this.requests.failed.set(block, '');
      return true;
    }
    this.cache.put(range.rows.filter((row) => row.row < this.total));
    this.cache.fresh(block);
    // An answer with fewer rows than there are: the news about it are on the way, asking again would not stop.
    if (this.cache.missing([block], this.total).length > 0) this.requests.failed.set(block, '');
    this.#derive();
    return true;
  }

  /** The store has changed. */
  changed(header: ConversationHeader, range: RowRange): void {
    this.header = header;
    this.gone = null;
    const oldTotal = this.total;
    const wasComplete = this.complete;
    const rewritten = range.generation !== this.generation;
    const renumbered = rewritten || !wasComplete;
    this.requests.reset();
    let added = range.total - oldTotal;
    if (renumbered) {
      const delta = this.#delta(range, !wasComplete && range.complete ? range.total - oldTotal : 0);
      this.#renumber(delta, range.total);
      added -= delta;
    } else {
      this.cache.truncate(range.total);
      this.heights.resize(range.total);
    }
    this.generation = range.generation;
    this.complete = range.complete;
    if (range.complete) this.indexing = null;
    const from = range.total - Math.max(0, added);
    this.cache.put(range.rows);
    for (let block = Math.ceil(range.first / blockSize); block <= blockOf(range.total); block++)
      this.cache.fresh(block);
    this.#derive();
    this.scroll.place = this.#within(this.scroll.place);
    if (this.complete && this.#wanted) {
      this.scroll.place = this.#within(this.#wanted);
      this.#wanted = null;
    }
    this.find.changed();
    if (this.scroll.atEnd) this.newRows = 0;
    else for (const row of range.rows) if (row.row >= from && this.#counts(row)) this.newRows++;
  }

  /**
   * The blocks that `first`..`last` need. Long stretches that take no space (blank lines, thousands of them) are left
   * out: only what has a height is asked for.
   */
  blocksOf(first: number, last: number): Set<number> {
    const blocks = new Set<number>();
    const near = last - first <= 1000;
    for (let row = first; row <= last && blocks.size < maxBlocks; row++) {
      if (near || this.heights.height(row) > 0) blocks.add(blockOf(row));
    }
    return blocks;
  }

  /** Nothing of the row is drawn; that it was so is known after its data are gone from the cache. */
  isHidden(row: number): boolean {
    return this.infos.get(row)?.hidden ?? this.heights.height(row) === 0;
  }

  /** Bring what the view needs: the rows in it first. Called after each drawing. */
  request(view: { first: number; last: number }, around: { first: number; last: number }): void {
    const { cache, requests, total } = this;
    const near = this.blocksOf(Math.max(0, around.first - margin), Math.min(total - 1, around.last + margin));
    const inView = cache.missing(this.blocksOf(view.first, Math.min(total - 1, view.last)), total);
    const missing = cache.missing(near, total);
    cache.use(near);
    requests.want([...inView, ...missing], total);
  }

  /** Number of the row that `place` ("line 12") names, where it is known. */
  rowOf(place: string): number | null {
    for (const row of this.cache.rows()) if (row.kind !== 'blank' && row.place === place) return row.row;
    const line = /^line (\d+)$/.exec(place)?.[1];
    const number = line === undefined ? this.total : Number(line) - 1;
    return this.complete && number < this.total ? number : null;
  }

  /** The estimate follows the means, in steps: a scroll bar that trembles is worse than one that is a little off. */
  refineEstimate(): void {
    const mean = this.guess.all;
    if (this.guess.count > 8 && Math.abs(mean - this.heights.estimate) > 0.15 * this.heights.estimate) {
      this.heights.estimate = mean;
    }
  }

  measured(row: number, height: number): boolean {
    if (Math.abs(this.heights.height(row) - height) < 0.05 && this.heights.isKnown(row)) return false;
    const shown = this.cache.get(row);
    if (shown) this.guess.add(heightKind(shown), height);
    this.heights.set(row, height);
    return true;
  }

  #counts(row: ConversationRow): boolean {
    return row.kind !== 'blank' && !this.infos.get(row.row)?.hidden;
  }

  #delta(range: RowRange, expected: number): number {
    const old = new Map<number, ConversationRow>();
    for (const row of this.cache.rows()) old.set(row.row, row);
    const { place } = this.scroll;
    return alignRows(old, range.rows, place.at === 'end' ? this.total - 1 : place.row, expected);
  }

  #renumber(delta: number, total: number): void {
    this.cache.renumber(delta, total);
    this.heights.shift(delta, total);
    this.#base += delta;
    const { place } = this.scroll;
    if (place.at === 'row') this.scroll.place = { ...place, row: place.row + delta };
    if (this.activeRow !== null) this.activeRow = Math.max(0, Math.min(this.activeRow + delta, total - 1));
    this.infos = new Map([...this.infos].map(([row, info]) => [row + delta, info]));
  }

  #within(place: Place): Place {
    if (place.at === 'end') return place;
    if (place.row >= this.total) return { at: 'end' };
    return place.row >= 0 ? place : { at: 'row', row: 0, offset: 0 };
  }

  #derive(): void {
    const old = this.infos;
    this.infos = rowInfos(this.cache.rows(), old, this.complete, this.total);
    for (const [row, info] of this.infos) {
      if (info.hidden) {
        if (this.heights.height(row) !== 0) this.heights.set(row, 0);
        continue;
      }
      if (this.heights.isKnown(row) && !old.get(row)?.hidden) continue;
      const shown = this.cache.get(row);
      if (shown) this.heights.set(row, this.guess.of(heightKind(shown)));
    }
  }

  /** Before anything was drawn: many rows that hide make the others stand for less. */
  #firstEstimate(rows: readonly ConversationRow[]): number {
    const hidden = rows.filter((row) => this.infos.get(row.row)?.hidden).length;
    return this.guess.all * (rows.length > 0 ? Math.max(0.2, 1 - hidden / rows.length) : 1);
  }
}
