/**
 * Behaves like VS Code's own program for `runTests` of @vscode/test-electron: starts a window on the given extension,
 * runs the tests in its extension host and exits with their code. Flags that only the desktop knows are ignored.
 */
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser';
import { endWithParent } from './children';
import { createFolders, removeFolders, writeSettings } from './folders';
import { extensionHostLog, startServer } from './server';
import { remoteUri, workbenchUrl } from './workbench';

interface Arguments {
  readonly extensions: readonly string[];
  readonly tests: string;
  readonly target: string | undefined;
  readonly userData: string | undefined;
  readonly extensionsDir: string | undefined;
}

function parse(argv: readonly string[]): Arguments {
  const options = argv.filter((argument) => argument.startsWith('--'));
  const values = (name: string) =>
    options.filter((option) => option.startsWith(`--${name}=`)).map((option) => option.slice(name.length + 3));
  const tests = values('extensionTestsPath')[0];
  if (!tests) throw new Error('This program only runs tests: it needs --extensionTestsPath=…');
  return {
    extensions: values('extensionDevelopmentPath'),
    tests,
    target: argv.find((argument) => !argument.startsWith('-')),
    userData: values('user-data-dir')[0],
    extensionsDir: values('extensions-dir')[0],
  };
}

/** Resolves with the code that the tests' run ends with. */
async function testsEnd(page: Page, extensions: readonly string[]): Promise<number> {
  let exit: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    exit = resolve;
  });
  await page.exposeFunction('codeAutomationLog', (kind: string, args: unknown[]) => {
    const text = args.map(String).join(' ');
    // The workbench's own errors are about services that a test does not reach; those of the extension name its path.
    if (kind === 'error' && extensions.some((extension) => text.includes(extension))) console.error(text);
  });
  await page.exposeFunction('codeAutomationExit', (code: number) => exit(code));
  page.on('crash', () => {
    console.error('The browser page crashed.');
    exit(1);
  });
  return ended;
}

async function main(): Promise<number> {
  endWithParent();
  const given = parse(process.argv.slice(2));
  const folders = createFolders({ userData: given.userData, extensions: given.extensionsDir });
  writeSettings(folders);
  const limit = Number(process.env.ASI_HOST_TIMEOUT_MS ?? 10 * 60_000);
  const timer = setTimeout(() => {
    console.error(`The tests did not end within ${limit / 1000} s.\n${extensionHostLog(folders)}`);
    process.exit(1);
  }, limit);
  const [server, browser] = await Promise.all([startServer({ folders, env: process.env }), launchBrowser()]);
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const ended = testsEnd(page, given.extensions);
    const payload = [
      ...given.extensions.map(
        (extension) => ['extensionDevelopmentPath', remoteUri(server.origin, extension)] as const,
      ),
      ['extensionTestsPath', remoteUri(server.origin, given.tests)] as const,
    ];
    await page.goto(workbenchUrl(server.origin, given.target ?? folders.root, payload));
    const lost = server.ended.then(() => 1);
    const code = await Promise.race([ended, lost]);
    if (code !== 0) console.error(`--- problems in the extension host's log ---\n${extensionHostLog(folders)}---`);
    return code;
  } finally {
    clearTimeout(timer);
    await browser.close();
    await server.stop();
    removeFolders(folders);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
