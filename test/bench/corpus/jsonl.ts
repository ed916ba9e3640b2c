import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Corpora of zeroclaw's JSONL sessions for benchmarks: believable, the same at every run, fast to write.
 * Chat turns with time prefixes, native tool rounds, prompt-mode tool rounds, long answers, several scripts.
 */

export interface Random {
  /** [0, 1) */
  next(): number;
  int(below: number): number;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: small, fast, the same everywhere. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    pick: (items) => {
      const item = items[int(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}

const WORDS = (
  'the a to of and in is it that for on with as this file test build error server session message please look run check why does ' +
  'not work after last change branch config token channel agent tool result function returns value line number path folder open ' +
  'close read write move delete list find deploy release version commit review merge fix bug feature user name data base index ' +
  'query page tree view window panel button time zone today tomorrow weather meeting note plan draft report summary table chart'
).split(' ');
const PHRASES = [
  'schöne Grüße',
  '你好，请检查一下日志',
  'как дела с релизом?',
  '🦀 nice',
  'naïve café',
  '`npm test`',
  'O’Reilly',
  'مرحبا',
];
const FILES = [
  'src/index.ts',
  'README.md',
  'Cargo.toml',
  'crates/infra/src/session_store.rs',
  'test/unit/parser.test.ts',
  '/etc/hosts',
];
const TOOLS = ['shell', 'read_file', 'web_search', 'http_request', 'memory_recall'];

function sentence(r: Random, words: number): string {
  let text = '';
  for (let i = 0; i < words; i++) {
    const chance = r.next();
    text += (i ? ' ' : '') + (chance < 0.03 ? r.pick(PHRASES) : chance < 0.05 ? r.pick(FILES) : r.pick(WORDS));
  }
  return `${text}${r.pick(['.', '.', '?', '!'])}`;
}

function paragraph(r: Random, characters: number): string {
  let text = sentence(r, 6 + r.int(12));
  while (text.length < characters) text += (r.next() < 0.25 ? '\n\n' : ' ') + sentence(r, 6 + r.int(14));
  return text;
}

function code(r: Random, lines: number): string {
  let text = '```ts\n';
  for (let i = 0; i < lines; i++)
    text += `  const ${r.pick(WORDS)} = await ${r.pick(WORDS)}("${r.pick(FILES)}", ${r.int(1000)});\n`;
  return `${text}\`\`\``;
}

function stamp(minute: number): string {
  const at = new Date(Date.UTC(2026, 7, 20) + minute * 60_000).toISOString();
  return `[${at.slice(0, 10)} ${at.slice(11, 19)} CEST]`;
}

function line(role: string, content: string): string {
  return `${JSON.stringify({ role, content })}\n`;
}

/** The lines of one turn, in the shapes that zeroclaw's channels write. `average`: bytes of a line, roughly. */
export function turn(r: Random, minute: number, average: number): string[] {
  const lines = [line('user', `${stamp(minute)} ${sentence(r, 4 + r.int(16))}`)];
  const kind = r.next();
  if (kind < 0.3) {
    for (let round = 0; round <= r.int(3); round++) {
      const id = `call_${minute}_${round}`;
      const calls = [{ arguments: JSON.stringify({ command: `ls -la ${r.pick(FILES)}` }), id, name: r.pick(TOOLS) }];
      const thought = r.next() < 0.5 ? { reasoning_content: sentence(r, 12) } : {};
      lines.push(line('assistant', JSON.stringify({ content: null, ...thought, tool_calls: calls })));
      const output = `${paragraph(r, average * (0.4 + r.next()))}\n[receipt: zc-receipt-${1774608496 + minute}-abc]`;
      lines.push(line('tool', JSON.stringify({ content: output, tool_call_id: id })));
    }
  } else if (kind < 0.4) {
    const call = JSON.stringify({
      name: 'http_request',
      arguments: { url: 'https://example.com', path: r.pick(FILES) },
    });
    lines.push(line('assistant', `Let me check.\n<tool_call>\n${call}\n</tool_call>`));
    const result = `<tool_result name="http_request" status="ok">\n${paragraph(r, average)}\n</tool_result>\n`;
    lines.push(line('user', `[Tool results]\n${result}`));
  }
  const answer = paragraph(r, average * (0.6 + r.next() * 1.4));
  lines.push(line('assistant', r.next() < 0.15 ? `${answer}\n\n${code(r, 3 + r.int(8))}` : answer));
  return lines;
}

/** Writes `sessions` files of exactly `messagesPerSession` lines with different modification times. */
export function makeJsonlFolder(
  folder: string,
  { sessions, messagesPerSession }: { sessions: number; messagesPerSession: number },
  seed = 1,
): void {
  fs.mkdirSync(folder, { recursive: true });
  const r = random(seed);
  // Turns are made once and dealt out: writing 10,000 files should take seconds.
  const pool = Array.from({ length: 400 }, (_, index) => turn(r, index * 7, 260));
  const newest = Date.UTC(2026, 8, 1) / 1000;
  for (let session = 0; session < sessions; session++) {
    const lines: string[] = [line('user', `${stamp(session)} session ${session}: ${sentence(r, 8)}`)];
    while (lines.length < messagesPerSession) lines.push(...r.pick(pool));
    lines.length = messagesPerSession;
    const channel = r.pick(['telegram', 'slack_thread', 'matrix__room_example_org', 'gw', 'whatsapp']);
    const file = path.join(folder, `${channel}_${String(session).padStart(6, '0')}_user.jsonl`);
    fs.writeFileSync(file, lines.join(''));
    fs.utimesSync(file, newest - session * 60, newest - session * 60);
  }
}

export interface BigSession {
  readonly lines: number;
  readonly bytes: number;
  /** So many lines apart stands one that no reader takes. */
  readonly badEvery?: number;
}

/** Writes one session of exactly `lines` lines and about `bytes` bytes. */
export function makeBigSession(file: string, { lines, bytes, badEvery }: BigSession, seed = 2): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const r = random(seed);
  // The mean of a line is not the `average` that a turn is made with: measure, then correct once.
  const wanted = bytes / lines;
  const mean = (turns: string[][]): number => Buffer.byteLength(turns.flat().join('')) / turns.flat().length;
  const sample = mean(Array.from({ length: 500 }, (_, index) => turn(r, index, wanted)));
  const pool = Array.from({ length: 3000 }, (_, index) => turn(r, index * 3, (wanted * wanted) / sample));
  const fd = fs.openSync(file, 'w');
  try {
    let written = 0;
    let block: string[] = [];
    while (written < lines) {
      const next = r.pick(pool);
      const room = lines - written;
      const part = next.length > room ? next.slice(0, room) : next;
      for (const [index, line] of part.entries()) {
        block.push(
          badEvery !== undefined && (written + index) % badEvery === 0 ? line.replace('"role"', '"rule"') : line,
        );
      }
      written += part.length;
      if (block.length > 4000 || written === lines) {
        fs.writeSync(fd, block.join(''));
        block = [];
      }
    }
  } finally {
    fs.closeSync(fd);
  }
}
