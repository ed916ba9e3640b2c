/** An assistant's text: thinking and prompt-mode tool calls are tags in it. */
import type { ContentBlock, ThinkingBlock, ToolCallBlock } from '../../shared/content';
import { memberOf } from './jsonText';
import { trimBlankLines } from './markers';
import { attribute, isObject, toolCall, tryJson } from './toolCalls';

const TAG = /<(think|thinking|tool_call|tool-call|toolcall|invoke|function_call|tool)(\s[^<>]{0,500})?>/g;
const FENCE = /^[ \t]{0,3}(`{3,}|~{3,})/gm;

/** A word, or a character of a script that puts no spaces between its words. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu;

function countWords(text: string): number {
  return text.match(WORD)?.length ?? 0;
}

export function thinking(text: string): ThinkingBlock {
  return { type: 'thinking', text, words: countWords(text) };
}

/** Half-open stretches of fenced code: a tag in there is an example, not a call. */
function fencedStretches(text: string): [number, number][] {
  const stretches: [number, number][] = [];
  let open: { fence: string; at: number } | null = null;
  for (const match of text.matchAll(FENCE)) {
    const fence = match[1] ?? '';
    if (!open) open = { fence, at: match.index };
    else if (fence[0] === open.fence[0] && fence.length >= open.fence.length) {
      stretches.push([open.at, match.index + match[0].length]);
      open = null;
    }
  }
  if (open) stretches.push([open.at, text.length]);
  return stretches;
}

/**
 * Splits an assistant's text at thinking and tool calls. A tag that does not hold what it should stays text.
 * `<think>` without an end takes the rest, as zeroclaw reads it.
 */
export function splitAssistantText(text: string): ContentBlock[] {
  if (!text.includes('<')) return textBlock(text);
  const fences = fencedStretches(text);
  const blocks: ContentBlock[] = [];
  let end = 0;
  let fence = 0;
  const unclosed = new Set<string>();
  TAG.lastIndex = 0;
  for (let tag = TAG.exec(text); tag; tag = TAG.exec(text)) {
    const at = tag.index;
    while (fence < fences.length && (fences[fence]?.[1] ?? 0) <= at) fence++;
    const inFence = fences[fence];
    if (inFence && at >= inFence[0]) {
      TAG.lastIndex = inFence[1];
      continue;
    }
    const name = tag[1] ?? '';
    const isThinking = name === 'think' || name === 'thinking';
    const start = at + tag[0].length;
    const closing = `</${name}>`;
    const close = unclosed.has(name) ? -1 : text.indexOf(closing, start);
    // Once there is no end for a tag there is none for its later ones: they need not look for it again.
    if (close < 0) unclosed.add(name);
    if (close < 0 && !isThinking) continue;
    const body = text.slice(start, close < 0 ? text.length : close);
    const block = isThinking ? thinking(body.trim()) : promptCall(tag[2] ?? '', body);
    if (!block) continue;
    blocks.push(...textBlock(text.slice(end, at)), block);
    end = close < 0 ? text.length : close + closing.length;
    TAG.lastIndex = end;
  }
  blocks.push(...textBlock(text.slice(end)));
  return blocks;
}

function textBlock(text: string): ContentBlock[] {
  const words = trimBlankLines(text);
  return words === '' ? [] : [{ type: 'text', text: words }];
}

/** `{"name":...,"arguments":{...}}` between the tags, or `<parameter name="...">` children of `<invoke name="...">`. */
function promptCall(attributes: string, body: string): ToolCallBlock | null {
  const source = body.trim();
  const value = tryJson(source);
  const id = attribute(attributes, 'id');
  const tagName = attribute(attributes, 'name');
  if (isObject(value)) {
    if (typeof value.name === 'string') {
      const key = ['arguments', 'parameters', 'input'].find(
        (each) => value[each] !== undefined && value[each] !== null,
      );
      const args = key === undefined ? undefined : value[key];
      const text = typeof args === 'string' ? args : key === undefined ? undefined : memberOf(source, key);
      return toolCall(typeof value.id === 'string' ? value.id : id, value.name, text);
    }
    return tagName === null ? null : toolCall(id, tagName, source);
  }
  if (tagName === null) return null;
  const parameters = promptParameters(body);
  if (parameters.length === 0) return null;
  const members = parameters.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return toolCall(id, tagName, `{${members.join(',')}}`);
}

const PARAMETER = /<parameter name="([^"<>]{1,200})">/g;
const PARAMETER_END = '</parameter>';

function promptParameters(body: string): [string, string][] {
  const parameters: [string, string][] = [];
  PARAMETER.lastIndex = 0;
  for (let open = PARAMETER.exec(body); open; open = PARAMETER.exec(body)) {
    const start = open.index + open[0].length;
    const close = body.indexOf(PARAMETER_END, start);
    if (close < 0) break;
    parameters.push([open[1] ?? '', body.slice(start, close)]);
    PARAMETER.lastIndex = close + PARAMETER_END.length;
  }
  return parameters;
}
