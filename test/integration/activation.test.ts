import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { projectRoot } from '../support/project';
import { extensionApi } from './support';

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    configuration: { properties: Record<string, { description?: string; markdownDescription?: string }> };
  };
}

suite('activation', () => {
  test('opens no store and starts no process', async () => {
    const api = await extensionApi();
    assert.equal(api.client.pid, undefined);
    assert.deepEqual(api.model.stores, []);
  });

  test('every contributed command has a handler and a category, and is used or offered somewhere', async () => {
    await extensionApi();
    const manifest = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as Manifest;
    const registered = new Set(await vscode.commands.getCommands(true));
    const { commands, menus } = manifest.contributes;
    for (const { command, title, category } of commands) {
      assert.ok(registered.has(command), `${command} has no handler`);
      assert.equal(category, 'Session Inspector');
      assert.match(title, /^[A-Z]/);
    }
    const ours = [...registered].filter(
      (id) =>
        id.startsWith('sessionInspector.') &&
        !/\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/.test(id) &&
        !id.startsWith('sessionInspector.sessions'),
    );
    assert.deepEqual(ours.sort(), commands.map(({ command }) => command).sort());
    for (const { command } of Object.values(menus).flat()) {
      assert.ok(
        commands.some((each) => each.command === command),
        `${command} is in a menu and does not exist`,
      );
    }
  });

  test('every setting says what it does', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as Manifest;
    for (const [name, setting] of Object.entries(manifest.contributes.configuration.properties)) {
      assert.ok(name.startsWith('sessionInspector.'));
      assert.ok((setting.description ?? setting.markdownDescription ?? '').length > 40, name);
    }
  });
});
