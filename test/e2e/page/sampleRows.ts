/** Conversations made up by rule: any row of a million can be had without the others. */
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationHeader, ConversationRow } from '../../../src/shared/conversationProtocol';

export const sampleNow = Date.parse('2026-11-20T12:00:00Z');

const words =
  'the build step reads every file of the folder and keeps what changed since then while tests run against a copy of the store so nothing is lost'.split(
    ' ',
  );

function sentence(seed: number, length: number): string {
  const text = Array.from({ length }, (_, index) => words[(seed * 7 + index * 5) % words.length]).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

export function message(
  row: number,
  role: string,
  blocks: readonly ContentBlock[],
  createdAt: string | null = null,
): ConversationRow {
  const size = JSON.stringify(blocks).length;
  return { kind: 'message', row, role, createdAt, size, place: `line ${row + 1}`, blocks };
}

export function text(value: string): ContentBlock {
  return { type: 'text', text: value };
}

/** Rows of every common kind in turn, of very different heights. */
export function plainRow(row: number, total: number): ConversationRow {
  const createdAt = new Date(sampleNow - (total - row) * 30_000).toISOString();
  const id = `call_${row % 3}`;
  switch (row % 10) {
    case 0:
      return message(row, 'user', [text(`Question ${row}: ${sentence(row, 9)}`)], createdAt);
    case 1:
      return message(
        row,
        'assistant',
        [
          { type: 'thinking', text: sentence(row, 40), words: 40 },
          {
            type: 'toolCall',
            id: `call_${(row + 1) % 3}`,
            name: 'shell',
            arguments: '{\n  "command": "npm test"\n}',
            json: true,
            summary: 'npm test',
          },
        ],
        createdAt,
      );
    case 2:
      return message(
        row,
        'tool',
        [
          {
            type: 'toolResult',
            callId: id,
            name: null,
            status: row % 20 === 2 ? 'error' : 'ok',
            text: sentence(row, 60),
            size: 400,
          },
        ],
        createdAt,
      );
    case 3:
      return message(
        row,
        'assistant',
        [
          text(
            `Answer ${row}\n\n${sentence(row, 30 + (row % 7) * 20)}\n\n- ${sentence(row, 6)}\n- ${sentence(row + 1, 6)}`,
          ),
        ],
        createdAt,
      );
    case 5:
      return message(
        row,
        'assistant',
        [text(`Code ${row}\n\n\`\`\`ts\n${'const value = compute(row, 42);\n'.repeat(1 + (row % 13))}\`\`\``)],
        createdAt,
      );
    case 7:
      return message(
        row,
        'assistant',
        [
          text(
            `Table ${row}\n\n| file | lines | state |\n|---|---:|---|\n| a.ts | ${row} | new |\n| b.ts | 7 | same |`,
          ),
        ],
        createdAt,
      );
    case 8:
      return row % 50 === 8
        ? {
            kind: 'unreadable',
            row,
            place: `line ${row + 1}`,
            reason: 'duplicate field `content`',
            size: 1200,
            excerpt: '{"role":"user","content":',
          }
        : message(row, 'assistant', [text(sentence(row, 12))], createdAt);
    case 9:
      return row % 100 === 9
        ? { kind: 'blank', row }
        : message(row, 'assistant', [text(`${sentence(row, 120)}\n\n${sentence(row + 3, 90)}`)], createdAt);
    default:
      return message(row, row % 2 === 0 ? 'user' : 'assistant', [text(`Row ${row}. ${sentence(row, 14)}`)], createdAt);
  }
}

export function header(overrides: Partial<ConversationHeader> = {}): ConversationHeader {
  return {
    storeId: 'jsonl:/home/me/.zeroclaw/workspace/sessions',
    storeKind: 'jsonl',
    storeLabel: 'workspace/sessions',
    path: '/home/me/.zeroclaw/workspace/sessions/telegram_user123.jsonl',
    key: 'telegram_user123',
    origin: 'live',
    label: 'Fix the flaky build',
    name: null,
    state: 'idle',
    turnStartedAt: null,
    createdAt: '2026-11-18T09:12:00.123456789+00:00',
    lastActivity: new Date(sampleNow - 3 * 3600_000).toISOString(),
    messageCount: 128,
    size: 1_234_567,
    channel: 'telegram',
    attributes: { agent_alias: 'clamps' },
    problems: [],
    ...overrides,
  };
}
