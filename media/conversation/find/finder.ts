/** The find bar's state, what is marked, and where the page is to go for it. Knows nothing of the DOM. */
import type { FromPage, Highlight, SavedFind } from '../../../src/shared/conversationProtocol';
import type { FindPattern, Found } from '../../../src/shared/search/answer';
import { compilePattern } from '../../../src/shared/search/textPattern';
import type { Conversation } from '../store/conversation';
import { Results } from './results';

/** From the last key stroke to the search, ms. */
const debounce = 40;
/** A search that takes longer says so, ms. */
const patience = 200;
/** Between two searches that only follow a conversation that grows, ms; more where one takes long. */
const followEvery = 250;

/** A place that the page is to go to: a match of the find bar, or a message found elsewhere (`nth` is `null`). */
export interface Target {
  readonly row: number;
  readonly nth: number | null;
  readonly stored: number;
  /** The patterns that say where in the message, the more telling first. */
  readonly patterns: readonly RegExp[];
  /** The reader is still typing: what unfolds for this match folds again when another one is gone to. */
  readonly passing: boolean;
}

/** What the reader has reached: kept by the row's lasting id where that is known, since rows are renumbered. */
interface Reached {
  readonly id: number | null;
  readonly row: number;
  readonly nth: number;
}

type Send = (message: Extract<FromPage, { type: 'find' }>) => void;

export class Finder {
  isOpen = false;
  pattern: FindPattern = { text: '', matchCase: false, wholeWord: false, regex: false };
  /** Why the pattern cannot be searched. */
  failure: string | null = null;
  results: Results | null = null;
  /** Number of the match that the reader is at. */
  current: number | null = null;
  isSlow = false;
  /** Counts the requests for the keyboard. */
  focusRequests = 0;
  /** Where the page goes as soon as the row is there. Whoever has arrived takes it away. */
  target: Target | null = null;
  /** The row with a match in what was cut off for the screen, and the block that was cut. */
  beyond: { readonly row: number; readonly block: number } | null = null;
  /** First row in view, and the text that the reader has selected; the page sets them. */
  firstInView: () => number = () => 0;
  selected: () => string = () => '';
  #landed: readonly FindPattern[] = [];
  #landedMarks: readonly RegExp[] = [];
  #marks: readonly RegExp[] = [];
  #compiledFor: FindPattern | null = null;
  #compiledMarks: readonly RegExp[] = [];
  /** The row that a search begins at. */
  #anchor: number | null = null;
  #reached: Reached | null = null;
  #request = 0;
  #isWaiting = false;
  /** What the answer that is awaited is for. */
  #purpose: 'go' | 'restore' | 'follow' = 'go';
  #steps = 0;
  #isBehind = false;
  #sentAt = 0;
  #duration = 0;
  #sending: ReturnType<typeof setTimeout> | null = null;
  #slow: ReturnType<typeof setTimeout> | null = null;
  #following: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly conversation: Conversation,
    private readonly send: Send,
    private readonly notify: () => void,
  ) {}

  /** Patterns to mark; the same array until they change. */
  get marks(): readonly RegExp[] {
    return this.#marks;
  }

  /** Something is marked or open that Escape takes away. */
  get isActive(): boolean {
    return this.isOpen || this.#marks.length > 0 || this.#landed.length > 0;
  }

  /** True when the whole conversation was searched and the text stands nowhere. */
  get foundNothing(): boolean {
    return this.results !== null && this.results.count === 0;
  }

  get saved(): SavedFind | undefined {
    if (!this.isActive && this.pattern.text === '') return undefined;
    return { open: this.isOpen, pattern: this.pattern, landed: this.#landed };
  }

  /** As a page left it that was hidden or reloaded. The view stays where it is. */
  restore(saved: SavedFind): void {
    this.isOpen = saved.open;
    this.pattern = saved.pattern;
    this.#landed = saved.landed;
    this.#landedMarks = compileAll(saved.landed);
    if (saved.open) this.#search('restore', 0);
    this.#mark();
  }

  /** Lands at a hit that was found elsewhere. */
  land({ row, patterns }: Highlight): void {
    this.#forget();
    this.isOpen = false;
    this.#landed = patterns;
    this.#landedMarks = compileAll(patterns);
    this.#mark();
    this.target = { row, nth: null, stored: 0, patterns: this.#marks, passing: false };
    this.#anchor = row;
    this.notify();
  }

  /** Opens the bar and gives it the keyboard; looks for what is selected, or what the page was opened at. */
  open(): void {
    this.focusRequests++;
    const selected = this.selected();
    const seed = selected || (this.isOpen ? '' : this.#landed.length === 1 ? (this.#landed[0]?.text ?? '') : '');
    const isNew = !this.isOpen;
    this.isOpen = true;
    if (seed !== '' && seed !== this.pattern.text) {
      const [landed] = this.#landed;
      if (selected !== '' || !landed) this.set({ text: seed, regex: false, flags: undefined });
      else
        this.set({ ...landed, flags: undefined, matchCase: landed.matchCase || landed.flags?.includes('i') === false });
      return;
    }
    if (isNew && this.pattern.text !== '') this.#search('go', 0);
    this.#mark();
    this.notify();
  }

  /** Closes the bar and takes every mark away. */
  close(): void {
    const reached = this.#reached;
    this.#forget();
    this.#anchor = reached?.row ?? null;
    this.isOpen = false;
    this.#landed = [];
    this.#landedMarks = [];
    this.#mark();
    this.notify();
  }

  set(change: Partial<FindPattern>): void {
    this.pattern = { ...this.pattern, ...change };
    this.#search('go', debounce);
    this.#mark();
    this.notify();
  }

  /** To the next match, or the one before. */
  step(by: 1 | -1): void {
    if (this.pattern.text === '' || this.failure !== null) return;
    if (!this.results) {
      this.#steps += by;
      return;
    }
    const index = this.current === null ? this.results.from(this.#start) : this.results.step(this.current, by);
    this.#anchor = null;
    this.#goTo(index, false);
    this.notify();
  }

  found(request: number, found: Found): void {
    if (request !== this.#request) return;
    this.#answered();
    this.results = new Results(found);
    const { results } = this;
    if (this.#purpose === 'follow') this.current = this.#again(results);
    else {
      const first = results.from(this.#start);
      if (this.#purpose === 'restore') this.current = first;
      else {
        const steps = Math.max(0, Math.abs(this.#steps) - 1) * Math.sign(this.#steps);
        this.#goTo(first === null ? null : results.step(first, steps), this.#steps === 0);
      }
    }
    this.#steps = 0;
    this.#mark();
    if (this.#isBehind || found.generation !== this.conversation.generation) this.#follow();
    this.notify();
  }

  failed(request: number, message: string): void {
    if (request !== this.#request) return;
    this.#answered();
    // What follows a growing conversation fails quietly: the next change tries again.
    if (this.#purpose === 'follow') return;
    this.failure = message;
    this.#steps = 0;
    this.#mark();
    this.notify();
  }

  /** Rows were added, or are not what they were. */
  changed(): void {
    if (this.isOpen && this.results) this.#follow();
    else if (this.#isWaiting) this.#isBehind = true;
  }

  /** The reader has scrolled: the view is theirs. */
  moved(): void {
    this.#anchor = null;
    this.target = null;
  }

  /** Nothing may happen any more. */
  dispose(): void {
    this.#forget();
  }

  get #start(): number {
    return this.#anchor ?? this.firstInView();
  }

  #goTo(index: number | null, passing: boolean): void {
    this.current = index;
    this.beyond = null;
    const place = index === null ? null : this.results?.at(index);
    this.target = place ? { ...place, patterns: this.#compiled(), passing } : null;
    if (!place) return;
    const { conversation } = this;
    this.#reached = { row: place.row, nth: place.nth, id: conversation.complete ? conversation.id(place.row) : null };
    // Typing on looks from the place where the search began; stepping moves that.
    this.#anchor ??= place.row;
  }

  /** The match that the reader was at, in a new answer. */
  #again(results: Results): number | null {
    const reached = this.#reached;
    if (!reached) return null;
    const row = reached.id === null ? reached.row : this.conversation.rowOfId(reached.id);
    this.#reached = { ...reached, row };
    return results.near(row, reached.nth);
  }

  #search(purpose: 'go' | 'restore', delay: number): void {
    const anchor = purpose === 'go' ? this.#start : null;
    this.#forget();
    this.#anchor = anchor;
    const { pattern } = this;
    if (pattern.text === '') return;
    try {
      compilePattern(pattern);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return;
    }
    this.#purpose = purpose;
    this.#isWaiting = true;
    this.#slow = setTimeout(() => {
      this.isSlow = true;
      this.notify();
    }, delay + patience);
    this.#sending = setTimeout(() => this.#ask(), delay);
  }

  #ask(): void {
    this.#sending = null;
    this.#isWaiting = true;
    this.#isBehind = false;
    this.#sentAt = performance.now();
    this.send({ type: 'find', show: this.conversation.show, request: ++this.#request, pattern: this.pattern });
  }

  /** Searches again, not more often than the search can bear. */
  #follow(): void {
    if (this.#isWaiting) {
      this.#isBehind = true;
      return;
    }
    this.#isBehind = false;
    this.#following ??= setTimeout(
      () => {
        this.#following = null;
        this.#purpose = 'follow';
        this.#ask();
      },
      Math.max(followEvery, 4 * this.#duration),
    );
  }

  #answered(): void {
    this.#isWaiting = false;
    this.#duration = performance.now() - this.#sentAt;
    this.#notSlow();
  }

  #notSlow(): void {
    if (this.#slow !== null) clearTimeout(this.#slow);
    this.#slow = null;
    this.isSlow = false;
  }

  /** Drops every answer, awaited or there. */
  #forget(): void {
    for (const timer of [this.#sending, this.#following]) if (timer !== null) clearTimeout(timer);
    this.#sending = null;
    this.#following = null;
    this.#notSlow();
    this.#request++;
    this.#isWaiting = false;
    this.#isBehind = false;
    this.#steps = 0;
    this.failure = null;
    this.results = null;
    this.current = null;
    this.target = null;
    this.beyond = null;
    this.#reached = null;
    this.#anchor = null;
  }

  /**
   * A regular expression is held against what is drawn only after the whole conversation has been searched with it: one
   * that would run for ever never runs here.
   */
  #mark(): void {
    const isSearch = this.isOpen && this.pattern.text !== '';
    if (!isSearch) this.#marks = this.#landedMarks;
    else if (this.failure !== null || (this.pattern.regex && !this.results)) this.#marks = [];
    else this.#marks = this.#compiled();
  }

  #compiled(): readonly RegExp[] {
    if (this.#compiledFor !== this.pattern) {
      this.#compiledFor = this.pattern;
      this.#compiledMarks = compileAll([this.pattern]);
    }
    return this.#compiledMarks;
  }
}

/** Those that compile: what came from elsewhere was searched for there, with its own words on what is wrong. */
function compileAll(patterns: readonly FindPattern[]): RegExp[] {
  return patterns.flatMap((pattern) => {
    try {
      return pattern.text === '' ? [] : [compilePattern(pattern)];
    } catch {
      return [];
    }
  });
}
