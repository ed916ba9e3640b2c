// The code project of the sample workspace: a small service that the sessions talk about.
import fs from 'node:fs';
import path from 'node:path';

const files = {
  'README.md': `# tidewatch

Reads the tide tables of harbours and warns skippers before the water gets too low.

\`\`\`sh
npm test          # unit tests
npm start         # http://localhost:4280/harbours/husum/next
\`\`\`

Tables are CSV files in \`data/\`, one a harbour: time, height above chart datum in metres.

The folder \`sessions/\` holds what the agents that work on this project have said and done.
It is made up: \`npm run sample\` in the extension's repository writes it.
`,
  'package.json': `{
  "name": "tidewatch",
  "version": "0.4.1",
  "type": "module",
  "scripts": {
    "start": "node src/server.js",
    "test": "node --test test/"
  }
}
`,
  'src/parseTable.js': `/** Rows of a tide table: \`2026-09-01T04:12+02:00;0.41\`. Lines that start with # are notes. */
export function parseTable(text) {
  return text
    .split(/\\r?\\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [time, height] = line.split(';');
      return { time: new Date(time), height: Number(height) };
    });
}
`,
  'src/warnings.js': `/** Times at which the water falls below what a ship needs. */
export function lowWater(rows, draught, reserve = 0.3) {
  return rows.filter(({ height }) => height < draught + reserve);
}
`,
  'src/server.js': `import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { parseTable } from './parseTable.js';
import { lowWater } from './warnings.js';

createServer(async (request, response) => {
  const harbour = /^\\/harbours\\/([a-z]+)\\/next$/.exec(request.url ?? '')?.[1];
  if (!harbour) return response.writeHead(404).end();
  const rows = parseTable(await readFile(\`data/\${harbour}.csv\`, 'utf8'));
  const [next] = lowWater(rows.filter(({ time }) => time > new Date()), 1.2);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(next ?? null));
}).listen(4280);
`,
  'test/parseTable.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTable } from '../src/parseTable.js';

test('reads rows and skips notes', () => {
  const rows = parseTable('# Husum\\n2026-09-01T04:12+02:00;0.41\\n');
  assert.equal(rows.length, 1);
  assert.equal(rows[0].height, 0.41);
});

test('reads tables with Windows line ends', () => {
  assert.equal(parseTable('2026-09-01T04:12+02:00;0.41\\r\\n')[0].height, 0.41);
});
`,
  'data/husum.csv': `# Husum, heights above chart datum in metres
2026-09-01T04:12+02:00;0.41
2026-09-01T10:31+02:00;3.52
2026-09-01T16:40+02:00;0.47
2026-09-01T22:58+02:00;3.61
`,
};

export function writeProject(folder) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}
