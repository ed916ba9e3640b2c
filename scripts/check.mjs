// `npm run check`: types of the host side and of the page, then formatting and lint. All of it runs, so that one look
// shows everything.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root, runNode } from './lib.mjs';

const tsc = 'node_modules/typescript/bin/tsc';
const checks = [
  ['types', tsc, ['-p', 'tsconfig.json']],
  ['types of the page', tsc, ['-p', 'media/tsconfig.json']],
  ['format and lint', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings']],
];

const failed = checks.filter(([name, program, args]) => {
  const project = args[0] === '-p' ? path.join(root, args[1]) : undefined;
  if (project && !existsSync(project)) return console.error(`✘ ${name}: there is no ${args[1]}`) ?? true;
  const started = Date.now();
  const code = runNode(program, args);
  console.log(`${code === 0 ? '✔' : '✘'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return code !== 0;
});

if (failed.length > 0) {
  console.error(`check: ${failed.map(([name]) => name).join(', ')} failed`);
  process.exit(1);
}
