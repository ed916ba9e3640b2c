import { splitPrefixes } from './prefixes';

/** Characters of a title; a tree row shows no more. */
const TITLE_LENGTH = 120;
/** No more of a message is looked at. */
const HEAD_LENGTH = 4000;

const DATA_IMAGE = /\[IMAGE:data:[^\]]*(?:\]|$)/gi;
const MARKER = /\[(?:IMAGE|PHOTO|DOCUMENT|FILE|VIDEO|AUDIO|VOICE|LOCATION):[^\]]*(?:\]|$)/gi;
const ATTACHED =
  /\[(?:Image: [^\]]* attached, will be processed by vision model|Video: [^\]]* attached|Audio: [^\]]*|Voice)\](?: ?)/gi;
const TRANSCRIPTION = /\[Audio transcription: ([^\]]*)\]/gi;
const DOCUMENT = /\[Document: ([^\]]*)\][^\n]*/gi;
const TOOL_RESULTS = /^\[Tool results\]/;

/**
 * The first words of a user's message, for the list: prefixes and markers removed, on one line.
 * `content` may be only the head of the message (2,000 characters are enough).
 * Returns `null` when no words are left (an image alone) or when the message holds no user's words (tool results).
 */
export function titleFromMessage(content: string): string | null {
  const head = content.slice(0, HEAD_LENGTH);
  const { rest, memory } = splitPrefixes(head);
  // A memory block longer than the head: nothing of the user's own words is in it.
  if (memory === undefined && rest.startsWith('[Memory context]')) return null;
  if (TOOL_RESULTS.test(rest)) return null;
  const words = rest
    .replace(DATA_IMAGE, ' ')
    .replace(TRANSCRIPTION, ' $1 ')
    .replace(DOCUMENT, ' $1 ')
    .replace(MARKER, ' ')
    .replace(ATTACHED, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (words === '' || words === '[context continues]') return null;
  if (words.length <= TITLE_LENGTH) return words;
  const cut = words.slice(0, TITLE_LENGTH);
  const space = cut.lastIndexOf(' ');
  // Not in the middle of a word, nor of a surrogate pair.
  const end = space > TITLE_LENGTH / 2 ? space : TITLE_LENGTH;
  return `${cut.slice(0, end).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
