/**
 * The search as anyone would write it who had all the time in the world: each message is parsed, folded as a whole and
 * looked through. It shares with the product what a message's content means (content/parse.ts) and nothing else.
 */
import { parseContent } from '../../../src/backend/content/parse';
import type { ContentBlock } from '../../../src/shared/content';

export interface ReferenceMessage {
  readonly key: string;
  readonly row: number;
  readonly role: string;
  readonly content: string;
  /** RFC 3339, `null` where the store keeps none. */
  readonly createdAt?: string | null;
}

/** What terms about sessions and stores are held against. */
export interface ReferenceStore {
  readonly path: string;
  readonly label: string;
  /** Milliseconds since the epoch. */
  session(key: string): { readonly created: number; readonly active: number };
}

export type ReferenceTerm =
  | { readonly kind: 'text'; readonly text: string; readonly whole: boolean }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'role'; readonly value: string }
  | { readonly kind: 'tool'; readonly value: string }
  | { readonly kind: 'in'; readonly value: string }
  | { readonly kind: 'store'; readonly value: string }
  | { readonly kind: 'time'; readonly field: 'after' | 'before'; readonly time: number }
  | { readonly kind: 'has'; readonly what: 'tool' | 'image' | 'thinking' | 'error' };

export interface ReferenceClause {
  readonly anyOf: readonly { readonly negated: boolean; readonly term: ReferenceTerm }[];
}

const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g;

export function foldWhole(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(MARKS, '').normalize('NFC').replaceAll('ς', 'σ');
}

interface Part {
  readonly text: string;
}

function partsOf(block: ContentBlock): Part[] {
  switch (block.type) {
    case 'text':
    case 'thinking':
      return [{ text: block.text }];
    case 'toolCall': {
      // The folded line spells out what JSON escapes; where it says no more than the arguments it is no text of its own.
      const summary = block.summary.replace(/…$/, '');
      const texts = [block.name, block.arguments, ...(block.arguments.includes(summary) ? [] : [summary])];
      return texts.map((text) => ({ text }));
    }
    case 'toolResult':
      return [
        ...(block.name === null ? [] : [{ text: block.name }]),
        { text: block.text },
        ...(block.receipt === undefined ? [] : [{ text: block.receipt }]),
      ];
    case 'image': {
      const { source } = block;
      if (source.kind === 'file') return [{ text: source.path }];
      if (source.kind === 'remote') return [{ text: source.url }];
      return source.kind === 'missing' ? [{ text: source.reason }] : [];
    }
    case 'attachment':
      return [block.label, block.path, block.text].flatMap((text) => (text === undefined ? [] : [{ text }]));
    case 'marker':
      // "Recalled memory" is the page's own word.
      return [block.kind === 'memory' ? undefined : block.label, block.text].flatMap((text) =>
        text === undefined ? [] : [{ text }],
      );
  }
}

const words = /[\p{L}\p{N}\p{M}_]/u;

/** Whether a folded needle stands in a folded text, by itself where `whole` is asked for. */
function stands(text: string, needle: string, whole: boolean): boolean {
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    if (!whole) return true;
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? ' ';
    const after = [...text.slice(at + needle.length, at + needle.length + 2)][0] ?? ' ';
    if (!words.test(before) && !words.test(after)) return true;
  }
  return false;
}

export class Reference {
  private readonly parsed = new Map<ReferenceMessage, { blocks: readonly ContentBlock[]; parts: Part[] }>();

  constructor(
    private readonly messages: readonly ReferenceMessage[],
    private readonly store?: ReferenceStore,
  ) {}

  /** "key row" of every message that matches. */
  hits(clauses: readonly ReferenceClause[]): string[] {
    return this.messages
      .filter((message) =>
        clauses.every(({ anyOf }) => anyOf.some(({ negated, term }) => this.holds(message, term) !== negated)),
      )
      .map(({ key, row }) => `${key} ${row}`)
      .sort();
  }

  private holds(message: ReferenceMessage, term: ReferenceTerm): boolean {
    const { blocks, parts } = this.parse(message);
    switch (term.kind) {
      case 'text': {
        const needle = foldWhole(term.text).replace(/\s+/g, ' ');
        return parts.some(({ text }) => stands(foldWhole(text).replace(/\s+/g, ' '), needle, term.whole));
      }
      case 'regex':
        return parts.some(({ text }) => new RegExp(term.source, term.flags).test(text));
      case 'role':
        return foldWhole(message.role).includes(foldWhole(term.value));
      case 'in':
        return foldWhole(message.key).includes(foldWhole(term.value));
      case 'store':
        return [this.store?.path, this.store?.label].some((text) =>
          foldWhole(text ?? '').includes(foldWhole(term.value)),
        );
      case 'time': {
        const session = this.store?.session(message.key);
        const own = Date.parse(message.createdAt ?? '');
        const after = Number.isNaN(own) ? (session?.active ?? Number.NaN) : own;
        const before = Number.isNaN(own) ? (session?.created ?? Number.NaN) : own;
        return term.field === 'after' ? !(after < term.time) : !(before >= term.time);
      }
      case 'tool':
        return this.tools(message).some((tool) => foldWhole(tool).includes(foldWhole(term.value)));
      case 'has':
        switch (term.what) {
          case 'tool':
            return blocks.some(({ type }) => type === 'toolCall' || type === 'toolResult');
          case 'error':
            return blocks.some((block) => block.type === 'toolResult' && block.status === 'error');
          default: {
            const { what } = term;
            return blocks.some(({ type }) => type === what);
          }
        }
    }
  }

  private tools(message: ReferenceMessage): string[] {
    return this.parse(message).blocks.flatMap((block) => {
      if (block.type === 'toolCall') return [block.name];
      if (block.type !== 'toolResult') return [];
      if (block.name !== null) return [block.name];
      const earlier = this.messages.filter(({ key, row }) => key === message.key && row < message.row).reverse();
      for (const one of earlier) {
        for (const call of this.parse(one).blocks) {
          if (call.type === 'toolCall' && call.id !== null && call.id === block.callId) return [call.name];
        }
      }
      return [];
    });
  }

  private parse(message: ReferenceMessage): { blocks: readonly ContentBlock[]; parts: Part[] } {
    const known = this.parsed.get(message);
    if (known) return known;
    const { blocks, sender, statedTime } = parseContent(message.role, message.content);
    const extra = [sender, statedTime].flatMap((text) => (text === undefined ? [] : [{ text }]));
    const parsed = { blocks, parts: [...extra, ...blocks.flatMap(partsOf)] };
    this.parsed.set(message, parsed);
    return parsed;
  }
}
