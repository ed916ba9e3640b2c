import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as fc from 'fast-check';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { jsonLine, naiveLines, naiveMessages, referenceVerdict } from '../jsonl/support';
import { Bench } from './support';

const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => Buffer.from(one).toString() === one);
const message = fc.tuple(fc.constantFrom('user', 'assistant'), text).map(([role, content]) => jsonLine(role, content));
const line = fc.oneof(
  { weight: 5, arbitrary: message },
  fc.constantFrom('\n', ' \r\n', 'garbage\n', '{"role":"user"}\n', '["user","array"]\n', '\xff\n'),
  message.map((one) => ` ${one.trimEnd()}\r\n`),
  message.map((one) => one.replace('{', '{"extra":[1,{"a":null}],')),
);
/** The bytes of a session: odd lines among others, the last one perhaps torn. */
const session = fc
  .tuple(fc.array(line, { maxLength: 40 }), fc.nat(30), fc.boolean())
  .map(([lines, cut, isTorn]) =>
    Buffer.from(lines.join(''), lines.includes('\xff\n') ? 'latin1' : 'utf8').subarray(
      0,
      isTorn ? -cut || undefined : undefined,
    ),
  );

const edit: fc.Arbitrary<SessionEdit> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), key: fc.constant('a'), role: text, content: text }),
  fc.record({ kind: fc.constant('update-last' as const), key: fc.constant('a'), role: text, content: text }),
  fc.record({
    kind: fc.constantFrom('remove-last' as const, 'clear' as const, 'delete' as const),
    key: fc.constant('a'),
  }),
  fc.record({
    kind: fc.constant('remove-messages' as const),
    key: fc.constant('a'),
    positions: fc.array(fc.nat(40), { maxLength: 20 }),
  }),
  fc.record({ kind: fc.constant('compact' as const), key: fc.constant('a'), duplicates: fc.boolean() }),
);

suite('JSONL writer: properties', () => {
  test('any edit there, back and there again', async function () {
    this.timeout(60_000);
    const bench = await Bench.open();
    try {
      await fc.assert(
        fc.asyncProperty(session, edit, async (before, one) => {
          const file = bench.put('a.jsonl', before);
          // So that a torn last line is not taken for one that is just being written.
          fs.utimesSync(file, 1e9, 1e9);
          const planned = await bench.writer.plan(one);
          const { report, item } = await bench.apply(one);
          assert.deepEqual(report, planned);
          const read = (): Buffer | null => (fs.existsSync(file) ? fs.readFileSync(file) : null);
          const after = read();
          if (!item) {
            assert.equal(report.changed, false);
            assert.ok(after?.equals(before));
            return;
          }
          assertMeaning(one, before, after);
          assert.deepEqual(await bench.writer.check(item, 'undo'), { kind: 'ready' });
          await bench.reverse(item, 'undo');
          assert.ok(read()?.equals(before));
          assert.deepEqual(await bench.writer.check(item, 'redo'), { kind: 'ready' });
          await bench.reverse(item, 'redo');
          assert.deepEqual(read(), after);
          assert.deepEqual(bench.names(), after ? ['a.jsonl'] : []);
        }),
        { numRuns: 120 },
      );
    } finally {
      await bench.close();
    }
  });
});

function assertMeaning(one: SessionEdit, before: Buffer, after: Buffer | null): void {
  if (one.kind === 'delete') {
    assert.equal(after, null);
    return;
  }
  assert.ok(after);
  const [old, now] = [naiveMessages(before), naiveMessages(after)];
  if (one.kind === 'append') assert.deepEqual(now, [...old, { role: one.role, content: one.content }]);
  if (one.kind === 'update-last') {
    assert.deepEqual(now, [...old.slice(0, -1), { role: one.role, content: one.content }]);
  }
  if (one.kind === 'remove-last') assert.deepEqual(now, old.slice(0, -1));
  if (one.kind === 'remove-messages') {
    const left = old.filter((_, index) => !one.positions.includes(index));
    assert.deepEqual(now, left);
  }
  if (one.kind === 'clear') assert.equal(after.length, 0);
  if (one.kind === 'compact' && !one.duplicates) {
    assert.deepEqual(now, old);
    const kept = naiveLines(before).filter((bytes) => typeof referenceVerdict(bytes) !== 'string');
    assert.deepEqual(naiveLines(after), kept);
  }
  if (one.kind === 'compact') assert.ok(after.length === 0 || after.at(-1) === 0x0a);
}
