/** A query -> what is held against messages. */
import type { MessageContent } from '../../../shared/content';
import type { HasValue, Query, Term } from '../../../shared/search/query';
import { compilePattern, isIn, nextMatch } from '../../../shared/search/textPattern';
import { parseContent } from '../../content/parse';
import type { CompiledQuery, HitText, StoredMessage } from './compiledQuery';
import { answeredCalls, holds, partsOf, toolNames, type VisiblePart } from './projection';
import { fieldMatcher, isSessionTerm, sessionTerms } from './sessionTerms';
import { snippetAround } from './snippet';
import { storedFilter } from './storedFilter';

export type { CompiledQuery } from './compiledQuery';

/** Makes a query ready. Throws a `QueryError` for a wrong regular expression; what `parseQuery` gave has none. */
export function compileQuery(query: Query): CompiledQuery {
  return new Compiled(query);
}

/** Texts of the clauses that ask for texts only: each list holds what one clause would be content with. */
export function textsOf(query: Query): readonly (readonly Extract<Term, { kind: 'text' }>[])[] {
  return query.clauses.flatMap(({ anyOf }) => {
    const texts = anyOf.filter((term) => term.kind === 'text' && !term.negated);
    return texts.length === anyOf.length ? [texts.filter((term) => term.kind === 'text')] : [];
  });
}

/** Only an expression of the user's can fail to end. */
export function hasExpression({ clauses }: Query): boolean {
  return clauses.some(({ anyOf }) => anyOf.some(({ kind }) => kind === 'regex'));
}

type FieldMatcher = (text: string | null) => boolean;

/** What terms are held against. `undefined`: there is no such thing here, and a term for it is not true. */
interface Subject {
  /** Something to look for texts in. */
  found(pattern: RegExp): boolean;
  session(bit: number): boolean;
  time?(term: Extract<Term, { kind: 'time' }>): boolean | undefined;
  role?(matcher: FieldMatcher): boolean;
  tool?(matcher: FieldMatcher): boolean;
  has?(what: HasValue): boolean;
}

class Compiled implements CompiledQuery {
  readonly wantsUnreadable: boolean;
  readonly mayMatch: (content: string) => boolean;
  readonly lineFilter: RegExp | null;
  /** Cheap ones first. */
  private readonly clauses: readonly (readonly Term[])[];
  private readonly patterns = new Map<Term, RegExp>();
  private readonly bits = new Map<Term, number>();
  /** Of what is asked for, not of what must not be there. */
  private readonly shown: readonly RegExp[];
  private readonly fields = new Map<Term, FieldMatcher>();
  private readonly tools: readonly FieldMatcher[];
  private readonly asksForProblems: boolean;

  constructor(readonly query: Query) {
    const terms = query.clauses.flatMap(({ anyOf }) => anyOf);
    for (const term of terms) {
      const pattern = patternOf(term);
      if (pattern) this.patterns.set(term, pattern);
      if (term.kind === 'field') this.fields.set(term, fieldMatcher(term.value, term.whole));
    }
    for (const [bit, term] of sessionTerms(query).entries()) this.bits.set(term, bit);
    this.clauses = query.clauses.map(({ anyOf }) => anyOf).sort((a, b) => costOf(a) - costOf(b));
    this.shown = terms.flatMap((term) => (term.negated ? [] : (this.patterns.get(term) ?? [])));
    this.tools = terms.flatMap((term) =>
      term.kind === 'field' && term.field === 'tool' && !term.negated ? (this.fields.get(term) ?? []) : [],
    );
    this.asksForProblems = terms.some(isProblem);
    this.wantsUnreadable = query.clauses.some(({ anyOf }) => anyOf.length > 0 && anyOf.every(isProblem));
    const filter = storedFilter(query);
    this.mayMatch = filter.mayMatch;
    this.lineFilter = filter.lineFilter;
  }

  matches(message: StoredMessage): boolean {
    const looked = new LookedAt(message, this.query.raw);
    const has = (bit: number): boolean => (message.bits & (1 << bit)) !== 0;
    const time = Date.parse(message.createdAt ?? '');
    return this.allHold({
      found: (pattern) => looked.parts.some(({ text }) => isIn(pattern, text)),
      session: has,
      time: (term) => (Number.isNaN(time) ? undefined : term.field === 'after' ? time >= term.time : time < term.time),
      role: (matcher) => matcher(message.role),
      tool: (matcher) => looked.tools().some(matcher),
      has: (what) => holds(looked.content, what),
    });
  }

  hitText(message: StoredMessage): HitText {
    const looked = new LookedAt(message, this.query.raw);
    const part = this.bestPart(looked.parts);
    return part ? this.textOfPart(part) : { part: 'text', snippet: '', ranges: [] };
  }

  matchesUnreadable(text: string, bits: number): boolean {
    if (!this.asksForProblems) return false;
    return this.allHold({
      found: (pattern) => isIn(pattern, text),
      session: (bit) => (bits & (1 << bit)) !== 0,
      has: (what) => what === 'problem',
    });
  }

  hitTextOfUnreadable(text: string): HitText {
    return this.textOfPart({ part: 'raw', text });
  }

  matchesSession(name: string | null, key: string, bits: number): boolean {
    if (this.query.raw) return false;
    const texts = [name ?? '', key];
    const has = (bit: number): boolean => (bits & (1 << bit)) !== 0;
    const found = (pattern: RegExp): boolean => texts.some((text) => isIn(pattern, text));
    // A name is a hit for what was asked for in it, not for what is missing in it.
    let isNamed = false;
    for (const terms of this.clauses) {
      const holding = terms.filter((term) => !isOfMessages(term) && this.holdsFor(term, { found, session: has }));
      if (holding.length === 0) return false;
      isNamed ||= holding.some((term) => !term.negated && (this.patterns.has(term) || asksForName(term)));
    }
    return isNamed;
  }

  hitTextOfSession(name: string | null, key: string): HitText {
    const texts = [name ?? '', key].filter((text) => text !== '');
    const patterns = [...this.shown, ...this.nameParts()];
    const text = texts.find((each) => patterns.some((pattern) => isIn(pattern, each))) ?? texts[0] ?? '';
    return { part: 'text', ...snippetAround(text, firstPlace(text, patterns) ?? 0, patterns) };
  }

  private nameParts(): RegExp[] {
    return this.query.clauses
      .flatMap(({ anyOf }) => anyOf)
      .flatMap((term) =>
        asksForName(term) && !term.negated && term.kind === 'field'
          ? [compilePattern({ text: term.value, matchCase: false, wholeWord: false, regex: false })]
          : [],
      );
  }

  private allHold(subject: Subject): boolean {
    return this.clauses.every((terms) => terms.some((term) => this.holdsFor(term, subject)));
  }

  private holdsFor(term: Term, subject: Subject): boolean {
    return this.isTrue(term, subject) !== term.negated;
  }

  private isTrue(term: Term, subject: Subject): boolean {
    const bit = this.bits.get(term);
    if (term.kind === 'time') return subject.time?.(term) ?? (bit !== undefined && subject.session(bit));
    if (bit !== undefined) return subject.session(bit);
    if (term.kind === 'has') return subject.has?.(term.what) ?? false;
    const matcher = this.fields.get(term);
    if (term.kind === 'field') {
      const holdsFor = term.field === 'role' ? subject.role : subject.tool;
      return matcher !== undefined && (holdsFor?.(matcher) ?? false);
    }
    const pattern = this.patterns.get(term);
    return pattern !== undefined && subject.found(pattern);
  }

  /** The part with most of what was asked for; the first among equals. */
  private bestPart(parts: readonly VisiblePart[]): VisiblePart | undefined {
    let best: VisiblePart | undefined;
    let most = 0;
    for (const part of parts) {
      const count = this.shown.filter((pattern) => isIn(pattern, part.text)).length;
      if (count > most) {
        best = part;
        most = count;
        if (count === this.shown.length) break;
      }
    }
    return best ?? parts.find((part) => this.isOfAskedTool(part)) ?? parts.find(isTelling) ?? parts[0];
  }

  private isOfAskedTool({ part, tool }: VisiblePart): boolean {
    return tool !== undefined && part !== 'tool' && this.tools.some((matcher) => matcher(tool));
  }

  private textOfPart({ part, tool, text }: VisiblePart): HitText {
    const around = snippetAround(text, firstPlace(text, this.shown) ?? 0, this.shown);
    return tool === undefined ? { part, ...around } : { part, tool, ...around };
  }
}

/** Words of the message itself: more than the time before it or the name of a tool. */
function isTelling({ part }: VisiblePart): boolean {
  return part !== 'marker' && part !== 'tool';
}

/** A message that is parsed when a term needs it. */
class LookedAt {
  private parsed: MessageContent | undefined;
  private visible: readonly VisiblePart[] | undefined;

  constructor(
    private readonly message: StoredMessage,
    private readonly raw: boolean,
  ) {}

  get content(): MessageContent {
    if (!this.parsed) {
      const { role, content } = (this.raw ? messageOfLine(this.message.content) : null) ?? this.message;
      this.parsed = parseContent(role, content);
    }
    return this.parsed;
  }

  get parts(): readonly VisiblePart[] {
    const { content } = this.message;
    this.visible ??= this.raw ? [{ part: 'raw', text: content }] : partsOf(this.content, content);
    return this.visible;
  }

  tools(): string[] {
    const called = answeredCalls(this.content).flatMap((id) => this.message.toolOfCall(id) ?? []);
    return [...toolNames(this.content), ...called];
  }
}

/** `in:raw` is given whole lines of JSONL: the message in one. */
function messageOfLine(line: string): { role: string; content: string } | null {
  if (!/^\s*[{[]/.test(line)) return null;
  try {
    const value: unknown = JSON.parse(line);
    const [role, content] = Array.isArray(value) ? value : [propertyOf(value, 'role'), propertyOf(value, 'content')];
    return typeof role === 'string' && typeof content === 'string' ? { role, content } : null;
  } catch {
    return null; // A row whose text is no line.
  }
}

function propertyOf(value: unknown, name: 'role' | 'content'): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : null;
}

function patternOf(term: Term): RegExp | null {
  if (term.kind === 'text') {
    return compilePattern({ text: term.text, matchCase: false, wholeWord: term.whole, regex: false });
  }
  if (term.kind !== 'regex') return null;
  return compilePattern({ text: term.source, matchCase: true, wholeWord: false, regex: true, flags: term.flags });
}

function firstPlace(text: string, patterns: readonly RegExp[]): number | undefined {
  let first: number | undefined;
  for (const pattern of patterns) {
    pattern.lastIndex = 0;
    const match = nextMatch(pattern, text);
    if (match && (first === undefined || match.index < first)) first = match.index;
  }
  return first;
}

/** What must be parsed comes last. */
function costOf(terms: readonly Term[]): number {
  return Math.max(
    ...terms.map((term) => (isSessionTerm(term) ? 0 : term.kind === 'field' && term.field === 'role' ? 1 : 2)),
  );
}

function isProblem(term: Term): boolean {
  return term.kind === 'has' && term.what === 'problem' && !term.negated;
}

/** `in:`: what it asks for is in a session's name or key. */
function asksForName(term: Term): boolean {
  return term.kind === 'field' && term.field === 'in';
}

/** What only messages have. */
function isOfMessages(term: Term): boolean {
  return term.kind === 'has' || (term.kind === 'field' && (term.field === 'role' || term.field === 'tool'));
}
