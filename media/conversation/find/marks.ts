/** Colours matches in the rows that are drawn, through the browser's own highlights: the document stays as it is. */
import { partKey, type Spot } from './parts';
import { type DrawnMatch, matchesIn, rangeOf, segmentsOf } from './segments';

/** Coloured matches of one row at the most: nobody looks at more of them, and each costs time in every frame. */
const maxRanges = 1000;

/** The match that the reader is at. */
export interface CurrentMatch {
  readonly row: number;
  /** The row in whose element it is drawn: a result stands in its call's card. */
  readonly drawnIn: number;
  readonly spot: Spot | null;
  readonly pattern: RegExp | null;
}

export class Marks {
  readonly #all = new Highlight();
  readonly #current = new Highlight();
  readonly #ranges = new Map<Element, AbstractRange[]>();
  readonly #observer = new MutationObserver((records) => this.#mutated(records));
  #patterns: readonly RegExp[] = [];
  #match: CurrentMatch | null = null;
  /** The row's element that is marked as a whole. */
  #marked: HTMLElement | null = null;

  constructor(
    private readonly rows: HTMLElement,
    /** Something else is drawn. */
    private readonly onChange: () => void,
  ) {
    this.#current.priority = 1;
    CSS.highlights.set('found', this.#all);
    CSS.highlights.set('found-current', this.#current);
  }

  set(patterns: readonly RegExp[]): void {
    if (patterns === this.#patterns) return;
    const isNew = this.#patterns.length === 0;
    this.#patterns = patterns;
    this.#all.clear();
    this.#ranges.clear();
    if (patterns.length === 0) this.#observer.disconnect();
    else if (isNew) this.#observer.observe(this.rows, { childList: true, characterData: true, subtree: true });
    for (const row of this.rows.children) this.#mark(row);
  }

  get match(): CurrentMatch | null {
    return this.#match;
  }

  /** Marks the match that the reader is at; answers with its range, `null` where nothing drawn shows it. */
  setMatch(match: CurrentMatch | null): AbstractRange | null {
    this.#match = match;
    return this.#markCurrent();
  }

  dispose(): void {
    this.#observer.disconnect();
    CSS.highlights.delete('found');
    CSS.highlights.delete('found-current');
  }

  #mutated(records: readonly MutationRecord[]): void {
    const changed = new Set<Element>();
    for (const { target, addedNodes, removedNodes } of records) {
      if (target === this.rows) {
        for (const node of addedNodes) if (node instanceof Element) changed.add(node);
        for (const node of removedNodes) if (node instanceof Element) this.#forget(node);
        continue;
      }
      const row = (target instanceof Element ? target : target.parentElement)?.closest('.row');
      if (row) changed.add(row);
    }
    for (const row of changed) if (row.isConnected) this.#mark(row);
    const drawnIn = this.#match && this.#element(this.#match.drawnIn);
    if (drawnIn && (changed.has(drawnIn) || this.#marked?.isConnected === false)) this.#markCurrent();
    this.onChange();
  }

  #forget(row: Element): void {
    for (const range of this.#ranges.get(row) ?? []) this.#all.delete(range);
    this.#ranges.delete(row);
  }

  #mark(row: Element): void {
    this.#forget(row);
    if (this.#patterns.length === 0) return;
    const ranges: AbstractRange[] = [];
    for (const part of row.querySelectorAll<HTMLElement>('[data-part]')) {
      // The line of an unfolded call repeats what stands below it.
      if (part.matches('.open > .fold [data-repeats]')) continue;
      const segments = segmentsOf(part);
      for (const pattern of this.#patterns)
        for (const match of matchesIn(segments, pattern, maxRanges - ranges.length)) ranges.push(rangeOf(match));
      if (ranges.length >= maxRanges) break;
    }
    if (ranges.length === 0) return;
    this.#ranges.set(row, ranges);
    for (const range of ranges) this.#all.add(range);
  }

  #element(row: number): HTMLElement | null {
    return this.rows.querySelector<HTMLElement>(`:scope > [data-row="${row}"]`);
  }

  #markCurrent(): AbstractRange | null {
    this.#current.clear();
    if (this.#marked) delete this.#marked.dataset.found;
    this.#marked = null;
    const match = this.#match;
    const element = match && this.#element(match.drawnIn);
    if (!match || !element) return null;
    const drawn = this.#drawn(element, match);
    if (drawn) {
      const range = rangeOf(drawn);
      this.#current.add(range);
      return range;
    }
    if (match.pattern && !match.spot?.beyond) {
      element.dataset.found = '';
      this.#marked = element;
    }
    return null;
  }

  #drawn(element: HTMLElement, { row, spot, pattern }: CurrentMatch): DrawnMatch | null {
    const part = spot && !spot.beyond && partElement(element, row, partKey(spot.part.block, spot.part.name));
    if (!part || !pattern) return null;
    return [...matchesIn(segmentsOf(part), pattern, spot.nth + 1)][spot.nth] ?? null;
  }
}

function partElement(article: HTMLElement, row: number, key: string): HTMLElement | null {
  const own = article.dataset.row;
  for (const part of article.querySelectorAll<HTMLElement>(`[data-part="${key}"]`))
    if ((part.dataset.owner ?? own) === String(row)) return part;
  return null;
}
