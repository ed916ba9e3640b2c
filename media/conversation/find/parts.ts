/** What is searched of a message, part by part in the order in which it is drawn, and what hides each part. */
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { countMatches } from './matches';

export type PartName =
  | 'sender'
  | 'time'
  | 'text'
  | 'label'
  | 'tool'
  | 'summary'
  | 'arguments'
  | 'result'
  | 'receipt'
  | 'path';

export interface Part {
  /** Place among the message's blocks; -1 for what stands above them. */
  readonly block: number;
  readonly name: PartName;
  readonly text: string;
  /** The fold that it is in, as `Folds` names it; `null`: it is always drawn. */
  readonly fold: string | null;
  /** Only its beginning is at hand. */
  readonly cut: boolean;
}

/** Names a part's element in the document, within the elements of its row. */
export function partKey(block: number, name: PartName): string {
  return `${block} ${name}`;
}

/** The same texts in the same order as the backend's projection, which counts; some of them are drawn nowhere. */
export function partsOf(row: ConversationRow): Part[] {
  if (row.kind !== 'message') return [];
  const above: Part[] = [];
  if (row.sender !== undefined) above.push(plain(-1, 'sender', row.sender.replace(/ \(overheard\)$/, '')));
  if (row.statedTime !== undefined) above.push(plain(-1, 'time', row.statedTime));
  return [...above, ...row.blocks.flatMap(partsOfBlock)];
}

function plain(block: number, name: PartName, text: string): Part {
  return { block, name, text, fold: null, cut: false };
}

function partsOfBlock(block: ContentBlock, index: number): Part[] {
  const part = (name: PartName, text: string): Part => plain(index, name, text);
  const within = (fold: string, name: PartName, text: string, cut: boolean): Part => ({
    ...part(name, text),
    fold: `${fold} ${index}`,
    cut,
  });
  const cut = 'cut' in block && block.cut !== undefined;
  switch (block.type) {
    case 'text':
      return [{ ...part('text', block.fenced ? withoutFence(block.text, cut) : block.text), cut }];
    case 'thinking':
      return [within('thinking', 'text', block.text, cut)];
    case 'toolCall': {
      const summary = repeatsArguments(block) ? [] : [part('summary', block.summary)];
      return [part('tool', block.name), ...summary, within('call', 'arguments', block.arguments, cut)];
    }
    case 'toolResult': {
      const receipt = block.receipt === undefined ? [] : [within('result', 'receipt', block.receipt, false)];
      return [part('tool', block.name ?? ''), within('result', 'result', block.text, cut), ...receipt];
    }
    case 'marker': {
      const label = block.kind === 'memory' ? [] : [part('label', block.label)];
      return block.text ? [...label, within('marker', 'text', block.text, cut)] : label;
    }
    case 'attachment': {
      const path = block.path === undefined || block.path === block.label ? [] : [part('path', block.path)];
      return [part('label', block.label.replace(/^Voice message$/, '')), ...path, part('text', block.text ?? '')];
    }
    case 'image':
      return [part('label', imageLabel(block.source))];
  }
}

function imageLabel(source: Extract<ContentBlock, { type: 'image' }>['source']): string {
  switch (source.kind) {
    case 'data':
      return '';
    case 'file':
      return source.path;
    case 'remote':
      return source.url;
    case 'missing':
      return source.reason;
  }
}

/** The line of a call mostly says what stands in its arguments; where JSON escapes it there, it is a text of its own. */
export function repeatsArguments({ summary, arguments: args }: Extract<ContentBlock, { type: 'toolCall' }>): boolean {
  return args.includes(summary.endsWith('…') ? summary.slice(0, -1) : summary);
}

function withoutFence(text: string, cut: boolean): string {
  return text.slice(text.indexOf('\n') + 1, cut ? undefined : text.lastIndexOf('\n'));
}

/** Where a match stands: in a part, so many matches after its first; `beyond`: in what was cut off the part. */
export interface Spot {
  readonly part: Part;
  readonly nth: number;
  readonly beyond: boolean;
}

/**
 * The part that holds match number `nth` of the `stored` ones that the whole message has. What the parts at hand lack was
 * cut off; of several cut parts the last one is taken. `null`: the match is in nothing that is drawn.
 */
export function spotOf(parts: readonly Part[], pattern: RegExp, nth: number, stored: number): Spot | null {
  const counts = parts.map(({ text }) => countMatches(pattern, text));
  const missing = Math.max(0, stored - counts.reduce((sum, count) => sum + count, 0));
  const cut = parts.findLastIndex((part) => part.cut);
  let left = nth;
  for (const [index, part] of parts.entries()) {
    const count = counts[index] ?? 0;
    if (left < count) return { part, nth: left, beyond: false };
    left -= count;
    if (index !== cut) continue;
    if (left < missing) return { part, nth: left, beyond: true };
    left -= missing;
  }
  return null;
}

/**
 * Where to look in a message that was found by several patterns: the first match of the one that is rarest in it. A
 * pattern that is in none of the parts at hand is behind a cut, where there is one.
 */
export function firstSpot(parts: readonly Part[], patterns: readonly RegExp[]): (Spot & { pattern: RegExp }) | null {
  const counted = patterns
    .map((pattern) => ({ pattern, count: parts.reduce((sum, { text }) => sum + countMatches(pattern, text), 0) }))
    .sort((a, b) => a.count - b.count);
  const rarest = counted.find(({ count }) => count > 0) ?? counted[0];
  if (!rarest) return null;
  const spot = spotOf(parts, rarest.pattern, 0, Math.max(1, rarest.count));
  return spot && { ...spot, pattern: rarest.pattern };
}
