import { parseContent } from '../../content/parse';
import { Bytes } from '../../jsonl/bytes';
import { ParsedLine, parseLine } from '../../jsonl/lineParser';
import { readSpan } from '../../jsonl/readBytes';
import { noStats } from './chunks';
import { textOf } from './lineText';

/** Each call has one of these in its message's content; a backslash may spell the key of a native call. */
const MAY_CALL = /tool|invoke|function_call|\\u/;
const STEP = 1024 * 1024;

/** Names of the tools that were called in a session so far, by the ids of the calls. */
export class ToolCalls {
  private readonly names = new Map<string, string>();
  private before: Map<string, string> | undefined;

  /** `start`: what lies before it in the file is looked at only when an id is not found behind it. */
  constructor(
    private readonly fd: number,
    private readonly start: number,
  ) {}

  /** Takes the next message of the session. */
  add(role: string, content: string): void {
    collect(role, content, this.names);
  }

  /** Name of the tool that the last call with this id was for. */
  nameOf(id: string): string | null {
    const known = this.names.get(id);
    if (known !== undefined || this.start === 0) return known ?? null;
    this.before ??= callsBefore(this.fd, this.start);
    return this.before.get(id) ?? null;
  }
}

function collect(role: string, content: string, names: Map<string, string>): void {
  if (role !== 'assistant' || !MAY_CALL.test(content)) return;
  // Of several calls with one id in a message the first one counts.
  const own = new Set<string>();
  for (const block of parseContent(role, content).blocks) {
    if (block.type !== 'toolCall' || block.id === null || own.has(block.id)) continue;
    own.add(block.id);
    names.set(block.id, block.name);
  }
}

function callsBefore(fd: number, end: number): Map<string, string> {
  const names = new Map<string, string>();
  const parsed = new ParsedLine();
  let rest: Buffer = Buffer.alloc(0);
  for (let at = 0; at < end; at += STEP) {
    const bytes = new Bytes(Buffer.concat([rest, readSpan(fd, at, Math.min(end, at + STEP), noStats)]));
    const { buffer } = bytes;
    let start = 0;
    for (let lineEnd = buffer.indexOf(0x0a); lineEnd >= 0; lineEnd = buffer.indexOf(0x0a, start)) {
      parseLine(bytes, start, lineEnd, parsed);
      if (parsed.kind === 'message') {
        const { role, content } = textOf(buffer, start, parsed);
        collect(role, content, names);
      }
      start = lineEnd + 1;
    }
    rest = Buffer.from(buffer.subarray(start));
  }
  return names;
}
