/**
 * Where the view stands. The truth is a place (a row and how far its top is below the view's top, or the end), never a
 * pixel count: what is measured above the view then cannot move what the reader sees. The scroll bar follows.
 */
import type { Place } from '../../../src/shared/conversationProtocol';
import type { RowHeights } from './rowHeights';
import { domHeight, isMapped, type ScrollMap, scrollMap, toDom, toVirtual } from './scrollMap';

export const paddingTop = 8;
export const paddingBottom = 24;
const endTolerance = 2;

export class ScrollModel {
  readonly heights: RowHeights;
  place: Place;
  viewHeight = 0;
  /** The scroll bar's position when it was last read or written. */
  dom = 0;

  constructor(heights: RowHeights, place: Place) {
    this.heights = heights;
    this.place = place;
  }

  get virtualHeight(): number {
    return this.heights.sum + paddingTop + paddingBottom;
  }

  get domHeight(): number {
    return domHeight(this.virtualHeight);
  }

  get map(): ScrollMap {
    return scrollMap(this.virtualHeight, this.viewHeight);
  }

  get atEnd(): boolean {
    return this.place.at === 'end';
  }

  /** Position of the view's top in the whole conversation. */
  get virtual(): number {
    const { virtualMax } = this.map;
    if (this.place.at === 'end') return virtualMax;
    const top = paddingTop + this.heights.offset(this.place.row) - this.place.offset;
    return Math.max(0, Math.min(top, virtualMax));
  }

  /** Where the scroll bar belongs. */
  get wantedDom(): number {
    return toDom(this.virtual, this.map);
  }

  /** Where, in the scrolled element, the top of `row` is drawn. */
  domTop(row: number): number {
    return paddingTop + this.heights.offset(row) - this.virtual + this.dom;
  }

  /** The user moved the scroll bar to `dom`. Small steps move exactly, big ones go where the bar points. */
  scrolled(dom: number): void {
    const map = this.map;
    const delta = dom - this.dom;
    const before = this.virtual;
    this.dom = dom;
    // One pixel of the thumb is this far; wheel, keys and touch move less at a time.
    const jump = isMapped(map)
      ? Math.max(2 * this.viewHeight, (0.75 * map.domMax) / Math.max(1, this.viewHeight))
      : 4 * this.viewHeight;
    let virtual = Math.abs(delta) > jump ? toVirtual(dom, map) : before + delta;
    if (dom <= 0) virtual = Math.min(virtual, 0);
    else if (dom >= map.domMax - 0.5 && delta > 0) virtual = map.virtualMax;
    this.setVirtual(virtual);
  }

  setVirtual(position: number): void {
    const { virtualMax } = this.map;
    const virtual = Math.max(0, Math.min(position, virtualMax));
    if (virtual >= virtualMax - endTolerance) {
      this.place = { at: 'end' };
      return;
    }
    const row = this.heights.rowAt(virtual - paddingTop);
    this.place = { at: 'row', row, offset: paddingTop + this.heights.offset(row) - virtual };
  }

  /** Turn "the end" into the row that is at the top now, so that what grows below does not scroll. */
  hold(): void {
    if (this.place.at !== 'end' || this.heights.total === 0) return;
    const virtual = this.virtual;
    const row = this.heights.rowAt(virtual - paddingTop);
    this.place = { at: 'row', row, offset: paddingTop + this.heights.offset(row) - virtual };
  }

  /** What lay below has gone: the view stands at the end now. */
  normalise(): void {
    if (this.place.at === 'end') return;
    const { virtualMax } = this.map;
    if (paddingTop + this.heights.offset(this.place.row) - this.place.offset > virtualMax) this.place = { at: 'end' };
  }

  /** Near an end of the bar or of the conversation the two must agree at once, else an end could not be reached. */
  get mustSettle(): boolean {
    if (Math.abs(this.wantedDom - this.dom) < 1) return false;
    const map = this.map;
    const margin = 2 * this.viewHeight;
    const virtual = this.virtual;
    return this.dom < margin || this.dom > map.domMax - margin || virtual < margin || virtual > map.virtualMax - margin;
  }

  /** Rows that touch the view widened by `above` and `below` px. */
  rows(above: number, below: number): { first: number; last: number } {
    const virtual = this.virtual - paddingTop;
    return { first: this.heights.rowAt(virtual - above), last: this.heights.rowAt(virtual + this.viewHeight + below) };
  }

  /** Bring `row` into the view with as little movement as will do. */
  reveal(row: number): void {
    const top = paddingTop + this.heights.offset(row);
    const height = this.heights.height(row);
    const virtual = this.virtual;
    const margin = 8;
    if (top < virtual || height > this.viewHeight - 2 * margin) this.setVirtual(top - margin);
    else if (top + height > virtual + this.viewHeight) this.setVirtual(top + height + margin - this.viewHeight);
  }
}
