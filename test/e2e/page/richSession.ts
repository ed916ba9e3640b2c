/** A conversation with one of everything, for screenshots and for the tests of single blocks. */
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { message, sampleNow, text } from './sampleRows';

const pixel =
  'data:image/svg+xml;utf8,<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="320" height="180" fill="%23569"/><circle cx="160" cy="90" r="60" fill="%23fc6"/></svg>';

function call(id: string, name: string, summary: string, args: object): ContentBlock {
  return { type: 'toolCall', id, name, arguments: JSON.stringify(args, null, 2), json: true, summary };
}

function result(callId: string, status: 'ok' | 'error' | null, output: string, size = output.length): ContentBlock {
  return { type: 'toolResult', callId, name: null, status, text: output, size };
}

const answer = `The suite fails in one place: \`clock.test.ts\` compares **local** times.

## What I changed

1. Use UTC in the fixture
2. Keep the zone of the *store*
   - and never guess it
3. See [the notes](https://example.com/notes) or ask at <mailto:team@example.com>

\`\`\`ts
// The store keeps UTC; the screen does not.
export function stamp(time: Date, zone = 'UTC'): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone }).formatToParts(time);
  return parts.map((part) => part.value).join('') + \`, \${42}\`; // true
}
\`\`\`

| file | lines | before | after |
|:--|--:|--:|--:|
| \`clock.test.ts\` | 128 | 3 failing | 0 failing |
| \`format.ts\` | 64 | 1,204 ms | 87 ms |

> A test that depends on where it runs is no test.

![diagram of the stores](https://example.com/diagram.png)`;

const diff = `\`\`\`diff
@@ -1,3 +1,3 @@
-const zone = 'local';
+const zone = 'UTC';
 export { zone };
\`\`\``;

const blocks: readonly (readonly [role: string, minutes: number, blocks: readonly ContentBlock[]])[] = [
  ['system', 3000, [text('You are a careful assistant. Answer in English.')]],
  [
    'user',
    2995,
    [
      {
        type: 'marker',
        kind: 'memory',
        label: 'Recalled memory · 2 notes',
        text: '- zone: Europe/Berlin\n- name: Ada',
      },
      text('The build is red since yesterday. Can you find out why?'),
    ],
  ],
  [
    'assistant',
    2994,
    [
      {
        type: 'thinking',
        text: 'The user wants to know why the build fails. First look at the output of the tests.',
        words: 214,
      },
      call('call_1', 'shell', 'npm test', { command: 'npm test', timeout: 60 }),
      call('call_2', 'read_file', 'test/unit/clock.test.ts', { path: 'test/unit/clock.test.ts' }),
      call('call_3', 'search', 'toLocaleString in src/**', { pattern: 'toLocaleString', glob: 'src/**' }),
    ],
  ],
  [
    'tool',
    2993,
    [
      result(
        'call_1',
        'error',
        '> project@1.0.0 test\n> mocha\n\n  1 failing\n\n  1) clock formats a time\n     AssertionError: expected 12:00 to equal 10:00\n\u001b[31mexit code 1\u001b[0m',
        1234,
      ),
    ],
  ],
  [
    'tool',
    2993,
    [result('call_2', 'ok', "import assert from 'node:assert';\n\ntest('formats a time', () => {});", 5321)],
  ],
  ['tool', 2992.9, [result('call_3', 'ok', '', 0)]],
  [
    'assistant',
    2990,
    [
      call(
        'call_1',
        'shell',
        'npm run build --silent && node dist/a-very-long-name/that-goes-on/and-on/until-it-does-not-fit.js --verbose',
        { command: 'npm run build' },
      ),
    ],
  ],
  ['tool', 2988, [result('call_1', 'ok', 'done\n'.repeat(40), 15_000_000)]],
  ['assistant', 2987, [text(answer)]],
  [
    'user',
    1400,
    [
      text('Thanks! Now in one line, please, and here is the screen:'),
      { type: 'image', source: { kind: 'data', mediaType: 'image/svg+xml', bytes: 240, index: 0, uri: pixel } },
    ],
  ],
  [
    'assistant',
    1399,
    [
      text(diff),
      {
        type: 'toolCall',
        id: 'call_9',
        name: 'write_file',
        arguments: '{"path": "x"',
        json: false,
        summary: 'src/zone.ts',
      },
    ],
  ],
  ['user', 1300, [text('مرحبا! هل يمكنك تلخيص ما حدث؟ استخدم `npm test` من فضلك.')]],
  ['assistant', 1299, [text('نعم: الاختبار كان يقارن الوقت المحلي. تم الإصلاح.\n\n- أولا\n- ثانيا')]],
  [
    'user',
    60,
    [
      { type: 'attachment', kind: 'document', label: 'report.pdf', path: '/home/me/report.pdf' },
      { type: 'attachment', kind: 'voice', label: '', text: 'Please look at the report, page three.' },
      { type: 'image', source: { kind: 'file', path: '/home/me/pictures/screen shot.png' } },
      {
        type: 'image',
        source: {
          kind: 'remote',
          url: 'https://example.com/a/very/long/address/of/an/image/that/does/not/fit.png?with=a&query=1',
        },
      },
      { type: 'image', source: { kind: 'missing', reason: 'download failed' } },
    ],
  ],
  ['tool', 59, [result('call_77', null, 'left over', 9)]],
  ['assistant', 58, [{ type: 'marker', kind: 'failed', label: 'Task failed, not continuing this request' }]],
  [
    'assistant',
    57,
    [
      {
        type: 'marker',
        kind: 'summary',
        label: 'Context summary · 4 earlier messages compressed',
        text: 'The user asked about the **build**.',
      },
      { type: 'marker', kind: 'usedTools', label: 'Used tools: shell, web_search' },
    ],
  ],
  [
    'user',
    56,
    [
      text(
        'Pay to \u202Eknab ruoy\u202C, file\u200B\u200Bname a\u0000b, family 👨‍👩‍👧, می‌خواهم, [click](javascript:alert(1)) [cmd](command:workbench.action.quit)',
      ),
    ],
  ],
  ['observer', 55, [text('A role that nobody knows.')]],
  ['assistant', 54, [text('All tests pass now.')]],
];

export const richRows: readonly ConversationRow[] = blocks.flatMap(
  ([role, minutes, content], index): ConversationRow[] => {
    const row = index < 17 ? index : index + 2;
    const made = message(row, role, content, new Date(sampleNow - minutes * 60_000).toISOString());
    if (index !== 16) return [made];
    return [
      made,
      {
        kind: 'unreadable',
        row: 17,
        place: 'line 18',
        reason: 'duplicate field `content`',
        size: 1234,
        excerpt: '{"role":"user","content":"a","content":"b\u202Ec"}',
      },
      { kind: 'blank', row: 18 },
    ];
  },
);
