/** One line around what was found. */
import { spell, splitHidden } from '../../../shared/hiddenCharacters';
import type { TextRange } from '../../../shared/search/answer';
import { nextAfter, nextMatch } from '../../../shared/search/textPattern';

/** Characters of a snippet, and those before what was found. */
const LENGTH = 160;
const BEFORE = 50;
/** Characters of the text that are looked at: white space among them becomes less. Fewer than hidden ones can be marked in. */
const LOOK_BEFORE = 200;
const LOOK = 900;
/** A cut looks for white space so many characters around. */
const NEAR = 12;

export interface Snippet {
  readonly snippet: string;
  readonly ranges: readonly TextRange[];
}

const SPACES = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g;

/**
 * The text around `at`, on one line: white space collapsed, hidden characters spelt out, cut ends marked with "…". The
 * ranges are those places of the (global) patterns that stand in it, ascending and apart. Copies no more than a stretch.
 */
export function snippetAround(text: string, at: number, patterns: readonly RegExp[]): Snippet {
  const from = Math.max(0, at - LOOK_BEFORE);
  const to = Math.min(text.length, from + LOOK);
  const line = collapse(text.slice(from, to));
  const middle = line.places[at - from] ?? 0;
  let start = middle <= BEFORE ? 0 : nearSpace(line.text, middle - BEFORE, 1);
  let end = start + LENGTH >= line.text.length ? line.text.length : nearSpace(line.text, start + LENGTH, -1);
  while (start < end && line.text[start] === ' ') start++;
  while (end > start && line.text[end - 1] === ' ') end--;
  const shown = spelt(line.text.slice(start, end));
  const lead = from > 0 || line.text.slice(0, start).trim() !== '' ? '…' : '';
  const tail = to < text.length || line.text.slice(end).trim() !== '' ? '…' : '';
  const ranges = placesWithin(text, from, to, patterns).map(([a, b]): TextRange => {
    const place = (offset: number): number => {
      const inLine = (line.places[Math.min(to, Math.max(from, offset)) - from] ?? 0) - start;
      return lead.length + (shown.places[Math.max(0, Math.min(end - start, inLine))] ?? 0);
    };
    return [place(a), place(b)];
  });
  return { snippet: lead + shown.text + tail, ranges: merged(ranges) };
}

interface Mapped {
  readonly text: string;
  /** Where each unit of the source begins in it, and where all of it ends. */
  readonly places: readonly number[];
}

function collapse(source: string): Mapped {
  const places: number[] = [];
  let text = '';
  let done = 0;
  const copy = (to: number): void => {
    for (let index = done; index < to; index++) places.push(text.length + index - done);
    text += source.slice(done, to);
  };
  SPACES.lastIndex = 0;
  for (let run = SPACES.exec(source); run; run = SPACES.exec(source)) {
    copy(run.index);
    // Behind the first of them all stand at the end of the one space.
    for (let index = 0; index < run[0].length; index++) places.push(text.length + (index === 0 ? 0 : 1));
    text += ' ';
    done = run.index + run[0].length;
  }
  copy(source.length);
  places.push(text.length);
  return { text, places };
}

function spelt(source: string): Mapped {
  const places: number[] = [];
  let text = '';
  for (const piece of splitHidden(source)) {
    if (typeof piece === 'string') {
      for (let index = 0; index < piece.length; index++) places.push(text.length + index);
      text += piece;
      continue;
    }
    const units = piece.count * (piece.code > 0xffff ? 2 : 1);
    for (let index = 0; index < units; index++) places.push(text.length);
    text += spell(piece);
  }
  places.push(text.length);
  return { text, places };
}

/** A place near `at` where a cut parts no word, else one that parts no character. */
function nearSpace(text: string, at: number, step: 1 | -1): number {
  for (let distance = 0; distance <= NEAR; distance++) {
    if (text[at + distance * step] === ' ') return at + distance * step;
  }
  let cut = at;
  // Of a heap of marks a part will do.
  const last = at + MOST_MARKS * step;
  while (cut > 0 && cut < text.length && cut !== last && MIDDLE.test(text.charAt(cut))) cut += step;
  return LOW_SURROGATE.test(text.charAt(cut)) ? cut + step : cut;
}

/** Characters that a cut moves at the most, so that it does not part one. */
const MOST_MARKS = 24;
const LOW_SURROGATE = /[\udc00-\udfff]/;
/** What belongs to the character before it: low surrogates, combining marks, joiners. */
const MIDDLE = /[\udc00-\udfff]|[\u0300-\u036f]|\u200d|[\ufe0e\ufe0f]/;

function placesWithin(text: string, from: number, to: number, patterns: readonly RegExp[]): TextRange[] {
  const places: TextRange[] = [];
  for (const pattern of patterns) {
    pattern.lastIndex = from;
    for (let match = nextMatch(pattern, text); match && match.index < to; match = nextMatch(pattern, text)) {
      if (match[0] === '') pattern.lastIndex = nextAfter(pattern, text, match.index);
      else places.push([match.index, match.index + match[0].length]);
    }
    pattern.lastIndex = 0;
  }
  return places.sort((a, b) => a[0] - b[0]);
}

function merged(ranges: readonly TextRange[]): TextRange[] {
  const result: TextRange[] = [];
  for (const [start, end] of ranges) {
    if (end <= start) continue;
    const last = result.at(-1);
    if (last && start <= last[1]) result[result.length - 1] = [last[0], Math.max(last[1], end)];
    else result.push([start, end]);
  }
  return result;
}
