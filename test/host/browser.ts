/** A Chromium for the workbench: the system's, or the one that comes as an npm package. */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { projectRoot } from '../support/project';
import { cached } from './cache';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface BrowserProgram {
  readonly executablePath: string;
  readonly env: NodeJS.ProcessEnv;
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const wellKnown = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** `CHROMIUM_PATH`, else a browser on the PATH or at its usual place. */
function installedBrowser(): string | undefined {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const candidates = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...candidates, ...wellKnown].find((file) => fs.existsSync(file));
}

/** Libraries that the program needs and the machine (with `libraries` added) does not have. */
function missingLibraries(program: string, libraries?: string): string[] {
  const env = libraries ? { ...process.env, LD_LIBRARY_PATH: libraries } : process.env;
  const { stdout } = spawnSync('ldd', [program], { env, encoding: 'utf8' });
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/** Lets the package unpack itself below `folder`, in a process of its own since it goes by the environment. */
function unpackChromium(folder: string): void {
  const script = "import('@sparticuz/chromium').then((module) => module.default.executablePath())";
  execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: projectRoot,
    stdio: 'inherit',
    // With this word it also unpacks the libraries that a bare machine lacks.
    env: { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' },
  });
}

async function packagedBrowser(): Promise<BrowserProgram> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium, Chrome or Edge found. Install one, or set CHROMIUM_PATH to its program.');
  }
  const require = createRequire(path.join(projectRoot, 'package.json'));
  const packageJson = path.join(path.dirname(require.resolve('@sparticuz/chromium')), '..', 'package.json');
  const { version } = JSON.parse(fs.readFileSync(packageJson, 'utf8')) as { version: string };
  const folder = await cached(`chromium-${version}`, unpackChromium);
  const executablePath = path.join(folder, 'chromium');
  const env = { ...process.env };
  if (missingLibraries(executablePath).length > 0) {
    const libraries = path.join(folder, 'al2023', 'lib');
    const still = missingLibraries(executablePath, libraries);
    if (still.length > 0) throw new Error(`Chromium needs libraries that this machine lacks: ${still.join(', ')}`);
    env.LD_LIBRARY_PATH = libraries;
  }
  // A machine without fonts would show no text at all: fall back on those of the package.
  const known = spawnSync('fc-list', { encoding: 'utf8' }).stdout ?? '';
  const some = ['/usr/share/fonts', '/usr/local/share/fonts'].some((at) => fs.existsSync(at));
  if (!known.trim() && !some) env.FONTCONFIG_PATH = path.join(folder, 'fonts');
  return { executablePath, env };
}

export interface BrowserOptions {
  readonly headless?: boolean;
  readonly args?: readonly string[];
}

/** The caller closes it; it also ends with this process. */
export async function launchBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const installed = installedBrowser();
  const program = installed ? { executablePath: installed, env: process.env } : await packagedBrowser();
  return chromium.launch({
    executablePath: program.executablePath,
    env: Object.fromEntries(Object.entries(program.env).filter((entry) => entry[1] !== undefined)) as Record<
      string,
      string
    >,
    args: [...flags, ...(options.args ?? [])],
    headless: options.headless ?? true,
    chromiumSandbox: false,
  });
}
