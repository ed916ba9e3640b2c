/**
 * The bracketed markers that zeroclaw writes into a message's text: media, interruptions, summaries.
 * Shapes: zeroclaw 0.6.9 to newest, incl. the translated interruption markers of its language files.
 */
import type { AttachmentBlock, ContentBlock, ImageBlock, MarkerBlock } from '../../shared/content';

const INTERRUPTIONS: ReadonlyMap<string, MarkerBlock['kind']> = new Map([
  ['[Task failed — not continuing this request]', 'failed'],
  ['[Session interrupted — not continuing this request]', 'interrupted'],
  ['[Image attachment omitted from history]', 'omitted'],
  ['[earlier turns omitted to fit the context window]', 'omitted'],
  ['[context continues]', 'context'],
  // turn-interrupted-by-user
  ['[interrupted by user]', 'interrupted'],
  ["[interrompu par l'utilisateur]", 'interrupted'],
  ['[interrumpido por el usuario]', 'interrupted'],
  ['[ユーザーによって中断されました]', 'interrupted'],
  ['[被用户中断]', 'interrupted'],
  // turn-cancelled-client-rpc
  ['[turn cancelled via client]', 'interrupted'],
  ['[tour annulé via le client]', 'interrupted'],
  ['[turno cancelado mediante el cliente]', 'interrupted'],
  ['[クライアント経由でターンがキャンセルされました]', 'interrupted'],
  ['[已通过客户端取消回合]', 'interrupted'],
  // turn-stream-interrupted
  ['[stream interrupted]', 'interrupted'],
  ['[flux interrompu]', 'interrupted'],
  ['[transmisión interrumpida]', 'interrupted'],
  ['[ストリームが中断されました]', 'interrupted'],
  ['[流已中断]', 'interrupted'],
]);

const SUMMARY = /^\[(CONTEXT SUMMARY — [^\]\n]*|Tool exchange: [^\]\n]*|Used tools: [^\]\n]*)\]/;

/** A summary that stands for earlier messages, or `null`. It is always the whole message. */
export function parseSummary(text: string): ContentBlock[] | null {
  const match = SUMMARY.exec(text);
  if (!match) return null;
  const label = (match[1] ?? '').replace(/^CONTEXT SUMMARY/, 'Context summary');
  const rest = text.slice(match[0].length).trim();
  if (label.startsWith('Used tools:')) {
    const marker: MarkerBlock = { type: 'marker', kind: 'usedTools', label };
    return rest === '' ? [marker] : [marker, { type: 'text', text: rest }];
  }
  return [{ type: 'marker', kind: 'summary', label, ...(rest === '' ? {} : { text: rest }) }];
}

/** An interruption marker that is the last line of a text (or all of it): the text before it, and the marker. */
export function splitInterruption(text: string): { rest: string; marker: MarkerBlock } | null {
  const trimmed = text.trimEnd();
  if (!trimmed.endsWith(']')) return null;
  const start = trimmed.lastIndexOf('\n') + 1;
  const line = trimmed.slice(start).trim();
  const kind = INTERRUPTIONS.get(line);
  if (!kind) return null;
  return {
    rest: trimmed.slice(0, start).trimEnd(),
    marker: { type: 'marker', kind, label: sentence(line.slice(1, -1)) },
  };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Markers whose whole text is short. */
const SHORT_MARKER = new RegExp(
  [
    String.raw`\[(Image): ([^\]\n]{0,300}) attached, will be processed by vision model\]`,
    String.raw`\[(Video): ([^\]\n]{0,300}) attached\]`,
    String.raw`\[(Audio): (transcription failed|attached)\]`,
    String.raw`\[(Document): ([^\]\n]{0,300})\](?: ([^\n]{1,1000}))?`,
    String.raw`\[(Voice)\]`,
  ].join('|'),
  'iuy',
);
/** Beginning of a marker that may hold megabytes up to its bracket. */
const LONG_MARKER =
  /\[(?:(Audio transcription): |(IMAGE|PHOTO|DOCUMENT|FILE|VIDEO|AUDIO|VOICE|LOCATION):(?=[^\]\s]))/iuy;
const MARKER_START = /\[(?:image|photo|document|file|video|audio|voice|location)/giu;

interface Marker {
  /** Word and values of the marker. */
  readonly groups: string[];
  readonly end: number;
}

function markerAt(text: string, at: number): Marker | null {
  SHORT_MARKER.lastIndex = at;
  const short = SHORT_MARKER.exec(text);
  if (short) return { groups: short.slice(1).filter((group) => group !== undefined), end: at + short[0].length };
  LONG_MARKER.lastIndex = at;
  const long = LONG_MARKER.exec(text);
  if (!long) return null;
  const start = at + long[0].length;
  const close = text.indexOf(']', start);
  if (close < 0) return null;
  return { groups: [long[1] ?? long[2] ?? '', text.slice(start, close)], end: close + 1 };
}

/** Splits a text at its media markers. `nextImage` numbers the inline images of a message. */
export function splitMedia(text: string, nextImage: () => number): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  // Behind the last bracket no marker can end: without this, many openings would each look for one to the end.
  const lastClose = text.lastIndexOf(']');
  let end = 0;
  MARKER_START.lastIndex = 0;
  for (let start = MARKER_START.exec(text); start && start.index < lastClose; start = MARKER_START.exec(text)) {
    const marker = markerAt(text, start.index);
    if (!marker) continue;
    pushText(blocks, text.slice(end, start.index));
    blocks.push(mediaBlock(marker.groups, nextImage));
    end = marker.end;
    MARKER_START.lastIndex = end;
  }
  pushText(blocks, text.slice(end));
  return blocks;
}

function pushText(blocks: ContentBlock[], part: string): void {
  const words = trimBlankLines(part);
  if (words !== '') blocks.push({ type: 'text', text: words });
}

/** Without leading blank lines and trailing white space; the first line keeps its indent. */
export function trimBlankLines(text: string): string {
  const words = text.trimEnd();
  const first = words.length - words.trimStart().length;
  return words.slice(words.lastIndexOf('\n', first - 1) + 1);
}

function mediaBlock(groups: string[], nextImage: () => number): ImageBlock | AttachmentBlock {
  const [word = '', value = '', path] = groups;
  switch (word.toLowerCase()) {
    case 'image':
      if (word === 'Image') return { type: 'attachment', kind: 'photo', label: value };
      return { type: 'image', source: imageSource(value, nextImage) };
    case 'photo':
      return { type: 'image', source: imageSource(value, nextImage) };
    case 'audio transcription':
      return { type: 'attachment', kind: 'audio', label: 'Audio transcription', text: value };
    case 'document':
    case 'file':
    case 'video':
    case 'audio':
    case 'location': {
      const kind = word.toLowerCase() as AttachmentBlock['kind'];
      // `[Document: name] /path` names both; `[DOCUMENT:/path]` is the path itself.
      const ownPath = path ?? (value.startsWith('/') ? value : undefined);
      return { type: 'attachment', kind, label: value, ...(ownPath === undefined ? {} : { path: ownPath }) };
    }
    default:
      return { type: 'attachment', kind: 'voice', label: value === '' ? 'Voice message' : value };
  }
}

const DATA_URI = /^data:(image\/[a-z0-9.+-]{1,40});base64,/i;

/** What an image marker's value points to. Inline data is kept by reference: the page asks for it. */
function imageSource(value: string, nextImage: () => number): ImageBlock['source'] {
  const failed = / \| (.{1,200})$/.exec(value);
  if (failed) return { kind: 'missing', reason: `${value.slice(0, failed.index)}: ${failed[1]}` };
  const data = DATA_URI.exec(value);
  if (data) {
    const base64Length = value.length - data[0].length;
    return {
      kind: 'data',
      mediaType: (data[1] ?? '').toLowerCase(),
      bytes: Math.floor((base64Length * 3) / 4),
      index: nextImage(),
      uri: value,
    };
  }
  if (value.startsWith('data:')) return { kind: 'missing', reason: 'inline data that is not a base64 image' };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value)) return { kind: 'remote', url: value };
  return { kind: 'file', path: value };
}
