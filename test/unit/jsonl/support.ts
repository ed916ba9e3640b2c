import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Bytes } from '../../../src/backend/jsonl/bytes';
import { JsonlSessionStore } from '../../../src/backend/jsonl/JsonlSessionStore';
import { decodeText, ParsedLine, parseLine } from '../../../src/backend/jsonl/lineParser';

export type Verdict = 'blank' | 'unreadable' | { role: string; content: string };

const SPACE = '[\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const TRIM = new RegExp(`^${SPACE}|${SPACE}$`, 'g');

/**
 * What the agent makes of a line, decided in another way than the product does: the platform's decoder and JSON.parse,
 * and on top of them the rules in which serde differs.
 */
export function referenceVerdict(line: Buffer): Verdict {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return 'unreadable';
  }
  const trimmed = text.replace(TRIM, '');
  if (trimmed === '') return 'blank';
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    return 'unreadable';
  }
  if (Array.isArray(value)) return value.length === 2 ? message(value[0], value[1]) : 'unreadable';
  if (typeof value !== 'object' || value === null) return 'unreadable';
  const keys = outerKeys(trimmed);
  if (keys.some((key) => !isWellFormed(key))) return 'unreadable';
  const count = (name: string): number => keys.filter((key) => key === name).length;
  if (count('role') !== 1 || count('content') !== 1) return 'unreadable';
  const fields = new Map(Object.entries(value));
  return message(fields.get('role'), fields.get('content'));
}

/** No half surrogate pairs: such a text does not survive UTF-8. */
export function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function message(role: unknown, content: unknown): Verdict {
  if (typeof role !== 'string' || typeof content !== 'string') return 'unreadable';
  return isWellFormed(role) && isWellFormed(content) ? { role, content } : 'unreadable';
}

/** Keys of the outermost object of a valid JSON text, in order, with repetitions. */
function outerKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let last = '';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ':' && depth === 1) keys.push(JSON.parse(last) as string);
    last = token;
  }
  return keys;
}

/** What the product's parser makes of a line, and why. */
export function parserVerdict(line: Buffer): { verdict: Verdict; reason: string } {
  const bytes = new Bytes(Buffer.from(line));
  const parsed = new ParsedLine();
  parseLine(bytes, 0, line.length, parsed);
  return { verdict: verdictOf(bytes.buffer, 0, parsed), reason: parsed.reason };
}

export function verdictOf(buffer: Buffer, start: number, parsed: ParsedLine): Verdict {
  if (parsed.kind !== 'message') return parsed.kind;
  return {
    role: decodeText(buffer, start + parsed.roleStart, start + parsed.roleEnd, parsed.roleEscaped),
    content: decodeText(buffer, start + parsed.contentStart, start + parsed.contentEnd, parsed.contentEscaped),
  };
}

/** Lines as `BufRead::lines` has them, by the simplest means. */
export function naiveLines(file: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (start < file.length) {
    const end = file.indexOf(0x0a, start);
    lines.push(file.subarray(start, end < 0 ? file.length : end));
    start = end < 0 ? file.length : end + 1;
  }
  return lines;
}

export function naiveMessages(file: Buffer): { role: string; content: string }[] {
  return naiveLines(file).flatMap((line) => {
    const verdict = referenceVerdict(line);
    return typeof verdict === 'string' ? [] : [verdict];
  });
}

export interface OpenedStore {
  store: JsonlSessionStore;
  log: string[];
}

export async function openFolder(folder: string, dataFolder?: string, now = Date.now): Promise<OpenedStore> {
  const log: string[] = [];
  const store = await JsonlSessionStore.open(
    { kind: 'jsonl', path: folder, role: 'live' },
    { now, log: (level, text) => log.push(`${level}: ${text}`), dataFolder },
  );
  return { store, log };
}

/** Every name below a folder with its kind, mode, times and bytes. */
export function snapshot(folder: string): string {
  const lines = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const file = path.join(folder, name);
    const stat = fs.lstatSync(file, { bigint: true });
    const hash = stat.isFile() ? crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex') : '';
    return [name, stat.mode, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs, hash].join(' ');
  });
  return lines.sort().join('\n');
}

export function jsonLine(role: string, content: string): string {
  return `${JSON.stringify({ role, content })}\n`;
}

/** `count` messages, numbered. */
export function manyLines(count: number, from = 0, filler = ''): string {
  let text = '';
  for (let i = from; i < from + count; i++) text += jsonLine(i % 2 ? 'assistant' : 'user', `message ${i} ${filler}`);
  return text;
}
