/** A message's text -> what it means. Every shape of zeroclaw's messages; what does not parse stays text. */
import type { ContentBlock, MessageContent } from '../../shared/content';
import { splitAssistantText, thinking } from './assistantText';
import { elementsOf, type JsonMember, memberOf, membersOf, prettyJson } from './jsonText';
import { parseSummary, splitInterruption, splitMedia } from './markers';
import { splitPrefixes } from './prefixes';
import { isObject, type JsonObject, nativeToolCall, parsePromptResults, toolResult, tryJson } from './toolCalls';

/** Content blocks of one message, uncut. Linear in the length of `content`; never throws. */
export function parseContent(role: string, content: string): MessageContent {
  if (content === '') return { blocks: [] };
  switch (role) {
    case 'assistant':
      return { blocks: parseNativeRound(content) ?? parseAssistant(content) };
    case 'tool':
      return { blocks: [parseToolMessage(content)] };
    case 'user':
      return parseUser(content);
    default:
      return { blocks: parseSummary(content) ?? [{ type: 'text', text: content }] };
  }
}

function parseObject(content: string): JsonObject | null {
  // Cheap look first: an answer of 15 MB that merely begins with a brace is parsed once, others never.
  const first = content.trimStart()[0];
  if (first !== '{' || !content.trimEnd().endsWith('}')) return null;
  const value = tryJson(content);
  return isObject(value) ? value : null;
}

const ROUND_KEYS = new Set(['content', 'reasoning_content', 'tool_calls']);

/** `{"content":...,"reasoning_content":...,"tool_calls":[...]}`, how channels keep a native tool round. */
function parseNativeRound(content: string): ContentBlock[] | null {
  const round = parseObject(content);
  if (!round) return null;
  const calls = round.tool_calls;
  const reasoning = round.reasoning_content;
  if (!Array.isArray(calls) && typeof reasoning !== 'string') return null;
  if (round.content !== undefined && round.content !== null && typeof round.content !== 'string') return null;
  const blocks: ContentBlock[] = [];
  if (typeof reasoning === 'string' && reasoning.trim() !== '') blocks.push(thinking(reasoningText(reasoning)));
  if (typeof round.content === 'string') blocks.push(...parseAssistant(round.content));
  const members = membersOf(content);
  const last = (key: string): JsonMember | undefined => members.findLast((member) => member.key === key);
  const sources = Array.isArray(calls) ? elementsOf(last('tool_calls')?.value ?? '') : [];
  for (const [index, entry] of (Array.isArray(calls) ? calls : []).entries()) {
    const source = sources[index] ?? '';
    blocks.push(nativeToolCall(entry, source) ?? jsonBlock(source));
  }
  // What a newer writer adds is shown as it is rather than dropped.
  const unknown = members.filter((member) => !ROUND_KEYS.has(member.key) || last(member.key) !== member);
  if (unknown.length > 0) {
    blocks.push(jsonBlock(`{${unknown.map(({ keyText, value }) => `${keyText}:${value}`).join(',')}}`));
  }
  return blocks;
}

function jsonBlock(source: string): ContentBlock {
  return { type: 'text', text: `\`\`\`json\n${prettyJson(source) ?? source}\n\`\`\``, fenced: true };
}

/** Anthropic and Bedrock keep reasoning as lines of `{"signature":...,"thinking":...}`. */
function reasoningText(reasoning: string): string {
  if (!reasoning.trimStart().startsWith('{')) return reasoning.trim();
  const parts: string[] = [];
  for (const line of reasoning.split('\n')) {
    if (line.trim() === '') continue;
    const value = tryJson(line);
    if (!isObject(value) || typeof value.thinking !== 'string') return reasoning.trim();
    parts.push(value.thinking);
  }
  return parts.join('\n\n').trim();
}

function parseAssistant(content: string): ContentBlock[] {
  const summary = parseSummary(content);
  if (summary) return summary;
  const interruption = splitInterruption(content);
  const text = interruption ? interruption.rest : content;
  const blocks: ContentBlock[] = [];
  const nextImage = counter();
  for (const block of splitAssistantText(text)) {
    if (block.type === 'text') blocks.push(...splitMedia(block.text, nextImage));
    else blocks.push(block);
  }
  if (interruption) blocks.push(interruption.marker);
  return blocks;
}

function parseToolMessage(content: string): ContentBlock {
  const value = parseObject(content);
  if (value && 'content' in value && 'tool_call_id' in value) {
    const id = typeof value.tool_call_id === 'string' ? value.tool_call_id : null;
    return toolResult(id, null, null, typeof value.content === 'string' ? value.content : resultText(content));
  }
  return toolResult(null, null, null, content);
}

/** A result that is no text: its JSON. */
function resultText(content: string): string {
  const source = memberOf(content, 'content') ?? '';
  return prettyJson(source) ?? source;
}

function parseUser(content: string): MessageContent {
  const results = parsePromptResults(content);
  if (results) return { blocks: results };
  const { rest, memory, sender, observed, statedTime } = splitPrefixes(content);
  const blocks: ContentBlock[] = [];
  if (memory !== undefined) {
    blocks.push({ type: 'marker', kind: 'memory', label: 'Recalled memory', text: memory });
  }
  const summary = parseSummary(rest);
  if (summary) blocks.push(...summary);
  else {
    const interruption = splitInterruption(rest);
    blocks.push(...splitMedia(interruption ? interruption.rest : rest, counter()));
    if (interruption) blocks.push(interruption.marker);
  }
  return {
    blocks,
    ...(statedTime === undefined ? {} : { statedTime }),
    ...(sender === undefined ? {} : { sender: observed ? `${sender} (overheard)` : sender }),
  };
}

function counter(): () => number {
  let next = 0;
  return () => next++;
}
