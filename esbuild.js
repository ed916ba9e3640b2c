// Bundles the product into dist/ and, with --tests, the tests into out/. Flags: --production, --watch, --tests.
// --only=GLOB bundles just the tests that match, for a quick run of one suite.
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);

/** Lines that the problem matcher in .vscode/tasks.json waits for. */
const problemMatcher = {
  name: 'problem-matcher',
  setup(build) {
    build.onStart(() => console.log('[watch] build started'));
    build.onEnd((result) => {
      for (const { text, location } of result.errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      console.log('[watch] build finished');
    });
  },
};

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  metafile: true,
  logLevel: watch ? 'silent' : 'warning',
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
  plugins: watch ? [problemMatcher] : [],
};

const node = { ...common, platform: 'node', format: 'cjs', target: 'node22' };

const bundles = [
  // The extension host and the programs beside it.
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist', external: ['vscode'] },
  { ...node, entryPoints: { service: 'src/service/main.ts' }, outdir: 'dist' },
  // The threads of the search.
  { ...node, entryPoints: { searchWorker: 'src/backend/search/workers/searchWorker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { cli: 'src/cli.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  // The page.
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'chrome130',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryPoints: { conversation: 'media/conversation/main.tsx', 'conversation-style': 'media/conversation/style.css' },
    outdir: 'dist/media',
    loader: { '.ttf': 'file', '.svg': 'dataurl' },
    assetNames: '[name]',
  },
];

/** Puts a copy in place at once: a process that has the former one loaded would die if its bytes changed under it. */
function copyBeside(source, target) {
  if (fs.existsSync(target) && fs.readFileSync(source).equals(fs.readFileSync(target))) return;
  const unfinished = `${target}.${process.pid}`;
  fs.copyFileSync(source, unfinished);
  fs.renameSync(unfinished, target);
}

/** Every SQLite binary that better-sqlite3 ships, beside the bundle; a missing one fails the build. */
function copyNativeBinaries() {
  const source = path.join(__dirname, 'node_modules/better-sqlite3/prebuilds');
  const target = path.join(__dirname, 'dist/native');
  const expected = ['linux', 'linuxmusl', 'darwin', 'win32'].flatMap((os) => [`${os}-x64.node`, `${os}-arm64.node`]);
  fs.mkdirSync(target, { recursive: true });
  for (const file of expected) copyBeside(path.join(source, file), path.join(target, file));
}

/** Each test file becomes one bundle in out/, so that mocha runs just what the sources say. */
function testBundle() {
  const files = fs.globSync(only ?? 'test/**/*.{test,main}.ts', { cwd: __dirname });
  return {
    ...node,
    entryPoints: files,
    outbase: '.',
    outdir: 'out',
    external: ['vscode', 'mocha', 'playwright-core', '@sparticuz/chromium', '@vscode/test-electron', 'fast-check'],
  };
}

/** Licences of what the bundles hold, as the bundler saw it: into the package. */
function writeNotices(results) {
  const inputs = results.flatMap((result) => Object.keys(result.metafile?.inputs ?? {}));
  const names = inputs.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter(Boolean);
  const parts = [...new Set(names)].sort().map((name) => {
    const folder = path.join(__dirname, 'node_modules', name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const files = fs.readdirSync(folder).filter((file) => /^(license|licence|copying)/i.test(file));
    const texts = files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  fs.writeFileSync('dist/THIRD-PARTY-NOTICES.txt', `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
}

async function main() {
  process.chdir(__dirname);
  copyNativeBinaries();
  if (only) return void (await esbuild.build(testBundle()));
  if (!watch) {
    if (tests) fs.rmSync('out', { recursive: true, force: true });
    const [results] = await Promise.all([
      Promise.all(bundles.map((options) => esbuild.build(options))),
      tests ? esbuild.build(testBundle()) : undefined,
    ]);
    writeNotices(results);
    return;
  }
  const all = tests ? [...bundles, testBundle()] : bundles;
  const contexts = await Promise.all(all.map((options) => esbuild.context(options)));
  await Promise.all(contexts.map((context) => context.watch()));
}

main().catch((error) => {
  if (!error.errors) console.error(error);
  process.exitCode = 1;
});
