// A coding agent at work on the sample project: native tool rounds, a failing test, its fix, a second task.
import { Chat } from '../chat.mjs';

const testFailure = `
> tidewatch@0.4.1 test
> node --test test/

✔ reads rows and skips notes (1.04ms)
✖ reads tables with Windows line ends (0.91ms)
✔ warns below draught plus reserve (0.38ms)
ℹ tests 3
ℹ pass 2
ℹ fail 1
ℹ duration_ms 71.3

✖ failing tests:

test at test/parseTable.test.js:11:1
✖ reads tables with Windows line ends (0.91ms)
  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

  NaN !== 0.41

      at TestContext.<anonymous> (file:///home/mira/tidewatch/test/parseTable.test.js:12:10)
      at Test.runInAsyncScope (node:async_hooks:214:14) {
    generatedMessage: true,
    code: 'ERR_ASSERTION',
    actual: NaN,
    expected: 0.41,
    operator: 'strictEqual'
  }

[exit code: 1]`;

const parser = `/** Rows of a tide table: \`2026-09-01T04:12+02:00;0.41\`. Lines that start with # are notes. */
export function parseTable(text) {
  return text
    .split('\\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [time, height] = line.split(';');
      return { time: new Date(time), height: parseHeight(height) };
    });
}

/** German tables write 0,41. */
function parseHeight(text) {
  return Number(/^-?\\d+([.,]\\d+)?$/.test(text) ? text.replace(',', '.') : NaN);
}
`;

const diff = `diff --git a/src/parseTable.js b/src/parseTable.js
index 3f1c2aa..9b07e51 100644
--- a/src/parseTable.js
+++ b/src/parseTable.js
@@ -1,9 +1,9 @@
 /** Rows of a tide table: \`2026-09-01T04:12+02:00;0.41\`. Lines that start with # are notes. */
 export function parseTable(text) {
   return text
-    .split('\\n')
-    .filter((line) => line !== '' && !line.startsWith('#'))
+    .split(/\\r?\\n/)
+    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
     .map((line) => {
       const [time, height] = line.split(';');
       return { time: new Date(time), height: parseHeight(height) };`;

function passed(count, names) {
  return `
> tidewatch@0.4.1 test
> node --test test/

${names.map((name, index) => `✔ ${name} (0.${index + 3}7ms)`).join('\n')}
ℹ tests ${count}
ℹ pass ${count}
ℹ fail 0
ℹ duration_ms 68.9

[exit code: 0]`;
}

const threeTests = [
  'reads rows and skips notes',
  'reads tables with Windows line ends',
  'warns below draught plus reserve',
];

function fixTheTest(chat) {
  chat
    .user(
      'npm test fails since I added the Büsum table. The file comes from the harbour office, made on Windows. Can you look? Please do not touch the CSV itself.',
    )
    .round({
      think:
        'The file is from Windows, so CRLF is the first suspect. Look at the bytes and at the parser before deciding anything.',
      say: "I'll look at the parser, at the file's line ends, and run the tests.",
      calls: [
        ['file_read', { path: 'src/parseTable.js' }, parser],
        [
          'shell',
          { command: 'head -c 120 data/buesum.csv | xxd | head -5' },
          '00000000: 2320 42c3 bc73 756d 0d0a 3230 3236 2d30  # B..sum..2026-0\n00000010: 392d 3031 5430 343a 3331 2b30 323a 3030  9-01T04:31+02:00\n00000020: 3b30 2e34 310d 0a32 3032 362d 3039 2d30  ;0.41..2026-09-0\n00000030: 3154 3130 3a35 342b 3032 3a30 303b 332e  1T10:54+02:00;3.\n00000040: 3334 0d0a 3230 3236 2d30 392d 3031 5431  34..2026-09-01T1',
        ],
        ['shell', { command: 'npm test' }, testFailure],
      ],
      receipt: true,
    })
    .round({
      think:
        "0d 0a confirms it. split('\\n') leaves '\\r' at the end of the height; the strict pattern in parseHeight then fails and gives NaN. Number('0.41\\r') alone would have worked, so this broke when the pattern came in. Check who else splits lines.",
      calls: [
        [
          'grep',
          { pattern: "split\\('\\\\n'\\)", path: 'src' },
          "src/parseTable.js:4:    .split('\\n')\nsrc/notices.js:19:  const lines = body.split('\\n');",
        ],
        [
          'shell',
          { command: 'git log --oneline -5 -- src/parseTable.js' },
          '3f1c2aa Accept decimal commas in tables\n81d0e44 Skip notes\nc2a9917 First tables',
        ],
      ],
    })
    .round({
      say: 'The lines end in `\\r\\n`, and the stray `\\r` makes every height `NaN`. I change the one place that splits tables.',
      calls: [
        [
          'file_edit',
          {
            path: 'src/parseTable.js',
            old_string: "    .split('\\n')\n    .filter((line) => line !== '' && !line.startsWith('#'))",
            new_string: "    .split(/\\r?\\n/)\n    .filter((line) => line.trim() !== '' && !line.startsWith('#'))",
          },
          'Edited src/parseTable.js: replaced 1 occurrence (2 lines)',
        ],
      ],
      receipt: true,
    })
    .round({
      calls: [
        ['shell', { command: 'npm test' }, passed(3, threeTests)],
        ['shell', { command: 'git diff' }, diff],
      ],
      receipt: true,
    })
    .assistant(`Fixed; all three tests pass.

**Cause.** The harbour office's file ends its lines with \`\\r\\n\`. \`parseTable\` split at \`\\n\` only, so each height was \`"0.41\\r"\`. Up to commit \`81d0e44\` that still worked, since \`Number()\` ignores white space; the stricter pattern of \`3f1c2aa\` ("Accept decimal commas") turned it into \`NaN\`.

**Change.** Two lines in \`src/parseTable.js\`:

\`\`\`diff
-    .split('\\n')
-    .filter((line) => line !== '' && !line.startsWith('#'))
+    .split(/\\r?\\n/)
+    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
\`\`\`

**Not changed.** \`src/notices.js:19\` splits the same way, but only text that we write ourselves. The CSV is untouched.`);
}

function addDraught(chat) {
  chat
    .user(
      'Great. Second thing: 1.2 m draught is hard-coded in server.js. Make it a query parameter `draught`, default 1.2, and answer 400 for nonsense. With a test please.',
    )
    .round({
      think:
        'Read the server and warnings. The server starts listening on import, so a test needs the parsing split out. Keep it small: a function draughtOf(url).',
      calls: [
        [
          'file_read',
          { path: 'src/server.js' },
          "import { createServer } from 'node:http';\nimport { readFile } from 'node:fs/promises';\nimport { parseTable } from './parseTable.js';\nimport { lowWater } from './warnings.js';\n\ncreateServer(async (request, response) => {\n  const harbour = /^\\/harbours\\/([a-z]+)\\/next$/.exec(request.url ?? '')?.[1];\n  if (!harbour) return response.writeHead(404).end();\n  …",
        ],
        [
          'file_read',
          { path: 'src/warnings.js' },
          'export function lowWater(rows, draught, reserve = 0.3) {\n  return rows.filter(({ height }) => height < draught + reserve);\n}\n',
        ],
      ],
    })
    .round({
      say: 'The server listens as soon as it is imported, so I put the reading of the query into a function of its own that a test can call.',
      calls: [
        [
          'file_write',
          {
            path: 'src/query.js',
            content:
              "/** Draught in metres from the query; `undefined` when it makes no sense. */\nexport function draughtOf(url) {\n  const text = url.searchParams.get('draught') ?? '1.2';\n  const draught = Number(text);\n  return text.trim() !== '' && draught > 0 && draught < 20 ? draught : undefined;\n}\n",
          },
          'Wrote src/query.js (6 lines, 262 bytes)',
        ],
        [
          'file_write',
          {
            path: 'test/query.test.js',
            content: `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { draughtOf } from '../src/query.js';\n\nconst at = (query) => draughtOf(new URL(\`http://x/harbours/husum/next\${query}\`));\n\ntest('draught: given, default, nonsense', () => {\n  assert.equal(at('?draught=0.8'), 0.8);\n  assert.equal(at(''), 1.2);\n  for (const bad of ['?draught=', '?draught=-1', '?draught=deep', '?draught=Infinity']) assert.equal(at(bad), undefined, bad);\n});\n`,
          },
          'Wrote test/query.test.js (13 lines, 534 bytes)',
        ],
        [
          'file_edit',
          {
            path: 'src/server.js',
            old_string: '  const [next] = lowWater(rows.filter(({ time }) => time > new Date()), 1.2);',
            new_string: '  const [next] = lowWater(rows.filter(({ time }) => time > new Date()), draught);',
          },
          'Error: old_string not found in src/server.js. The file was not changed.',
        ],
      ],
    })
    .round({
      think: 'The edit failed; I saw only the beginning of the file. Read the rest.',
      calls: [
        [
          'shell',
          { command: "sed -n '6,20p' src/server.js" },
          `createServer(async (request, response) => {\n  const harbour = /^\\/harbours\\/([a-z]+)\\/next$/.exec(request.url ?? '')?.[1];\n  if (!harbour) return response.writeHead(404).end();\n  const rows = parseTable(await readFile(\`data/\${harbour}.csv\`, 'utf8'));\n  const upcoming = rows.filter(({ time }) => time > new Date());\n  const [next] = lowWater(upcoming, 1.2);`,
        ],
      ],
    })
    .round({
      calls: [
        [
          'file_edit',
          {
            path: 'src/server.js',
            old_string: "  const harbour = /^\\/harbours\\/([a-z]+)\\/next$/.exec(request.url ?? '')?.[1];",
            new_string:
              "  const url = new URL(request.url ?? '', 'http://localhost');\n  const harbour = /^\\/harbours\\/([a-z]+)\\/next$/.exec(url.pathname)?.[1];\n  const draught = draughtOf(url);\n  if (draught === undefined) return response.writeHead(400).end('draught: metres, above 0 and below 20');",
          },
          'Edited src/server.js: replaced 1 occurrence (1 line by 4)',
        ],
        [
          'file_edit',
          { path: 'src/server.js', old_string: 'lowWater(upcoming, 1.2)', new_string: 'lowWater(upcoming, draught)' },
          'Edited src/server.js: replaced 1 occurrence (1 line)',
        ],
        ['shell', { command: 'npm test' }, passed(4, [...threeTests, 'draught: given, default, nonsense'])],
        [
          'shell',
          {
            command:
              "node src/server.js & sleep 1; curl -s -o /dev/null -w '%{http_code}\\n' 'localhost:4280/harbours/husum/next?draught=deep'; curl -s 'localhost:4280/harbours/husum/next?draught=0.4'; kill %1",
          },
          '400\n{"time":"2026-09-01T02:12:00.000Z","height":0.41}',
        ],
      ],
      receipt: true,
    })
    .assistant(`Done. The path pattern would have rejected any query before, so it now looks at the path alone.

| Request | Answer |
|---|---|
| \`/harbours/husum/next\` | as before, with 1.2 m |
| \`…?draught=0.4\` | \`{"time":"2026-09-01T02:12:00.000Z","height":0.41}\` |
| \`…?draught=deep\`, \`=\`, \`=-1\` | \`400\`, with a sentence that says what is expected |

New files:

- \`src/query.js\`: \`draughtOf(url)\`
- \`test/query.test.js\`: given, default, four kinds of nonsense

One question is left: **is 20 m a sensible upper limit?** I took it so that a typo such as \`120\` is caught.`)
    .user('20 is fine. Write me the text for the pull request, short.')
    .assistant(`\`\`\`markdown
## Read tables with Windows line ends; draught as a query parameter

- Tables whose lines end in CRLF gave NaN heights since decimal commas came in. They are read again.
- \`GET /harbours/:name/next?draught=METRES\`, default 1.2. Anything that is no number between 0 and 20 gets a 400.

Tests: \`npm test\` (4 passed), and both answers tried with curl.
\`\`\``)
    .user('👍 merged');
}

export function codingAgent(ago) {
  const chat = new Chat('coding', { prefixed: true });
  fixTheTest(chat);
  chat.later({ minutes: 24 });
  addDraught(chat);
  chat.assistant('Good. Nothing is left on my list for tidewatch.');
  const end = ago({ minutes: 38 });
  return [{ file: 'cli_user_user.jsonl', messages: chat.messages(end), end }];
}
