import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { LabelFiles } from '../../../src/backend/journal/labels';
import type { StoreLocation } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';

const store: StoreLocation = { kind: 'jsonl', path: '/a/sessions', role: 'live' };

suite('labels', () => {
  test('keeps names and pins of each store, seen by other windows', () => {
    const folder = temporaryFolder('labels');
    const mine = new LabelFiles(folder);
    const theirs = new LabelFiles(folder);
    assert.equal(mine.of(store).size, 0);
    mine.set(store, 'a', { name: 'Ä "name"' });
    mine.set(store, '__proto__', { kept: true });
    assert.deepEqual(theirs.of(store).get('a'), { name: 'Ä "name"' });
    assert.deepEqual(theirs.of(store).get('__proto__'), { kept: true });
    assert.equal(theirs.of({ ...store, path: '/b' }).size, 0);
    theirs.set(store, 'a', {});
    assert.deepEqual([...mine.of(store).keys()], ['__proto__']);
    assert.deepEqual(
      fs.readdirSync(path.join(folder, 'labels')).filter((name) => !name.endsWith('.json')),
      [],
    );
  });

  test('a damaged file and one of foreign shape count as none', () => {
    const folder = temporaryFolder('labels');
    const labels = new LabelFiles(folder);
    labels.set(store, 'a', { name: 'x' });
    const [file = ''] = fs.readdirSync(path.join(folder, 'labels'));
    for (const text of ['{', '[]', '{"sessions":{"a":5,"b":{"name":7,"kept":"yes"}}}']) {
      fs.writeFileSync(path.join(folder, 'labels', file), text);
      assert.deepEqual(
        [...labels.of(store).values()].filter((label) => label.name ?? label.kept),
        [],
      );
    }
  });

  test('without a data folder there are none', () => {
    const labels = new LabelFiles(undefined);
    assert.equal(labels.of(store).size, 0);
    assert.throws(() => labels.set(store, 'a', { name: 'x' }), /data folder/);
  });
});
