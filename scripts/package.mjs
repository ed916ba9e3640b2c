// `npm run package [-- --target=NAME]`: builds the extension and packs it into packages/: one universal .vsix with the
// SQLite binaries of all platforms, and one for each platform with its own only. --target=universal is the quick one.
// --skip-build packs dist/ as it is; --out=DIR puts the packages elsewhere.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { mustRunNode, root } from './lib.mjs';

/** Platforms as the Marketplace names them, and their file in dist/native. */
const binaries = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'alpine-x64': 'linuxmusl-x64',
  'alpine-arm64': 'linuxmusl-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64',
  'win32-arm64': 'win32-arm64',
};

const { values } = parseArgs({
  options: { target: { type: 'string', multiple: true }, 'skip-build': { type: 'boolean' }, out: { type: 'string' } },
});
const targets = values.target ?? ['universal', ...Object.keys(binaries)];
for (const target of targets) {
  if (target === 'universal' || target in binaries) continue;
  console.error(`--target=${target}: there are universal, ${Object.keys(binaries).join(', ')}`);
  process.exit(1);
}

const packages = path.resolve(values.out ?? path.join(root, 'packages'));
const native = path.join(root, 'dist', 'native');
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

if (!values['skip-build']) {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  mustRunNode('esbuild.js', ['--production']);
}
mkdirSync(packages, { recursive: true });

/**
 * vsce packs a folder as it is, so each package is made from a copy that holds just its own binary. dist/ itself stays
 * whole: a window that runs from it would lose its binary meanwhile.
 */
function stage(target) {
  const folder = path.join(packages, '.stage');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const kept = /^(dist|media|package\.json|package\.nls.*\.json|\.vscodeignore|README\.md|CHANGELOG\.md|LICENSE.*)$/;
  for (const file of readdirSync(root)) {
    if (kept.test(file)) cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
  }
  const binary = binaries[target];
  if (binary) {
    for (const file of readdirSync(native)) {
      if (file !== `${binary}.node`) rmSync(path.join(folder, 'dist', 'native', file));
    }
  }
  return folder;
}

/** vsce prints each package's whole content; once is enough. */
async function pack(options, quiet) {
  const { log } = console;
  if (quiet) console.log = () => {};
  try {
    await createVSIX(options);
  } finally {
    console.log = log;
  }
}

for (const target of targets) {
  const file = path.join(packages, `${name}-${version}${target === 'universal' ? '' : `-${target}`}.vsix`);
  const folder = stage(target);
  const options = {
    cwd: folder,
    packagePath: file,
    dependencies: false,
    allowMissingRepository: true,
    // Without a repository there is nothing that relative links of the README could be pointed to.
    rewriteRelativeLinks: false,
    skipLicense: !existsSync(path.join(root, 'LICENSE')),
  };
  await pack(target === 'universal' ? options : { ...options, target }, target !== targets[0]);
  rmSync(folder, { recursive: true, force: true });
  console.log(`${path.relative(root, file)} (${(statSync(file).size / 1e6).toFixed(1)} MB)`);
}
