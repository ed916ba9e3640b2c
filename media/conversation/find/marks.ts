/** Colours matches in the rows that are drawn, through the browser's own highlights: the document stays as it is. */
import { partKey, type Spot } from './parts';
import { type DrawnMatch, matchesIn, rangeOf, segmentsOf } from './segments';

/** Of a row with more matches than this only those near the view are coloured: each costs time in every frame. */
const manyRanges = 1000;
/** Px above and below the view, and how far the reader scrolls until the row is coloured anew. */
const near = 1200;
const scrolledFar = 600;

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
  /** Rows that are coloured near the view only, and where their tops were then. */
  readonly #partial = new Map<Element, number>();
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
    this.#partial.clear();
    if (patterns.length === 0) this.#observer.disconnect();
    else if (isNew) this.#observer.observe(this.rows, { childList: true, characterData: true, subtree: true });
    for (const row of this.rows.children) this.#mark(row);
  }

  /** Something else is in view. */
  scrolled(): void {
    for (const [row, top] of this.#partial)
      if (Math.abs(row.getBoundingClientRect().top - top) > scrolledFar) this.#mark(row);
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
    // Another conversation may have put its own in their place.
    if (CSS.highlights.get('found') === this.#all) CSS.highlights.delete('found');
    if (CSS.highlights.get('found-current') === this.#current) CSS.highlights.delete('found-current');
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
    this.#partial.delete(row);
  }

  #mark(row: Element): void {
    this.#forget(row);
    if (this.#patterns.length === 0) return;
    const matches: DrawnMatch[] = [];
    for (const part of row.querySelectorAll<HTMLElement>('[data-part]')) {
      // The line of an unfolded call repeats what stands below it.
      if (part.matches('.open > .fold [data-repeats]')) continue;
      const segments = segmentsOf(part);
      for (const pattern of this.#patterns) matches.push(...joined(matchesIn(segments, pattern)));
    }
    if (matches.length === 0) return;
    let shown = matches;
    if (matches.length > manyRanges) {
      this.#partial.set(row, row.getBoundingClientRect().top);
      const boxes = new Map<Element, boolean>();
      shown = matches.filter(({ segment: { box } }) => {
        const isNear = boxes.get(box) ?? isNearView(box);
        boxes.set(box, isNear);
        return isNear;
      });
    }
    const ranges = shown.map(rangeOf);
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
    let left = spot.nth;
    for (const match of matchesIn(segmentsOf(part), pattern)) if (left-- === 0) return match;
    return null;
  }
}

/** Matches that touch one another, as one: a pattern like `.` finds every letter. */
function* joined(matches: Iterable<DrawnMatch>): Generator<DrawnMatch> {
  let last: DrawnMatch | null = null;
  for (const match of matches) {
    if (last && last.segment === match.segment && last.at[1] === match.at[0])
      last = { segment: match.segment, at: [last.at[0], match.at[1]] };
    else {
      if (last) yield last;
      last = match;
    }
  }
  if (last) yield last;
}

function isNearView(box: Element): boolean {
  const { top, bottom } = box.getBoundingClientRect();
  return bottom > -near && top < window.innerHeight + near;
}

function partElement(article: HTMLElement, row: number, key: string): HTMLElement | null {
  const own = article.dataset.row;
  for (const part of article.querySelectorAll<HTMLElement>(`[data-part="${key}"]`))
    if ((part.dataset.owner ?? own) === String(row)) return part;
  return null;
}
