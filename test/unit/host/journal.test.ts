import assert from 'node:assert/strict';
import { UndoneEntries } from '../../../src/commands/undoneEntries';
import * as protocol from '../../../src/service/protocol';
import type { HistoryEntry, HistoryItem, ItemStatus, TrashItem } from '../../../src/shared/operations';
import { entryState, isReversible, nextUndo } from '../../../src/tree/historyEntries';
import { JournalModel, type JournalPresence } from '../../../src/tree/journalModel';
import { RunningOperations } from '../../../src/tree/runningOperations';

const store = { kind: 'jsonl', path: '/w/sessions', role: 'live' } as const;
const foreign = { kind: 'jsonl', path: '/other/sessions', role: 'live' } as const;

function item(status: ItemStatus, more: Partial<HistoryItem> = {}): HistoryItem {
  return { id: 1, key: 'a', label: 'A', status, messages: 1, bytes: 1, purged: false, ...more };
}

function entry(id: number, ...items: HistoryItem[]): HistoryEntry {
  return { id, at: '2026-11-20T10:00:00Z', operation: 'delete', store, summary: `Entry ${id}.`, planned: 1, items };
}

suite('entries of the history', () => {
  test('their state comes from their sessions', () => {
    assert.equal(entryState(entry(1, item('done'))), 'done');
    assert.equal(entryState(entry(1, item('undone'))), 'undone');
    assert.equal(entryState(entry(1, item('done'), item('undone'))), 'partly-undone');
    assert.equal(entryState(entry(1, item('done', { purged: true }))), 'purged');
    assert.equal(entryState(entry(1, item('started'), item('done'))), 'unfinished');
    assert.equal(isReversible(entry(1, item('done', { purged: true })), 'undo'), false);
    assert.equal(isReversible(entry(1, item('done'), item('undone')), 'redo'), true);
  });

  test('undo takes the newest change that holds', () => {
    const [held, undone] = [item('done'), item('undone')];
    const after = [entry(4, undone), entry(3, undone), entry(2, held), entry(1, undone)];
    assert.equal(nextUndo(after)?.id, 2);
    assert.equal(nextUndo([]), undefined);
    assert.equal(nextUndo([entry(2, item('done', { purged: true })), entry(1, held)])?.id, 1);
  });

  test('redo makes again what was undone last, and nothing across a newer change', async () => {
    const state = new Map<string, unknown>();
    const memory = () =>
      new UndoneEntries({
        get: <T>(key: string, otherwise?: T) => (state.get(key) ?? otherwise) as T,
        update: async (key: string, value: unknown) => void state.set(key, value),
      });
    const [held, undone] = [item('done'), item('undone')];
    await memory().push(3, 3);
    await memory().push(2, 3);
    // Entry 1 was undone too, from the trash: that is no step of an undo.
    const after = [entry(3, undone), entry(2, undone), entry(1, undone)];
    assert.equal(memory().last(after)?.id, 2);
    assert.equal(memory().last([entry(3, undone), entry(2, held)])?.id, 3, 'made again by its row meanwhile');
    assert.equal(memory().last([entry(4, held), ...after]), undefined);
    await memory().remove(2);
    assert.equal(memory().last(after)?.id, 3);
    await memory().remove(3);
    assert.equal(memory().last(after), undefined);
    state.set('undone', ['from', { another: 'version' }]);
    assert.equal(memory().last(after), undefined);
  });
});

/** A service with this history and trash; counts what it is asked. */
class JournalDouble {
  asked = 0;
  fails = false;
  private readonly listeners = new Map<string, (params: never) => void>();

  constructor(
    public entries: HistoryEntry[],
    public items: TrashItem[] = [],
  ) {}

  async request<R>(type: { readonly method: string }, params: unknown): Promise<R> {
    const { limit, before } = params as { limit?: number; before?: number };
    this.asked++;
    if (this.fails) throw new Error('The journal cannot be read.');
    if (type.method === protocol.GetTrash.method) return { items: this.items, bytes: 0 } as R;
    const older = this.entries.filter(({ id }) => id < (before ?? Number.POSITIVE_INFINITY));
    return older.slice(0, limit) as R;
  }

  on<P>(type: { readonly method: string }, listener: (params: P) => void): void {
    this.listeners.set(type.method, listener);
  }

  tell(type: { readonly method: string }): void {
    this.listeners.get(type.method)?.({} as never);
  }
}

suite('the journal in the tree', () => {
  let remembered: JournalPresence;
  let told: unknown[];

  function modelOf(double: JournalDouble): JournalModel {
    const memory = {
      recall: () => remembered,
      remember: (presence: JournalPresence) => {
        remembered = presence;
      },
    };
    const model = new JournalModel(double, ({ path }) => path === store.path, memory);
    model.onDidChange((changed) => told.push(changed === undefined ? 'roots' : changed.map(({ kind }) => kind)));
    return model;
  }

  const trashed = (id: number, more: Partial<TrashItem> = {}): TrashItem => ({
    entry: 1,
    item: id,
    at: '2026-11-20T10:00:00Z',
    store,
    key: 'a',
    label: 'A',
    messages: 1,
    bytes: 100,
    ...more,
  });

  setup(() => {
    remembered = { history: false, trash: false };
    told = [];
  });

  test('asks nothing before it is looked at, and shows itself only when there is something', async () => {
    const double = new JournalDouble([entry(1, item('done'))]);
    const model = modelOf(double);
    double.tell(protocol.JournalChanged);
    await model.refresh();
    assert.equal(double.asked, 0);
    assert.deepEqual(model.roots, []);
    await model.look();
    assert.deepEqual(
      model.roots.map(({ kind }) => kind),
      ['history'],
    );
    assert.deepEqual(told, ['roots']);
    assert.deepEqual(remembered, { history: true, trash: false });
  });

  test('what was there the last time is there at once, without a second drawing of the tree', async () => {
    remembered = { history: true, trash: true };
    const model = modelOf(new JournalDouble([entry(1, item('done'))], [trashed(1), trashed(2)]));
    assert.equal(model.roots.length, 2);
    await model.look();
    assert.deepEqual(told, [['history', 'trash']]);
    assert.deepEqual([model.trash.count, model.trash.bytes], [2, 200]);
  });

  test('other workspaces are left out, however many entries they have', async () => {
    const theirs = Array.from({ length: 450 }, (_, n) => ({ ...entry(n + 2, item('done')), store: foreign })).reverse();
    const double = new JournalDouble([...theirs, entry(1, item('done'))], [trashed(1, { store: foreign })]);
    const model = modelOf(double);
    const rows = await model.getEntries();
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['entry:1'],
    );
    assert.deepEqual(await model.getTrashed(), []);
  });

  test('older entries come when they are asked for; rows stay the same objects', async () => {
    const all = Array.from({ length: 350 }, (_, n) => entry(350 - n, item('done')));
    const double = new JournalDouble(all);
    const model = modelOf(double);
    const first = await model.getEntries();
    assert.equal(first.length, 201);
    assert.equal(first.at(-1)?.kind, 'more');
    await model.loadMore();
    const second = await model.getEntries();
    assert.equal(second.length, 350);
    assert.equal(second[0], first[0]);
    double.entries = [entry(351, item('done')), ...all];
    await model.refresh();
    const third = await model.getEntries();
    assert.equal(third.filter(({ kind }) => kind === 'entry').length, 351);
    assert.equal(third[1], first[0]);
  });

  test('changes that come while it is read are read too, once', async () => {
    const double = new JournalDouble([entry(1, item('done'))]);
    const model = modelOf(double);
    await model.look();
    double.asked = 0;
    for (let n = 0; n < 20; n++) double.tell(protocol.JournalChanged);
    await model.refresh();
    assert.ok(double.asked <= 4, `${double.asked} requests`);
  });

  test('a journal that cannot be read is a row that says so, and is read again', async () => {
    remembered = { history: true, trash: false };
    const double = new JournalDouble([entry(1, item('done'))]);
    double.fails = true;
    const model = modelOf(double);
    const [row] = await model.getEntries();
    assert.ok(row?.kind === 'failure' && row.message === 'The journal cannot be read.');
    await assert.rejects(model.currentEntries(), /cannot be read/);
    double.fails = false;
    await model.refresh();
    assert.equal((await model.getEntries())[0]?.kind, 'entry');
  });
});

suite('what runs on rows', () => {
  test('the newest word stands there until its own work is done', () => {
    const running = new RunningOperations();
    let told = 0;
    running.onDidChange(() => told++);
    const row = { store, key: 'a' };
    const first = running.start([row, { store }], 'compacting');
    const second = running.start([row], 'deleting');
    assert.equal(running.wordOf('jsonl:/w/sessions\na'), 'deleting');
    assert.equal(running.wordOf('jsonl:/w/sessions'), 'compacting');
    second.done();
    second.done();
    assert.equal(running.wordOf('jsonl:/w/sessions\na'), 'compacting');
    first.done();
    assert.equal(running.wordOf('jsonl:/w/sessions\na'), undefined);
    assert.equal(told, 4);
  });
});
