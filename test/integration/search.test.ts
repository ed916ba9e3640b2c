/** The search in the real extension host, on copies of the fixtures. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';
import { hitItem, sessionHitsItem } from '../../src/searchResults/resultItems';
import { EVERYWHERE, type Scope } from '../../src/searchResults/scope';
import { savedSearchItem } from '../../src/tree/savedSearchItems';
import { addFixture, extensionApi, nameStores, sessionRows, storeAt, until, workspaceFolder } from './support';

const line = (role: string, content: string) => `${JSON.stringify({ role, content })}\n`;

suite('the search', () => {
  let api: Api;
  let folder: string;
  let database: string;

  const run = (command: string, ...args: unknown[]) =>
    vscode.commands.executeCommand(`sessionInspector.${command}`, ...args);
  const model = () => api.search.results.model;
  const found = () => model().hits.map(({ hit }) => `${hit.key} ${hit.kind === 'message' ? hit.row : hit.kind}`);

  async function search(query: string, scope: Scope = EVERYWHERE): Promise<void> {
    await api.search.results.show({ query, scope, order: 'rank' });
    assert.equal(model().isSearching, false);
  }

  suiteSetup(async () => {
    api = await extensionApi();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    folder = path.join(workspaceFolder(), 'searched', 'sessions');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
      path.join(folder, 'cli_first.jsonl'),
      line('user', 'where is delta_epsilon defined?') +
        line('assistant', 'In src/parse.ts: `const delta_epsilon = 1e-9`') +
        line('user', '東京の天気は？'),
    );
    fs.writeFileSync(
      path.join(folder, 'cli_second.jsonl'),
      `${line('user', 'psilon once more')}{"role":"user","content":\n${line('assistant', 'nothing here')}`,
    );
    database = path.join(addFixture('sqlite', 'searchedBase'), 'sessions.db');
    await nameStores(folder, database);
    await api.model.refresh();
    await Promise.all([folder, database].map(async (place) => sessionRows(api, await storeAt(api, place))));
  });

  suiteTeardown(async () => {
    model().clear();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await nameStores();
    for (const name of ['searched', 'searchedBase']) {
      fs.rmSync(path.join(workspaceFolder(), name), { recursive: true, force: true });
    }
  });

  test('insides of identifiers and of Chinese text are found, in exact numbers', async () => {
    await search('psilon');
    assert.deepEqual(found().sort(), ['cli_first 0', 'cli_first 1', 'cli_second 0']);
    assert.match(model().message ?? '', /^psilon · 3 hits in 2 sessions · /);
    await search('天気');
    assert.deepEqual(found(), ['cli_first 2']);
    const [node] = model().hits;
    assert.ok(node);
    const { label } = hitItem(node, Date.now());
    assert.ok(label && typeof label === 'object');
    const marked = (label.highlights ?? []).map(([from, to]) => label.label.slice(from, to));
    assert.deepEqual(marked, ['天気']);
    assert.match(String(sessionHitsItem(node.parent, undefined, Date.now()).description), /^1 hit /);
  });

  test('what cannot be read is named, not passed over', async () => {
    await search('nowhere-at-all');
    assert.deepEqual(model().hits, []);
    const leftOut = model().roots.find((node) => node.kind === 'leftOut');
    assert.ok(leftOut?.kind === 'leftOut', model().message);
    assert.ok(leftOut.places.some(({ skipped }) => skipped.key === 'cli_second' && skipped.row === 1));
    assert.doesNotMatch(model().message ?? '', /all of/);
  });

  test('a wrong query says what is wrong, and where', async () => {
    await search('rol:user psilon');
    const [notice] = model().roots;
    assert.ok(notice?.kind === 'notice' && notice.icon === 'error', JSON.stringify(notice));
    assert.match(notice.label, /^There is no field rol:\. Did you mean role:/);
    assert.equal(notice.description, 'at character 1: rol:');
  });

  test('from the Quick Pick into the view; the query is in the history', async () => {
    await run('search', { query: 'delta_eps' });
    await run('openInSearchView');
    await until(() => !model().isSearching && model().hits.length === 2);
    assert.equal(model().input?.query, 'delta_eps');
  });

  test('F4 goes through the hits, opening each at its message', async () => {
    await search('psilon');
    const rows = found();
    const opened: string[] = [];
    for (const command of ['nextHit', 'nextHit', 'nextHit', 'nextHit', 'previousHit']) {
      await run(command);
      opened.push(api.panels.all.find(({ panel }) => panel.visible)?.session.key ?? '');
    }
    const keys = rows.map((row) => row.split(' ')[0]);
    assert.deepEqual(opened, [keys[0], keys[1], keys[2], keys[0], keys[2]]);
    assert.equal(api.panels.all.length, 1, 'hits open in the preview');
  });

  test('dismiss, copy, search again, clear', async () => {
    await search('psilon');
    const [first] = model().hits;
    assert.ok(first);
    await run('copyHit', first, undefined);
    assert.equal(await vscode.env.clipboard.readText(), first.hit.snippet);
    await run('dismissHit', first, undefined);
    assert.equal(model().hits.length, 2);
    await run('refreshSearch');
    assert.equal(model().hits.length, 2);
    await run('copyAllHits');
    assert.match(await vscode.env.clipboard.readText(), /^psilon · 3 hits in 2 sessions/);
    await run('clearSearch');
    assert.deepEqual(model().roots, []);
  });

  test('in one session only', async () => {
    const store = await storeAt(api, folder);
    const { location } = store.found;
    await search('psilon', { kind: 'session', store: location, key: 'cli_second', label: 'Second' });
    assert.deepEqual(found(), ['cli_second 0']);
    assert.match(model().message ?? '', /in "Second"/);
  });

  test('a saved search follows the stores', async () => {
    const { saved } = api.search;
    await saved.searches.add('Epsilons', 'psilon');
    const [node] = saved.roots;
    assert.ok(node);
    const rows = await saved.getSessions(node);
    assert.deepEqual(rows.map((row) => row.kind === 'savedSession' && row.session.key).sort(), [
      'cli_first',
      'cli_second',
    ]);
    assert.equal(savedSearchItem(node).description, '3 hits');
    fs.appendFileSync(path.join(folder, 'cli_second.jsonl'), line('user', 'epsilon again'));
    await until(() => savedSearchItem(node).description === '4 hits');
    fs.writeFileSync(path.join(folder, 'cli_third.jsonl'), line('user', 'psilon psilon'));
    await until(() => node.live.totalSessions === 3);
    fs.rmSync(path.join(folder, 'cli_first.jsonl'));
    await until(() => savedSearchItem(node).description === '3 hits');
    await run('openSavedSession', (await saved.getSessions(node))[0]);
    assert.ok(api.panels.all.some(({ session }) => /cli_(second|third)/.test(session.key)));
    await run('openSavedSearch', node, undefined);
    await until(() => model().hits.length === 3);
    await run('removeSavedSearch', node, undefined);
    assert.deepEqual(saved.roots, []);
  });
});
