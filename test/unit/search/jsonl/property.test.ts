import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as fc from 'fast-check';
import { naiveLines, referenceVerdict } from '../../jsonl/support';
import { message, query } from '../generators';
import { Reference, type ReferenceMessage } from '../reference';
import { exactTotal, Folder, line, places, ranked, scan } from './support';

const KEYS = ['k1_user', 'k2_user', 'has.dots'];

/** Lines that no careful program writes. */
const hostile = fc
  .oneof(
    fc.constantFrom(
    '\n', ' \t\n', '\r\n', '{"role":"user","content":"x"}\r\n', '{"role":"user"}\n', '["user","zebra epsilon"]\n', '["user"]\n',
    '{"role":"user","content":"zebra","content":"epsilon"}\n', '{"content":"zebra","role":"user","more":[1,{"a":"epsilon"}]}\n',
    '\uFEFF{"role":"user","content":"zebra"}\n', '\u00a0{"role":"user","content":"zebra"}\u3000\n', '{"role":"user","content":"\\ud800"}\n',
    '{"role":"user","content":"\\u007aebra <parameter \\u65e5\\u5fd7"}\n', '{"role":"user","content":"a\tb zebra"}\n', '{"role":"user","content":"zebra\u2028epsilon"}\n',
    '{"role":"user","content":"zebra"} x\n', '{"role":null,"content":"zebra"}\n', '\0\n', 'zebra\n',
  ), // biome-ignore format: a list of lines
    fc.string({ maxLength: 12 }).map((text) => `${text.replaceAll('\n', '')}\n`),
  )
  .map((text) => Buffer.from(text));
const noUtf8 = fc
  .uint8Array({ maxLength: 6 })
  .map((bytes) =>
    Buffer.concat([Buffer.from('{"role":"user","content":"zebra '), Buffer.from(bytes), Buffer.from('"}\n')]),
  );

const anyLine: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 8, arbitrary: message.map(({ role, content }) => Buffer.from(line(role, content))) },
  { weight: 2, arbitrary: hostile },
  { weight: 1, arbitrary: noUtf8 },
);
const file = fc.tuple(fc.array(anyLine, { maxLength: 25 }), fc.nat(6)).map(([lines, cut]) => {
  const bytes = Buffer.concat(lines);
  // Now and then the last line lacks its end.
  return cut === 0 ? bytes.subarray(0, Math.max(0, bytes.length - 1)) : bytes;
});

interface Known extends ReferenceMessage {
  readonly index: number;
}

function messagesOf(key: string, bytes: Buffer): { messages: Known[]; unreadable: number } {
  const messages: Known[] = [];
  let unreadable = 0;
  naiveLines(bytes).forEach((each, row) => {
    const verdict = referenceVerdict(each);
    if (verdict === 'unreadable') unreadable++;
    else if (verdict !== 'blank') messages.push({ key, row, index: messages.length, ...verdict });
  });
  return { messages, unreadable };
}

const RUNS = Number(process.env.ASI_TRUTH_RUNS ?? 60);

suite('search of a JSONL folder: against an independent reference', () => {
  test('scan, ranked and exact, while files are appended to and rewritten', async function () {
    this.timeout(600_000);
    const folder = new Folder();
    const search = folder.open();
    const indexed = { hits: 0, exact: 0 };
    const states = fc.array(fc.tuple(fc.nat(KEYS.length - 1), fc.boolean(), file), { minLength: 1, maxLength: 6 });
    const queries = fc.array(query, { minLength: 12, maxLength: 12 });
    try {
      await fc.assert(
        fc.asyncProperty(states, queries, fc.boolean(), async (steps, asked, update) => {
          for (const key of KEYS) folder.write(`${key}.jsonl`, '');
          for (const [key, append, bytes] of steps) {
            const name = folder.file(`${KEYS[key]}.jsonl`);
            if (append) fs.appendFileSync(name, bytes);
            else fs.writeFileSync(name, bytes);
          }
          if (update) await search.updateIndex();
          const known = KEYS.map((key) => messagesOf(key, fs.readFileSync(folder.file(`${key}.jsonl`))));
          const all = known.flatMap(({ messages }) => messages);
          const reference = new Reference(all);
          const unreadable = known.reduce((sum, one) => sum + one.unreadable, 0);
          for (const { source, clauses } of asked) {
            // What sessions decide is not of this part.
            if (clauses.some(({ anyOf }) => anyOf.some(({ term }) => ['in', 'store', 'time'].includes(term.kind))))
              continue;
            const expected = reference.hits(clauses);
            const scanned = await scan(search, source, { limit: 1000 });
            assert.deepEqual(places(scanned.hits).sort(), expected, source);
            assert.equal(scanned.total, expected.length, source);
            assert.equal(scanned.coverage.messages, all.length);
            assert.equal(scanned.coverage.skippedCount, unreadable);
            assert.equal(scanned.coverage.skipped.length, unreadable);
            for (const { hit } of scanned.hits) {
              assert.ok(hit.kind === 'message');
              const found = all.find(({ key, row }) => key === hit.key && row === hit.row);
              assert.deepEqual([found?.index, found?.role], [hit.index, hit.role]);
            }
            const first = await ranked(search, source, { limit: 1000 });
            const truth = new Set(expected);
            assert.deepEqual(
              places(first.hits).filter((place) => !truth.has(place)),
              [],
              source,
            );
            for (const { hit } of first.hits) {
              assert.ok(hit.kind === 'message');
              assert.equal(all.find(({ key, row }) => key === hit.key && row === hit.row)?.index, hit.index);
            }
            indexed.hits += first.hits.length;
            if (!first.exact) continue;
            indexed.exact++;
            assert.equal(exactTotal(first), expected.length, source);
            assert.deepEqual(first.exact.coverage.messages, all.length, source);
            assert.deepEqual(first.exact.coverage.skippedCount, unreadable, source);
          }
        }),
        { numRuns: RUNS },
      );
      assert.ok(indexed.hits > 0 && indexed.exact > 0, JSON.stringify(indexed));
    } finally {
      await folder.close();
    }
  });
});
