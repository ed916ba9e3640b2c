import assert from 'node:assert/strict';
import type { JournalItem } from '../../../src/backend/journal/Journal';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { isHalfAppended } from '../../../src/backend/sqlite/write/counts';
import { Scope } from '../../../src/backend/sqlite/write/draft';
import { startSqliteAgent } from '../../support/sqliteAgent';
import { append, chronoTime } from '../../support/zeroclawSchema';
import { closeStores, fill, Store, time } from './support';

suite('sqlite write: beside an agent that appends', () => {
  teardown(closeStores);

  // Two that append without a pause make each other wait for long, without us.
  for (const [names, pause, count] of [
    ['ab', 4, 400],
    ['a', 0, 5000],
  ] as const) {
    test(`nothing lost, nothing doubled, no lock (${names.length} × ${count} messages, pauses of up to ${pause} ms)`, async function () {
      this.timeout(60_000);
      const store = await Store.of('newest', (database) => {
        fill(database, 'k1', 20);
        fill(database, 'k2', 20);
        fill(database, 'big', 4000);
        for (let index = 0; index < 20; index++) fill(database, `other${index}`, 200);
      });
      const agents = [...names].map((name) =>
        startSqliteAgent({ name, file: store.file, keys: ['k1', 'k2'], count, pause, filler: 50 }),
      );
      await Promise.all(agents.map(({ begun }) => begun));
      let running = agents.length;
      for (const { ended } of agents) void ended.finally(() => running--);
      const ours: JournalItem[] = [];
      let operations = 0;
      let refused = 0;
      for (let round = 0; running > 0; round++) {
        store.now = Date.now();
        const key = round % 2 ? 'k1' : 'k2';
        const edits: SessionEdit[] = [
          { kind: 'rename', key, name: `round ${round}` },
          { kind: 'state', key, state: round % 3 ? 'idle' : 'running', turnId: `t${round}` },
          { kind: 'append', key, role: 'user', content: `ours ${round}` },
          { kind: 'delete', key: `other${round % 20}` },
          { kind: 'remove-messages', key, positions: [round % 20] },
          { kind: 'remove-last', key },
          { kind: round % 2 ? 'clear' : 'delete', key: 'big' },
        ];
        for (const edit of edits) {
          if (edit.key === 'big' && round % 4 > 1) continue;
          operations++;
          try {
            const { item } = await store.apply(edit);
            if (!item) continue;
            if (edit.kind === 'append') ours.push(item);
            else await undo(store, item);
          } catch (error) {
            // A session that is written to all the time may refuse.
            if ((error as { code?: string }).code !== 'busy') throw error;
            refused++;
          }
        }
      }
      const reports = await Promise.all(agents.map(({ ended }) => ended));
      store.now = Date.now() + 60_000;
      store.verify();
      for (const [place, { appended, locked, longestMilliseconds }] of reports.entries()) {
        assert.equal(locked, 0);
        assert.equal(appended, count);
        assert.ok(longestMilliseconds < 300, `an append took ${longestMilliseconds} ms`);
        const name = names[place] ?? '';
        const found = ['k1', 'k2']
          .flatMap((key) => store.contents(key))
          .map((content) => /^(\w) (\d+) /.exec(String(content)))
          .filter((match) => match?.[1] === name)
          .map((match) => Number(match?.[2]))
          .sort((left, right) => left - right);
        assert.deepEqual(
          found,
          Array.from({ length: count }, (_, index) => index),
        );
      }
      assert.equal(store.contents('big').length, 4000);
      assert.equal(store.contents('other3').length, 200);
      assert.equal(
        ['k1', 'k2'].flatMap((key) => store.contents(key)).filter((content) => String(content).startsWith('ours'))
          .length,
        ours.length,
      );
      const { longestHold } = store.writer.connection;
      assert.ok(longestHold < 250, `the lock was held for ${longestHold} ms`);
      if (process.env.SQLITE_LIVE_FIGURES) console.log({ operations, refused, longestHold, reports });
      assert.ok(operations > 10, `${operations} operations`);
      assert.ok(refused <= operations / 2, `${refused} of ${operations} operations were refused`);
    });
  }

  test('between the two statements of an append nothing is counted', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 4));
    store.now = Date.now();
    store.agent
      .prepare("INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', 'half', ?)")
      .run(chronoTime(Date.now(), 5));
    const edit = store.make({ kind: 'remove-messages', key: 'k', positions: [0] });
    await new Promise((resolve) => setTimeout(resolve, 50));
    store.agent
      .prepare(
        "UPDATE session_metadata SET message_count = message_count + 1, last_activity = ? WHERE session_key = 'k'",
      )
      .run(chronoTime(Date.now(), 5));
    await edit;
    store.verify();
    assert.equal(store.metadata('k')?.message_count, 4);
  });

  test('beside several agents at once the count comes out right, whichever of them is between its statements', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 4));
    store.now = Date.now();
    const count = () =>
      store.agent
        .prepare(
          "UPDATE session_metadata SET message_count = message_count + 1, last_activity = ? WHERE session_key = 'k'",
        )
        .run(chronoTime(Date.now(), 5));
    for (const edit of [
      { kind: 'remove-messages', key: 'k', positions: [0] },
      { kind: 'append', key: 'k', role: 'user', content: 'ours' },
      { kind: 'remove-last', key: 'k' },
      { kind: 'update-last', key: 'k', role: 'user', content: 'ours' },
    ] as const) {
      store.agent
        .prepare("INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', 'half', ?)")
        .run(chronoTime(Date.now(), 5));
      // Another agent's whole message hides that the first one's is not yet counted.
      append(store.agent, 'k', 'user', 'whole', Date.now());
      store.now = Date.now();
      const { item } = await store.apply(edit);
      count();
      store.verify();
      store.agent
        .prepare("INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', 'half', ?)")
        .run(chronoTime(Date.now(), 5));
      append(store.agent, 'k', 'user', 'whole', Date.now());
      if (item) await undo(store, item);
      count();
      store.verify();
    }
  });

  test('an append whose writer was killed in between is counted in the end', async () => {
    const store = await Store.of('newest', (database) => fill(database, 'k', 4));
    store.now = Date.now();
    store.agent
      .prepare("INSERT INTO sessions (session_key, role, content, created_at) VALUES ('k', 'user', 'half', ?)")
      .run(chronoTime(Date.now(), 5));
    const { report } = await store.apply({ kind: 'repair', key: 'k', orphans: 'leave' });
    assert.equal(report.changed, true);
    store.verify();
    await store.writer.connection.read((database, schema) => {
      const old = new Scope(database, schema, 'k', store.file, Date.now() + 10_000);
      assert.equal(isHalfAppended(old, old.metadata.read(old.key)), false);
    });
    append(store.agent, 'k', 'user', 'whole', time);
  });
});

/** Back as it was, the agent's newer messages kept. */
async function undo(store: Store, item: JournalItem): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const check = await store.writer.check(item, 'undo');
    const choice = check.kind === 'conflict' ? check.choices[0]?.id : undefined;
    try {
      await store.reverse(item, 'undo', choice);
      return;
    } catch (error) {
      // The agent has appended after the check.
      if ((error as { code?: string }).code !== 'conflict' || attempt > 50) throw error;
    }
  }
}
