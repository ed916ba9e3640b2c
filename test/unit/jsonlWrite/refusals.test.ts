import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { mainBundle } from '../../support/jsonlAgent';
import { manyLines, snapshot } from '../jsonl/support';
import { Bench } from './support';

const isWindows = process.platform === 'win32';

/** Each kind of change of an existing session `a`. */
const EDITS: readonly SessionEdit[] = [
  { kind: 'append', key: 'a', role: 'user', content: 'x' },
  { kind: 'update-last', key: 'a', role: 'user', content: 'x' },
  { kind: 'remove-last', key: 'a' },
  { kind: 'remove-messages', key: 'a', positions: [0] },
  { kind: 'clear', key: 'a' },
  { kind: 'delete', key: 'a' },
  { kind: 'compact', key: 'a', duplicates: false },
];

suite('JSONL writer: refusals change nothing', () => {
  let bench: Bench;

  setup(async () => {
    bench = await Bench.open();
  });

  teardown(() => bench.close());

  async function refused(edit: SessionEdit, code: string): Promise<void> {
    const before = snapshot(bench.folder);
    await assert.rejects(bench.apply(edit), (error: { code?: string; message: string }) => {
      assert.equal(error.code, code, `${edit.kind}: ${error.message}`);
      return true;
    });
    assert.equal(snapshot(bench.folder), before, edit.kind);
    assert.equal(bench.journal.unfinished().length, 0);
    assert.equal(bench.journal.usage(), 0);
  }

  test('a key that cannot be a file name', async () => {
    bench.put('a_b.jsonl', manyLines(2));
    for (const key of ['a/b', 'a\\b', 'a\0b', '..', '.', '', '../a_b']) {
      await refused({ kind: 'append', key, role: 'user', content: 'x' }, 'invalid-key');
      await refused({ kind: 'delete', key }, 'invalid-key');
    }
    await refused({ kind: 'append', key: 'k'.repeat(300), role: 'user', content: 'x' }, 'invalid-key');
  });

  test('a link, a directory or a FIFO in the place of the file', async function () {
    if (isWindows) this.skip();
    const target = path.join(bench.root, 'elsewhere.jsonl');
    fs.writeFileSync(target, `garbage\n${manyLines(3)}`);
    fs.symlinkSync(target, bench.file('a.jsonl'));
    for (const edit of EDITS) await refused(edit, 'not-a-file');
    assert.equal(fs.readFileSync(target, 'utf8'), `garbage\n${manyLines(3)}`);
    fs.unlinkSync(bench.file('a.jsonl'));
    fs.symlinkSync(path.join(bench.root, 'nowhere'), bench.file('a.jsonl'));
    for (const edit of EDITS) await refused(edit, 'not-a-file');
    fs.unlinkSync(bench.file('a.jsonl'));
    spawnSync('mkfifo', [bench.file('a.jsonl')]);
    for (const edit of EDITS) await refused(edit, 'not-a-file');
    fs.unlinkSync(bench.file('a.jsonl'));
    fs.mkdirSync(bench.file('a.jsonl'));
    for (const edit of EDITS) await refused(edit, 'not-a-file');
  });

  test('a file that has become a link since is not written through', async function () {
    if (isWindows) this.skip();
    bench.put('a.jsonl', `garbage\n${manyLines(3)}`);
    const item = await bench.made({ kind: 'compact', key: 'a', duplicates: false });
    const target = path.join(bench.root, 'elsewhere.jsonl');
    fs.renameSync(bench.file('a.jsonl'), target);
    fs.symlinkSync(target, bench.file('a.jsonl'));
    await assert.rejects(bench.writer.check(item, 'undo'), { code: 'not-a-file' });
    await assert.rejects(bench.writer.reverse(item, 'undo', 'keep-new'), { code: 'not-a-file' });
    assert.equal(fs.readFileSync(target, 'utf8'), manyLines(3));
  });

  test('a read-only file, for root too', async () => {
    bench.put('a.jsonl', `garbage\n${manyLines(3)}`);
    fs.chmodSync(bench.file('a.jsonl'), 0o444);
    for (const edit of EDITS) await refused(edit, 'read-only');
  });

  test('a read-only folder, for root too', async function () {
    if (isWindows) this.skip();
    bench.put('a.jsonl', `garbage\n${manyLines(3)}`);
    fs.chmodSync(bench.folder, 0o555);
    try {
      for (const edit of EDITS) await refused(edit, 'read-only');
      await refused({ kind: 'append', key: 'new', role: 'user', content: 'x' }, 'read-only');
    } finally {
      fs.chmodSync(bench.folder, 0o755);
    }
  });

  test('a folder of another user', async function () {
    if (isWindows || process.getuid?.() !== 0) this.skip();
    bench.put('a.jsonl', `garbage\n${manyLines(3)}`);
    fs.chmodSync(bench.root, 0o755);
    process.seteuid?.(65_534);
    try {
      for (const edit of EDITS) await refused(edit, 'read-only');
    } finally {
      process.seteuid?.(0);
    }
  });

  test('a disk that is full', async function () {
    if (isWindows) this.skip();
    this.timeout(30_000);
    const text = `garbage\n${manyLines(3000, 0, 'x'.repeat(1000))}`;
    for (const kind of ['append', 'update-last', 'remove-last', 'remove-messages', 'compact'] as const) {
      bench.put('a.jsonl', text);
      const before = snapshot(bench.folder);
      // Files of at most 2 MB (the unit is 1 kB with bash); the journal keeps to less.
      const command = `ulimit -f 2000; exec "$0" "$@"`;
      const args = [
        '-c',
        command,
        process.execPath,
        mainBundle('unit', 'jsonlWrite', 'edits.main.ts'),
        bench.root,
        kind,
      ];
      const { stdout, stderr, signal } = spawnSync('bash', args, { encoding: 'utf8' });
      assert.equal(signal, null, stderr);
      assert.match(stdout, /^disk-full: /m, `${kind}: ${stdout}${stderr}`);
      assert.equal(snapshot(bench.folder), before, kind);
    }
  });
});
