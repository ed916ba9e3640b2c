/** The text of what is drawn, in stretches that a match may run through: inline elements are joined, blocks are not. */
import type { TextRange } from '../../../src/shared/search/answer';
import { findMatches, placeIn } from './matches';

/** Text nodes, and the marks that stand for hidden characters. */
type Piece = globalThis.Text | HTMLElement;

export interface Segment {
  text: string;
  readonly pieces: Piece[];
  /** Where each piece begins in `text`; the last entry is its end. */
  readonly starts: number[];
}

/** A range that is not kept up to date: what it is in is looked at again when it changes. */
export interface DrawnMatch {
  readonly segment: Segment;
  readonly at: TextRange;
}

const blocks =
  /^(?:P|DIV|PRE|H[1-6]|UL|OL|LI|TABLE|THEAD|TBODY|TR|TD|TH|BLOCKQUOTE|HR|DL|DD|DT|SECTION|ARTICLE|BUTTON)$/;

/** Of a part's element. The bar of a code box that is the page's own work says nothing of the message. */
export function segmentsOf(root: HTMLElement): Segment[] {
  const ownBar = root.dataset.fenced === undefined ? null : root.querySelector('.code-bar');
  const segments: Segment[] = [];
  let open: Segment | null = null;
  const add = (piece: Piece, text: string): void => {
    if (text === '') return;
    if (!open) {
      open = { text: '', pieces: [], starts: [0] };
      segments.push(open);
    }
    open.pieces.push(piece);
    open.text += text;
    open.starts.push(open.text.length);
  };
  const walk = (element: Element): void => {
    for (let node = element.firstChild; node; node = node.nextSibling) {
      if (node instanceof globalThis.Text) add(node, node.data);
      else if (!(node instanceof HTMLElement) || node === ownBar) continue;
      else if (node.dataset.code !== undefined) add(node, hiddenText(node));
      else {
        const apart = blocks.test(node.tagName);
        if (apart) open = null;
        walk(node);
        if (apart) open = null;
      }
    }
  };
  walk(root);
  return segments;
}

function hiddenText(mark: HTMLElement): string {
  return String.fromCodePoint(Number(mark.dataset.code)).repeat(Number(mark.dataset.count ?? 1));
}

/** Matches of one pattern in the order of the document. */
export function* matchesIn(segments: readonly Segment[], pattern: RegExp, limit: number): Generator<DrawnMatch> {
  let left = limit;
  for (const segment of segments) {
    for (const at of findMatches(pattern, segment.text, left)) {
      left--;
      yield { segment, at };
    }
    if (left <= 0) return;
  }
}

export function rangeOf({ segment, at }: DrawnMatch): StaticRange {
  const [startContainer, startOffset] = boundary(segment, at[0], false);
  const [endContainer, endOffset] = boundary(segment, at[1], true);
  return new StaticRange({ startContainer, startOffset, endContainer, endOffset });
}

function boundary({ pieces, starts }: Segment, offset: number, end: boolean): [Node, number] {
  const place = placeIn(starts, offset, end);
  const piece = pieces[place.piece];
  if (piece instanceof globalThis.Text) return [piece, Math.min(place.offset, piece.length)];
  const parent = piece?.parentNode;
  if (!piece || !parent) return [document.body, 0];
  return [parent, [...parent.childNodes].indexOf(piece) + (end ? 1 : 0)];
}
