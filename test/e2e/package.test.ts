/** The package as users get it: what is inside, and that it reads a database once installed. */
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { installPackage } from '../host/server';
import { Host } from '../host/workbench';
import { zipEntries } from '../host/zip';
import { projectRoot, temporaryFolder } from '../support/project';

suite('the package', () => {
  const folder = temporaryFolder('package');
  let vsix = '';

  suiteSetup(() => {
    const script = path.join(projectRoot, 'scripts', 'package.mjs');
    // From the bundles that the other tests use: with their source maps, which must not get into the package.
    execFileSync(process.execPath, [script, '--target=universal', '--skip-build', `--out=${folder}`], {
      stdio: 'pipe',
    });
    const [file] = fs.readdirSync(folder).filter((name) => name.endsWith('.vsix'));
    assert.ok(file, 'no .vsix was made');
    vsix = path.join(folder, file);
  });

  suiteTeardown(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('holds what runs and nothing else', () => {
    const entries = zipEntries(vsix);
    const unwanted = entries.filter((name) =>
      /\.(ts|tsx|map|mjs|vsix)$|(^|\/)(node_modules|src|test|scripts|sample|out)\//.test(name),
    );
    assert.deepEqual(unwanted, []);
    for (const file of ['extension', 'service', 'media/conversation']) {
      assert.ok(entries.includes(`extension/dist/${file}.js`), file);
    }
    for (const file of ['package.json', 'readme.md', 'LICENSE.txt'])
      assert.ok(entries.includes(`extension/${file}`), file);
  });

  test('holds the SQLite binary of every platform', () => {
    const platforms = ['linux', 'linuxmusl', 'darwin', 'win32'].flatMap((os) => [`${os}-arm64`, `${os}-x64`]);
    const found = zipEntries(vsix).filter((name) => name.startsWith('extension/dist/native/'));
    assert.deepEqual(
      found.sort(),
      platforms.sort().map((platform) => `extension/dist/native/${platform}.node`),
    );
  });

  test('reads a database when it is installed', async function () {
    this.timeout(180_000);
    const workspace = path.join(folder, 'workspace');
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', workspace], {
      stdio: 'pipe',
    });
    const host = await Host.open({
      target: workspace,
      extension: null,
      prepare: (folders) => installPackage(folders, vsix),
    });
    try {
      await host.workbench.openContainer('Session Inspector');
      // "Duty desk" is a session of sessions.db.
      await host.workbench.treeRow('Duty desk').waitFor({ timeout: 60_000 });
      await host.workbench.openRow('Duty desk');
      await host.workbench.webview().getByText('Duty desk').first().waitFor({ timeout: 60_000 });
    } catch (error) {
      console.error(`${await host.workbench.screenshot('package-failed')}\n${host.log()}`);
      throw error;
    } finally {
      await host.close();
    }
  });
});
