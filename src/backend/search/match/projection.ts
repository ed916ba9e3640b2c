/** What a person sees of a message, as texts. Search, page and export all take it from `parseContent`. */
import type { ContentBlock, MessageContent } from '../../../shared/content';
import type { HitPart } from '../../../shared/search/answer';
import type { HasValue } from '../../../shared/search/query';
import { parseContent } from '../../content/parse';

/** One text of a message. What is found never runs across two of them. */
export interface VisiblePart {
  readonly part: HitPart;
  /** The tool, where the part is one's. */
  readonly tool?: string;
  readonly text: string;
}

/** The visible texts of a message in the order of the page; none of them is empty. Linear; never throws. */
export function visibleParts(role: string, content: string): VisiblePart[] {
  return partsOf(parseContent(role, content), content);
}

/** The same of a message that is parsed already; `content` is what it was parsed from. */
export function partsOf({ blocks, sender, statedTime }: MessageContent, content: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  const push = (part: HitPart, text: string | null | undefined, tool?: string): void => {
    if (text) parts.push(tool === undefined ? { part, text } : { part, tool, text });
  };
  if (sender !== undefined) push('marker', asStored(sender, / \(overheard\)$/, content));
  push('marker', statedTime);
  for (const block of blocks) pushBlock(block, content, push);
  return parts;
}

type Push = (part: HitPart, text: string | null | undefined, tool?: string) => void;

function pushBlock(block: ContentBlock, content: string, push: Push): void {
  switch (block.type) {
    case 'text':
    case 'thinking':
      push(block.type, block.type === 'text' && block.fenced ? withoutFence(block.text) : block.text);
      return;
    case 'toolCall':
      push('tool', block.name, block.name);
      // The line of a folded call: it spells out what JSON escapes.
      push('arguments', spelledOut(block), block.name);
      push('arguments', block.arguments, block.name);
      return;
    case 'toolResult': {
      const tool = block.name ?? undefined;
      push('tool', block.name, tool);
      push('result', block.text, tool);
      push('result', block.receipt, tool);
      return;
    }
    case 'image':
      push('attachment', imageText(block.source));
      return;
    case 'attachment':
      push('attachment', asStored(block.label, /^Voice message$/, content));
      if (block.path !== block.label) push('attachment', block.path);
      push('attachment', block.text);
      return;
    case 'marker':
      // "Recalled memory" is the page's word for it.
      if (block.kind !== 'memory') push('marker', block.label);
      push('marker', block.text);
      return;
  }
}

/** Without words of our own, unless the message holds them too. */
function asStored(text: string, own: RegExp, content: string): string {
  const match = own.exec(text);
  return match && !content.includes(match[0].trim()) ? text.replace(own, '') : text;
}

function withoutFence(text: string): string {
  return text.slice(text.indexOf('\n') + 1, text.lastIndexOf('\n'));
}

/** The telling argument, where it does not stand like that in the arguments. */
function spelledOut({ summary, arguments: args }: Extract<ContentBlock, { type: 'toolCall' }>): string | null {
  const text = summary.endsWith('…') ? summary.slice(0, -1) : summary;
  return args.includes(text) ? null : text;
}

function imageText(source: Extract<ContentBlock, { type: 'image' }>['source']): string | null {
  switch (source.kind) {
    case 'data':
      return null; // Its bytes are no text.
    case 'file':
      return source.path;
    case 'remote':
      return source.url;
    case 'missing':
      return source.reason;
  }
}

/** Tools that a message calls, and those whose results it names itself. */
export function toolNames({ blocks }: MessageContent): string[] {
  return blocks.flatMap((block) =>
    (block.type === 'toolCall' || block.type === 'toolResult') && block.name !== null ? [block.name] : [],
  );
}

/** Ids of the calls that the message's results answer, where they do not name the tool. */
export function answeredCalls({ blocks }: MessageContent): string[] {
  return blocks.flatMap((block) =>
    block.type === 'toolResult' && block.name === null && block.callId !== null ? [block.callId] : [],
  );
}

/** Whether a message holds what `has:` asks for. */
export function holds({ blocks }: MessageContent, what: HasValue): boolean {
  switch (what) {
    case 'tool':
      return blocks.some(({ type }) => type === 'toolCall' || type === 'toolResult');
    case 'error':
      return blocks.some((block) => block.type === 'toolResult' && block.status === 'error');
    case 'image':
      return blocks.some((block) => block.type === 'image' || (block.type === 'attachment' && block.kind === 'photo'));
    case 'thinking':
      return blocks.some(({ type }) => type === 'thinking');
    case 'problem':
      return false; // Lines and rows that are no messages.
  }
}
