/** Cuts blocks for the screen: a huge message never crosses to the page whole. */
import type { ContentBlock, Cut, MessageContent } from '../../shared/content';

/** Characters of a text block that the page gets. */
const TEXT_LIMIT = 40_000;
/** Characters of arguments and results: they are folded, and long ones are read in an editor. */
const TOOL_LIMIT = 20_000;
/** Inline images up to this many characters travel with the row; others are asked for when they are seen. */
const IMAGE_LIMIT = 16_000;
/** Blocks of one message; a text with 100,000 markers is shown as its beginning and a way to the rest. */
const BLOCK_LIMIT = 400;
/** Characters of all blocks of one message together. */
const MESSAGE_LIMIT = 200_000;

/** The first `limit` characters, never half a surrogate pair. */
function head(text: string, limit: number): string {
  const cut = text.slice(0, limit);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

function cutText(text: string, limit: number): { text: string; cut?: Cut } {
  if (text.length <= limit) return { text };
  return { text: head(text, limit), cut: { totalBytes: Buffer.byteLength(text) } };
}

function cutBlock(block: ContentBlock, left: number): ContentBlock {
  switch (block.type) {
    case 'text':
    case 'thinking':
      return { ...block, ...cutText(block.text, Math.min(TEXT_LIMIT, left)) };
    case 'toolResult':
      return { ...block, ...cutText(block.text, Math.min(TOOL_LIMIT, left)) };
    case 'toolCall': {
      const { text, cut } = cutText(block.arguments, Math.min(TOOL_LIMIT, left));
      return cut ? { ...block, arguments: text, json: false, cut } : block;
    }
    case 'marker':
      return block.text === undefined ? block : { ...block, ...cutText(block.text, Math.min(TEXT_LIMIT, left)) };
    case 'attachment':
      return block.text === undefined
        ? block
        : { ...block, text: cutText(block.text, Math.min(TEXT_LIMIT, left)).text };
    case 'image':
      if (block.source.kind !== 'data' || (block.source.uri?.length ?? 0) <= IMAGE_LIMIT) return block;
      return { ...block, source: { ...block.source, uri: undefined } };
  }
}

function lengthOf(block: ContentBlock): number {
  switch (block.type) {
    case 'toolCall':
      return block.arguments.length;
    case 'image':
      return block.source.kind === 'data' ? (block.source.uri?.length ?? 0) : 100;
    default:
      return block.text?.length ?? 0;
  }
}

/** What the page gets of a message. Blocks that were cut say how big the whole is. */
export function cutForScreen(content: MessageContent, totalBytes: number): MessageContent {
  const blocks: ContentBlock[] = [];
  let left = MESSAGE_LIMIT;
  for (const block of content.blocks) {
    if (blocks.length >= BLOCK_LIMIT || left <= 0) {
      blocks.push({ type: 'text', text: '…', cut: { totalBytes } });
      break;
    }
    const shown = cutBlock(block, left);
    left -= lengthOf(shown);
    blocks.push(shown);
  }
  return { ...content, blocks };
}
