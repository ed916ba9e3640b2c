import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { discoverInFolder, resolveStorePath } from '../../../src/backend/discovery';
import { StoreError } from '../../../src/backend/errors';
import { knownHomes } from '../../../src/backend/knownHomes';
import { temporaryFolder } from '../../support/project';

function make(root: string, ...files: string[]): void {
  for (const file of files) {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    if (file.endsWith('/')) fs.mkdirSync(target, { recursive: true });
    else fs.writeFileSync(target, '');
  }
}

const found = async (root: string, folder = root) =>
  (await discoverInFolder(folder)).map(
    ({ kind, path: place, role }) => `${kind} ${path.relative(root, place)} ${role}`,
  );

suite('discovery', () => {
  test('a workspace with both kinds: two stores, and the archive is its own', async () => {
    const root = temporaryFolder();
    make(root, 'sessions/a.jsonl', 'sessions/sessions.db', 'sessions/archive/old.jsonl', 'src/x.ts');
    assert.deepEqual(await found(root), [
      'sqlite sessions/sessions.db live',
      'jsonl sessions live',
      'jsonl sessions/archive archive',
    ]);
    assert.deepEqual(await found(root, path.join(root, 'sessions')), await found(root));
  });

  test('only a database, only files, only what an import left, nothing yet', async () => {
    const database = temporaryFolder();
    make(database, 'sessions/sessions.db');
    assert.deepEqual(await found(database), ['sqlite sessions/sessions.db live']);
    const migrated = temporaryFolder();
    make(migrated, 'sessions/sessions.db', 'sessions/a.jsonl.migrated');
    assert.deepEqual(await found(migrated), ['sqlite sessions/sessions.db live', 'jsonl sessions live']);
    const importing = temporaryFolder();
    make(importing, 'sessions/a.jsonl.importing');
    assert.deepEqual(await found(importing), ['jsonl sessions live']);
    const empty = temporaryFolder();
    make(empty, 'sessions/');
    assert.deepEqual(await found(empty), ['jsonl sessions live']);
    const archiveEmpty = temporaryFolder();
    make(archiveEmpty, 'sessions/a.jsonl', 'sessions/archive/');
    assert.deepEqual(await found(archiveEmpty), ['jsonl sessions live']);
  });

  test('an agent home of either age, and a database that hygiene has archived', async () => {
    const root = temporaryFolder();
    make(root, 'data/sessions/sessions.db', 'workspace/sessions/a.jsonl', 'workspace/sessions/archive/sessions.db');
    assert.deepEqual(await found(root), [
      'sqlite data/sessions/sessions.db live',
      'jsonl workspace/sessions live',
      'sqlite workspace/sessions/archive/sessions.db archive',
    ]);
  });

  test('a project with .jsonl files of another kind is no store', async () => {
    const root = temporaryFolder();
    make(root, 'training.jsonl', 'data/x.jsonl', 'src/x.ts');
    assert.deepEqual(await found(root), []);
    assert.deepEqual(await found(path.join(root, 'missing')), []);
  });

  test('a path that a user names may be any folder with sessions', async () => {
    const root = temporaryFolder();
    make(root, 'my sessions/a.jsonl', 'x/other.db', 'empty/');
    assert.deepEqual(await resolveStorePath(path.join(root, 'my sessions')), [
      { kind: 'jsonl', path: path.join(root, 'my sessions'), role: 'live' },
    ]);
    assert.deepEqual(await resolveStorePath(path.join(root, 'x/other.db')), [
      { kind: 'sqlite', path: path.join(root, 'x/other.db'), role: 'live' },
    ]);
    const code = (expected: string) => (error: unknown) => error instanceof StoreError && error.code === expected;
    await assert.rejects(resolveStorePath(path.join(root, 'empty')), code('not-a-store'));
    await assert.rejects(resolveStorePath(path.join(root, 'nowhere')), code('not-found'));
    await assert.rejects(resolveStorePath(path.join(root, 'my sessions/a.jsonl')), code('not-a-store'));
  });

  test('the homes on this machine, by the rules of zeroclaw', async () => {
    const home = temporaryFolder('home');
    make(
      home,
      '.zeroclaw/data/sessions/sessions.db',
      '.zeroclaw/backup-20260601T101010/legacy-workspace/sessions/a.jsonl',
      'else/data/sessions/b.jsonl',
    );
    const homes = await knownHomes(
      { ZEROCLAW_CONFIG_DIR: path.join(home, 'else'), ZEROCLAW_DATA_DIR: '/nowhere' },
      home,
    );
    assert.deepEqual(
      homes.map(({ agent }) => agent),
      ['zeroclaw (ZEROCLAW_CONFIG_DIR)', 'zeroclaw', 'zeroclaw (backup-20260601T101010)'],
    );
    assert.deepEqual(await knownHomes({}, temporaryFolder()), []);
  });
});
