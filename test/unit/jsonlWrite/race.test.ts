import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { numbersOf, startJsonlAgent } from '../../support/jsonlAgent';
import { jsonLine, manyLines } from '../jsonl/support';
import { Bench } from './support';

/** Each number once; which order two lines within milliseconds end up in is not promised. */
function assertComplete(numbers: readonly number[], count: number): void {
  const seen = [...numbers].sort((a, b) => a - b);
  const wrong = seen.flatMap((number, i) => (number === i ? [] : [number])).slice(0, 5);
  assert.deepEqual([seen.length, wrong], [count, []]);
}

suite('JSONL writer beside an agent that appends', () => {
  let bench: Bench;

  setup(async () => {
    bench = await Bench.open();
  });

  teardown(() => bench.close());

  for (const heldOpen of [0, 4]) {
    test(`nothing is lost or doubled during compactions, removals and undos (held open ${heldOpen} ms)`, async function () {
      this.timeout(60_000);
      const noise = `${'broken\n'.repeat(3)}${manyLines(20)}`;
      const file = bench.put('a.jsonl', noise);
      const agents = ['one', 'two'].map((name) => {
        return startJsonlAgent({
          name,
          files: [file],
          count: 1_000_000,
          milliseconds: 5000,
          heldOpen,
          pause: 2,
          filler: 50,
        });
      });
      const ended = Promise.all(agents.map((agent) => agent.ended));
      await Promise.all(agents.map((agent) => agent.begun));
      let isOver = false;
      void ended.finally(() => {
        isOver = true;
      });
      let rounds = 0;
      while (!isOver) {
        fs.appendFileSync(file, 'broken again\n');
        const compacted = await bench.made({ kind: 'compact', key: 'a', duplicates: false });
        await bench.reverse(compacted, 'undo', 'keep-new');
        const item = await bench.made({
          kind: 'remove-messages',
          key: 'a',
          positions: [rounds % 20, (rounds + 7) % 20],
        });
        await bench.reverse(item, 'undo', 'keep-new');
        const added = await bench.made({ kind: 'append', key: 'a', role: 'user', content: `ours ${rounds} ` });
        if (rounds % 2) await bench.reverse(added, 'undo', 'keep-new');
        rounds++;
      }
      const reports = await ended;
      await bench.made({ kind: 'compact', key: 'a', duplicates: false });
      const bytes = fs.readFileSync(file);
      for (const [index, name] of ['one', 'two'].entries()) {
        assertComplete(numbersOf(bytes, name), reports[index]?.appended ?? -1);
      }
      assert.equal(numbersOf(bytes, 'message').length, 20);
      assert.equal(numbersOf(bytes, 'ours').length, Math.ceil(rounds / 2));
      assert.deepEqual(bench.names(), ['a.jsonl']);
      assert.ok(rounds >= 8, `${rounds} rounds`);
      assert.ok(Math.max(...reports.map(({ longestMilliseconds }) => longestMilliseconds)) < 300);
      assert.deepEqual(bench.log, []);
    });

    test(`every line is in a deleted session or in the one that follows (held open ${heldOpen} ms)`, async function () {
      this.timeout(60_000);
      const file = bench.put('a.jsonl', manyLines(2));
      const agent = startJsonlAgent({
        name: 'one',
        files: [file],
        count: 1_000_000,
        milliseconds: 4000,
        heldOpen,
        pause: 1,
      });
      await agent.begun;
      let isOver = false;
      void agent.ended.finally(() => {
        isOver = true;
      });
      const found: number[] = [];
      let deletions = 0;
      while (!isOver) {
        if (!fs.existsSync(file)) {
          await new Promise((resolve) => setTimeout(resolve, 2));
          continue;
        }
        const item = await bench.made({ kind: 'delete', key: 'a' });
        found.push(...numbersOf(item.image('removed').all(), 'one'));
        deletions++;
      }
      const { appended } = await agent.ended;
      if (fs.existsSync(file)) found.push(...numbersOf(fs.readFileSync(file), 'one'));
      assertComplete(found, appended);
      assert.ok(deletions >= 10, `${deletions} deletions`);
      assert.ok(bench.names().every((name) => name === 'a.jsonl'));
    });
  }

  test('the lines of an agent come behind a deleted session that is brought back', async () => {
    const file = bench.put('a.jsonl', manyLines(5));
    const item = await bench.made({ kind: 'delete', key: 'a' });
    const agent = startJsonlAgent({ name: 'one', files: [file], count: 200, heldOpen: 2 });
    await agent.begun;
    await bench.reverse(item, 'undo', 'keep-new');
    await agent.ended;
    const bytes = fs.readFileSync(file);
    assertComplete(numbersOf(bytes, 'one'), 200);
    assert.ok(bytes.toString().startsWith(manyLines(5)));
  });

  test('an agent that replaces or rewrites the file keeps what it wrote', async function () {
    this.timeout(30_000);
    const file = bench.put('a.jsonl', '');
    for (let round = 0; round < 60; round++) {
      fs.writeFileSync(file, `broken\n${manyLines(300, 0, 'x'.repeat(200))}`);
      // Shorter than what is compacted, or longer.
      const count = round % 4 < 2 ? 250 : 900;
      const rewritten = `${manyLines(count, 1000 * round, 'y'.repeat(100))}${jsonLine('user', `round ${round}`)}`;
      const running = bench.apply({ kind: 'compact', key: 'a', duplicates: false });
      await new Promise((resolve) => setTimeout(resolve, round % 12));
      if (round % 2) fs.writeFileSync(file, rewritten);
      else {
        fs.writeFileSync(bench.file('.tmpAgent1'), rewritten);
        fs.renameSync(bench.file('.tmpAgent1'), file);
      }
      await running;
      assert.equal(bench.text('a.jsonl'), rewritten, `round ${round}`);
      assert.deepEqual(bench.names(), ['a.jsonl']);
    }
  });

  test('an agent that begins to rewrite the old file in place when it is exchanged keeps what it wrote', async function () {
    // Only Linux leads from a descriptor back to its file.
    if (process.platform !== 'linux') this.skip();
    this.timeout(30_000);
    for (let round = 0; round < 5; round++) {
      const file = bench.put('a.jsonl', `broken\n${manyLines(300)}`);
      const old = fs.openSync(file, 'r');
      const { ino } = fs.statSync(file);
      const running = bench.apply({ kind: 'compact', key: 'a', duplicates: false });
      let isOver = false;
      void running.finally(() => {
        isOver = true;
      });
      while (!isOver && fs.statSync(file).ino === ino) await new Promise((resolve) => setImmediate(resolve));
      const isInTime = !isOver;
      fs.appendFileSync(file, jsonLine('user', 'to the new one'));
      const rewritten = manyLines(20, 1000);
      if (isInTime) fs.writeFileSync(`/proc/self/fd/${old}`, rewritten);
      fs.closeSync(old);
      await running;
      assert.ok(isInTime);
      assert.equal(bench.text('a.jsonl'), rewritten + jsonLine('user', 'to the new one'));
      assert.deepEqual(bench.names(), ['a.jsonl']);
    }
  });
});
