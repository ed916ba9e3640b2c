import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import {
  append,
  createZeroclawDatabase,
  openAsZeroclaw,
  type Sqlite,
  zeroclawTables,
} from '../../../support/zeroclawSchema';
import { closeAll, newDatabase } from '../../sqlite/support';
import { closePool, closeSearches, fill, insertRow, openSearch, places, ranked, scan } from './support';

function store(make: (database: Sqlite) => void): string {
  const file = newDatabase();
  const database = createZeroclawDatabase(file);
  make(database);
  database.close();
  return file;
}

suite('search of a database: what is odd', () => {
  teardown(async () => {
    await closeSearches();
    await closeAll();
  });
  suiteTeardown(closePool);

  test('rows that nobody can read are left out by name, and are what has:problem finds', async () => {
    const file = store((database) => {
      insertRow(database, { content: 'needle' });
      insertRow(database, { content: Buffer.from('needle in a BLOB') });
      database.exec(
        "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', CAST(x'6e6565646c65ff' AS TEXT), '')",
      );
      insertRow(database, { content: 'needle', role: Buffer.from('user') });
      database.exec(
        "INSERT INTO sessions (session_key, role, content, created_at) VALUES ('j', CAST(x'ff' AS TEXT), 'needle', '')",
      );
      insertRow(database, { content: 'needle \uFFFD' });
      insertRow(database, { content: 'a needle\0after' });
      insertRow(database, { content: 'needle', created_at: Buffer.from('x') });
    });
    const search = openSearch(file);
    for (const query of ['eedle', 'nothing']) {
      const { counts, coverage } = await scan(search, query);
      assert.deepEqual(counts, query === 'eedle' ? { k: 4 } : {});
      assert.deepEqual([coverage.messages, coverage.sessions, coverage.skippedCount], [4, 2, 4]);
      assert.deepEqual(coverage.skipped.map(({ key, place, row, code }) => [key, place, row, code]).sort(), [
        ['j', 'row 5', 0, 'unreadable-row'],
        ['k', 'row 2', 1, 'unreadable-row'],
        ['k', 'row 3', 2, 'unreadable-row'],
        ['k', 'row 4', 3, 'unreadable-row'],
      ]);
      assert.match(
        coverage.skipped.find(({ place }) => place === 'row 2')?.message ?? '',
        /Row 2 of k was left out: its content is a BLOB/,
      );
    }
    const problems = await scan(search, 'has:problem');
    assert.deepEqual(places(problems.hits).sort(), ['j 0', 'k 1', 'k 2', 'k 3']);
    assert.ok(
      problems.hits.every(
        ({ hit }) => hit.kind === 'unreadable' && hit.place === `row ${hit.key === 'j' ? 5 : hit.row + 1}`,
      ),
    );
    assert.equal(problems.coverage.skippedCount, 0);
    assert.deepEqual(places((await scan(search, 'has:problem blob')).hits), ['k 1']);
    assert.equal((await scan(search, 'needle', { sessions: new Map([['k', 0]]) })).coverage.skippedCount, 3);
  });

  test('many unreadable rows are counted, not all named', async () => {
    const file = store((database) => {
      database.transaction(() => {
        for (let number = 0; number < 2500; number++) insertRow(database, { content: Buffer.from('x') });
      })();
      insertRow(database, { content: 'needle' });
    });
    const { coverage, total } = await scan(openSearch(file), 'needle');
    assert.deepEqual([total, coverage.skippedCount, coverage.skipped.length, coverage.messages], [1, 2500, 1000, 1]);
  });

  test('keys that are no text, sessions that zeroclaw hides, metadata without messages', async () => {
    const file = store((database) => {
      insertRow(database, { session_key: Buffer.from('blob key'), content: 'needle' });
      database.exec(
        "INSERT INTO sessions (session_key, role, content, created_at) VALUES (CAST(x'ff6b' AS TEXT), 'user', 'needle', '')",
      );
      insertRow(database, { session_key: 'zoe \uFFFD', content: 'needle' });
      insertRow(database, { session_key: 'nul\0key', content: 'needle' });
      insertRow(database, { session_key: '', content: 'needle' });
      append(database, 'plain', 'user', 'needle');
      database.exec("INSERT INTO session_metadata (session_key, created_at, last_activity) VALUES ('empty', '', '')");
    });
    const search = openSearch(file);
    const found = await scan(search, 'eedle');
    const odd = ["blob key (blob x'626c6f62206b6579')", "\uFFFDk (text x'ff6b')"];
    assert.deepEqual(Object.keys(found.counts).sort(), ['', 'nul\0key', 'plain', 'zoe \uFFFD', ...odd].sort());
    assert.deepEqual([found.coverage.messages, found.coverage.sessions], [6, 7]);
    const some = new Map([...odd, '', 'nul\0key', 'empty'].map((key) => [key, 0]));
    assert.equal((await scan(search, 'eedle', { sessions: some })).total, 4);
    const best = await ranked(search, 'needle');
    assert.equal(best.hits.length, 6);
    const [key] = odd;
    assert.equal(
      (
        await search.find(
          key ?? '',
          { text: 'needle', matchCase: false, wholeWord: false, regex: false },
          new AbortController().signal,
        )
      ).matches,
      1,
    );
  });

  test('ids beyond 2^53', async () => {
    const ids = [
      '-9223372036854775808',
      '-5',
      '0',
      '3',
      '9007199254740991',
      '9007199254740993',
      '9007199254740994',
      '9223372036854775807',
    ];
    const file = store((database) => {
      for (const id of ids) {
        database.exec(
          `INSERT INTO sessions (id, session_key, role, content, created_at) VALUES (${id}, 'k', 'user', 'needle ${id}', '2026-01-01T00:00:00+00:00')`,
        );
      }
    });
    const search = openSearch(file);
    for (const sessions of [undefined, new Map([['k', 0]])]) {
      const found = await scan(search, 'eedle', { sessions });
      assert.deepEqual(found.hits.map(({ hit }) => hit.snippet).sort(), ids.map((id) => `needle ${id}`).sort());
      assert.deepEqual(
        found.hits.map(({ hit }) => (hit.kind === 'message' ? hit.row : -1)).sort(),
        ids.map((_, row) => row),
      );
      assert.equal(found.coverage.messages, ids.length);
    }
    const inside = await search.find(
      'k',
      { text: 'eedle', matchCase: false, wholeWord: false, regex: false },
      new AbortController().signal,
    );
    assert.deepEqual([inside.total, inside.rows], [8, [0, 1, 2, 3, 4, 5, 6, 7]]);
    assert.ok((await ranked(search, 'needle')).hits.length > 0);
  });

  test('a sparse and a negative range', async () => {
    const file = store((database) => {
      for (const id of [-2_000_000_000, -7, 1, 2, 3, 1_000_000, 1_000_000_000_000]) {
        insertRow(database, { id, content: `needle ${id}` });
      }
    });
    const { total, hits } = await scan(openSearch(file), 'eedle');
    assert.equal(total, 7);
    assert.deepEqual(
      places(hits),
      [6, 5, 4, 3, 2, 1, 0].map((row) => `k ${row}`),
    );
  });

  test('a database of another encoding, without metadata and index', async () => {
    const file = newDatabase();
    const database = openAsZeroclaw(file);
    database.pragma("encoding = 'UTF-16le'");
    database.exec(zeroclawTables('0.4.3').replace(/CREATE VIRTUAL[^;]*;/, ''));
    database.exec('DROP TABLE session_metadata');
    fill(database, 300, (number) => `Schöne needle ${number} 部署`);
    database.close();
    const search = openSearch(file);
    const { total, coverage } = await scan(search, 'schone 署');
    assert.deepEqual([total, coverage.messages, coverage.sessions, coverage.skippedCount], [300, 300, 10, 0]);
    assert.match((await ranked(search, 'needle')).note ?? '', /no full-text index/);
  });

  test('an empty file, and tables without rows', async () => {
    const file = newDatabase();
    openAsZeroclaw(file).close();
    const nothing = await scan(openSearch(file), 'x');
    assert.deepEqual([nothing.total, nothing.coverage.messages, nothing.coverage.sessions], [0, 0, 0]);
    const empty = openSearch(store(() => undefined));
    assert.equal((await scan(empty, 'x')).coverage.messages, 0);
    assert.deepEqual((await ranked(empty, 'word')).hits, []);
    const found = await empty.find(
      'k',
      { text: 'x', matchCase: false, wholeWord: false, regex: false },
      new AbortController().signal,
    );
    assert.deepEqual([found.total, found.matches, found.complete], [0, 0, true]);
  });

  test('rows of many megabytes', async () => {
    const big = 'x'.repeat(20_000_000);
    const file = store((database) => {
      insertRow(database, { content: `needle at the start ${big}` });
      insertRow(database, { content: `${big} at the end needle` });
      insertRow(database, { content: big });
      insertRow(database, { content: 'a needle' });
    });
    const search = openSearch(file);
    const found = await scan(search, 'eedle');
    assert.deepEqual(places(found.hits), ['k 3', 'k 1', 'k 0']);
    assert.ok(found.hits.every(({ hit }) => hit.snippet.length < 300));
    assert.equal(found.coverage.messages, 4);
    assert.equal((await ranked(search, 'needle')).hits.length, 3);
  });

  test('what lies around a damaged page is searched, and the damage is named', async () => {
    const file = store((database) => {
      fill(database, 6000, (number) => `needle in row number ${number} ${'x'.repeat(200)}`);
    });
    const bytes = fs.readFileSync(file);
    const at = bytes.indexOf('needle in row number 3000 ');
    bytes.fill(0xff, at - (at % 4096), at - (at % 4096) + 100);
    fs.writeFileSync(file, bytes);
    const search = openSearch(file);
    for (const query of ['eedle', '"number 5"']) {
      const { total, coverage } = await scan(search, query);
      const [damage] = coverage.skipped;
      const [, from, to] = /^rows (\d+) to (\d+)$/.exec(damage?.place ?? '') ?? [];
      const lost = Number(to) - Number(from) + 1;
      assert.ok(Number(from) <= 3001 && Number(to) >= 3001 && lost < 30, damage?.place);
      assert.deepEqual([damage?.code, coverage.skippedCount], ['corrupt', 1]);
      assert.match(damage?.message ?? '', /^Rows \d+ to \d+ could not be read: the database file is damaged there/);
      assert.equal(coverage.messages, 6000 - lost);
      if (query === 'eedle') assert.equal(total, 6000 - lost);
      else assert.equal(total, 1111);
    }
    assert.equal((await ranked(search, 'needle')).note, undefined);
    const pattern = { text: 'needle', matchCase: false, wholeWord: false, regex: false };
    const found = await search.find('s1', pattern, new AbortController().signal);
    assert.ok(found.matches >= 590 && found.rows.at(-1) === 599);
  });
});
