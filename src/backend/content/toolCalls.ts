/** Tool calls and their results, native (JSON content) and prompt mode (tags in the text). */
import type { ContentBlock, ToolCallBlock, ToolResultBlock, ToolStatus } from '../../shared/content';
import { memberOf, prettyJson } from './jsonText';

/** Above this many characters arguments are not pretty-printed: they are cut for the screen anyway. */
const PRETTY_LIMIT = 400_000;
const SUMMARY_LENGTH = 160;

/** Arguments that tell what a call does, in the order in which they are looked for. */
const TELLING_ARGUMENTS = [
  'command', 'cmd', 'path', 'file_path', 'filePath', 'file', 'query', 'pattern', 'url', 'symbol', 'name', 'title',
  'action', 'to', 'message', 'prompt', 'key', 'id', 'text', 'content',
]; // biome-ignore format: a list of words

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON that may be anything; `undefined` when it is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller shows the text.
  }
}

function oneLine(text: string): string {
  const line = text
    .slice(0, SUMMARY_LENGTH * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH)}…` : line;
}

/** `source`: the text that `value` was parsed from. */
function summaryOf(value: unknown, source: string): string {
  if (typeof value === 'string') return oneLine(value);
  if (!isObject(value)) return '';
  for (const key of TELLING_ARGUMENTS) {
    const argument = value[key];
    if (typeof argument === 'string' && argument.trim() !== '') return oneLine(argument);
    if (typeof argument === 'number') return memberOf(source, key) ?? String(argument);
  }
  const first = Object.values(value).find((argument) => typeof argument === 'string' && argument.trim() !== '');
  return typeof first === 'string' ? oneLine(first) : '';
}

/** A call block. `args`: the text of its arguments, JSON or not, as the store holds it; `undefined`: it has none. */
export function toolCall(id: string | null, name: string, args: string | undefined): ToolCallBlock {
  const call = { type: 'toolCall', id, name } as const;
  if (args === undefined) return { ...call, arguments: '', json: false, summary: '' };
  const value = args.length > PRETTY_LIMIT ? undefined : tryJson(args);
  const printed = value === undefined ? null : prettyJson(args);
  if (printed === null) return { ...call, arguments: args, json: false, summary: oneLine(args) };
  return { ...call, arguments: printed, json: true, summary: summaryOf(value, args) };
}

/** One entry of a native `tool_calls` list, or `null` when it is of no known shape. `source`: its text. */
export function nativeToolCall(entry: unknown, source: string): ToolCallBlock | null {
  if (!isObject(entry)) return null;
  // The OpenAI wire form nests name and arguments; zeroclaw's own form is flat.
  const call = isObject(entry.function) ? entry.function : entry;
  if (typeof call.name !== 'string') return null;
  const args = typeof call.arguments === 'string' ? call.arguments : writtenArguments(source);
  return toolCall(typeof entry.id === 'string' ? entry.id : null, call.name, args);
}

/** Arguments that are no text, as they are written; `undefined`: there are none. */
function writtenArguments(entry: string): string | undefined {
  const nested = memberOf(entry, 'function');
  const args = memberOf(nested?.startsWith('{') ? nested : entry, 'arguments');
  return args === 'null' ? undefined : args;
}

const RECEIPT = /\n{0,2}\[receipt: (zc-receipt-[\w+/=-]{1,200})\]\s*$/;
const ERROR_START = /^\s*(?:error\b|\[?(?:tool )?(?:execution )?(?:error|failed)\b)/i;
const EXIT_STATUS = /(?:^|\n)\s*\[?(?:exit|exited)(?: with)?(?: (?:code|status))?:? ([1-9]\d*)\]?\s*$/i;

/** What a result's own words say of its outcome; the store does not keep it apart. */
function statusOf(text: string): ToolStatus | null {
  if (ERROR_START.test(text.slice(0, 200)) || EXIT_STATUS.test(text.slice(-200))) return 'error';
  return null;
}

/** A result block: the receipt is taken off. */
export function toolResult(
  callId: string | null,
  name: string | null,
  status: ToolStatus | null,
  raw: string,
): ToolResultBlock {
  const receipt = RECEIPT.exec(raw.slice(-300));
  const text = receipt ? raw.slice(0, raw.length - receipt[0].length) : raw;
  return {
    type: 'toolResult',
    callId,
    name,
    status: status ?? statusOf(text),
    text,
    size: Buffer.byteLength(text),
    ...(receipt?.[1] === undefined ? {} : { receipt: receipt[1] }),
  };
}

/** How a prompt-mode user message with results begins. */
export const RESULTS_START = '[Tool results]';
const RESULT_OPEN = /<tool_result([^<>]{0,500})>/g;
const RESULT_CLOSE = '</tool_result>';

/** A prompt-mode user message with results, or `null` when it is none. Text between the results stays text. */
export function parsePromptResults(content: string): ContentBlock[] | null {
  if (!content.startsWith(RESULTS_START)) return null;
  const body = content.slice(RESULTS_START.length);
  const blocks: ContentBlock[] = [];
  const pushText = (text: string) => {
    if (text.trim() !== '') blocks.push({ type: 'text', text: text.trim() });
  };
  let end = 0;
  RESULT_OPEN.lastIndex = 0;
  for (let open = RESULT_OPEN.exec(body); open; open = RESULT_OPEN.exec(body)) {
    const start = open.index + open[0].length;
    const close = body.indexOf(RESULT_CLOSE, start);
    if (close < 0) break;
    pushText(body.slice(end, open.index));
    const attributes = open[1] ?? '';
    const status = attribute(attributes, 'status');
    blocks.push(
      toolResult(
        attribute(attributes, 'id'),
        attribute(attributes, 'name'),
        status === null ? null : /^(?:ok|success)$/i.test(status) ? 'ok' : 'error',
        body.slice(start, close).replace(/^\n|\n$/g, ''),
      ),
    );
    end = close + RESULT_CLOSE.length;
    RESULT_OPEN.lastIndex = end;
  }
  if (end === 0) return null;
  pushText(body.slice(end));
  return blocks;
}

/** Value of `name="..."` in a tag. */
export function attribute(tag: string, name: string): string | null {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? null;
}
