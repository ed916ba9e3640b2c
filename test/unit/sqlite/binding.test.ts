import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type BindingHost, currentHost, findBinding, loadSqlite } from '../../../src/backend/sqlite/binding';
import { supportedTargets } from '../../../src/backend/sqlite/bindingGuards';
import { projectRoot, temporaryFolder } from '../../support/project';
import { closeAll, databaseCopy, listProgram, openBackend } from './support';

const prebuilds = path.join(projectRoot, 'node_modules', 'better-sqlite3', 'prebuilds');

/** A host on which nothing is loaded: the loader only notes the file, then throws. */
function host(overrides: Partial<BindingHost> = {}): BindingHost & { loaded: string[] } {
  const loaded: string[] = [];
  return {
    napi: '10',
    nodeVersion: '22.15.1',
    platform: 'linux',
    arch: 'x64',
    isMusl: () => false,
    exists: () => true,
    head: () => ({ bytes: Buffer.alloc(0), size: 0 }),
    folders: ['/extension/native', '/checkout/prebuilds'],
    loadAddon: (file) => void loaded.push(file),
    loadLibrary: () => Promise.reject(new Error('stop here')),
    loaded,
    ...overrides,
  };
}

function dlopenError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' });
}

async function assertUnavailable(promise: Promise<unknown>, ...words: RegExp[]): Promise<void> {
  await assert.rejects(promise, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'sqlite-unavailable', error.message);
    for (const word of words) assert.match(error.message, word);
    return true;
  });
}

suite('sqlite: the choice of the native binding', () => {
  test('by platform, processor and libc', () => {
    const find = (platform: string, arch: string, musl = false) =>
      path.basename(findBinding(host({ platform, arch, isMusl: () => musl }), undefined));
    assert.equal(find('linux', 'x64'), 'linux-x64.node');
    assert.equal(find('linux', 'arm64', true), 'linuxmusl-arm64.node');
    assert.equal(find('darwin', 'arm64'), 'darwin-arm64.node');
    assert.equal(find('win32', 'x64', true), 'win32-x64.node');
    assert.equal(supportedTargets.length, 8);
  });

  test('beside the bundle first, then in the checkout', () => {
    assert.equal(findBinding(host(), undefined), path.join('/extension/native', 'linux-x64.node'));
    const exists = (file: string) => file.startsWith(path.join('/checkout'));
    assert.equal(findBinding(host({ exists }), undefined), path.join('/checkout/prebuilds', 'linux-x64.node'));
  });

  test('the user’s own build comes before all others', () => {
    assert.equal(findBinding(host(), '/own/better_sqlite3.node'), path.resolve('/own/better_sqlite3.node'));
    assert.equal(findBinding(host(), ''), path.join('/extension/native', 'linux-x64.node'));
  });

  test('every supported target ships', () => {
    assert.deepEqual(fs.readdirSync(prebuilds).sort(), supportedTargets.map((target) => `${target}.node`).sort());
  });

  test('this host', () => {
    const current = currentHost();
    assert.equal(
      findBinding(current, undefined),
      path.join(prebuilds, `${current.isMusl() ? 'linuxmusl' : process.platform}-${process.arch}.node`),
    );
  });
});

suite('sqlite: guards of the native binding', () => {
  teardown(closeAll);

  test('Node-API below 10 comes before anything is touched', async () => {
    for (const napi of ['9', undefined, '']) {
      const old = host({ napi, nodeVersion: '20.18.0', exists: () => assert.fail('looked for a file') });
      await assertUnavailable(
        loadSqlite(undefined, old),
        /runs Node 20\.18\.0/,
        /VS Code 1\.101 or newer/,
        /JSONL stores are not affected/,
      );
      assert.deepEqual(old.loaded, []);
    }
  });

  test('no binary for this system', async () => {
    const odd = host({ platform: 'freebsd', exists: () => false });
    await assertUnavailable(
      loadSqlite(undefined, odd),
      /no SQLite binary for freebsd-x64/,
      /linux-x64, linux-arm64, linuxmusl-x64/,
      /sessionInspector\.sqliteBinding/,
    );
    await assertUnavailable(
      loadSqlite(undefined, host({ exists: () => false })),
      /the SQLite binary for linux-x64 is not in this package/,
      /Install the package for this system/,
    );
  });

  test('a setting that names no binary', async () => {
    await assertUnavailable(
      loadSqlite('/own/build.so', host()),
      /must name a file that ends in \.node; it is \/own\/build\.so/,
    );
    await assertUnavailable(
      loadSqlite('/own/build.node', host({ exists: () => false })),
      /does not exist: \/own\/build\.node/,
    );
  });

  test('errors of the loader', async () => {
    const failing = (error: Error) =>
      loadSqlite(
        undefined,
        host({
          loadAddon: () => {
            throw error;
          },
        }),
      );
    await assertUnavailable(
      failing(dlopenError("/lib64/libm.so.6: version `GLIBC_2.34' not found (required by x.node)")),
      /glibc 2\.34 or newer \(Debian 12, Ubuntu 22\.04, RHEL 9\)/,
      /sqliteBinding/,
    );
    await assertUnavailable(
      failing(dlopenError("/lib64/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by x.node)")),
      /glibc 2\.34 or newer/,
    );
    await assertUnavailable(
      failing(dlopenError('libc.musl-x86_64.so.1: cannot open shared object file')),
      /a binary for another system, or damaged/,
    );
    await assertUnavailable(
      failing(dlopenError('/x.node: invalid ELF header')),
      /a binary for another system, or damaged/,
    );
    await assertUnavailable(
      failing(dlopenError('libatomic.so.1: cannot open shared object file')),
      /could not be loaded: libatomic\.so\.1/,
    );
    await assertUnavailable(failing(new Error('something else')), /could not be loaded: something else/);
  });

  test('a build without FTS5', async () => {
    class WithoutFts {
      prepare() {
        return { pluck: () => ({ all: () => ['ENABLE_JSON1', 'THREADSAFE=2'] }) };
      }
      close() {}
    }
    const loadLibrary = (async () => WithoutFts) as unknown as BindingHost['loadLibrary'];
    await assertUnavailable(
      loadSqlite('/own/build.node', host({ loadLibrary })),
      /build\.node is a build of SQLite without FTS5/,
    );
  });

  test('a failure is not kept: a corrected setting works without a restart', async () => {
    const own = path.join(temporaryFolder(), 'own.node');
    await assertUnavailable(loadSqlite(own), /does not exist/);
    fs.copyFileSync(findBinding(currentHost(), undefined), own);
    assert.equal((await loadSqlite(own)).file, own);
    const backend = await openBackend(databaseCopy('sqlite'), { bindingPath: own });
    assert.equal((await backend.listSessions()).length, 13);
  });
});

suite('sqlite: real files in the place of the binding', () => {
  /** Runs the program with a binding of its own, in a process that may crash. */
  function run(
    binding: string | undefined,
    node = process.execPath,
  ): { status: number | null; signal: NodeJS.Signals | null; output: string } {
    const result = spawnSync(node, [listProgram(), databaseCopy('sqlite'), temporaryFolder()], {
      encoding: 'utf8',
      env: { ...process.env, BINDING: binding ?? '' },
    });
    return { status: result.status, signal: result.signal, output: result.stdout + result.stderr };
  }

  function fileOf(content: Buffer | string): string {
    const file = path.join(temporaryFolder(), 'fake.node');
    fs.writeFileSync(file, content);
    return file;
  }

  const good = () => fs.readFileSync(findBinding(currentHost(), undefined));

  test('the bundle finds its files beside itself', () => {
    assert.deepEqual(run(undefined), { status: 0, signal: null, output: 'sessions 13\n' });
  });

  test('a text', function () {
    if (process.platform !== 'linux') this.skip();
    for (const text of ['no binary', 'no binary\n'.repeat(1000), '']) {
      const { status, output } = run(fileOf(text));
      assert.equal(status, 3, output);
      assert.match(output, /^sqlite-unavailable .*a binary for another system, or damaged/);
    }
  });

  test('an ELF file cut short, which would crash the process', function () {
    if (process.platform !== 'linux') this.skip();
    for (const length of [600_000, 5000]) {
      const { status, signal, output } = run(fileOf(good().subarray(0, length)));
      assert.deepEqual([status, signal], [3, null], output);
      assert.match(output, /^sqlite-unavailable .*it has been cut short/);
    }
  });

  test('an ELF file with a damaged header', function () {
    if (process.platform !== 'linux') this.skip();
    const bytes = good();
    bytes.fill(0xff, 16, 20);
    const { status, output } = run(fileOf(bytes));
    assert.equal(status, 3, output);
    assert.match(output, /^sqlite-unavailable /);
  });

  test('binaries of other systems', function () {
    if (process.platform !== 'linux') this.skip();
    const own = path.basename(findBinding(currentHost(), undefined));
    for (const target of supportedTargets.filter((name) => `${name}.node` !== own)) {
      const { status, signal, output } = run(path.join(prebuilds, `${target}.node`));
      assert.deepEqual([status, signal], [3, null], `${target}: ${output}`);
      assert.match(output, /^sqlite-unavailable .*(?:another system|another processor)/, target);
    }
  });

  test('a real Node 20: a message, not a crash', function () {
    const old = ['/usr/local/bin/node', '/usr/bin/node'].find(
      (node) => fs.existsSync(node) && spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.startsWith('v20.'),
    );
    // Nothing to try it with: this machine has no Node 20.
    if (old === undefined) return this.skip();
    const { status, signal, output } = run(undefined, old);
    assert.deepEqual([status, signal], [3, null], output);
    assert.match(output, /^sqlite-unavailable SQLite stores cannot be read here: this host runs Node 20\./);
  });
});
