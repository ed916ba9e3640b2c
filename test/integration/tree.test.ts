import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import { sessionTooltip } from '../../src/tree/tooltip';
import { sessionItem, storeItem } from '../../src/tree/treeItems';
import { fixtureJson } from '../support/project';
import { addFixture, extensionApi, nameStores, sessionRows, storeAt, until, workspaceFolder } from './support';

interface Expected {
  list: { key: string; name: string | null; message_count: number }[];
}

suite('the tree', () => {
  let api: Api;

  suiteSetup(async () => {
    api = await extensionApi();
  });

  suiteTeardown(() => nameStores());

  for (const name of ['sqlite', 'mig_head', 'mig_v084', 'mig_v069', 'hybrid', 'wal_left']) {
    test(`shows the database ${name} as zeroclaw lists it`, async () => {
      const database = path.join(addFixture(name), 'sessions.db');
      await nameStores(database);
      const rows = await sessionRows(api, await storeAt(api, database));
      if (name === 'wal_left') {
        assert.deepEqual(
          rows.map(({ metadata }) => [metadata.key, metadata.messageCount]),
          [['gw_walcrash', 98]],
        );
        return;
      }
      const expected = fixtureJson<Expected>('zeroclaw', 'expected', `${name}.json`);
      assert.deepEqual(
        rows.map(({ metadata: { key, name: own, messageCount } }) => ({ key, own, messageCount })),
        expected.list.map((row) => ({ key: row.key, own: row.name, messageCount: row.message_count })),
      );
    });
  }

  test('shows a folder of JSONL files with every file in it, each with its problems', async () => {
    const folder = addFixture('jsonl');
    await nameStores(path.dirname(folder));
    const rows = await sessionRows(api, await storeAt(api, folder));
    const keys = fixtureJson<string[]>('zeroclaw', 'expected', 'jsonl-keys.json');
    assert.deepEqual(rows.map(({ metadata }) => metadata.key).sort(), keys.sort());
    const damaged = rows.find(({ metadata }) => metadata.key === 'corrupt_lines');
    assert.ok(damaged);
    const item = sessionItem(damaged, Date.now(), 600);
    assert.ok(item.resourceUri?.query.startsWith('warning='), String(item.resourceUri));
    assert.match(String(item.description), /6 messages$/);
    assert.match(sessionTooltip(damaged).value, /cannot be read/);
  });

  test('rows have stable ids, parents, an icon by state, and what a click does', async () => {
    const database = path.join(addFixture('sqlite'), 'sessions.db');
    await nameStores(database);
    const store = await storeAt(api, database);
    const rows = await sessionRows(api, store);
    const ids = rows.map(({ id }) => id);
    assert.equal(new Set(ids).size, rows.length);
    const now = Date.parse('2026-11-20T11:12:00Z');
    const iconOf = (key: string) => {
      const node = rows.find(({ metadata }) => metadata.key === key);
      assert.ok(node);
      const item = sessionItem(node, now, 600);
      assert.equal(item.command?.command, 'sessionInspector.openSession');
      return item.iconPath instanceof vscode.ThemeIcon ? item.iconPath.id : undefined;
    };
    assert.equal(iconOf('cli_user_self'), 'sync~spin');
    assert.equal(iconOf('gw_3f2b8c1e-0000-4000-8000-000000000001'), 'warning');
    assert.equal(iconOf('rpc_7f7f7f7f-0000-4000-8000-00000000000a'), 'error');
    assert.equal(iconOf('a'), 'comment-discussion');
    await vscode.commands.executeCommand('sessionInspector.refresh');
    assert.deepEqual(
      store.order.map(({ id }) => id),
      ids,
    );
    assert.match(String(storeItem(store).description), /13 sessions/);
  });

  test('a text that looks like Markdown or a command link is only text in the tooltip', async () => {
    const folder = path.join(workspaceFolder(), 'hostile', 'sessions');
    fs.mkdirSync(folder, { recursive: true });
    const words = '[click](command:evil) <img src=x> **bold** $(error) \u202eevil';
    fs.writeFileSync(path.join(folder, 'x.jsonl'), `${JSON.stringify({ role: 'user', content: words })}\n`);
    await nameStores(folder);
    const [row] = await sessionRows(api, await storeAt(api, folder));
    assert.ok(row);
    const { value, isTrusted, supportHtml } = sessionTooltip(row);
    assert.ok(!isTrusted && !supportHtml);
    assert.ok(!value.includes('](command:') && !value.includes('<img') && !value.includes('\u202e'), value);
  });

  test('a store that cannot be read says why; after it is mended, Retry shows it', async () => {
    const folder = path.join(workspaceFolder(), 'broken');
    fs.mkdirSync(folder, { recursive: true });
    const database = path.join(folder, 'sessions.db');
    fs.writeFileSync(database, 'not a database at all, '.repeat(20));
    await nameStores(database);
    const store = await storeAt(api, database);
    const [failure] = await api.model.getSessions(store);
    assert.equal(failure?.kind, 'failure');
    assert.ok(failure.kind === 'failure' && failure.message.includes(database), JSON.stringify(failure.message));
    fs.copyFileSync(path.join(addFixture('hybrid'), 'sessions.db'), database);
    await vscode.commands.executeCommand('sessionInspector.retryStore', failure);
    assert.equal((await sessionRows(api, store)).length, 1);
  });

  test('a named path that does not exist is a row that says so, beside the others', async () => {
    const database = path.join(addFixture('hybrid'), 'sessions.db');
    const missing = path.join(workspaceFolder(), 'nowhere');
    await nameStores(database, missing);
    const failure = await until(async () => (await api.model.getRoots()).find((node) => node.kind === 'failure'));
    assert.match(failure.message, /nowhere does not exist/);
    assert.equal((await sessionRows(api, await storeAt(api, database))).length, 1);
  });

  test('a session that another process creates, changes and deletes', async () => {
    const folder = addFixture('hybrid', 'live');
    await nameStores(folder);
    const store = await storeAt(api, folder);
    await sessionRows(api, store);
    const file = path.join(folder, 'telegram_5_new.jsonl');
    fs.writeFileSync(file, '{"role":"user","content":"first words"}\n');
    const node = await until(() => store.sessions?.get('telegram_5_new'));
    assert.equal(node.metadata.title, 'first words');
    fs.appendFileSync(file, '{"role":"assistant","content":"answer"}\n');
    await until(() => node.metadata.messageCount === 2);
    assert.equal(store.sessions?.get('telegram_5_new'), node);
    fs.rmSync(file);
    await until(() => !store.sessions?.has('telegram_5_new'));
  });

  test('stores in every folder of a multi-root workspace; archive and migrated files as what they are', async () => {
    addFixture('jsonl', 'one');
    const two = addFixture('mig_head', 'two');
    fs.mkdirSync(path.join(two, 'archive'));
    fs.writeFileSync(path.join(two, 'archive', 'old.jsonl'), '{"role":"user","content":"old"}\n');
    await nameStores(path.join(workspaceFolder(), 'one'), path.join(workspaceFolder(), 'two'));
    const archive = await storeAt(api, path.join(two, 'archive'));
    assert.equal(archive.found.location.role, 'archive');
    assert.match(String(storeItem(archive).contextValue), /archive/);
    const rows = await sessionRows(api, await storeAt(api, two));
    assert.ok(rows.length > 10 && rows.every(({ metadata }) => metadata.origin === 'migrated'));
    const [row] = rows;
    assert.ok(row);
    assert.match(String(sessionItem(row, Date.now(), 600).description), /^migrated copy/);
    await storeAt(api, path.join(workspaceFolder(), 'one', 'sessions'));
  });
});
