import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { unstage } from '../../../src/backend/operations/migration/absorb';
import { sessionFiles } from '../../../src/backend/operations/migration/staging';
import { temporaryFolder } from '../../support/project';

const line = (content: string): string => `${JSON.stringify({ role: 'user', content })}\n`;

suite('migration: a file back under its own name', () => {
  let folder: string;
  setup(() => {
    folder = temporaryFolder('unstage');
  });
  teardown(() => fs.rmSync(folder, { recursive: true }));

  test('with the lines of a file that an agent has made meanwhile', async () => {
    const files = sessionFiles(folder, 'a.jsonl');
    fs.writeFileSync(files.staged, line('one'));
    fs.writeFileSync(files.live, line('two'));
    await unstage(files);
    assert.equal(fs.readFileSync(files.live, 'utf8'), line('one') + line('two'));
    assert.deepEqual(fs.readdirSync(folder), ['a.jsonl']);
  });

  test('a move that was cut short between its two steps is ended, nothing doubled', async () => {
    const files = sessionFiles(folder, 'a.jsonl');
    fs.writeFileSync(files.staged, line('one'));
    fs.linkSync(files.staged, files.live);
    await unstage(files);
    assert.equal(fs.readFileSync(path.join(folder, 'a.jsonl'), 'utf8'), line('one'));
    assert.deepEqual(fs.readdirSync(folder), ['a.jsonl']);
  });
});
