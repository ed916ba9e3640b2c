import assert from 'node:assert/strict';
import type { SessionMetadata } from '../../../src/shared/session';
import {
  append,
  createZeroclawDatabase,
  deleteSession,
  removeLast,
  type Sqlite,
  updateLast,
} from '../../support/zeroclawSchema';
import { closeAll, newDatabase, openBackend } from './support';

const time = Date.UTC(2026, 2, 1);

/** What a list must hold, read without any memory of before. */
function expected(database: Sqlite): unknown[] {
  const counts = new Map(
    database.prepare('SELECT session_key, COUNT(*) FROM sessions GROUP BY session_key').raw().all() as [
      string,
      number,
    ][],
  );
  const first = database
    .prepare("SELECT content FROM sessions WHERE session_key = ? AND role = 'user' ORDER BY id LIMIT 1")
    .pluck();
  const rows = database
    .prepare('SELECT session_key, name, state, last_activity, message_count FROM session_metadata')
    .raw()
    .all() as [string, string | null, string, string, number][];
  const listed = rows.map(([key, name, state, lastActivity, stored]) => {
    const count = counts.get(key) ?? 0;
    return { key, name, state, lastActivity, count, title: first.get(key) ?? null, wrong: stored !== count };
  });
  const known = new Set(rows.map((row) => row[0]));
  const hidden = [...counts]
    .filter(([key]) => !known.has(key))
    .map(([key, count]) => ({ key, count, title: first.get(key) ?? null }));
  return [...listed, ...hidden].sort(byKeyOrder);
}

function actual(list: readonly SessionMetadata[]): unknown[] {
  return list
    .map(({ key, name, state, lastActivity, messageCount, title, problems }) => {
      const codes = problems.map((problem) => problem.code);
      if (codes.includes('no-metadata')) return { key, count: messageCount, title };
      return { key, name, state, lastActivity, count: messageCount, title, wrong: codes.includes('count-mismatch') };
    })
    .sort(byKeyOrder);
}

function byKeyOrder(left: { key: string }, right: { key: string }): number {
  return left.key < right.key ? -1 : 1;
}

suite('sqlite: what is remembered stays what the database holds', () => {
  teardown(closeAll);

  for (const seed of [1, 2, 3]) {
    test(`a random history (${seed})`, async () => {
      let state = seed * 2_654_435_761;
      const random = (below: number) => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((state / 4_294_967_296) * below);
      };
      const file = newDatabase();
      const database = createZeroclawDatabase(file);
      const backend = await openBackend(file);
      backend.watch(() => undefined);
      const key = () => `k${random(8)}`;
      const word = () => `words ${random(1000)}`;
      const steps: (() => void)[] = [
        () => append(database, key(), random(3) ? 'user' : 'assistant', word(), time + random(100_000)),
        () => append(database, key(), 'user', word(), time + random(100_000)),
        () => removeLast(database, key()),
        () => updateLast(database, key(), 'user', word(), time + random(100_000)),
        () => deleteSession(database, key()),
        () => void database.prepare('UPDATE session_metadata SET name = ? WHERE session_key = ?').run(word(), key()),
        () => void database.prepare("UPDATE session_metadata SET state = 'running' WHERE session_key = ?").run(key()),
        () => void database.prepare('DELETE FROM session_metadata WHERE session_key = ?').run(key()),
        () =>
          void database
            .prepare('DELETE FROM sessions WHERE id = (SELECT MIN(id) FROM sessions WHERE session_key = ?)')
            .run(key()),
        () =>
          void database
            .prepare("INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, 'user', ?, '')")
            .run(key(), word()),
        () =>
          void database
            .prepare('UPDATE sessions SET content = ? WHERE id = (SELECT MIN(id) FROM sessions WHERE session_key = ?)')
            .run(word(), key()),
      ];
      const pages = new Map<string, { generation: number; rows: readonly string[] }>();
      for (let round = 0; round < 150; round++) {
        // A step of its own each time: two at once may hide what neither shows (an edit behind an append).
        steps[random(steps.length)]?.();
        if (random(4) === 0) await backend.getSession(key());
        if (random(4) === 0) await backend.listSessionsWithMetadata({ detail: 'quick' });
        assert.deepEqual(actual(await backend.listSessionsWithMetadata()), expected(database), `round ${round}`);

        const open = key();
        const page = await backend.entries(open, { from: 0, count: 1000 });
        const rows = page.entries.map((entry) =>
          entry.kind === 'message' ? `${entry.place} ${entry.role} ${entry.content}` : entry.kind,
        );
        const before = pages.get(open);
        if (before?.generation === page.generation) {
          // The same generation: all but the last row are what they were.
          assert.deepEqual(rows.slice(0, before.rows.length - 1), before.rows.slice(0, -1), `round ${round}`);
          assert.ok(rows.length >= before.rows.length);
        }
        pages.set(open, { generation: page.generation, rows });
      }
      database.close();
    });
  }
});
