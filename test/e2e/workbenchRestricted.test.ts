/** A folder that nobody has said to trust: its sessions are read, and nothing that changes them is offered or done. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Host } from '../host/workbench';
import { projectRoot, temporaryFolder } from '../support/project';
import { Changes, lookingAt } from './changes';

const CHANGING =
  /Rename|Keep(?! Open)|Idle|Append|Remove Last|Clear Messages|Compact|Migrate|Export|Clean Up|Delete|Restore|Trash|Undo|Redo/;

suite('the workbench, in a workspace that is not trusted', () => {
  const sample = temporaryFolder('restricted');
  const session = path.join(sample, 'sessions', 'discord_general_9921_jonas.jsonl');
  let host: Host;
  let on: Changes;
  const looking = lookingAt(() => host);

  suiteSetup(async function () {
    this.timeout(240_000);
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts', 'sample.mjs'), '--out', sample], {
      stdio: 'pipe',
    });
    host = await Host.open({
      target: sample,
      restricted: true,
      // As a user may have bound it: without the condition of ours.
      prepare: ({ userData }) =>
        fs.writeFileSync(
          path.join(userData, 'User', 'keybindings.json'),
          JSON.stringify([{ key: 'ctrl+alt+d', command: 'sessionInspector.delete', args: { confirm: false } }]),
        ),
    });
    on = new Changes(host);
    await host.workbench.openContainer('Session Inspector');
    await on.row('bot are you alive').waitFor();
  });

  suiteTeardown(async () => {
    await host?.close();
    fs.rmSync(sample, { recursive: true, force: true });
  });

  const labels = async () => (await on.menuItems.allTextContents()).map((label) => label.trim()).filter(Boolean);

  test(
    'neither menus nor the palette offer a change',
    looking('restricted-menus', async () => {
      const { workbench } = host;
      for (const row of [/^sessions\.db/, /^sessions(?![./])/, 'bot are you alive', 'Duty desk', /stuck/]) {
        await on.openMenu(row);
        const offered = await labels();
        assert.ok(offered.length > 0, `no menu on ${row}`);
        assert.deepEqual(
          offered.filter((label) => CHANGING.test(label)),
          [],
        );
        await workbench.page.keyboard.press('Escape');
        await on.menuItems.first().waitFor({ state: 'detached' });
      }
      await workbench.page.keyboard.press('F1');
      await workbench.quickInput.fill('>Session Inspector:');
      await workbench.quickPicks.filter({ hasText: 'Show History' }).first().waitFor();
      const commands = await workbench.quickPicks.allTextContents();
      assert.deepEqual(
        commands.filter((label) => CHANGING.test(label)),
        [],
      );
      await workbench.page.keyboard.press('Escape');
    }),
  );

  test(
    'a key of the user is refused with words, and nothing is asked or changed',
    looking('restricted-key', async () => {
      const { page } = host.workbench;
      const before = fs.readFileSync(session);
      await on.row('bot are you alive').click();
      await page.keyboard.press('F2');
      await page.keyboard.press('Delete');
      await page.keyboard.press('Control+Alt+d');
      await on.told(/Nothing is changed in an untrusted workspace/);
      assert.equal(await on.dialog.count(), 0);
      assert.equal(await host.workbench.quickInput.count(), 0);
      assert.deepEqual(fs.readFileSync(session), before);
      await on
        .notification(/untrusted workspace/)
        .first()
        .getByRole('button', { name: 'Manage Workspace Trust' })
        .waitFor();
    }),
  );
});
