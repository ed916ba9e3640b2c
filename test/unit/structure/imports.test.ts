import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../support/project';

/** What a part may import: other parts of ours, and packages. Node's own modules are `node`. */
interface Rule {
  readonly part: string;
  readonly ours: readonly string[];
  readonly packages: readonly string[];
}

const RULES: readonly Rule[] = [
  { part: 'src/shared', ours: ['src/shared'], packages: [] },
  { part: 'src/backend', ours: ['src/backend', 'src/shared'], packages: ['node', 'better-sqlite3'] },
  { part: 'src/service', ours: ['src/service', 'src/backend', 'src/shared'], packages: ['node', 'vscode-jsonrpc'] },
  {
    part: 'src/tree',
    ours: ['src/tree', 'src/service/client', 'src/service/protocol', 'src/shared'],
    packages: ['node', 'vscode'],
  },
  {
    part: 'src/conversation',
    ours: ['src/conversation', 'src/service/client', 'src/service/protocol', 'src/shared'],
    packages: ['node', 'vscode'],
  },
  {
    part: 'src/searchResults',
    ours: [
      'src/searchResults',
      'src/conversation',
      'src/tree',
      'src/service/client',
      'src/service/protocol',
      'src/shared',
    ],
    packages: ['vscode', 'vscode-jsonrpc'],
  },
  {
    part: 'src/commands',
    ours: [
      'src/commands',
      'src/conversation',
      'src/searchResults',
      'src/tree',
      'src/settings',
      'src/service/client',
      'src/service/protocol',
      'src/shared',
    ],
    packages: ['node', 'vscode'],
  },
  { part: 'src/settings.ts', ours: [], packages: ['node', 'vscode'] },
  { part: 'src/cli', ours: ['src/cli', 'src/backend', 'src/shared', 'package.json'], packages: ['node'] },
  {
    part: 'src/extension.ts',
    ours: [
      'src/commands',
      'src/conversation',
      'src/searchResults',
      'src/tree',
      'src/settings',
      'src/service/client',
      'src/shared',
    ],
    packages: ['node', 'vscode'],
  },
  {
    part: 'media',
    ours: ['media', 'src/shared'],
    packages: ['preact', 'markdown-it', 'highlight.js', 'dompurify', '@vscode/codicons'],
  },
];

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .filter((name) => /\.tsx?$/.test(name));
}

const SOURCES = [...filesBelow('src'), ...filesBelow('media')];

function importsOf(file: string): string[] {
  const text = fs.readFileSync(path.join(projectRoot, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
}

const isBelow = (file: string, part: string) =>
  file === part || file.startsWith(`${part}/`) || file.startsWith(`${part}.ts`);

/** Why an import breaks the rule of its part, or `null`. */
function violation(file: string, imported: string): string | null {
  const rule = RULES.find(({ part }) => isBelow(file, part));
  if (!rule) return `${file} belongs to no part of the design`;
  if (imported.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), imported);
    return rule.ours.some((part) => isBelow(target, part)) ? null : `${file} imports ${target}`;
  }
  const name = imported.startsWith('node:')
    ? 'node'
    : imported
        .split('/')
        .slice(0, imported.startsWith('@') ? 2 : 1)
        .join('/');
  return rule.packages.includes(name) ? null : `${file} imports ${imported}`;
}

suite('structure', () => {
  test('every part imports only what the design allows it', () => {
    const broken = SOURCES.flatMap((file) => importsOf(file).map((imported) => violation(file, imported)));
    assert.deepEqual(
      broken.filter((each) => each !== null),
      [],
    );
  });

  test('the check sees imports and tells forbidden ones', () => {
    assert.ok(importsOf('src/extension.ts').includes('vscode'));
    assert.ok(importsOf('src/backend/openStore.ts').includes('./jsonl/JsonlSessionStore'));
    assert.equal(violation('src/backend/x.ts', 'vscode'), 'src/backend/x.ts imports vscode');
    assert.equal(violation('src/tree/x.ts', '../backend/openStore'), 'src/tree/x.ts imports src/backend/openStore');
    assert.equal(violation('media/x.tsx', 'node:fs'), 'media/x.tsx imports node:fs');
    assert.equal(violation('src/other/x.ts', 'node:fs'), 'src/other/x.ts belongs to no part of the design');
  });

  test('only one module imports the SQLite library', () => {
    const users = SOURCES.filter((file) => importsOf(file).some((name) => name.startsWith('better-sqlite3')));
    assert.deepEqual(users, ['src/backend/sqlite/binding.ts']);
  });

  test('no file is longer than 450 lines, and the extension only wires', () => {
    const lines = (file: string) => fs.readFileSync(path.join(projectRoot, file), 'utf8').split('\n').length - 1;
    assert.deepEqual(
      SOURCES.filter((file) => lines(file) > 450),
      [],
    );
    assert.ok(lines('src/extension.ts') <= 110, `src/extension.ts has ${lines('src/extension.ts')} lines`);
  });
});
