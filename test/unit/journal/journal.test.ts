import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../../src/backend/errors';
import type { JsonlChange } from '../../../src/backend/journal/changes';
import { Journal } from '../../../src/backend/journal/Journal';
import type { StoreLocation } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';
import { Sqlite } from '../../support/zeroclawSchema';

const store: StoreLocation = { kind: 'jsonl', path: '/somewhere/sessions', role: 'live' };
const change: JsonlChange = {
  kind: 'jsonl',
  file: 'a.jsonl',
  before: null,
  after: null,
  splices: [{ at: 0, removed: 3, inserted: 0 }],
  scratch: [],
};
const facts = { key: 'a', messages: 3, bytes: 300, trashed: true };
const DAY = 86_400_000;

suite('journal', () => {
  let folder: string;
  let now: number;
  let journal: Journal;

  setup(async () => {
    folder = temporaryFolder('journal');
    now = Date.UTC(2026, 10, 20);
    journal = await Journal.open(folder, () => now);
  });

  teardown(() => {
    journal.close();
    fs.rmSync(folder, { recursive: true });
  });

  function record(image: Buffer = Buffer.from('one'), label = 'First words'): { entry: number; item: number } {
    const entry = journal.begin('delete', store, 1);
    const recorder = journal.recorder(entry, label);
    recorder.image('removed').write(image);
    const started = recorder.start(change, facts);
    started.finish();
    journal.end(entry, `Deleted "${label}".`);
    return { entry, item: started.id };
  }

  test('gives back what was recorded, in another process too', async () => {
    const image = crypto.randomBytes(3_500_000);
    const { entry, item } = record(image);
    const other = await Journal.open(folder, () => now);
    const [found] = other.itemsOf(entry);
    assert.ok(found);
    assert.deepEqual(found.change, change);
    assert.equal(found.status, 'done');
    assert.equal(found.id, item);
    assert.deepEqual(found.store, store);
    assert.ok(found.image('removed').all().equals(image));
    const reader = found.image('removed');
    assert.ok(Buffer.concat([...reader.take(1_048_577)]).equals(image.subarray(0, 1_048_577)));
    assert.ok(Buffer.concat([...reader.take(10)]).equals(image.subarray(1_048_577, 1_048_587)));
    assert.throws(() => [...reader.take(image.length)], /incomplete/);
    assert.equal(found.image('inserted').read(), null);
    other.close();
  });

  test('an image may be written from a buffer that is used again', () => {
    const entry = journal.begin('clear', store, 1);
    const recorder = journal.recorder(entry, 'x');
    const image = recorder.image('removed');
    const buffer = Buffer.from('aaa');
    image.write(buffer);
    buffer.fill('b');
    image.write(buffer);
    recorder.start(change, facts);
    assert.equal(journal.itemsOf(entry)[0]?.image('removed').all().toString(), 'aaabbb');
  });

  test('what is begun is unfinished until it is finished or discarded', () => {
    const entry = journal.begin('compact', store, 2);
    const first = journal.recorder(entry, 'a');
    assert.equal(first.startedItem, undefined);
    const started = first.start(change, facts);
    assert.equal(first.startedItem, started.id);
    const second = journal.recorder(entry, 'b');
    second.start(change, { ...facts, key: 'b' });
    assert.deepEqual(
      journal.unfinished(store).map(({ key }) => key),
      ['a', 'b'],
    );
    assert.deepEqual(journal.unfinished({ ...store, path: '/elsewhere' }), []);
    started.finish({ ...change, file: 'other.jsonl' });
    second.discard();
    assert.equal(second.startedItem, undefined);
    assert.deepEqual(journal.unfinished(), []);
    const [item, none] = journal.itemsOf(entry);
    assert.equal(none, undefined);
    assert.equal(item?.change.kind === 'jsonl' && item.change.file, 'other.jsonl');
  });

  test('an entry without a change leaves no trace', () => {
    const entry = journal.begin('compact', store, 1);
    const recorder = journal.recorder(entry, 'a');
    recorder.image('removed').write(crypto.randomBytes(2_000_000));
    recorder.discard();
    journal.end(entry, 'Nothing was changed.');
    assert.deepEqual(journal.history(10), []);
    assert.equal(journal.usage(), 0);
  });

  test('history is newest first and can be paged; undone items leave the trash', () => {
    const entries = [record().entry, record().entry, record().entry];
    assert.deepEqual(
      journal.history(2).map(({ id }) => id),
      [entries[2], entries[1]],
    );
    assert.deepEqual(
      journal.history(2, entries[1]).map(({ id }) => id),
      [entries[0]],
    );
    assert.equal(journal.trash().length, 3);
    const item = journal.itemsOf(entries[0] ?? 0)[0];
    assert.ok(item);
    journal.setStatus(item.id, 'undoing');
    assert.deepEqual(
      journal.unfinished().map(({ id }) => id),
      [item.id],
    );
    journal.setStatus(item.id, 'undone');
    assert.equal(journal.trash().length, 2);
    assert.equal(journal.entry(entries[0] ?? 0)?.items[0]?.status, 'undone');
  });

  test('purges by age, by size and by hand; the history stays', () => {
    const old = record(crypto.randomBytes(10_000));
    now += 31 * DAY;
    const middle = record(crypto.randomBytes(10_000));
    const young = record(crypto.randomBytes(10_000));
    assert.equal(journal.purgeOld(30, 1e9), 1);
    assert.throws(
      () => journal.item(old.item)?.image('removed'),
      (error: unknown) => error instanceof StoreError && error.code === 'purged',
    );
    assert.equal(journal.purgeOld(30, 15_000), 1);
    assert.equal(journal.item(middle.item)?.purged, true);
    assert.equal(journal.item(young.item)?.purged, false);
    assert.ok(journal.purge([young.item]) >= 10_000);
    assert.equal(journal.usage(), 0);
    assert.equal(journal.trash().length, 0);
    assert.equal(journal.history(10).length, 3);
  });

  test('a change that is being made is never purged', () => {
    const entry = journal.begin('delete', store, 1);
    const recorder = journal.recorder(entry, 'a');
    recorder.image('removed').write(Buffer.from('bytes'));
    const { id } = recorder.start(change, facts);
    now += 100 * DAY;
    journal.purgeOld(30, 0);
    assert.equal(journal.item(id)?.purged, false);
    assert.equal(journal.item(id)?.image('removed').all().toString(), 'bytes');
  });

  test('the space of purged images goes back to the file system', () => {
    const { item } = record(crypto.randomBytes(3_000_000));
    const size = () => Number(fs.statSync(path.join(folder, 'journal.db')).size);
    journal.close();
    const before = size();
    return Journal.open(folder, () => now).then((again) => {
      journal = again;
      again.purge([item]);
      again.purgeOld(30, 1e9);
      again.close();
      assert.ok(size() < before / 4, `${size()} of ${before}`);
      return Journal.open(folder, () => now).then((last) => {
        journal = last;
      });
    });
  });

  test('refuses a newer journal, and none at all', async () => {
    const other = temporaryFolder('journal');
    const database = new Sqlite(path.join(other, 'journal.db'));
    database.pragma('user_version = 99');
    database.close();
    const isUnavailable = (error: unknown) => error instanceof StoreError && error.code === 'journal-unavailable';
    await assert.rejects(Journal.open(other, Date.now), isUnavailable);
    await assert.rejects(Journal.open(undefined, Date.now), isUnavailable);
    fs.rmSync(other, { recursive: true });
    const file = path.join(temporaryFolder('journal'), 'file');
    fs.writeFileSync(file, '');
    await assert.rejects(Journal.open(file, Date.now), isUnavailable);
  });

  test('two processes begin entries at the same time', async () => {
    const other = await Journal.open(folder, () => now);
    const recorders = [journal, other].map((each) => each.recorder(each.begin('rename', store, 1), 'x'));
    for (const recorder of recorders) recorder.image('removed').write(crypto.randomBytes(1_500_000));
    for (const recorder of recorders) recorder.start(change, facts).finish();
    assert.equal(journal.history(10).length, 2);
    other.close();
  });
});
