import assert from 'node:assert/strict';
import type { FindPattern } from '../../../../src/shared/search/answer';
import { QueryError } from '../../../../src/shared/search/query';
import { append, createZeroclawDatabase, removeLast } from '../../../support/zeroclawSchema';
import { closeAll, newDatabase, openBackend } from '../../sqlite/support';
import { closePool, closeSearches, fill, insertRow, never, openSearch } from './support';

function pattern(text: string, more: Partial<FindPattern> = {}): FindPattern {
  return { text, matchCase: false, wholeWord: false, regex: false, ...more };
}

suite('find in a session of a database', () => {
  teardown(async () => {
    await closeSearches();
    await closeAll();
  });
  suiteTeardown(closePool);

  test('every place, by row', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    append(database, 'k', 'user', 'Schöne schone SCHONE, nothing else');
    append(database, 'other', 'user', 'schone');
    append(database, 'k', 'assistant', 'none here');
    insertRow(database, { content: Buffer.from('schone') });
    const call = { arguments: '{"path":"schöne/a.txt"}', id: 'c1', name: 'schoner' };
    append(database, 'k', 'assistant', JSON.stringify({ content: null, tool_calls: [call] }));
    append(database, 'k', 'user', 'ein schoner Tag');
    database.close();
    const search = openSearch(file);
    const found = await search.find('k', pattern('schone'), never);
    assert.deepEqual(
      [found.total, found.rows, found.counts.slice(0, 1), found.counts.slice(-1), found.complete],
      [5, [0, 3, 4], [3], [1], true],
    );
    assert.equal(
      found.matches,
      found.counts.reduce((sum, count) => sum + count, 0),
    );
    assert.deepEqual((await search.find('k', pattern('Schöne', { matchCase: true }), never)).rows, [0]);
    assert.deepEqual((await search.find('k', pattern('schone', { wholeWord: true }), never)).rows, [0, 3]);
    assert.deepEqual((await search.find('k', pattern('^ein\\s', { regex: true }), never)).rows, [4]);
    assert.deepEqual((await search.find('k', pattern(''), never)).matches, 0);
    assert.deepEqual((await search.find('nobody', pattern('x'), never)).total, 0);
    await assert.rejects(search.find('k', pattern('(', { regex: true }), never), QueryError);
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(search.find('k', pattern('x'), stop.signal), { code: 'cancelled' });
  });

  test('a long session among others, in several tasks', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    fill(
      database,
      120_000,
      (number) => (number % 7 === 0 ? `needle ${number} needle` : `text ${number}`),
      (number) => (number % 4 ? 'long' : 'short'),
    );
    const search = openSearch(file);
    const check = async () => {
      const contents = database
        .prepare("SELECT content FROM sessions WHERE session_key = 'long' ORDER BY id")
        .pluck()
        .all() as string[];
      const rows = contents.flatMap((content, row) => (content.includes('needle') ? [row] : []));
      const found = await search.find('long', pattern('NEEDLE'), never);
      assert.deepEqual(found.rows, rows);
      assert.ok(found.counts.every((count) => count === 2));
      assert.deepEqual([found.total, found.matches], [contents.length, rows.length * 2]);
    };
    await check();
    database.exec("DELETE FROM sessions WHERE session_key = 'long' AND id < 1000");
    removeLast(database, 'long');
    append(database, 'long', 'user', 'a late needle needle');
    await check();
    // Rows are numbered as the pages of the conversation number them.
    const backend = await openBackend(file);
    const generation = async (key: string) => (await backend.entries(key, { from: 0, count: 0 })).generation;
    const numbered = await openSearch(file, { generation }).find('long', pattern('late'), never);
    const page = await backend.entries('long', { from: numbered.rows[0] ?? 0, count: 1 });
    assert.deepEqual([page.generation, page.total], [numbered.generation, numbered.total]);
    assert.ok(page.entries[0]?.kind === 'message' && page.entries[0].content.startsWith('a late needle'));
    database.close();
  });
});
