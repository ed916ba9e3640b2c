import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ConversationPanel } from '../../src/conversation/conversationPanel';
import type { Api } from '../../src/extension';
import type { StoreLocation } from '../../src/shared/session';
import { projectRoot } from '../support/project';
import { addFixture, extensionApi, until } from './support';

/** Appends a message as zeroclaw does, two statements without a transaction, from a process of its own. */
function appendRow(file: string, key: string): void {
  const program = `
    const database = new (require('better-sqlite3'))(process.argv[1]);
    const now = new Date().toISOString().replace('Z', '000001+00:00');
    database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)')
      .run(process.argv[2], 'user', 'live row', now);
    database.prepare('UPDATE session_metadata SET last_activity = ?, message_count = message_count + 1 WHERE session_key = ?')
      .run(now, process.argv[2]);`;
  execFileSync(process.execPath, ['-e', program, file, key], { cwd: projectRoot });
}

suite('the conversation', () => {
  let api: Api;
  let jsonl: StoreLocation;
  let sqlite: StoreLocation;

  suiteSetup(async () => {
    api = await extensionApi();
  });

  setup(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    jsonl = { kind: 'jsonl', path: addFixture('jsonl', 'talk'), role: 'live' };
    sqlite = { kind: 'sqlite', path: path.join(addFixture('sqlite', 'base'), 'sessions.db'), role: 'live' };
  });

  suiteTeardown(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const target = (store: StoreLocation, key: string) => ({ store, key, label: key });

  /** Waits until the page says that it has drawn so many rows. */
  const drawn = (panel: ConversationPanel, total: number, what = 'show') =>
    until(() => panel.drawn.find((each) => each.total === total && each.what === what));

  test('opens with its messages on the page, under its own title', async () => {
    const panel = await api.panels.open(target(jsonl, 'slack_thread_123_user'));
    await drawn(panel, 8);
    assert.equal(panel.panel.title, 'list the files in folder 1');
  });

  test('one panel for each session; a click reuses the one that was only looked at', async () => {
    const first = await api.panels.open(target(jsonl, 'a'));
    await drawn(first, 4);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const second = await api.panels.open(target(sqlite, 'a'));
    assert.equal(second, first);
    await until(() => first.drawn.filter((each) => each.what === 'show').length === 2);
    await vscode.commands.executeCommand('sessionInspector.keepOpen');
    const third = await api.panels.open(target(jsonl, 'cli_user_self'));
    assert.notEqual(third, first);
    assert.equal(await api.panels.open(target(sqlite, 'a')), first);
    assert.equal(api.panels.all.length, 2);
  });

  test('a second click at once keeps the panel', async () => {
    const first = await api.panels.open(target(jsonl, 'a'));
    await api.panels.open(target(jsonl, 'a'));
    assert.notEqual(await api.panels.open(target(jsonl, 'crlf_file')), first);
  });

  test('two clicks while the session is still read open it once', async () => {
    const panel = await api.panels.open(target(jsonl, 'a'));
    await drawn(panel, 4);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const opened = await Promise.all([
      api.panels.open(target(jsonl, 'cli_user_self')),
      api.panels.open(target(jsonl, 'cli_user_self')),
    ]);
    assert.deepEqual(opened, [panel, panel]);
  });

  test('to the side: an open session moves there', async () => {
    await drawn(await api.panels.open(target(jsonl, 'cli_user_self'), { keep: true }), 7);
    const panel = await api.panels.open(target(jsonl, 'a'));
    await drawn(panel, 4);
    assert.equal(panel.panel.viewColumn, vscode.ViewColumn.One);
    assert.equal(await api.panels.open(target(jsonl, 'a'), { toSide: true }), panel);
    await until(() => panel.panel.viewColumn === vscode.ViewColumn.Two);
    assert.equal(api.panels.all.length, 2);
  });

  test('a click on a session that could not be had looks again', async () => {
    const panel = await api.panels.open(target(jsonl, 'cli_later_later'));
    await until(() => panel.hasFailed);
    await new Promise((resolve) => setTimeout(resolve, 600));
    fs.writeFileSync(path.join(jsonl.path, 'cli_later_later.jsonl'), '{"role":"user","content":"here now"}\n');
    await api.panels.open(target(jsonl, 'cli_later_later'));
    await drawn(panel, 1);
    assert.equal(panel.hasFailed, false);
  });

  test('a line that another process appends is drawn', async () => {
    const panel = await api.panels.open(target(jsonl, 'crlf_file'));
    await drawn(panel, 2);
    fs.appendFileSync(path.join(jsonl.path, 'crlf_file.jsonl'), '{"role":"assistant","content":"live"}\n');
    await drawn(panel, 3, 'changed');
  });

  test('a row that another connection appends is drawn', async () => {
    const panel = await api.panels.open(target(sqlite, 'telegram_123456789_alice'));
    await drawn(panel, 2);
    appendRow(sqlite.path, 'telegram_123456789_alice');
    await drawn(panel, 3, 'changed');
  });

  test('after the service was killed the open page goes on', async () => {
    const panel = await api.panels.open(target(jsonl, 'bom_file'));
    await until(() => panel.drawn.length > 0);
    const { pid } = api.client;
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    await until(() => api.client.pid !== undefined && api.client.pid !== pid);
    await until(() => panel.drawn.some((each) => each.what === 'changed'));
    const before = panel.drawn.length;
    fs.appendFileSync(path.join(jsonl.path, 'bom_file.jsonl'), '{"role":"user","content":"still here"}\n');
    await until(() => panel.drawn.length > before);
  });

  test('a session that does not exist says so on the page and breaks nothing', async () => {
    const panel = await api.panels.open(target(jsonl, 'no_such_session'));
    await until(() => panel.panel.active || panel.panel.visible);
    const next = await api.panels.open(target(jsonl, 'a'));
    await drawn(next, 4);
  });
});
