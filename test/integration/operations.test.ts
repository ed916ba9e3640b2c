/** The commands that change something, in the real extension host, on copies of the fixtures. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import * as protocol from '../../src/service/protocol';
import { storeId } from '../../src/shared/session';
import { entryItem, trashedItem, trashItem } from '../../src/tree/journalItems';
import type { EntryNode, SessionNode, StoreNode, TrashedNode } from '../../src/tree/nodes';
import { sessionTooltip } from '../../src/tree/tooltip';
import { sessionItem } from '../../src/tree/treeItems';
import { fixture } from '../support/project';
import { addFixture, extensionApi, nameStores, sessionRows, storeAt, until, workspaceFolder } from './support';

/** Answers every question with yes, as a keybinding may. */
const yes = { confirm: false };

suite('operations on the tree', () => {
  let api: Api;
  let jsonl: StoreNode;
  let sqlite: StoreNode;

  suiteSetup(async () => {
    api = await extensionApi();
  });

  setup(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const folder = addFixture('jsonl', 'changed');
    const database = path.join(addFixture('sqlite', 'changedBase'), 'sessions.db');
    await nameStores(folder, database);
    await api.model.refresh();
    [jsonl, sqlite] = await Promise.all([storeAt(api, folder), storeAt(api, database)]);
    await Promise.all([jsonl, sqlite].map((store) => sessionRows(api, store)));
    await api.journal.look();
  });

  suiteTeardown(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
    await nameStores();
    for (const name of ['changed', 'changedBase', 'exported']) {
      fs.rmSync(path.join(workspaceFolder(), name), { recursive: true, force: true });
    }
  });

  function row(store: StoreNode, key: string): SessionNode {
    const node = store.sessions?.get(key);
    assert.ok(node, `${key} is not in ${store.id}`);
    return node;
  }

  const run = (command: string, ...args: unknown[]) =>
    vscode.commands.executeCommand(`sessionInspector.${command}`, ...args);
  const file = (key: string) => path.join(jsonl.found.location.path, `${key}.jsonl`);
  const contextOf = (node: SessionNode) => String(sessionItem(node, Date.now(), 600).contextValue);

  /** The newest entry of the history, when its words match. */
  async function newestEntry(words: RegExp): Promise<EntryNode> {
    return until(async () => {
      const [node] = await api.journal.getEntries();
      return node?.kind === 'entry' && words.test(node.entry.summary) && node;
    });
  }

  async function inTrash(key: string, store = jsonl): Promise<TrashedNode> {
    return until(async () => {
      const nodes = await api.journal.getTrashed();
      return nodes.find(
        (node): node is TrashedNode =>
          node.kind === 'trashed' && node.item.key === key && storeId(node.item.store) === store.id,
      );
    });
  }

  test('delete of several sessions of two stores; the trash gives them back as they were', async () => {
    const keys = ['a', 'slack_thread_123_user'];
    const before = keys.map((key) => fs.readFileSync(file(key)));
    const rows = [...keys.map((key) => row(jsonl, key)), row(sqlite, 'a')];
    await run('delete', rows[0], rows, yes);
    for (const key of keys) assert.equal(fs.existsSync(file(key)), false);
    await until(() => !jsonl.sessions?.has('a') && !sqlite.sessions?.has('a'));
    await until(async () => (await api.journal.getTrashed()).length >= 3);
    const deleted = await inTrash('slack_thread_123_user');
    assert.match(String(trashedItem(deleted, Date.now()).description), /^deleted now · 8 messages · /);
    assert.match(String(trashItem(api.journal.trash).description), /^\d+ sessions$/);
    for (const key of keys) await run('restoreFromTrash', await inTrash(key));
    assert.deepEqual(
      keys.map((key) => fs.readFileSync(file(key))),
      before,
    );
    await until(() => keys.every((key) => jsonl.sessions?.has(key)));
    await run('restoreFromTrash', await inTrash('a', sqlite));
    await until(() => sqlite.sessions?.has('a'));
  });

  test('rename in a database, undo and redo without a row', async () => {
    const node = row(sqlite, 'a');
    const old = node.metadata.name;
    await run('rename', node, undefined, { name: 'Another name' });
    await until(() => node.metadata.name === 'Another name');
    await newestEntry(/^Renamed/);
    await run('undo');
    await until(() => node.metadata.name === old);
    const undone = await until(async () => {
      const entry = await newestEntry(/^Renamed/);
      return entry.entry.items.every(({ status }) => status === 'undone') && entry;
    });
    const item = entryItem(undone, Date.now());
    assert.match(String(item.description), /^undone · now$/);
    assert.match(String(item.contextValue), /^entry\+redoable$/);
    await run('redo');
    await until(() => node.metadata.name === 'Another name');
    await run('rename', node, undefined, { name: '' });
    await until(() => node.metadata.name === null);
  });

  test('a name that a file has no place for is kept by us, and the tooltip says so', async () => {
    const node = row(jsonl, 'a');
    const before = fs.readFileSync(file('a'));
    await run('rename', node, undefined, { name: 'Our own name' });
    await until(() => node.metadata.name === 'Our own name');
    assert.equal(node.metadata.nameIsLocal, true);
    assert.match(sessionTooltip(node).value, /Name kept by the inspector/);
    assert.deepEqual(fs.readFileSync(file('a')), before);
    await run('undo');
    await until(() => node.metadata.name === null);
  });

  test('a kept session has its pin and is not cleaned up', async () => {
    const node = row(jsonl, 'a');
    await run('keep', node);
    await until(() => node.metadata.kept);
    assert.match(contextOf(node), /\+kept$/);
    const { iconPath } = sessionItem(node, Date.now(), 600);
    assert.equal(iconPath instanceof vscode.ThemeIcon && iconPath.id, 'pinned');
    const old = new Date(Date.now() - 20 * 86_400_000);
    for (const key of ['a', 'crlf_file']) fs.utimesSync(file(key), old, old);
    await run('cleanUp', jsonl, undefined, { ...yes, idleDays: 10 });
    assert.equal(fs.existsSync(file('crlf_file')), false);
    assert.equal(fs.existsSync(file('a')), true);
    await run('doNotKeep', node);
    await until(() => !node.metadata.kept);
    await run('undo', { entries: [(await newestEntry(/^No longer kept/)).entry.id] });
    await until(() => node.metadata.kept);
    await run('doNotKeep', node);
  });

  test('mark idle', async () => {
    const node = row(sqlite, 'cli_user_self');
    assert.match(contextOf(node), /\+(running|stuck)/);
    await run('markIdle', node, undefined, yes);
    await until(() => node.metadata.state === 'idle');
    assert.equal(node.metadata.turnStartedAt, null);
    assert.doesNotMatch(contextOf(node), /running|stuck/);
  });

  test('compact drops what cannot be read; the details name every line; undo gives it back', async () => {
    const node = row(jsonl, 'corrupt_lines');
    const before = fs.readFileSync(file('corrupt_lines'));
    await run('compact', node, undefined, yes);
    const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
    const kept = linesOf(fs.readFileSync(file('corrupt_lines'), 'utf8'));
    // As many as zeroclaw's own compaction leaves; ours does not write them anew.
    const { length } = linesOf(fs.readFileSync(fixture('zeroclaw/compacted/sessions/corrupt_lines.jsonl'), 'utf8'));
    assert.equal(kept.length, length);
    assert.ok(kept.every((line) => before.includes(line)));
    const entry = await newestEntry(/^Compacted/);
    await run('showDetails', entry);
    const document = await until(() =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'agent-session-operation'),
    );
    assert.match(document.getText(), /^# Compacted "/);
    await run('undo', entry);
    assert.deepEqual(fs.readFileSync(file('corrupt_lines')), before);
  });

  test('compact of both kinds of store', async () => {
    await run('compactStore', jsonl, undefined, yes);
    await newestEntry(/^Compacted/);
    await run('compactStore', sqlite, undefined, { ...yes, orphans: 'adopt' });
    await until(() =>
      sqlite.order.every(({ metadata }) => metadata.problems.every(({ code }) => code !== 'no-metadata')),
    );
  });

  test('append, remove last, clear', async () => {
    const node = row(sqlite, 'telegram_123456789_alice');
    const count = node.metadata.messageCount ?? 0;
    await run('appendMessage', node, undefined, { ...yes, role: 'user', content: 'a word more' });
    await until(() => node.metadata.messageCount === count + 1);
    await run('removeLastMessage', node, undefined, yes);
    await until(() => node.metadata.messageCount === count);
    await run('clearMessages', node, undefined, yes);
    await until(() => node.metadata.messageCount === 0);
    await run('undo');
    await until(() => node.metadata.messageCount === count);
  });

  test('migrate a folder into a database and back by one undo', async () => {
    const names = fs.readdirSync(jsonl.found.location.path).sort();
    await run('migrateToSqlite', row(jsonl, 'slack_thread_123_user'), undefined, yes);
    const database = path.join(jsonl.found.location.path, 'sessions.db');
    assert.ok(fs.existsSync(`${file('slack_thread_123_user')}.migrated`));
    const migrated = await storeAt(api, database);
    await until(async () => (await sessionRows(api, migrated)).some(({ metadata }) => metadata.messageCount === 8));
    await run('undo', await newestEntry(/^Migrated/));
    assert.ok(fs.existsSync(file('slack_thread_123_user')));
    assert.deepEqual(
      fs
        .readdirSync(jsonl.found.location.path)
        .filter((name) => !name.startsWith('sessions.db'))
        .sort(),
      names,
    );
  });

  test('export a session of a database to a file', async () => {
    const target = path.join(workspaceFolder(), 'exported');
    fs.mkdirSync(target, { recursive: true });
    await run('exportToJsonl', row(sqlite, 'a'), undefined, { ...yes, target });
    const lines = fs.readFileSync(path.join(target, 'a.jsonl'), 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, row(sqlite, 'a').metadata.messageCount);
  });

  test('an undo after the agent has gone on changes nothing by itself', async () => {
    const node = row(jsonl, 'a');
    await run('clearMessages', node, undefined, yes);
    fs.appendFileSync(file('a'), '{"role":"user","content":"after"}\n');
    const { entry } = await newestEntry(/^Cleared/);
    const result = await api.client.request(protocol.Reverse, {
      id: 900_000,
      direction: 'undo',
      request: { entry: entry.id },
    });
    assert.equal(result.conflicts.length, 1);
    assert.match(fs.readFileSync(file('a'), 'utf8'), /"after"/);
  });

  test('what has left the trash is gone for good', async () => {
    await run('delete', row(jsonl, 'bom_file'), undefined, yes);
    const deleted = await inTrash('bom_file');
    // The Delete key on a row of the trash.
    await run('delete', deleted, [deleted], yes);
    await until(async () => (await api.journal.getTrashed()).every((node) => node !== deleted));
    await run('delete', row(jsonl, 'crlf_file'), undefined, yes);
    await inTrash('crlf_file');
    await run('emptyTrash', api.journal.trash, undefined, yes);
    await until(async () => (await api.journal.getTrashed()).length === 0);
    assert.ok(!api.journal.roots.includes(api.journal.trash));
    const entry = await until(async () => {
      const nodes = await api.journal.getEntries();
      return nodes.find((node): node is EntryNode => node.kind === 'entry' && node.entry.items[0]?.key === 'crlf_file');
    });
    assert.match(String(entryItem(entry, Date.now()).description), /cannot be undone any more/);
  });

  test('without a row: the conversation in front', async () => {
    const store = sqlite.found.location;
    await vscode.commands.executeCommand('sessionInspector.sessions.focus');
    await vscode.commands.executeCommand('list.clear');
    const panel = await api.panels.open({ store, key: 'a', label: 'a' }, { keep: true });
    panel.panel.reveal(undefined, false);
    await until(() => panel.panel.active);
    await run('rename', { name: 'By its page' });
    await until(() => row(sqlite, 'a').metadata.name === 'By its page');
  });

  test('the history unfolds', async () => {
    await run('keep', row(jsonl, 'a'));
    await newestEntry(/^Kept/);
    await run('showHistory');
  });

  test('a long history comes in parts', async () => {
    const { client, journal } = api;
    const store = jsonl.found.location;
    for (let n = 0; n < 210; n++) {
      const request = { operation: 'keep', store, keys: ['a'], kept: n % 2 === 0 } as const;
      await client.request(protocol.RunOperation, { id: 800_000 + n, request });
    }
    await journal.refresh();
    const before = await journal.getEntries();
    assert.equal(before.at(-1)?.kind, 'more');
    await run('loadMoreHistory');
    const after = await journal.getEntries();
    assert.ok(after.length > before.length);
    const ids = after.flatMap((node) => (node.kind === 'entry' ? [node.entry.id] : []));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => b - a),
    );
    assert.notEqual(after.at(-1)?.kind, 'more');
  }).timeout(60_000);

  test('the row says what is being done to it', async () => {
    const node = row(jsonl, 'a');
    const item = sessionItem(node, Date.now(), 600, 'deleting');
    assert.match(String(item.description), /^deleting · /);
    assert.equal(item.iconPath instanceof vscode.ThemeIcon && item.iconPath.id, 'loading~spin');
  });
});
