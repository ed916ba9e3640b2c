/** Content that tries to run, to load, to hide or to choke the page. */
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { message, text } from './sampleRows';

const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror="alert(2)"><svg onload="alert(3)"></svg>',
  '[a](javascript:alert(4)) [b](JaVaScRiPt:alert(5)) [c](data:text/html,<script>alert(6)</script>) [d](vscode://x/y)',
  '[e](command:workbench.action.terminal.sendSequence) <javascript:alert(7)> [f](file:///etc/passwd)',
  '![x](https://evil.test/pixel.png) ![y](data:image/svg+xml,<svg onload=alert(8)>) ![z](//evil.test/p.png)',
  '```html\n<script>alert(9)</script><img src=x onerror=alert(10)>\n```',
  '```"><img/src=x/onerror=alert(11)>\ncode\n```',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(12)&gt;">',
  '<iframe src="https://evil.test"></iframe><form action="https://evil.test"><button>go</button></form>',
  '<style>*{display:none}</style><link rel=stylesheet href=https://evil.test/a.css><base href=https://evil.test>',
  '[ref]: javascript:alert(13)\n\n[ref]',
  `${'> '.repeat(200)}deep`,
  `${'- '.repeat(200)}deep`,
  `${'['.repeat(5000)}${'](x)'.repeat(5000)}`,
  `${'*a_'.repeat(6000)}`,
  `${'`'.repeat(3000)} ${'<'.repeat(9000)}`,
  `|${'a|'.repeat(400)}\n|${'-|'.repeat(400)}\n${`|${'b|'.repeat(400)}\n`.repeat(8)}`,
  '\u202E\u2066'.repeat(10_000),
  'x'.repeat(40_000),
  'ﷺ'.repeat(4000),
  `a${'\u0301'.repeat(5000)}`,
  '\0\u0001\u001b]8;;https://evil.test\u0007link\u001b]8;;\u0007',
];

const blocks: readonly ContentBlock[] = [
  {
    type: 'toolCall',
    id: '<b>',
    name: '<img src=x onerror=alert(20)>\u202Ename',
    arguments: `{"a":"${'<script>'.repeat(500)}"}`,
    json: true,
    summary: '"><script>alert(21)</script>',
  },
  {
    type: 'toolResult',
    callId: 'none',
    name: '__proto__',
    status: null,
    text: '<script>alert(22)</script>',
    size: 15_000_000,
    cut: { totalBytes: 15_000_000 },
  },
  {
    type: 'image',
    source: {
      kind: 'data',
      mediaType: 'text/html',
      bytes: 10,
      index: 0,
      uri: 'data:text/html,<script>alert(23)</script>',
    },
  },
  {
    type: 'image',
    source: {
      kind: 'data',
      mediaType: 'image/svg+xml',
      bytes: 10,
      index: 1,
      uri: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="alert(24)"><script>alert(25)</script></svg>',
    },
  },
  {
    type: 'image',
    source: { kind: 'data', mediaType: 'image/png', bytes: 10, index: 2, uri: 'https://evil.test/a.png' },
  },
  { type: 'image', source: { kind: 'remote', url: 'https://evil.test/b.png' } },
  { type: 'attachment', kind: 'file', label: '../../\u202Etxt.exe', path: '/etc/passwd' },
  { type: 'marker', kind: 'summary', label: '<b>label</b>', text: '<script>alert(26)</script>' },
];

export const hostileRows: readonly ConversationRow[] = [
  ...attacks.map((attack, row) => message(row, row % 2 === 0 ? 'user' : 'assistant', [text(attack)])),
  ...blocks.map((block, index) => message(attacks.length + index, 'assistant', [block])),
  message(attacks.length + blocks.length, '__proto__', [text('odd role')]),
  message(attacks.length + blocks.length + 1, '<script>alert(30)</script>', [text('odd role')]),
  // Not what the contract says: one bad message must not take the others with it.
  message(attacks.length + blocks.length + 2, 'assistant', [{ type: 'text', text: null as unknown as string }]),
  message(attacks.length + blocks.length + 3, 'assistant', [
    { type: 'toolCall', id: 'x', name: 'n', json: true, summary: '' } as unknown as ContentBlock,
  ]),
  message(attacks.length + blocks.length + 4, 'user', [text('The last one is fine.')]),
];
