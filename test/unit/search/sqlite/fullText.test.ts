import assert from 'node:assert/strict';
import {
  append,
  createZeroclawDatabase,
  type Sqlite,
  updateLast,
  upgradeToNewest,
} from '../../../support/zeroclawSchema';
import { closeAll, newDatabase, OtherProcess } from '../../sqlite/support';
import { closePool, closeSearches, fill, openSearch, places, ranked, scan } from './support';

/** What makes the index one that is not asked, and words of the reason. */
const wrong: readonly (readonly [name: string, make: (database: Sqlite) => void, note: RegExp])[] = [
  [
    'no table',
    (database) =>
      database.exec(
        'DROP TABLE sessions_fts; DROP TRIGGER sessions_ai; DROP TRIGGER sessions_ad; DROP TRIGGER sessions_au',
      ),
    /no full-text index/,
  ],
  [
    'an ordinary table of its name',
    (database) => database.exec('DROP TABLE sessions_fts; CREATE TABLE sessions_fts (session_key, content)'),
    /not of the form/,
  ],
  [
    'a table without contents',
    (database) =>
      database.exec(
        "DROP TABLE sessions_fts; CREATE VIRTUAL TABLE sessions_fts USING fts5(session_key, content, content='')",
      ),
    /not of the form/,
  ],
  [
    'a table without phrases',
    (database) =>
      database.exec(
        "DROP TABLE sessions_fts; CREATE VIRTUAL TABLE sessions_fts USING fts5(session_key, content, content=sessions, content_rowid=id, detail=none); INSERT INTO sessions_fts(sessions_fts) VALUES ('rebuild')",
      ),
    /not of the form/,
  ],
  ['no insert trigger', (database) => database.exec('DROP TRIGGER sessions_ai'), /no trigger sessions_ai/],
  ['no delete trigger', (database) => database.exec('DROP TRIGGER sessions_ad'), /no trigger sessions_ad/],
  ['no update trigger', (database) => database.exec('DROP TRIGGER sessions_au'), /no trigger sessions_au/],
  [
    'a trigger that does less',
    (database) =>
      database.exec(
        "DROP TRIGGER sessions_ai; CREATE TRIGGER sessions_ai AFTER INSERT ON sessions WHEN new.role = 'user' BEGIN INSERT INTO sessions_fts(rowid, session_key, content) VALUES (new.id, new.session_key, new.content); END",
      ),
    /trigger sessions_ai is another one/,
  ],
  [
    'a trigger more',
    (database) =>
      database.exec(
        "CREATE TRIGGER more AFTER INSERT ON sessions BEGIN INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content) VALUES ('delete', new.id, new.session_key, new.content); END",
      ),
    /trigger that is not known \(more\)/,
  ],
  [
    'rows that it lacks',
    (database) => {
      const { sql } = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'sessions_ai'").get() as {
        sql: string;
      };
      database.exec('DROP TRIGGER sessions_ai');
      append(database, 'late', 'user', 'a late needle');
      database.exec(sql);
    },
    /not in step/,
  ],
  [
    'rows that it holds too much',
    (database) => {
      const { sql } = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'sessions_ad'").get() as {
        sql: string;
      };
      database.exec('DROP TRIGGER sessions_ad');
      database.exec('DELETE FROM sessions WHERE id = 2');
      database.exec(sql);
    },
    /not in step/,
  ],
  [
    'emptied',
    (database) => database.exec("INSERT INTO sessions_fts(sessions_fts) VALUES ('delete-all')"),
    /not in step/,
  ],
  [
    'without its shadow table',
    (database) => {
      database.unsafeMode(true);
      database.pragma('writable_schema = ON');
      database.exec("DELETE FROM sqlite_schema WHERE name = 'sessions_fts_docsize'");
      database.pragma('writable_schema = RESET');
    },
    /cannot be read/,
  ],
  [
    'damaged',
    (database) => {
      database.unsafeMode(true);
      database.exec(
        "UPDATE sessions_fts_data SET block = x'0001' WHERE id > 10; UPDATE sessions_fts_data SET block = x'ffffffffff' WHERE id = 10",
      );
    },
    /cannot be read/,
  ],
];

function newStore(make: (database: Sqlite) => void): string {
  const file = newDatabase();
  const database = createZeroclawDatabase(file);
  append(database, 'a', 'user', 'a needle here');
  append(database, 'b', 'assistant', 'needles there');
  append(database, 'c', 'user', 'and nothing here');
  make(database);
  database.close();
  return file;
}

suite("search of a database: zeroclaw's full-text table", () => {
  teardown(async () => {
    await closeSearches();
    await closeAll();
  });
  suiteTeardown(closePool);

  for (const [name, make, note] of wrong) {
    test(`not asked: ${name}`, async () => {
      const file = newStore(make);
      const search = openSearch(file);
      const best = await ranked(search, 'needle');
      assert.deepEqual(best.hits, []);
      assert.match(best.note ?? '', note);
      const { counts } = await scan(search, 'needle');
      assert.equal(counts.a, 1);
      assert.equal(counts.late, name === 'rows that it lacks' ? 1 : undefined);
      assert.equal(counts.b, name === 'rows that it holds too much' ? undefined : 1);
    });
  }

  test('definitions that mean the same', async () => {
    const file = newStore((database) => {
      database.exec(`DROP TRIGGER sessions_ai;
        CREATE TRIGGER "sessions_ai"   AFTER INSERT ON sessions
        BEGIN insert into sessions_fts (rowid,session_key,content) VALUES(new.id , new.session_key, new.content) ; END;
        DROP TABLE sessions_fts;
        CREATE VIRTUAL TABLE sessions_fts USING fts5(session_key, content, content='sessions', content_rowid='id', tokenize = 'porter unicode61');
        INSERT INTO sessions_fts(sessions_fts) VALUES ('rebuild')`);
    });
    const { hits, note } = await ranked(openSearch(file), 'needle');
    assert.deepEqual([places(hits).sort(), note], [['a 0', 'b 0'], undefined]);
  });

  test('an index that comes right, and one that goes wrong', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file, '0.6.9');
    append(database, 'a', 'user', 'a needle');
    const search = openSearch(file);
    assert.match((await ranked(search, 'needle')).note ?? '', /sessions_au/);
    upgradeToNewest(database, '0.6.9');
    assert.deepEqual(places((await ranked(search, 'needle')).hits), ['a 0']);
    append(database, 'b', 'user', 'a needle');
    updateLast(database, 'a', 'user', 'gone');
    assert.deepEqual(places((await ranked(search, 'needle')).hits), ['b 0']);
    database.exec("INSERT INTO sessions_fts(sessions_fts) VALUES ('delete-all')");
    assert.match((await ranked(search, 'needle')).note ?? '', /not in step/);
    database.exec("INSERT INTO sessions_fts(sessions_fts) VALUES ('rebuild')");
    assert.deepEqual(places((await ranked(search, 'needle')).hits), ['b 0']);
    database.close();
  });

  test('terms that dangle are no hits', async () => {
    // An older agent's update without a trigger, then a newer agent's trigger: the old words stay in the index.
    const file = newDatabase();
    const database = createZeroclawDatabase(file, '0.6.9');
    append(database, 'a', 'user', 'a needle');
    updateLast(database, 'a', 'user', 'something else');
    upgradeToNewest(database, '0.6.9');
    append(database, 'b', 'user', 'a needle');
    database.close();
    const search = openSearch(file);
    assert.deepEqual(places((await ranked(search, 'needle')).hits), ['b 0']);
    assert.deepEqual((await ranked(search, 'something')).hits, []);
    assert.deepEqual((await scan(search, 'something')).counts, { a: 1 });
  });

  test('what FTS5 takes for its own syntax is searched as text', async () => {
    const file = newStore((database) => {
      for (const text of [
        'C++ and -> and foo* ^bar',
        'AND OR NOT NEAR(a b)',
        'say "hello" {x} col:y',
        "O'Reilly",
        'a\0b null',
        '::',
      ]) {
        append(database, 'odd', 'user', text);
      }
    });
    const search = openSearch(file);
    const queries: readonly (readonly [query: string, rows: readonly number[]])[] = [
      ['C++', [0]],
      ['"->"', [0]],
      ['foo*', [0]],
      ['^bar', [0]],
      ['"AND"', [0, 1]],
      ['NEAR(a', [1]],
      ['"NOT NEAR"', [1]],
      ["O'Reilly", [3]],
      ['"{x}"', [2]],
      ['hello', [2]],
      ['"col:y"', [2]],
      ['"b null"', [4]],
      ['=bar', [0]],
    ];
    for (const [query, rows] of queries) {
      const restricted = { sessions: new Map([['odd', 0]]) };
      const found = await scan(search, query, restricted);
      assert.deepEqual(found.hits.map(({ hit }) => (hit.kind === 'message' ? hit.row : -1)).sort(), [...rows], query);
      const best = await ranked(search, query, restricted);
      assert.equal(best.note, undefined, query);
      for (const place of places(best.hits)) assert.ok(rows.includes(Number(place.split(' ')[1])), query);
    }
  });

  test('the index answers what it can: starts of words, phrases, alternatives, what must not be there', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    append(database, 'telegram_1', 'user', 'the quick brown fox');
    append(database, 'telegram_1', 'assistant', 'a quicker fox, brown');
    append(database, 'k', 'user', 'call_17 of the brown bear');
    database.close();
    const search = openSearch(file);
    const expected: readonly (readonly [query: string, places: readonly string[]])[] = [
      ['qui', ['telegram_1 0', 'telegram_1 1']],
      ['qu', []],
      ['=quick', ['telegram_1 0']],
      ['"quick bro"', ['telegram_1 0']],
      ['brown fox', ['telegram_1 0', 'telegram_1 1']],
      ['fox OR bear', ['k 0', 'telegram_1 0', 'telegram_1 1']],
      ['brown -fox', ['k 0']],
      ['brown role:assistant', ['telegram_1 1']],
      ['call_17', ['k 0']],
      // Words that begin with one digit are too many to be merged.
      ['call_1', []],
      ['telegram', []],
      ['rown', []],
      ['-fox', []],
      ['/fox/', []],
      ['fox OR /bear/', []],
    ];
    for (const [query, hits] of expected) {
      const best = await ranked(search, query);
      assert.deepEqual([places(best.hits).sort(), best.note], [hits, undefined], query);
    }
  });

  test('the newest come first among equals, and candidates that do not hold are passed over', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    // "deep sea" as words in order, but with a word character between them for a person: only the scan's rules tell.
    fill(
      database,
      400,
      () => 'deep_sea',
      () => 'k',
    );
    fill(
      database,
      3,
      () => 'deep sea',
      () => 'k',
    );
    database.close();
    const search = openSearch(file);
    assert.deepEqual(places((await ranked(search, '"deep sea"', { limit: 2 })).hits), ['k 402', 'k 401']);
    assert.deepEqual(places((await ranked(search, '=deep_sea', { limit: 2 })).hits), ['k 399', 'k 398']);
  });

  test('one appended row costs that row', async () => {
    const file = newDatabase();
    const database = createZeroclawDatabase(file);
    fill(database, 2000, (number) => `text ${number}`);
    database.close();
    const other = new OtherProcess(file);
    const search = openSearch(file);
    assert.equal((await ranked(search, 'needle')).hits.length, 0);
    for (let number = 1; number <= 5; number++) {
      await other.append('k', 'user', 'needle');
      assert.equal((await ranked(search, 'needle')).hits.length, number);
    }
  });
});
