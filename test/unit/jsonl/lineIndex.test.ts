import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import { Bytes } from '../../../src/backend/jsonl/bytes';
import { FileIndexer } from '../../../src/backend/jsonl/fileIndexer';
import type { LineIndex } from '../../../src/backend/jsonl/lineIndex';
import { LineScanner } from '../../../src/backend/jsonl/lineScanner';
import { findLastLines } from '../../../src/backend/jsonl/tailReader';
import { temporaryFolder } from '../../support/project';
import { naiveLines, referenceVerdict, type Verdict, verdictOf } from './support';

const folder = temporaryFolder('line-index');
const file = path.join(folder, 'x.jsonl');
const stats = { bytesRead: 0, filesOpened: 0 };

function withFile<T>(content: Buffer, work: (fd: number) => T): T {
  fs.writeFileSync(file, content);
  const fd = fs.openSync(file, 'r');
  try {
    return work(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function buildIndex(content: Buffer, bufferSize: number, from: LineIndex | null = null): LineIndex {
  return withFile(content, (fd) => {
    const indexer = new FileIndexer(fd, content.length, from, Bytes.allocate(bufferSize), stats);
    while (indexer.step());
    assert.ok(indexer.finish());
    return indexer.index;
  });
}

function assertIndex(index: LineIndex, content: Buffer): void {
  const lines = naiveLines(content);
  const verdicts = lines.map(referenceVerdict);
  const isTorn = content.length > 0 && content.at(-1) !== 0x0a;
  const offsets = lines.map((_, i) => lines.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0));
  assert.equal(index.totalLines, lines.length);
  assert.equal(index.totalMessages, verdicts.filter((one) => typeof one !== 'string').length);
  assert.equal(index.totalUnreadable, verdicts.filter((one) => one === 'unreadable').length);
  assert.equal(index.torn !== null, isTorn);
  assert.equal(index.end, isTorn ? offsets.at(-1) : content.length);
  const bad = verdicts.flatMap((one, line) => (one === 'unreadable' ? [{ line, offset: offsets[line] }] : []));
  assert.deepEqual(
    index.listed.map(({ line, offset }) => ({ line, offset })),
    bad,
  );
  const { checkpoints } = index;
  assert.ok(checkpoints);
  for (let i = 0; i < checkpoints.count; i++) {
    const { line, offset, message } = checkpoints.at(i);
    assert.equal(offset, offsets[line]);
    assert.equal(message, verdicts.slice(0, line).filter((one) => typeof one !== 'string').length);
  }
}

const piece = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((c) => JSON.stringify({ role: 'user', content: c })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', '\r', '\u00a0', '["u","x"]', '{"content":"c","role":"r","n":[1]}\r'),
  },
  { weight: 1, arbitrary: fc.constantFrom('garbage', '{"role":"u"}', '{"role":"user","content":"cut', '\u0000') },
);
const document = fc
  .tuple(fc.array(piece, { maxLength: 150 }), fc.boolean(), fc.option(fc.nat(), { freq: 3 }))
  .map(([pieces, ends, bad]) => {
    const content = Buffer.from(pieces.join('\n') + (ends && pieces.length > 0 ? '\n' : ''));
    // Now and then a byte that is no UTF-8.
    if (bad !== null && content.length > 0) content[bad % content.length] = 0xff;
    return content;
  });
/** Smaller than most lines, like some, larger than all. */
const bufferSize = fc.constantFrom(7, 33, 64, 300, 100_000);

suite('JSONL line index', () => {
  suiteTeardown(() => fs.rmSync(folder, { recursive: true }));

  test('equals a naive split, whatever the size of the buffer', () => {
    fc.assert(
      fc.property(document, bufferSize, (content, size) => assertIndex(buildIndex(content, size), content)),
      { numRuns: 400 },
    );
  });

  test('the scanner hands out every line once, in order, with its texts', () => {
    fc.assert(
      fc.property(document, bufferSize, (content, size) => {
        const found: { bytes: Buffer; verdict: Verdict }[] = [];
        withFile(content, (fd) => {
          const scanner = new LineScanner(fd, 0, content.length, Bytes.allocate(size), stats);
          const take = (line: { offset: number; size: number; parsed: Parameters<typeof verdictOf>[2] }): void => {
            const bytes = content.subarray(line.offset, line.offset + line.size);
            found.push({ bytes, verdict: verdictOf(bytes, 0, line.parsed) });
          };
          while (scanner.step(take));
        });
        const expected = naiveLines(content).map((bytes) => ({ bytes, verdict: referenceVerdict(bytes) }));
        assert.deepEqual(found, expected);
      }),
      { numRuns: 400 },
    );
  });

  test('goes on after appends at any byte as if it had read everything at once', () => {
    fc.assert(
      fc.property(document, fc.array(fc.nat(), { maxLength: 6 }), bufferSize, (content, cuts, size) => {
        const ends = [...cuts.map((cut) => cut % (content.length + 1)), content.length].sort((a, b) => a - b);
        let index: LineIndex | null = null;
        for (const [step, end] of ends.entries()) {
          const next: LineIndex = buildIndex(content.subarray(0, end), size, index);
          assertIndex(next, content.subarray(0, end));
          // Whoever still reads with the index from before must find it unchanged.
          if (index) assertIndex(index, content.subarray(0, ends[step - 1] ?? 0));
          index = next;
        }
      }),
      { numRuns: 250 },
    );
  });

  test('finds the last lines from behind', async () => {
    await fc.assert(
      fc.asyncProperty(document, fc.nat(200), async (content, count) => {
        fs.writeFileSync(file, content);
        const fd = fs.openSync(file, 'r');
        const starts = await findLastLines(fd, content.length, count, stats).finally(() => fs.closeSync(fd));
        const lines = naiveLines(content);
        assert.equal(starts.length, Math.min(count, lines.length));
        const ends = [...starts.slice(1), content.length];
        const found = starts.map((start, i) => content.subarray(start, ends[i]).toString('latin1').replace(/\n$/, ''));
        assert.deepEqual(
          found,
          lines.slice(lines.length - starts.length).map((line) => line.toString('latin1')),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('finds the last lines when they are longer than what is read at a time', async () => {
    const long = Buffer.from(`a\n${'b'.repeat(700_000)}\nc\n${'d'.repeat(300_000)}`);
    fs.writeFileSync(file, long);
    const fd = fs.openSync(file, 'r');
    const starts = await findLastLines(fd, long.length, 3, stats).finally(() => fs.closeSync(fd));
    assert.deepEqual(starts, [2, 700_003, 700_005]);
  });

  test('stays small: a million lines take well under 1 MB', () => {
    const content = Buffer.from('{"role":"u","content":""}\n'.repeat(1_000_000));
    const index = buildIndex(content, 512 * 1024);
    assert.equal(index.messages, 1_000_000);
    assert.ok(index.checkpoints && index.checkpoints.byteLength < 800_000, String(index.checkpoints?.byteLength));
  });

  test('names a thousand unreadable lines and counts the rest', () => {
    const index = buildIndex(Buffer.from('garbage\n'.repeat(1500)), 4096);
    assert.equal(index.listed.length, 1000);
    assert.equal(index.totalUnreadable, 1500);
  });

  test('takes the title from the first user message with words, also from one longer than the buffer', () => {
    const line = (role: string, content: string): string => `${JSON.stringify({ role, content })}\n`;
    const long = `Long question ${'word '.repeat(3000)}`;
    const content =
      line('assistant', 'hello') + line('user', '[IMAGE:/tmp/a.jpg]') + line('user', long) + line('user', 'later');
    for (const size of [64, 100_000]) {
      const { title } = buildIndex(Buffer.from(content), size);
      assert.ok(title?.startsWith('Long question word word'), String(title));
    }
    assert.equal(buildIndex(Buffer.from('{"role":"us\\u0065r","content":"h\\u0069"}\n'), 64).title, 'hi');
    assert.equal(buildIndex(Buffer.from(line('assistant', 'x')), 64).title, null);
  });
});
