/** Which lines of a chunk may hold a hit, found out in the quickest way. */
import { fold } from '../../../shared/search/fold';
import { foldedSource } from '../../../shared/search/foldedSource';
import type { Query, Term } from '../../../shared/search/query';
import type { CompiledQuery } from '../match/compiledQuery';
import { requiredLiteral } from '../match/requiredLiteral';
import { byteSource } from './byteSource';
import type { Chunk } from './chunks';

/** A filter for lines: of the query itself, and for the bytes of the text where there is one. */
export interface LineFilter {
  /** For decoded text. */
  readonly text: RegExp;
  /**
   * For bytes. `partly`: it finds every line that `text` finds, but for those in which a letter may be spelt in another
   * way (`SPELT`); those are held against `text`. Without the alternatives for that it is several times as quick.
   */
  readonly bytes: { readonly expression: RegExp; readonly partly: boolean } | null;
}

/** What lines hold in which a letter may stand in another form than its own: escapes, and parameters in tags. */
const SPELT = ['\\u', '<parameter'] as const;
/** What ends a run of characters that JSON never writes in another way: its own signs, white space, parts of numbers. */
const NO_RUN = /[^\p{L}\p{M}_]+/u;
const LONGEST_RUN = 24;
const LINE_FEED = 0x0a;

const known = new WeakMap<CompiledQuery, LineFilter | null>();

/** `null`: each line must be looked at. */
export function lineFilterOf(compiled: CompiledQuery): LineFilter | null {
  const before = known.get(compiled);
  if (before !== undefined) return before;
  const filter = compiled.lineFilter && makeFilter(compiled.lineFilter, compiled.query);
  known.set(compiled, filter);
  return filter;
}

function makeFilter(text: RegExp, query: Query): LineFilter {
  const plain = query.raw ? null : plainSource(query);
  const source = byteSource(plain ?? text.source);
  if (source === null || (plain === null && text.flags !== 'g')) return { text, bytes: null };
  return { text, bytes: { expression: new RegExp(source, 'g'), partly: plain !== null } };
}

function plainSource({ clauses }: Query): string | null {
  let best: string[] = [];
  for (const { anyOf } of clauses) {
    const runs = anyOf.flatMap((term) => runOf(term) ?? []);
    if (runs.length === anyOf.length && shortest(runs) > shortest(best)) best = runs;
  }
  return best.length === 0 ? null : best.map((run) => foldedSource(run, { partial: true })).join('|');
}

function shortest(runs: readonly string[]): number {
  return runs.length === 0 ? 0 : Math.min(...runs.map(({ length }) => length));
}

/** The longest run of letters that every message with the term holds; `null`: none that is long enough. */
function runOf(term: Term): string | null {
  if (term.negated) return null;
  const literal = term.kind === 'regex' ? requiredLiteral(term.source, term.flags) : null;
  const text = term.kind === 'text' ? term.text : literal;
  if (text === null) return null;
  const runs = fold(text).split(NO_RUN);
  const longest = [...runs.reduce((a, b) => (b.length > a.length ? b : a), '')];
  // A single letter may be a part of a number (`1e21`).
  return longest.length < 2 ? null : longest.slice(0, LONGEST_RUN).join('');
}

/** Where the lines of a chunk begin that a filter passes (bytes from its start, ascending). */
export function candidateLines(chunk: Chunk, filter: LineFilter): number[] {
  return filter.bytes ? byBytes(chunk, filter.text, filter.bytes) : byText(chunk, filter.text);
}

function byBytes(
  { bytes: { buffer }, end }: Chunk,
  text: RegExp,
  { expression, partly }: NonNullable<LineFilter['bytes']>,
): number[] {
  const characters = buffer.toString('latin1', 0, end);
  const starts = matchingLines(characters, expression);
  if (!partly) return starts;
  const all = new Set(starts);
  for (const mark of SPELT) {
    for (let at = characters.indexOf(mark); at >= 0; ) {
      const start = lineStart(characters, at);
      const lineEnd = lineEndOf(characters, at);
      text.lastIndex = 0;
      if (!all.has(start) && text.test(buffer.toString('utf8', start, lineEnd))) all.add(start);
      at = characters.indexOf(mark, lineEnd);
    }
  }
  return all.size === starts.length ? starts : [...all].sort((a, b) => a - b);
}

/**
 * The chunk is decoded once; a place in the text is brought to bytes by the line feeds before it, so that bytes which are
 * no UTF-8 do no harm.
 */
function byText({ bytes: { buffer }, end }: Chunk, expression: RegExp): number[] {
  const text = buffer.toString('utf8', 0, end);
  let textStart = 0;
  let byteStart = 0;
  return matchingLines(text, expression).map((start) => {
    while (textStart < start) {
      textStart = text.indexOf('\n', textStart) + 1;
      byteStart = buffer.indexOf(LINE_FEED, byteStart) + 1;
    }
    return byteStart;
  });
}

/** Where the lines begin in which an expression matches. */
function matchingLines(text: string, expression: RegExp): number[] {
  const starts: number[] = [];
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match; match = expression.exec(text)) {
    const start = lineStart(text, match.index);
    if (start >= text.length) break;
    starts.push(start);
    // One match is enough for a line.
    const end = lineEndOf(text, match.index);
    if (end >= text.length) break;
    expression.lastIndex = end + 1;
  }
  return starts;
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function lineEndOf(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
