// `npm run check`: types of the host side and of the page, formatting and lint, and the rules of the structure (which
// part may import which). All of it runs, so that one look shows everything.
import { runNode } from './lib.mjs';

const tsc = 'node_modules/typescript/bin/tsc';
const mocha = 'node_modules/mocha/bin/mocha.js';
const checks = [
  ['types', [tsc, ['-p', 'tsconfig.json']]],
  ['types of the page', [tsc, ['-p', 'media/tsconfig.json']]],
  ['format and lint', ['node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings']]],
  [
    'structure',
    ['esbuild.js', ['--tests', '--only=test/unit/structure/*.test.ts']],
    [mocha, ['--reporter', 'dot', 'out/test/unit/structure/*.test.js']],
  ],
];

const failed = checks.filter(([name, ...steps]) => {
  const started = Date.now();
  const ok = steps.every(([program, args]) => runNode(program, args) === 0);
  console.log(`${ok ? '✔' : '✘'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return !ok;
});

if (failed.length > 0) {
  console.error(`check: ${failed.map(([name]) => name).join(', ')} failed`);
  process.exit(1);
}
