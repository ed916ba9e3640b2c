/** Draws the rows in view. Where they stand is the scroll model's business; this class moves the elements. */
import { Component, type ComponentChildren, createRef, type RefObject } from 'preact';
import type { Place } from '../../../src/shared/conversationProtocol';
import type { Stage } from '../find/stage';
import { RowView } from '../message/RowView';
import type { Conversation } from '../store/conversation';
import type { PageStore } from '../store/pageStore';
import { blockOf } from '../store/rowCache';
import { strings } from '../strings';
import { handleKey, nextRow } from './keyboard';

interface Props {
  readonly store: PageStore;
  readonly conversation: Conversation;
  readonly now: number;
  /** Where the parts around the list find it. */
  readonly handle: RefObject<VirtualList | null>;
  /** Marks what was found in the rows, and goes there. */
  readonly stage: Stage;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Rows drawn above and below the view, px, and at the most in all. */
const overscan = 500;
const maxRows = 600;
const saveDelay = 300;

export class VirtualList extends Component<Props> {
  readonly #scroller = createRef<HTMLDivElement>();
  readonly #sizer = createRef<HTMLDivElement>();
  readonly #rows = createRef<HTMLDivElement>();
  readonly #observer = new ResizeObserver(() => this.#settleSizes());
  readonly #observed = new WeakSet<Element>();
  /** Rows in the document, as of the last render. */
  #shown: Range = { first: 0, last: -1 };
  #scrolling = false;
  #sizerHeight = 0;
  #focusRow: number | null = null;
  #passes = 0;
  #saveTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(props: Props) {
    super(props);
    props.conversation.scroll.viewHeight = window.innerHeight;
  }

  get conversation(): Conversation {
    return this.props.conversation;
  }

  override componentDidMount(): void {
    this.props.handle.current = this;
    const scroller = this.#scroller.current;
    if (!scroller) return;
    this.conversation.scroll.viewHeight = scroller.clientHeight;
    if (this.#rows.current) this.props.stage.attach(this, this.#rows.current);
    this.#observer.observe(scroller);
    scroller.addEventListener('scroll', this.#onScroll, { passive: true });
    scroller.addEventListener('scrollend', this.#onScrollEnd);
    document.addEventListener('keydown', this.#onKey);
    scroller.addEventListener('focusin', this.#onFocusIn);
    document.addEventListener('visibilitychange', this.#saveNow);
    window.addEventListener('pagehide', this.#saveNow);
    this.#afterRender();
  }

  override componentDidUpdate(): void {
    this.#afterRender();
  }

  override componentWillUnmount(): void {
    if (this.props.handle.current === this) this.props.handle.current = null;
    this.props.stage.detach();
    this.#observer.disconnect();
    document.removeEventListener('keydown', this.#onKey);
    document.removeEventListener('visibilitychange', this.#saveNow);
    window.removeEventListener('pagehide', this.#saveNow);
    if (this.#saveTimer !== null) clearTimeout(this.#saveTimer);
  }

  /** A focused message about to leave the document hands the focus to the list. */
  override getSnapshotBeforeUpdate(): null {
    const { first, last } = this.#shown;
    // By id: the element still has its old number while numbers shift.
    const id = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset.id;
    const row = id === undefined ? null : this.conversation.rowOfId(Number(id));
    if (row !== null && (row < first || row > last)) this.#rows.current?.focus({ preventScroll: true });
    return null;
  }

  hold(): void {
    this.conversation.scroll.hold();
  }

  jumpTo(row: number): void {
    const { scroll } = this.conversation;
    scroll.place = { at: 'row', row, offset: 8 };
    this.focusOn(row);
  }

  jumpToEnd(): void {
    const { conversation } = this;
    conversation.scroll.place = { at: 'end' };
    // The button that was pressed goes away: the keyboard goes on at the last message.
    const { total } = conversation;
    this.focusOn(nextRow(conversation, total, -1) ?? total - 1);
    this.props.store.notify();
  }

  /** Draws `row` if it is not drawn yet, its top at a part of the view's height. True when it was not. */
  bring(row: number, part: number): boolean {
    const { scroll } = this.conversation;
    if (row >= this.#shown.first && row <= this.#shown.last) return false;
    this.#place({ at: 'row', row, offset: Math.round(scroll.viewHeight * part) });
    return true;
  }

  /** Scrolls so that `top`, a place within the row's element on the screen, is at a part of the view's height. */
  bringTo(element: HTMLElement, top: number, part: number): void {
    const { view } = this;
    const offset = element.getBoundingClientRect().top - top + Math.round(view.height * part);
    this.#place({ at: 'row', row: Number(element.dataset.row), offset });
  }

  /** The keyboard goes on at `row`; it moves there at once if it is on this page. */
  land(row: number): void {
    this.conversation.activeRow = row;
    if (document.hasFocus()) this.focusOn(row);
  }

  get view(): DOMRect {
    return this.#scroller.current?.getBoundingClientRect() ?? new DOMRect();
  }

  #place(place: Place): void {
    this.conversation.scroll.place = place;
    this.#scrolling = false;
    this.props.store.touched();
    this.forceUpdate();
  }

  /** A page up or down. */
  scrollPage(direction: 1 | -1): void {
    const scroller = this.#scroller.current;
    scroller?.scrollBy({ top: direction * Math.max(40, scroller.clientHeight - 40) });
  }

  /** Moves the keyboard to a message and brings it into view. */
  focusOn(row: number): void {
    const { conversation } = this;
    conversation.activeRow = row;
    this.#focusRow = row;
    this.#scrolling = false;
    this.props.store.touched();
    this.forceUpdate();
  }

  override render({ conversation, now }: Props): ComponentChildren {
    this.#shown = this.#range();
    const { first, last } = this.#shown;
    const rows: ComponentChildren[] = [];
    const active = this.#tabStop(first, last);
    for (let row = Math.max(0, first); row <= Math.min(last, conversation.total - 1); row++) {
      if (conversation.isHidden(row)) continue;
      if (rows.length >= maxRows) break;
      const info = conversation.info(row);
      rows.push(
        <RowView
          key={conversation.id(row)}
          id={conversation.id(row)}
          row={row}
          data={conversation.row(row)}
          info={info}
          height={conversation.row(row) ? 0 : conversation.heights.height(row)}
          total={conversation.complete ? conversation.total : null}
          active={row === active}
          failure={conversation.requests.failed.get(blockOf(row)) ?? ''}
          now={now}
        />,
      );
    }
    return (
      <div class="scroller" ref={this.#scroller} tabIndex={-1}>
        <div class="sizer" ref={this.#sizer}>
          <div class="rows" role="feed" aria-label={strings.list} ref={this.#rows} tabIndex={active === null ? 0 : -1}>
            {rows}
          </div>
        </div>
      </div>
    );
  }

  /** First row whose top is in view. */
  get topRow(): number {
    const { scroll, heights, total } = this.conversation;
    const { first, last } = scroll.rows(0, 0);
    const virtual = scroll.virtual;
    for (let row = first; row <= last; row++) {
      if (heights.offset(row) + 8 >= virtual && heights.height(row) > 0) return row;
    }
    return Math.min(first, total - 1);
  }

  isInView(row: number): boolean {
    const { first, last } = this.conversation.scroll.rows(0, 0);
    return row >= first && row <= last;
  }

  /** The row in whose element the current match is drawn. */
  get foundRow(): number | null {
    return this.props.stage.drawnIn;
  }

  element(row: number): HTMLElement | null {
    return this.#rows.current?.querySelector<HTMLElement>(`:scope > [data-row="${row}"]`) ?? null;
  }

  #tabStop(first: number, last: number): number | null {
    const row = this.conversation.activeRow;
    return row !== null && row >= first && row <= last && !this.conversation.isHidden(row) ? row : null;
  }

  #range(): Range {
    return this.conversation.scroll.rows(overscan, overscan);
  }

  #isRangeShown({ first, last }: Range): boolean {
    return first === this.#shown.first && last === this.#shown.last;
  }

  readonly #onKey = (event: KeyboardEvent): void => handleKey(event, this);

  readonly #onScroll = (): void => {
    const { conversation } = this;
    const dom = this.#scroller.current?.scrollTop ?? 0;
    if (dom === conversation.scroll.dom) return;
    conversation.scroll.scrolled(dom);
    const wasNew = conversation.newRows;
    conversation.touched();
    this.props.stage.moved();
    this.#scrolling = true;
    this.#update();
    if (wasNew !== conversation.newRows) this.props.store.notify();
    this.#saveSoon();
  };

  readonly #onScrollEnd = (): void => {
    this.#scrolling = false;
    this.conversation.refineEstimate();
    this.#position();
  };

  readonly #onFocusIn = (event: FocusEvent): void => {
    const row = rowOf(event.target);
    if (event.target === this.#rows.current && event.relatedTarget !== null && rowOf(event.relatedTarget) === null) {
      this.focusOn(this.topRow);
    } else if (row !== null && row !== this.conversation.activeRow) {
      this.conversation.activeRow = row;
      this.forceUpdate();
    }
  };

  /** Draw other rows if others are in view, else only move. */
  #update(): void {
    if (this.#isRangeShown(this.#range())) this.#position();
    else this.forceUpdate();
  }

  /** Sizes of rows or of the view have changed after drawing. */
  #settleSizes(): void {
    const scroller = this.#scroller.current;
    if (!scroller) return;
    this.conversation.scroll.viewHeight = scroller.clientHeight;
    this.#passes = 0;
    this.#afterRender();
  }

  #afterRender(): void {
    const { conversation } = this;
    this.#measure();
    if (!this.#scrolling) conversation.refineEstimate();
    this.#position();
    const range = this.#range();
    if (!this.#isRangeShown(range) && this.#passes++ < 12) {
      this.forceUpdate();
      return;
    }
    this.#passes = 0;
    conversation.request(conversation.scroll.rows(0, 0), range);
    this.#moveFocus();
    this.props.stage.drawn();
    this.#saveSoon();
  }

  #measure(): void {
    for (const element of this.#rows.current?.children ?? []) {
      if (!(element instanceof HTMLElement) || element.dataset.loaded === undefined) continue;
      if (!this.#observed.has(element)) {
        this.#observed.add(element);
        this.#observer.observe(element);
      }
      this.conversation.measured(Number(element.dataset.row), element.getBoundingClientRect().height);
    }
  }

  #position(): void {
    const { scroll } = this.conversation;
    const [scroller, sizer, rows] = [this.#scroller.current, this.#sizer.current, this.#rows.current];
    if (!scroller || !sizer || !rows) return;
    scroll.normalise();
    const settle = !this.#scrolling || scroll.mustSettle;
    const height = scroll.domHeight;
    if (height > this.#sizerHeight || (settle && height !== this.#sizerHeight)) {
      this.#sizerHeight = height;
      sizer.style.height = `${height}px`;
    }
    if (settle && Math.abs(scroll.wantedDom - scroll.dom) >= 0.5) {
      scroller.scrollTop = Math.round(scroll.wantedDom);
      scroll.dom = scroller.scrollTop;
    }
    rows.style.top = `${scroll.domTop(this.#shown.first)}px`;
  }

  #moveFocus(): void {
    const row = this.#focusRow;
    if (row === null) return;
    this.#focusRow = null;
    this.element(row)?.focus({ preventScroll: true });
  }

  #saveSoon(): void {
    this.#saveTimer ??= setTimeout(this.#saveNow, saveDelay);
  }

  readonly #saveNow = (): void => {
    if (this.#saveTimer !== null) clearTimeout(this.#saveTimer);
    this.#saveTimer = null;
    this.props.store.save();
  };
}

function rowOf(target: EventTarget | null): number | null {
  const article = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
  return article ? Number(article.dataset.row) : null;
}
