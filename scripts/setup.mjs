// Installs what the other commands need; does nothing when that is there. Runs on any Node from 20 on, without any
// package. `npm ci --ignore-scripts` needs no compiler; the one install script that matters is run by itself: that of
// the package `node`, which puts the Node that everything here runs on into node_modules/.bin.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.setup-stamp');
const windows = process.platform === 'win32';
const neededNode = [22, 14];

/** Changes with the packages, with the machine that they were installed for, and with this file. */
function currentStamp() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'scripts/setup.mjs']) hash.update(readFileSync(path.join(root, file)));
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`;
}

function isDone() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === currentStamp();
}

/** Runs the npm that runs us, else the one on the PATH. Resolves to its exit code and output. */
function npm(...args) {
  const script = process.env.npm_execpath;
  const quiet = [...args, '--loglevel=error', '--no-fund', '--no-audit'];
  const options = { cwd: root, encoding: 'utf8' };
  const result =
    script && /^npm(-cli)?\.[cm]?js$/.test(path.basename(script))
      ? spawnSync(process.execPath, [script, ...quiet], options)
      : spawnSync(windows ? 'npm.cmd' : 'npm', quiet, { ...options, shell: windows });
  if (result.error) throw result.error;
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}` };
}

function fail(what, output) {
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(output);
  console.error(`\nSetup failed: ${what}\n`);
  console.error(output.trim().split('\n').slice(-25).join('\n'));
  if (offline)
    console.error('\nThe npm registry could not be reached. Setup needs it once; then run the command again.');
  process.exit(1);
}

/** Whether node_modules holds what the lock file asks for, by npm's own record of what it has installed. */
function packagesAreThere() {
  const record = path.join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true;
    return folder in installed ? installed[folder].version === version : Boolean(optional);
  });
}

function installPackages() {
  if (packagesAreThere()) return;
  console.log('Installing packages from npm (once)…');
  let result = npm('ci', '--ignore-scripts');
  // A registry that lacks builds for other platforms makes npm write a lock file that its own `ci` then refuses.
  if (!result.ok && /EUSAGE/.test(result.output)) result = npm('install', '--ignore-scripts', '--no-save');
  if (!result.ok) fail('npm could not install the packages.', result.output);
}

/** The version of a Node program as numbers, or nothing if it does not run (wrong C library, half installed). */
function nodeVersion(program) {
  try {
    const text = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return text.trim().slice(1).split('.').map(Number);
  } catch {
    return undefined;
  }
}

function isNewEnough(version) {
  if (!version) return false;
  const [major, minor] = neededNode;
  return version[0] > major || (version[0] === major && version[1] >= minor);
}

const nodePackage = path.join(modules, 'node');
const binary = path.join(nodePackage, 'bin', windows ? 'node.exe' : 'node');
const link = path.join(modules, '.bin', windows ? 'node.cmd' : 'node');

/** npm makes this link only when the binary is there at the moment that it looks. */
function linkNode() {
  if (existsSync(link)) return;
  mkdirSync(path.dirname(link), { recursive: true });
  if (windows) writeFileSync(link, '@"%~dp0\\..\\node\\bin\\node.exe" %*\r\n');
  else symlinkSync('../node/bin/node', link);
}

function installNode() {
  if (isNewEnough(nodeVersion(binary))) return linkNode();
  console.log('Getting Node for the tools (once)…');
  const first = npm('rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts');
  let output = first.output;
  if (!isNewEnough(nodeVersion(binary))) {
    // npm may be set not to run install scripts at all: run this one ourselves.
    const second = spawnSync(process.execPath, ['installArchSpecificPackage.js'], {
      cwd: nodePackage,
      encoding: 'utf8',
    });
    output += `${second.stdout}${second.stderr}`;
  }
  if (isNewEnough(nodeVersion(binary))) return linkNode();
  // No build for this machine (musl, a rare processor): the Node that runs us will do if it is new enough.
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
  if (isNewEnough(process.versions.node.split('.').map(Number))) return;
  fail(`Node ${neededNode.join('.')} or newer is needed; this is ${process.version} and npm has none.`, output);
}

/** Without their install scripts some packages of native tools do not work everywhere: find out here, not later. */
function checkTools() {
  const tools = { esbuild: 'esbuild/bin/esbuild', biome: '@biomejs/biome/bin/biome', tsc: 'typescript/bin/tsc' };
  for (const [name, file] of Object.entries(tools)) {
    const program = existsSync(binary) ? binary : process.execPath;
    const direct = spawnSync(program, [path.join(modules, file), '--version'], { encoding: 'utf8' });
    if (direct.status === 0) continue;
    // esbuild's install script may have put the native program there in place of the JavaScript one.
    const native = spawnSync(path.join(modules, file), ['--version'], { encoding: 'utf8' });
    if (native.status !== 0) fail(`${name} does not run.`, `${direct.stdout}${direct.stderr}`);
  }
}

if (!isDone()) {
  const started = Date.now();
  rmSync(stampFile, { force: true });
  installPackages();
  installNode();
  checkTools();
  writeFileSync(stampFile, currentStamp());
  if (Date.now() - started > 3000) console.log(`Setup done in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}
