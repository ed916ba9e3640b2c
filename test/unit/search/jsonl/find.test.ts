import assert from 'node:assert/strict';
import type { StoreError } from '../../../../src/backend/errors';
import type { FindPattern } from '../../../../src/shared/search/answer';
import { QueryError } from '../../../../src/shared/search/query';
import { Folder, line, never } from './support';

suite('search of a JSONL folder: find in a conversation', () => {
  let folder: Folder;
  setup(() => {
    folder = new Folder();
  });
  teardown(() => folder.close());

  const pattern = (text: string, more: Partial<FindPattern> = {}): FindPattern => ({
    text,
    matchCase: false,
    wholeWord: false,
    regex: false,
    ...more,
  });

  test('every place, by physical lines', async () => {
    folder.write(
      'a.jsonl',
      `${line('user', 'Schöne schone SCHÖNE')}\nbroken schone\n${line('user', 'nothing')}${line('assistant', 'wunderschön\nschöne').trimEnd()}`,
    );
    const search = folder.open();
    const found = await search.find('a', pattern('schone'), never);
    assert.deepEqual(found, { generation: 0, total: 5, rows: [0, 4], counts: [3, 1], matches: 4, complete: true });
    assert.deepEqual((await search.find('a', pattern('Schöne', { matchCase: true }), never)).matches, 1);
    assert.deepEqual((await search.find('a', pattern('schön', { wholeWord: true }), never)).matches, 0);
    assert.deepEqual((await search.find('a', pattern('s.h[öo]n', { regex: true }), never)).matches, 5);
    assert.deepEqual((await search.find('a', pattern('^s', { regex: true }), never)).matches, 2);
    assert.deepEqual((await search.find('a', pattern('x*', { regex: true }), never)).matches, 0);
  });

  test('a big session in parts', async function () {
    this.timeout(60_000);
    let text = '';
    const rows: number[] = [];
    for (let i = 0; i < 60_000; i++) {
      if (i % 777 === 0) rows.push(i);
      text += line('user', `${i % 777 === 0 ? 'needle needle ' : ''}message ${i} ${'filler é '.repeat(20)}`);
    }
    folder.write('a.jsonl', text);
    const found = await folder.open().find('a', pattern('needle'), never);
    assert.deepEqual(found.rows, rows);
    assert.equal(found.total, 60_000);
    assert.equal(found.matches, rows.length * 2);
  });

  test('wrong and endless expressions, unknown sessions', async function () {
    this.timeout(30_000);
    folder.write('a.jsonl', line('user', `${'a'.repeat(60)}!`));
    const search = folder.open();
    await assert.rejects(search.find('a', pattern('(', { regex: true }), never), QueryError);
    const endless = search.find('a', pattern('(a+)+$', { regex: true }), never);
    await assert.rejects(endless, (error: StoreError) => error.code === 'bad-query');
    await assert.rejects(
      search.find('b', pattern('a'), never),
      (error: StoreError) => error.code === 'no-such-session',
    );
    assert.equal((await search.find('a', pattern('a'), never)).matches, 60);
  });
});
