/**
 * A fast look at a message as it is stored, before it is parsed. What a person sees of it may stand there in other words:
 * as JSON, as JSON within JSON (arguments of a tool), and in a JSONL line one level deeper. The look lets through at
 * least all that can match:
 *
 * - A piece of text without white space, backslashes and the punctuation of JSON stands in the store as it is seen, but
 *   that its characters may have backslashes before them or be `\u` escapes. Pretty printing only adds white space
 *   between the punctuation, so such pieces are what is looked for, the longest first.
 * - Its first letter may be the `n` of a `\n` that is seen where the store has `\u000a`.
 * - Nobody writes escapes of ASCII letters, digits and the backslash. A text with one goes through, so that it need not be
 *   known what else they may spell: another escape, for one.
 * - Parameters in tags (`<parameter name="x">`) are no JSON in the store and are shown as JSON: all of these go through.
 */
import { fold } from '../../../shared/search/fold';
import { foldedSource } from '../../../shared/search/foldedSource';
import type { Clause, Query, Term } from '../../../shared/search/query';
import { requiredLiteral } from './requiredLiteral';

export interface StoredFilter {
  /** False only when no message with this stored content can match. */
  mayMatch(content: string): boolean;
  /** As `CompiledQuery.lineFilter`. */
  readonly lineFilter: RegExp | null;
}

/** Characters of a piece that are looked for; more only make the expression bigger. */
const LONGEST_PIECE = 32;
/** Pieces of one term that a row must hold. */
const MOST_PIECES = 3;
const NO_PIECE = /[\s\\{}[\],:\p{Cs}]+/u;
const PARAMETER = '<parameter';
/** `<parameter`, and escapes of what needs none. */
const ALWAYS = `${foldedSource(PARAMETER, { escaped: true })}|\\\\u00(?:3\\d|[46][1-9a-fA-F]|5[\\dacAC]|7[\\daA])`;

/** Letters of the short escapes, with the characters that they are written for. */
const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

interface Piece {
  readonly text: string;
  /** It begins what is looked for, or stands behind a backslash. */
  readonly mayBeEscape: boolean;
}

interface Look {
  readonly plain: RegExp;
  readonly escaped: RegExp;
  readonly line: string;
  /** Length of its shortest piece: the longer, the fewer get through. */
  readonly strength: number;
}

export function storedFilter({ clauses, raw }: Query): StoredFilter {
  const looks = clauses.flatMap((clause) => clauseLooks(clause, raw)).sort((a, b) => b.strength - a.strength);
  const [strongest] = looks;
  return {
    mayMatch: (content) => looks.every((look) => (raw ? look.plain.test(content) : getsThrough(look, content))),
    lineFilter: strongest ? new RegExp(strongest.line, 'g') : null,
  };
}

function getsThrough({ plain, escaped }: Look, content: string): boolean {
  if (content.includes('\\')) return escaped.test(content);
  return plain.test(content) || content.includes(PARAMETER);
}

/** Empty: the clause has a term that the stored text says nothing of. */
function clauseLooks({ anyOf }: Clause, raw: boolean): Look[] {
  const pieces = anyOf.map(piecesOf);
  const [first] = pieces;
  // A clause with one term holds all of its pieces.
  if (first && pieces.length === 1) return first.slice(0, MOST_PIECES).map((piece) => lookFor([piece], raw));
  const longest = pieces.flatMap(([piece]) => piece ?? []);
  return longest.length === 0 || longest.length < anyOf.length ? [] : [lookFor(longest, raw)];
}

/** Lets through what holds one of the pieces. */
function lookFor(pieces: readonly Piece[], raw: boolean): Look {
  const plain = pieces.map(({ text }) => foldedSource(text, { partial: true })).join('|');
  const escaped = pieces.map(({ text, mayBeEscape }) => {
    const short = mayBeEscape ? SHORT_ESCAPES[text.charAt(0)] : undefined;
    return foldedSource(text, { escaped: true, ...(short === undefined ? {} : { first: [short] }) });
  });
  const deep = [...escaped, ALWAYS].join('|');
  return {
    plain: new RegExp(plain),
    escaped: new RegExp(deep),
    line: raw ? plain : deep,
    strength: Math.min(...pieces.map(({ text }) => text.length)),
  };
}

/** Pieces that every match of a term holds, the longest first. */
function piecesOf(term: Term): Piece[] {
  if (term.negated) return [];
  if (term.kind === 'text') return split(term.text);
  if (term.kind !== 'regex') return [];
  return split(requiredLiteral(term.source, term.flags) ?? '');
}

function split(text: string): Piece[] {
  const folded = fold(text);
  const pieces: Piece[] = [];
  let at = 0;
  for (const part of folded.split(NO_PIECE)) {
    at = folded.indexOf(part, at);
    const piece = [...part].slice(0, LONGEST_PIECE).join('');
    // Marks in an order of their own are looked for as they are written: then nothing is known of a piece.
    const isFound = piece !== '' && new RegExp(foldedSource(piece, { partial: true })).test(text);
    if (isFound) pieces.push({ text: piece, mayBeEscape: at === 0 || folded.charAt(at - 1) === '\\' });
    at += part.length;
  }
  if (pieces.length > 0) return pieces.sort((a, b) => b.text.length - a.text.length);
  // Punctuation alone: any one of it, the colon excepted, which the page puts before a reason.
  const only = [...folded].find((character) => '{}[],'.includes(character));
  return only === undefined ? [] : [{ text: only, mayBeEscape: false }];
}
