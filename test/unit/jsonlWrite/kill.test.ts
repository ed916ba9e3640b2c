import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../../host/children';
import { mainBundle, numbersOf, startJsonlAgent } from '../../support/jsonlAgent';
import { temporaryFolder } from '../../support/project';
import { jsonLine, manyLines, naiveLines } from '../jsonl/support';
import { Bench } from './support';

/** Instants at which a process is killed. */
const POINTS = 30;

suite('JSONL writer: killed at any instant', () => {
  for (const withAgent of [false, true]) {
    test(`a change is made or not made, and can be undone (${withAgent ? 'beside an agent' : 'alone'})`, async function () {
      this.timeout(180_000);
      let interrupted = 0;
      for (let point = 0; point < POINTS; point++) {
        const root = temporaryFolder('kill');
        try {
          if (await killOnce(root, point, withAgent)) interrupted++;
        } finally {
          fs.rmSync(root, { recursive: true, force: true });
        }
      }
      // Otherwise the test has tested nothing.
      assert.ok(interrupted > POINTS / 3, `${interrupted} of ${POINTS} kills came in the middle of a change`);
    });
  }

  test('a compaction that copies while it looks through the file', async function () {
    this.timeout(120_000);
    const line = jsonLine('user', 'words '.repeat(150));
    const text = `${Array.from({ length: 300 }, (_, i) => `${line.repeat(100)}broken ${i}\n`).join('')}`;
    let interrupted = 0;
    for (let point = 0; point < 10; point++) {
      const root = temporaryFolder('kill');
      fs.mkdirSync(path.join(root, 'sessions'));
      const file = path.join(root, 'sessions', 'a.jsonl');
      fs.writeFileSync(file, text);
      await killed(root, 'compact', point, point * 9);
      const bench = await Bench.open(root);
      try {
        const [item] = bench.journal.unfinished();
        if (item) interrupted++;
        const side = item ? await bench.writer.recover(item) : undefined;
        const found = fs.readFileSync(file, 'utf8');
        assert.ok(found === text || found === line.repeat(30_000));
        if (side !== undefined) assert.equal(found === text, side === 'before');
        assert.deepEqual(bench.names(), ['a.jsonl']);
        if (item && side === 'after') {
          bench.journal.setStatus(item.id, 'done');
          await bench.reverse(item, 'undo');
          assert.ok(fs.readFileSync(file, 'utf8') === text);
        }
      } finally {
        await bench.close();
      }
    }
    assert.ok(interrupted >= 3, `${interrupted} kills came in the middle`);
  });
});

/** Starts a process that edits, and kills it some milliseconds after its beginning. */
async function killed(root: string, kind: string, seed: number, milliseconds: number): Promise<void> {
  const bundle = mainBundle('unit', 'jsonlWrite', 'edits.main.ts');
  const child = startChild(process.execPath, [bundle, root, kind, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  if (child.stdout) await once(child.stdout, 'data');
  await sleep(milliseconds);
  child.kill('SIGKILL');
  await exit;
}

/** True when a change was under way. */
async function killOnce(root: string, point: number, withAgent: boolean): Promise<boolean> {
  const file = path.join(root, 'sessions', 'a.jsonl');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const begin = manyLines(400, 0, 'x'.repeat(500)).replaceAll(/(message \d*7 )/g, '$1odd ');
  const noise = `broken\n${begin}broken too\n`;
  fs.writeFileSync(file, noise);
  const agent = withAgent
    ? startJsonlAgent({ name: 'agent', files: [file], count: 1_000_000, milliseconds: 700, heldOpen: 2, pause: 2 })
    : undefined;
  await agent?.begun;
  await killed(root, 'loop', point, 20 + ((point * 37) % 101) * 1.7);
  const report = await agent?.ended;
  const bench = await Bench.open(root);
  try {
    const unfinished = bench.journal.unfinished();
    assert.ok(unfinished.length <= 1);
    for (const item of unfinished) {
      const side = await bench.writer.recover(item);
      if (item.status === 'started' && side === 'before') bench.journal.drop(item.id);
      else bench.journal.setStatus(item.id, side === 'after' ? 'done' : 'undone');
    }
    const left = bench.names().filter((name) => name.startsWith('.tmp'));
    assert.deepEqual(left, [], `point ${point}: ${unfinished[0]?.operation} ${unfinished[0]?.status}`);
    await undoAll(bench);
    const words = `point ${point}: ${unfinished[0]?.operation} ${unfinished[0]?.status}`;
    const bytes = fs.readFileSync(file);
    if (!report) assert.ok(bytes.toString() === noise, words);
    else {
      const readable = naiveLines(bytes).filter((line) => line.length > 0 && !line.toString().startsWith('broken'));
      const numbers = numbersOf(Buffer.from(readable.map(String).join('\n')), 'agent').sort((a, b) => a - b);
      const wrong = numbers.flatMap((number, i) => (number === i ? [] : [number])).slice(0, 5);
      assert.deepEqual([numbers.length, wrong], [report.appended, []], words);
      const own = readable.map(String).filter((line) => line.includes('"message '));
      assert.equal(own.length, 400, words);
    }
    return unfinished.length > 0;
  } finally {
    await bench.close(false);
  }
}

/** Takes back, newest first, what the killed process had made. */
async function undoAll(bench: Bench): Promise<void> {
  for (const { id } of bench.journal.history(10_000)) {
    for (const item of bench.journal.itemsOf(id).reverse()) {
      if (item.status !== 'done') continue;
      const verdict = await bench.writer.check(item, 'undo');
      const choice = verdict.kind === 'conflict' ? 'keep-new' : undefined;
      await bench.reverse(item, 'undo', choice);
    }
  }
}
