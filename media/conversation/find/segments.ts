/** The text of what is drawn, in stretches that a match may run through: inline elements are joined, blocks are not. */
import type { TextRange } from '../../../src/shared/search/answer';
import { findMatches, placeIn } from './matches';

/** Text nodes, and the marks that stand for hidden characters. */
type Piece = globalThis.Text | HTMLElement;

export interface Segment {
  /** The block that it is all in. */
  readonly box: HTMLElement;
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
  let box = root;
  const add = (piece: Piece, text: string): void => {
    if (text === '') return;
    if (!open) {
      open = { box, text: '', pieces: [], starts: [0] };
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
        const around = box;
        const apart = blocks.test(node.tagName);
        if (apart) {
          open = null;
          box = node;
        }
        walk(node);
        if (apart) open = null;
        box = around;
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
export function* matchesIn(segments: readonly Segment[], pattern: RegExp): Generator<DrawnMatch> {
  for (const segment of segments) for (const at of findMatches(pattern, segment.text)) yield { segment, at };
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
