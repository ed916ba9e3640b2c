import * as assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { MigrationChanges } from '../../../src/backend/operations/migration/MigrationChanges';
import { openMigration } from '../../../src/backend/operations/migration/openMigration';
import { fixture, fixtureJson, temporaryFolder } from '../../support/project';
import { startNewestZeroclaw, startOldZeroclaw } from '../../support/zeroclawImporter';
import { append, createZeroclawDatabase, type openAsZeroclaw, type ZeroclawAge } from '../../support/zeroclawSchema';
import { type Line, lines, textOf, World } from './world';

suite('migration of JSONL sessions to SQLite', () => {
  let world: World;
  setup(() => {
    world = new World();
  });
  teardown(() => world.close());

  test('the messages of every session, as zeroclaw’s own importers read them', async () => {
    await world.close();
    const root = temporaryFolder('migration');
    fs.cpSync(fixture('zeroclaw', 'jsonl', 'sessions'), path.join(root, 'sessions'), { recursive: true });
    world = new World(root);
    const result = await world.migrate();
    type Expected = { sessions: Record<string, Line[] | { role: string; content: string }[]> };
    const expected = fixtureJson<Record<string, unknown>>('zeroclaw', 'expected', 'mig_head.json');
    const loaded = (expected.load ?? expected.sessions ?? expected.messages) as Expected['sessions'];
    assert.ok(loaded, Object.keys(expected).join());
    let compared = 0;
    for (const { key, hash } of result.sessions) {
      const wanted = loaded[key];
      assert.ok(wanted, key);
      assert.deepEqual(
        world.rows(key),
        wanted.map(({ role, content }) => ({ role, content })),
        key,
      );
      assert.match(hash ?? '', /^[0-9a-f]{64}$/);
      compared++;
    }
    assert.ok(compared >= 14, String(compared));
    assert.deepEqual(result.failures, []);
    const reasons = Object.fromEntries(result.skipped.map(({ key, reason }) => [key, reason]));
    assert.match(reasons.all_garbage ?? '', /none of its lines/);
    assert.match(reasons['has.dots.in.name'] ?? '', /would not write a file of this name/);
    assert.match(reasons['weird.jsonl'] ?? '', /would not write a file of this name/);
    assert.equal(Object.keys(reasons).length, 3);
    world.checkDatabase();
  });

  test('time of the file, receipt, count, name and the file handed over', async () => {
    const file = world.write('telegram_1_alice', lines(5));
    const bytes = fs.readFileSync(file);
    const { mtimeNs } = fs.statSync(file, { bigint: true });
    world.labels.set(world.store, 'telegram_1_alice', { name: 'Alice', kept: true });
    const result = await world.migrate();
    assert.equal(result.sessions.length, 1);
    const time = `${new Date(Number(mtimeNs / 1_000_000n)).toISOString().slice(0, 19)}.${String(
      mtimeNs % 1_000_000_000n,
    )
      .padStart(9, '0')
      .replace(/(?:000){1,2}$/, '')}+00:00`;
    const metadata = world.metadata('telegram_1_alice');
    assert.equal(metadata?.created_at, time);
    assert.equal(metadata?.last_activity, time);
    assert.equal(metadata?.message_count, 5);
    assert.equal(metadata?.name, 'Alice');
    assert.equal(metadata?.state, 'idle');
    const times = world.inDatabase((database) =>
      database.prepare('SELECT DISTINCT created_at FROM sessions').pluck().all(),
    );
    assert.deepEqual(times, [time]);
    const [receipt] = world.receipts();
    assert.equal(receipt?.source_name, 'telegram_1_alice.jsonl');
    assert.equal(receipt?.session_key, 'telegram_1_alice');
    assert.equal(receipt?.source_hash, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(receipt?.source_len, bytes.length);
    assert.deepEqual(world.names(), ['telegram_1_alice.jsonl.migrated']);
    assert.deepEqual(fs.readFileSync(world.file('telegram_1_alice.jsonl.migrated')), bytes);
    assert.equal(fs.statSync(world.file('telegram_1_alice.jsonl.migrated'), { bigint: true }).mtimeNs, mtimeNs);
    assert.equal(
      world.labels.of({ kind: 'sqlite', path: world.database, role: 'live' }).get('telegram_1_alice')?.kept,
      true,
    );
    assert.equal(startNewestZeroclaw(world.folder), 0);
    assert.equal(startOldZeroclaw(world.folder), 0);
    assert.deepEqual(world.rows('telegram_1_alice'), lines(5));
  });

  test('a database that is made new is the one zeroclaw’s newest version makes', async () => {
    world.write('a', lines(2));
    await world.migrate();
    const reference = path.join(world.root, 'reference.db');
    const zeroclaw = createZeroclawDatabase(reference, 'newest');
    const shape = (database: ReturnType<typeof openAsZeroclaw>): unknown[] => {
      const tables = ['sessions', 'session_metadata', 'jsonl_import_receipts'].map((table) =>
        database.prepare('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)').all(table),
      );
      const names = database
        .prepare("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
        .all();
      const pragmas = ['journal_mode', 'user_version', 'page_size', 'encoding', 'auto_vacuum', 'application_id'];
      return [...tables, names, pragmas.map((name) => database.pragma(name, { simple: true }))];
    };
    assert.deepEqual(
      world.inDatabase((database) => shape(database)),
      shape(zeroclaw),
    );
    zeroclaw.close();
    fs.rmSync(reference, { force: true });
    assert.deepEqual(
      fs.readdirSync(world.folder).filter((name) => name.startsWith('.tmp')),
      [],
    );
  });

  for (const age of ['0.4.3', '0.6.9', '0.8.4', 'newest'] as const satisfies readonly ZeroclawAge[]) {
    test(`into a database of ${age}`, async () => {
      createZeroclawDatabase(world.database, age).close();
      world.write('a', lines(30));
      world.write('b', lines(1200, 'b'));
      const result = await world.migrate();
      assert.equal(result.messages, 1230);
      assert.deepEqual(world.rows('b'), lines(1200, 'b'));
      assert.equal(world.metadata('b')?.message_count, 1200);
      world.checkDatabase();
    });
  }

  test('an empty file becomes a session without messages', async () => {
    world.write('empty', [], '');
    world.write('blank', [], ' \n\n');
    const result = await world.migrate();
    assert.equal(result.sessions.length, 2);
    assert.equal(world.metadata('empty')?.message_count, 0);
    assert.equal(world.metadata('blank')?.message_count, 0);
    assert.deepEqual(world.names(), ['blank.jsonl.migrated', 'empty.jsonl.migrated']);
  });

  test('a garbage file, a directory, a link and a foreign name stay and stop nothing', async () => {
    world.write('good', lines(3));
    world.write('garbage', [], 'not json\n{"role":1}\n');
    fs.mkdirSync(world.file('folder.jsonl'));
    fs.symlinkSync('good.jsonl', world.file('link.jsonl'));
    world.write('a.b', lines(1));
    world.write('a_b', lines(2));
    const before = world.names();
    const plan = await world.operations.plan({
      operation: 'migrate',
      store: world.store,
      keys: undefined,
      target: undefined,
      existing: 'skip',
    });
    assert.deepEqual(
      plan.sessions.map(({ key, messages }) => [key, messages]),
      [
        ['a_b', 2],
        ['good', 3],
      ],
    );
    assert.deepEqual(world.names(), before);
    assert.ok(!fs.existsSync(world.database));
    assert.ok(plan.warnings.some((warning) => warning.includes('garbage.jsonl')));
    assert.ok(plan.warnings.some((warning) => warning.includes('session_backend')));
    assert.ok(plan.notes.some((note) => note.includes('will be created')));
    const result = await world.migrate();
    assert.deepEqual(
      result.sessions.map(({ key }) => key),
      ['a_b', 'good'],
    );
    const reasons = Object.fromEntries(result.skipped.map(({ key, reason }) => [key, reason]));
    assert.match(reasons.garbage ?? '', /none of its lines/);
    assert.match(reasons.folder ?? '', /directory/);
    assert.match(reasons.link ?? '', /symbolic link/);
    assert.match(reasons['a.b'] ?? '', /another session's file/);
    assert.deepEqual(world.names(), [
      'a.b.jsonl',
      'a_b.jsonl.migrated',
      'folder.jsonl',
      'garbage.jsonl',
      'good.jsonl.migrated',
      'link.jsonl',
    ]);
  });

  test('a file whose .migrated is there is skipped', async () => {
    world.write('a', lines(3));
    fs.writeFileSync(world.file('a.jsonl.migrated'), textOf(lines(1)));
    const result = await world.migrate();
    assert.equal(result.sessions.length, 0);
    assert.match(result.skipped[0]?.reason ?? '', /a\.jsonl\.migrated is there already/);
    assert.deepEqual(world.names(), ['a.jsonl', 'a.jsonl.migrated']);
  });

  suite('a key that is in the database already', () => {
    setup(() => {
      const database = createZeroclawDatabase(world.database);
      for (const { role, content } of lines(4)) append(database, 'a', role, content);
      database.close();
    });

    test('is skipped', async () => {
      world.write('a', lines(9));
      const result = await world.migrate('skip');
      assert.equal(result.skipped[0]?.reason, 'in the target already');
      assert.deepEqual(world.names(), ['a.jsonl']);
      assert.equal(world.rows('a').length, 4);
    });

    test('gets what is missing at its end', async () => {
      world.write('a', lines(9));
      const before = world.metadata('a');
      const result = await world.migrate('append-missing');
      assert.equal(result.messages, 5);
      assert.deepEqual(world.rows('a'), lines(9));
      assert.equal(world.metadata('a')?.message_count, 9);
      // The file is older than what the database says.
      assert.equal(world.metadata('a')?.last_activity, before?.last_activity);
      assert.deepEqual(world.names(), ['a.jsonl.migrated']);
      world.checkDatabase();
    });

    test('that holds the end of an older history goes on from there', async () => {
      world.write('a', lines(9).slice(2));
      await world.migrate('append-missing');
      assert.deepEqual(world.rows('a'), lines(9));
    });

    test('that holds all of the file is left as it is', async () => {
      world.write('a', lines(3));
      const result = await world.migrate('append-missing');
      assert.equal(result.messages, 0);
      assert.deepEqual(world.rows('a'), lines(4));
      assert.deepEqual(world.names(), ['a.jsonl.migrated']);
    });

    test('and holds something else is skipped with the reason', async () => {
      world.write('a', lines(9, 'other'));
      const result = await world.migrate('append-missing');
      assert.match(result.skipped[0]?.reason ?? '', /no continuation/);
      assert.deepEqual(world.names(), ['a.jsonl']);
    });

    test('is imported under another key', async () => {
      world.write('a', lines(9, 'other'));
      const result = await world.migrate('other-key');
      assert.equal(result.sessions[0]?.newKey, 'a_imported');
      assert.deepEqual(world.rows('a_imported'), lines(9, 'other'));
      assert.deepEqual(world.rows('a'), lines(4));
      // The receipt is the one that zeroclaw looks for.
      assert.equal(world.receipts()[0]?.session_key, 'a');
      assert.equal(startNewestZeroclaw(world.folder), 0);
    });
  });

  test('sessions of many steps, beside small ones, within the time of the lock', async () => {
    createZeroclawDatabase(world.database).close();
    world.write('long', lines(9500, 'long'));
    world.write('one', lines(1));
    const big = [{ role: 'user', content: 'x'.repeat(3_000_000) }, ...lines(10)];
    world.write('wide', big);
    for (let n = 0; n < 40; n++) world.write(`s${n}`, lines(50 + n, `s${n}`));
    const operation = await openMigration(
      { operation: 'migrate', store: world.store, keys: undefined, target: undefined, existing: 'skip' },
      world.deps,
    );
    const journal = await world.journal();
    const { sessions } = await operation.list();
    const entry = journal.begin('migrate', world.store, sessions.length);
    for (const session of sessions) await operation.run(session, journal.recorder(entry, session.label));
    assert.ok(operation.longestHold < 250, `${operation.longestHold} ms`);
    await operation.close();
    journal.close();
    assert.deepEqual(world.rows('long'), lines(9500, 'long'));
    assert.deepEqual(world.rows('wide'), big);
    assert.equal(world.metadata('long')?.message_count, 9500);
    world.checkDatabase();
  });

  test('left-over files of an importer that was killed are finished', async () => {
    const database = createZeroclawDatabase(world.database);
    database.close();
    // Staged and no more; and staged and committed.
    fs.renameSync(world.write('staged', lines(3)), world.file('staged.jsonl.importing'));
    world.write('committed', lines(4));
    startNewestZeroclaw(world.folder);
    assert.deepEqual(world.names(), ['committed.jsonl.migrated', 'staged.jsonl.migrated']);
    fs.renameSync(world.file('committed.jsonl.migrated'), world.file('committed.jsonl.importing'));
    fs.renameSync(world.file('staged.jsonl.migrated'), world.file('staged.jsonl.importing'));
    world.inDatabase((open) => {
      for (const table of ['sessions', 'session_metadata', 'jsonl_import_receipts']) {
        open.prepare(`DELETE FROM ${table} WHERE session_key = 'staged'`).run();
      }
    });
    const result = await world.migrate();
    assert.equal(result.sessions.length, 2, JSON.stringify(result));
    assert.deepEqual(world.rows('staged'), lines(3));
    assert.deepEqual(world.rows('committed'), lines(4));
    assert.deepEqual(world.names(), ['committed.jsonl.migrated', 'staged.jsonl.migrated']);
    assert.equal(startNewestZeroclaw(world.folder), 0);
    const undone = await world.operations.reverse('undo', { entry: result.entry ?? 0 });
    assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
    assert.deepEqual(world.names(), ['committed.jsonl', 'staged.jsonl']);
    assert.deepEqual([world.rows('staged'), world.rows('committed')], [[], []]);
  });

  test('a newer zeroclaw that starts in the middle and imports the staged file itself', async () => {
    createZeroclawDatabase(world.database).close();
    world.write('a', lines(6));
    world.write('b', lines(3, 'b'));
    let isStarted = false;
    const operation = await openMigration(
      { operation: 'migrate', store: world.store, keys: ['a'], target: undefined, existing: 'skip' },
      world.deps,
      (step) => {
        if (step !== 'staged' || isStarted) return;
        isStarted = true;
        startNewestZeroclaw(world.folder);
      },
    );
    const journal = await world.journal();
    const { sessions } = await operation.list();
    const entry = journal.begin('migrate', world.store, 1);
    for (const session of sessions) {
      const outcome = await operation.run(session, journal.recorder(entry, session.label));
      assert.equal(outcome.kind, 'changed');
    }
    journal.end(entry, 'Migrated.');
    await operation.close();
    journal.close();
    assert.deepEqual(world.rows('a'), lines(6));
    assert.deepEqual(world.names(), ['a.jsonl.migrated', 'b.jsonl.migrated']);
    const undone = await world.operations.reverse('undo', { entry });
    assert.deepEqual([undone.conflicts, undone.failures], [[], []]);
    assert.deepEqual(world.live('a'), lines(6));
    assert.deepEqual(world.rows('a'), []);
  });

  test('a key that an agent makes in the database at that moment: the file goes back', async () => {
    createZeroclawDatabase(world.database).close();
    world.write('a', lines(6));
    const operation = await openMigration(
      { operation: 'migrate', store: world.store, keys: undefined, target: undefined, existing: 'skip' },
      world.deps,
      (step) => {
        if (step === 'staged') world.inDatabase((database) => append(database, 'a', 'user', 'from the agent'));
      },
    );
    const journal = await world.journal();
    const { sessions } = await operation.list();
    const entry = journal.begin('migrate', world.store, 1);
    const recorder = journal.recorder(entry, 'a');
    const [session] = sessions;
    assert.ok(session);
    await assert.rejects(operation.run(session, recorder), { code: 'conflict' });
    const item = journal.item(recorder.startedItem ?? 0);
    assert.ok(item);
    assert.equal(await new MigrationChanges(world.deps).recover(item), 'before');
    await operation.close();
    journal.close();
    assert.deepEqual(world.live('a'), lines(6));
    assert.deepEqual(world.names(), ['a.jsonl']);
    assert.equal(world.rows('a').length, 1);
    assert.deepEqual(world.receipts(), []);
  });

  test('lines that an agent writes meanwhile are taken in', async () => {
    world.write('a', lines(10));
    const held = fs.openSync(world.file('a.jsonl'), 'a');
    const steps: string[] = [];
    const operation = await openMigration(
      { operation: 'migrate', store: world.store, keys: undefined, target: undefined, existing: 'skip' },
      world.deps,
      (step) => {
        steps.push(step);
        const line = (text: string): string => `${JSON.stringify({ role: 'user', content: text })}\n`;
        // By the path, as zeroclaw does it; and once through a descriptor that was opened before.
        if (step === 'staged') fs.appendFileSync(world.file('a.jsonl'), line('while staged'));
        if (step === 'committed' && steps.filter((other) => other === step).length === 1) {
          fs.writeSync(held, line('through the old descriptor'));
        }
        if (step === 'handed-over' && steps.filter((other) => other === step).length === 1) {
          fs.appendFileSync(world.file('a.jsonl'), line('after the hand-over'));
        }
      },
    );
    const journal = await world.journal();
    const { sessions } = await operation.list();
    const entry = journal.begin('migrate', world.store, 1);
    for (const session of sessions) await operation.run(session, journal.recorder(entry, session.label));
    fs.writeSync(held, `${JSON.stringify({ role: 'user', content: 'very late' })}\n`);
    fs.closeSync(held);
    const notes = await operation.finish();
    await operation.close();
    journal.close();
    const texts = world.rows('a').map(({ content }) => content);
    assert.equal(texts.length, 14, texts.slice(10).join());
    for (const text of ['while staged', 'through the old descriptor', 'after the hand-over', 'very late']) {
      assert.equal(texts.filter((other) => other === text).length, 1, text);
    }
    assert.match(notes.join(), /1 message that the agent wrote/);
    assert.deepEqual(world.names(), ['a.jsonl.migrated']);
    assert.equal(world.metadata('a')?.message_count, 14);
    assert.equal(startNewestZeroclaw(world.folder), 0);
    world.checkDatabase();
  });
});
