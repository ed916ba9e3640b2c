import type { TextRange } from '../shared/search/answer';
import { visibleLine } from '../shared/visibleText';

/** A line with the ranges that are marked in it. */
export interface MarkedLine {
  readonly text: string;
  readonly ranges: readonly TextRange[];
}

/** Joins stretches, and tells where those that are marked have come to stand. */
function joined(parts: readonly { readonly text: string; readonly marked: boolean }[]): MarkedLine {
  const ranges: TextRange[] = [];
  let text = '';
  for (const part of parts) {
    if (part.marked && part.text !== '') ranges.push([text.length, text.length + part.text.length]);
    text += part.text;
  }
  return { text, ranges };
}

/** The line with nothing hidden in it. Its marks are longer than what they stand for, so the ranges move. */
export function visibleSnippet(snippet: string, ranges: readonly TextRange[]): MarkedLine {
  const parts: { text: string; marked: boolean }[] = [];
  let end = 0;
  for (const [from, to] of ranges) {
    if (from < end || to > snippet.length) continue;
    parts.push({ text: visibleLine(snippet.slice(end, from)), marked: false });
    parts.push({ text: visibleLine(snippet.slice(from, to)), marked: true });
    end = to;
  }
  parts.push({ text: visibleLine(snippet.slice(end)), marked: false });
  return joined(parts);
}

const GRAPHEMES = new Intl.Segmenter();

/** The place itself, or the end of the character that it lies in. */
function betweenCharacters(text: string, at: number): number {
  const character = GRAPHEMES.segment(text).containing(at);
  return !character || character.index === at ? at : character.index + character.segment.length;
}

/**
 * Cuts the beginning so that at most about `lead` characters stand before the first mark: a narrow row shows its
 * beginning only. It is cut between words where there is a space near.
 */
export function withShortLead({ text, ranges }: MarkedLine, lead: number): MarkedLine {
  const first = ranges[0]?.[0] ?? 0;
  if (first <= lead + 2) return { text, ranges };
  const from = first - lead;
  const space = text.slice(from, first).search(/\s\S/);
  const cut = betweenCharacters(text, space >= 0 && space < lead / 2 ? from + space + 1 : from);
  const shift = cut - 1;
  return { text: `…${text.slice(cut)}`, ranges: ranges.map(([start, end]) => [start - shift, end - shift] as const) };
}

/** The first `length` characters or so, with "…" where something is cut off. Marks beyond them go. */
export function withLength({ text, ranges }: MarkedLine, length: number): MarkedLine {
  if (text.length <= length + 2) return { text, ranges };
  const cut = betweenCharacters(text, length);
  const kept = ranges.filter(([from]) => from < cut).map(([from, to]) => [from, Math.min(to, cut)] as const);
  return { text: `${text.slice(0, cut).trimEnd()}…`, ranges: kept };
}
