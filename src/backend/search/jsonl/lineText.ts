import { decodeText, type ParsedLine } from '../../jsonl/lineParser';

/** Role and content of a line at `start` of a buffer, which must have been parsed as a message. */
export function textOf(buffer: Buffer, start: number, parsed: ParsedLine): { role: string; content: string } {
  return { role: roleOf(buffer, start, parsed), content: contentOf(buffer, start, parsed) };
}

export function roleOf(buffer: Buffer, start: number, { roleStart, roleEnd, roleEscaped }: ParsedLine): string {
  return decodeText(buffer, start + roleStart, start + roleEnd, roleEscaped);
}

export function contentOf(
  buffer: Buffer,
  start: number,
  { contentStart, contentEnd, contentEscaped }: ParsedLine,
): string {
  return decodeText(buffer, start + contentStart, start + contentEnd, contentEscaped);
}

export function lineName(row: number): string {
  return `line ${row + 1}`;
}
