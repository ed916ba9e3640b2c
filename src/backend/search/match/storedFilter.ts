/**
 * A fast look at a message as it is stored, before it is parsed. What a person sees of it may stand there in other words:
 * as JSON, as JSON within JSON (arguments of a tool), and in a JSONL line one level deeper. The look lets through at
 * least all that can match:
 *
 * - A piece of text without white space, backslashes and the punctuation of JSON stands in the store as it is seen, but
 *   that its characters may have backslashes before them or be `\u` escapes. Pretty printing only adds white space
 *   between the punctuation, so the longest such piece is what is looked for.
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
const NO_PIECE = /[\s\\{}[\],:\p{Cs}]+/u;
const PARAMETER = '<parameter';
/** `<parameter`, and escapes of what needs none. */
const ALWAYS = `${foldedSource(PARAMETER, { escaped: true })}|\\\\u00(?:3\\d|[46][1-9a-fA-F]|5[\\dacAC]|7[\\daA])`;

/** Letters of the short escapes, with the characters that they are written for. */
const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

interface Piece {
  readonly text: string;
  /** Where it begins in what is looked for. */
  readonly mayBeEscape: boolean;
}

interface ClauseLook {
  readonly plain: RegExp;
  readonly escaped: RegExp;
  readonly line: string;
  /** Length of its shortest piece: the longer, the fewer get through. */
  readonly strength: number;
}

export function storedFilter({ clauses, raw }: Query): StoredFilter {
  const looks = clauses.flatMap((clause) => clauseLook(clause, raw) ?? []).sort((a, b) => b.strength - a.strength);
  const [strongest] = looks;
  return {
    mayMatch: (content) => looks.every((look) => (raw ? look.plain.test(content) : getsThrough(look, content))),
    lineFilter: strongest ? new RegExp(strongest.line, 'g') : null,
  };
}

function getsThrough({ plain, escaped }: ClauseLook, content: string): boolean {
  if (plain.test(content) || content.includes(PARAMETER)) return true;
  return content.includes('\\') && escaped.test(content);
}

/** `null`: the clause has a term that the stored text says nothing of. */
function clauseLook({ anyOf }: Clause, raw: boolean): ClauseLook | null {
  const pieces: Piece[] = [];
  for (const term of anyOf) {
    const piece = pieceOf(term);
    if (!piece) return null;
    pieces.push(piece);
  }
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

/** The longest piece of a term that every match of it holds. */
function pieceOf(term: Term): Piece | null {
  if (term.negated) return null;
  if (term.kind === 'text') return longestPiece(fold(term.text));
  if (term.kind !== 'regex') return null;
  const literal = requiredLiteral(term.source, term.flags);
  return literal === null ? null : longestPiece(fold(literal));
}

function longestPiece(folded: string): Piece | null {
  let best: Piece | null = null;
  let at = 0;
  for (const text of folded.split(NO_PIECE)) {
    at = folded.indexOf(text, at);
    const before = folded.charAt(at - 1);
    if (text.length > (best?.text.length ?? 0)) best = { text, mayBeEscape: at === 0 || before === '\\' };
    at += text.length;
  }
  if (best) return { ...best, text: [...best.text].slice(0, LONGEST_PIECE).join('') };
  // Punctuation alone: any one of it.
  const [only] = folded.trim().replaceAll('\\', '');
  return only === undefined ? null : { text: only, mayBeEscape: false };
}
