/**
 * The longest text that every match of a regular expression holds, or `null` where none can be told for sure. Only what
 * stands at the top level, outside of groups and classes, is looked at. With `i` only letters whose other case is known
 * everywhere are taken.
 */
export function requiredLiteral(source: string, flags: string): string | null {
  const allowed = flags.includes('i') ? (/[uv]/.test(flags) ? /^[ -JL-RT-jl-rt-~]$/ : /^[ -~]$/) : /^[^\p{M}\p{Cs}]$/u;
  const runs: string[] = [];
  let run = '';
  const endRun = (): void => {
    runs.push(run);
    run = '';
  };
  const nested = flags.includes('v');
  for (let at = 0; at < source.length; ) {
    const item = itemAt(source, at, nested);
    if (item.kind === 'alternative') return null;
    const quantifier = QUANTIFIER.exec(source.slice(item.end, item.end + 40))?.[0] ?? '';
    const isLetter = item.kind === 'letter' && allowed.test(item.letter);
    // What may be missing, or come more often, ends the run; what comes once at least still belongs to it.
    if (isLetter && (quantifier === '' || /^(?:\+|\{[1-9])/.test(quantifier))) run += item.letter;
    if (!isLetter || quantifier !== '') endRun();
    at = item.end + quantifier.length;
  }
  endRun();
  const longest = runs.reduce((best, each) => (each.length > best.length ? each : best), '');
  return longest === '' ? null : longest;
}

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;

type Item =
  | { readonly kind: 'letter'; readonly letter: string; readonly end: number }
  | { readonly kind: 'other' | 'alternative'; readonly end: number };

/** `nested`: classes may hold classes (flag `v`). */
function itemAt(source: string, at: number, nested: boolean): Item {
  const character = source[at] ?? '';
  if (character === '|') return { kind: 'alternative', end: at + 1 };
  if (character === '[') return { kind: 'other', end: classEnd(source, at, nested) };
  if (character === '(') return { kind: 'other', end: groupEnd(source, at, nested) };
  if (character === '\\') return escapeAt(source, at);
  if ('^$.'.includes(character)) return { kind: 'other', end: at + 1 };
  const letter = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return { kind: 'letter', letter, end: at + letter.length };
}

const ESCAPE = /\\(?:u\{[\da-fA-F]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|k<[^>]*>|\d+|.)/sy;

function escapeAt(source: string, at: number): Item {
  ESCAPE.lastIndex = at;
  const text = ESCAPE.exec(source)?.[0] ?? '\\';
  const end = at + text.length;
  // A backslash before punctuation only takes its meaning away.
  return /^\\[!-/:-@[-`{-~]$/.test(text) ? { kind: 'letter', letter: text.charAt(1), end } : { kind: 'other', end };
}

function classEnd(source: string, at: number, nested: boolean): number {
  let depth = 0;
  for (let index = at; index < source.length; index++) {
    const character = source[index];
    if (character === '\\') index++;
    else if (character === '[' && (nested || depth === 0)) depth++;
    else if (character === ']' && --depth <= 0) return index + 1;
  }
  return source.length;
}

function groupEnd(source: string, at: number, nested: boolean): number {
  let depth = 0;
  for (let index = at; index < source.length; ) {
    const character = source[index];
    if (character === '\\') index += 2;
    else if (character === '[') index = classEnd(source, index, nested);
    else {
      if (character === '(') depth++;
      if (character === ')' && --depth === 0) return index + 1;
      index++;
    }
  }
  return source.length;
}
