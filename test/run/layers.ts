/** The layers of tests, each a program of its own that leaves its counts in a file. */
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { startChild, stopChild } from '../host/children';
import { desktopProgram } from '../host/desktop';
import { projectRoot } from '../support/project';
import { type Counts, variables } from './countingReporter';

export type LayerName = 'unit' | 'fault' | 'integration' | 'e2e';

export interface LayerOptions {
  readonly grep?: string;
  readonly desktop?: boolean;
}

const out = path.join(projectRoot, 'out', 'test');

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Counts;
  } catch {
    return undefined;
  }
}

/** A layer that says nothing has failed; one that ended badly without a failed test has failed once. */
function judge(file: string, ok: boolean): Counts {
  const counts = readCounts(file) ?? { passed: 0, failed: 1, pending: 0 };
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'asi-run-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** mocha cannot interrupt a test that never gives control back, so a layer has a limit as a whole. */
const layerLimitMs = 8 * 60_000;
/** A program whose counts are there should end; if it does not, a test has left something open. */
const lingerMs = 15_000;

function ended(child: ChildProcess, result: string): Promise<boolean> {
  const stop = (reason: string) => {
    console.error(reason);
    void stopChild(child);
  };
  const limit = setTimeout(() => stop(`Not done after ${layerLimitMs / 60_000} minutes: stopped.`), layerLimitMs);
  const watch = setInterval(() => {
    if (!fs.existsSync(result)) return;
    clearInterval(watch);
    linger = setTimeout(() => stop('The tests are done, but something that they opened is not closed.'), lingerMs);
  }, 500);
  let linger: NodeJS.Timeout | undefined;
  return new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  }).finally(() => {
    clearTimeout(limit);
    clearInterval(watch);
    clearTimeout(linger);
  });
}

/** The system's temporary folder for one layer: what its tests leave behind goes away with it. */
function temporary(folder: string): NodeJS.ProcessEnv {
  const place = path.join(folder, 't');
  fs.mkdirSync(place, { recursive: true });
  // Open to all, as the system's own is: some tests let another user look.
  fs.chmodSync(folder, 0o755);
  fs.chmodSync(place, 0o1777);
  return { TMPDIR: place, TMP: place, TEMP: place };
}

/** mocha in plain Node. */
function runMocha(layer: LayerName, options: LayerOptions, timeoutMs: number): Promise<Counts> {
  return withFolder(async (folder) => {
    const result = path.join(folder, 'result.json');
    const args = [
      path.join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      ...['--no-config', '--ui', 'tdd', '--timeout', String(timeoutMs)],
      ...['--reporter', path.join(out, 'run', 'reporter.main.js')],
      ...(options.grep ? ['--grep', options.grep, '--no-fail-zero'] : ['--fail-zero']),
      `${out.replaceAll('\\', '/')}/${layer}/**/*.test.js`,
    ];
    const env = { ...process.env, ...temporary(folder), [variables.result]: result };
    const child = startChild(process.execPath, args, { cwd: projectRoot, env, stdio: 'inherit' });
    return judge(result, await ended(child, result));
  });
}

/** A file that starts the launcher, as `runTests` wants one program to start. */
export function launcherProgram(folder: string): string {
  const launcher = path.join(out, 'host', 'launcher.main.js');
  if (process.platform === 'win32') {
    const file = path.join(folder, 'code.cmd');
    fs.writeFileSync(file, `@"${process.execPath}" "${launcher}" %*\r\n`);
    return file;
  }
  const file = path.join(folder, 'code');
  fs.writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`, { mode: 0o755 });
  return file;
}

/** `undefined` lets @vscode/test-electron download the desktop build. */
function hostProgram(folder: string, options: LayerOptions): string | undefined {
  if (process.env.VSCODE_EXECUTABLE) return process.env.VSCODE_EXECUTABLE;
  return options.desktop ? desktopProgram() : launcherProgram(folder);
}

/** Prints what is appended to a file until `stop` is called. */
function follow(file: string): { stop(): void } {
  fs.writeFileSync(file, '');
  let printed = 0;
  const print = () => {
    const text = fs.readFileSync(file);
    process.stdout.write(text.subarray(printed));
    printed = text.length;
  };
  const timer = setInterval(print, 100);
  return {
    stop() {
      clearInterval(timer);
      print();
    },
  };
}

/** mocha in the extension host of a real VS Code. */
function runInHost(options: LayerOptions): Promise<Counts> {
  return withFolder(async (folder) => {
    const result = path.join(folder, 'result.json');
    const output = path.join(folder, 'output.txt');
    const workspace = path.join(folder, 'workspace');
    fs.mkdirSync(workspace);
    const lines = follow(output);
    const ok = await runTests({
      vscodeExecutablePath: hostProgram(folder, options),
      extensionDevelopmentPath: projectRoot,
      extensionTestsPath: path.join(out, 'integration', 'index.main.js'),
      launchArgs: [
        workspace,
        `--user-data-dir=${path.join(folder, 'u')}`,
        `--extensions-dir=${path.join(folder, 'e')}`,
      ],
      extensionTestsEnv: {
        ...temporary(folder),
        [variables.result]: result,
        [variables.output]: output,
        [variables.color]: process.stdout.isTTY ? '1' : '0',
        [variables.grep]: options.grep,
      },
    }).then(
      () => true,
      () => false,
    );
    lines.stop();
    return judge(result, ok);
  });
}

export function runLayer(layer: LayerName, options: LayerOptions): Promise<Counts> {
  if (layer === 'integration') return runInHost(options);
  return runMocha(layer, options, layer === 'unit' ? 20_000 : 120_000);
}
