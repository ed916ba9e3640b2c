/** Brings the match that the reader is at into view: the row, what is folded over it, the box that it scrolls in. */
import type { VirtualList } from '../list/VirtualList';
import type { Conversation } from '../store/conversation';
import type { PageStore } from '../store/pageStore';
import type { Target } from './finder';
import { selectedText } from './keys';
import { type CurrentMatch, Marks } from './marks';
import { firstSpot, partsOf, spotOf } from './parts';

/** Where in the view a match is put, as a part of its height; and what must be free above one that is in view already. */
const landAt = 0.3;
const margin = 16;

export class Stage {
  #list: VirtualList | null = null;
  #marks: Marks | null = null;
  /** A result that was found alone may turn out to belong to a card above it. */
  #arrived: { readonly row: number; readonly id: number; readonly drawnIn: number } | null = null;
  /** The reader has scrolled since. */
  #hasMoved = false;
  /** The target that had to be scrolled to before its row could be drawn. */
  #brought: Target | null = null;
  /** What was unfolded for a match that the reader may only pass by. */
  #passing: { readonly id: number; readonly fold: string } | null = null;
  /** What was marked when the match was. */
  #arrivedFor: readonly RegExp[] = [];

  constructor(
    private readonly store: PageStore,
    private readonly conversation: Conversation,
  ) {}

  attach(list: VirtualList, rows: HTMLElement): void {
    this.#list = list;
    this.#marks = new Marks(rows, () => this.#go());
    this.conversation.find.firstInView = () => list.topRow;
    this.conversation.find.selected = selectedText;
  }

  detach(): void {
    this.#marks?.dispose();
    this.#marks = null;
    this.#list = null;
  }

  /** The row in whose element the current match is drawn. */
  get drawnIn(): number | null {
    return this.#arrived?.drawnIn ?? null;
  }

  /** Called after each drawing. */
  drawn(): void {
    const { find } = this.conversation;
    this.#marks?.set(find.marks);
    this.#marks?.scrolled();
    // Another text is looked for, or nothing any more.
    if (find.current === null && find.target === null && find.marks !== this.#arrivedFor) this.#leave();
    this.#go();
  }

  /** The reader has scrolled. */
  moved(): void {
    this.#hasMoved = true;
    this.conversation.find.moved();
    this.#marks?.scrolled();
  }

  #leave(): void {
    if (this.#marks?.match) this.#marks.setMatch(null);
    this.#arrived = null;
    this.#arrivedFor = this.conversation.find.marks;
  }

  #go(): void {
    const { conversation } = this;
    const { find } = conversation;
    const [list, marks] = [this.#list, this.#marks];
    // Rows that have only a provisional number cannot be gone to.
    if (!list || !marks || !conversation.complete) return;
    const { target } = find;
    if (!target) {
      this.#stay(marks);
      return;
    }
    const row = Math.min(target.row, conversation.total - 1);
    const data = conversation.row(row);
    if (!data) {
      this.#bring(list, row, target);
      return;
    }
    const home = this.#home(row);
    const drawnIn = home?.row ?? row;
    const element = list.element(drawnIn);
    if (!element || element.dataset.loaded === undefined) {
      this.#bring(list, drawnIn, target);
      return;
    }

    const parts = partsOf(data);
    const [pattern = null] = target.patterns;
    const first = target.nth === null ? firstSpot(parts, target.patterns) : null;
    const spot = target.nth === null || !pattern ? first : spotOf(parts, pattern, target.nth, target.stored);
    const fold = spot && (home && spot.part.fold?.startsWith('result ') ? home.fold : spot.part.fold);
    const id = conversation.id(drawnIn);
    this.#foldAgain(id, fold);
    if (fold && !conversation.folds.isOpen(id, fold)) {
      conversation.scroll.hold();
      this.#passing = target.passing ? { id, fold } : null;
      conversation.folds.set(id, fold, true);
      return; // what it draws brings us back here
    }
    find.target = null;
    find.beyond = spot?.beyond ? { row, block: spot.part.block } : null;
    this.#arrived = { row, id: conversation.id(row), drawnIn };
    this.#arrivedFor = find.marks;
    this.#hasMoved = false;
    const match: CurrentMatch = { row, drawnIn, spot, pattern: first?.pattern ?? pattern };
    this.#show(list, element, marks.setMatch(match), target.nth === null || this.#brought === target);
    if (target.nth === null) list.land(drawnIn);
  }

  /** Folds what was unfolded in passing, unless it is what is to be seen now. */
  #foldAgain(id: number, fold: string | null): void {
    const passed = this.#passing;
    if (!passed || (passed.id === id && passed.fold === fold)) return;
    this.#passing = null;
    this.conversation.folds.set(passed.id, passed.fold, false);
  }

  #bring(list: VirtualList, row: number, target: Target): void {
    if (list.bring(row, landAt)) this.#brought = target;
  }

  /** After the arrival: the match may have to be followed into another row's card, or to its row's new number. */
  #stay(marks: Marks): void {
    const { conversation } = this;
    const { find } = conversation;
    const place = find.current === null ? null : find.results?.at(find.current);
    const arrived = this.#arrived;
    if (!arrived) return;
    const row = place?.row ?? conversation.rowOfId(arrived.id);
    if (row !== arrived.row && marks.match) {
      const drawnIn = this.#home(row)?.row ?? row;
      this.#arrived = { row, id: conversation.id(row), drawnIn };
      marks.setMatch({ ...marks.match, row, drawnIn });
      return;
    }
    const home = this.#home(arrived.row);
    if (!home || home.row === arrived.drawnIn || !marks.match) return;
    if (this.#hasMoved) {
      this.#arrived = { ...arrived, drawnIn: home.row };
      marks.setMatch({ ...marks.match, drawnIn: home.row });
      return;
    }
    const patterns = marks.match.pattern ? [marks.match.pattern] : find.marks;
    const [nth, stored] = [place?.nth ?? null, place?.stored ?? 0];
    find.target = { row: arrived.row, nth, stored, patterns, passing: false };
    this.#go();
  }

  /** The row and the fold in whose card a row is drawn that has no element of its own. */
  #home(row: number): { readonly row: number; readonly fold: string } | null {
    const { conversation } = this;
    if (!conversation.info(row)?.join?.joined.size) return null;
    for (const [caller, info] of conversation.infos)
      for (const [block, outcome] of info.join?.outcomes ?? [])
        if (outcome.kind === 'result' && outcome.row === row) return { row: caller, fold: `call ${block}` };
    return null;
  }

  #show(list: VirtualList, row: HTMLElement, range: AbstractRange | null, far: boolean): void {
    const live = range && toRange(range);
    if (live) scrollBoxes(live, row);
    const { beyond } = this.conversation.find;
    const cut = beyond && row.querySelector<HTMLElement>(`[data-cut="${beyond.block}"]`);
    if (beyond) this.store.notify(); // the way to the rest says that the match is there
    const view = list.view;
    const box = (live ?? cut ?? row).getBoundingClientRect();
    const bar = document.querySelector('.find')?.getBoundingClientRect();
    const [top, bottom] = [(bar?.bottom ?? view.top) + margin, view.bottom - margin];
    // Of a whole message a part is enough.
    const isSeen =
      live || cut ? box.top >= top && box.bottom <= bottom : box.top < bottom - margin && box.bottom > top + margin;
    if (far || !isSeen) list.bringTo(row, box.top, landAt);
    else this.conversation.scroll.hold();
    flash(() => (live ? [...live.getClientRects()] : [(cut ?? row).getBoundingClientRect()]));
    this.store.save();
  }
}

function toRange(range: AbstractRange): Range {
  const live = document.createRange();
  live.setStart(range.startContainer, range.startOffset);
  live.setEnd(range.endContainer, range.endOffset);
  return live;
}

/** Scrolls the boxes of code and tables around a match so far that it is seen. */
function scrollBoxes(range: Range, row: HTMLElement): void {
  for (let box = range.startContainer.parentElement; box && box !== row; box = box.parentElement) {
    if (box.scrollHeight <= box.clientHeight + 1 && box.scrollWidth <= box.clientWidth + 1) continue;
    const { overflowX, overflowY } = getComputedStyle(box);
    const at = range.getBoundingClientRect();
    const around = box.getBoundingClientRect();
    if (/auto|scroll/.test(overflowY) && (at.top < around.top || at.bottom > around.bottom))
      box.scrollTop += at.top - around.top - (around.height - at.height) / 2;
    if (/auto|scroll/.test(overflowX) && (at.left < around.left || at.right > around.right))
      box.scrollLeft += at.left - around.left - around.width / 3;
  }
}

/** What was just found lights up for a moment; not for a reader who wants no motion. */
function flash(boxes: () => readonly DOMRect[]): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  requestAnimationFrame(() => {
    for (const { left, top, width, height } of boxes().slice(0, 8)) {
      const light = document.createElement('div');
      light.className = 'flash';
      Object.assign(light.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      light.addEventListener('animationend', () => light.remove());
      document.body.append(light);
    }
  });
}
