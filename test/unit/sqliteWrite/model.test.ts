import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JournalItem } from '../../../src/backend/journal/Journal';
import type { SessionEdit } from '../../../src/backend/StoreWriter';
import { append, removeLast, updateLast, type ZeroclawAge } from '../../support/zeroclawSchema';
import { closeStores, fill, Store, time } from './support';

const key = fc.constantFrom('k', 'ключ', 'new');
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const role = fc.constantFrom('user', 'assistant', 'tool');

const edit: fc.Arbitrary<SessionEdit> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), key, role, content: text }),
  fc.record({ kind: fc.constant('update-last' as const), key, role, content: text }),
  fc.record({ kind: fc.constant('remove-last' as const), key }),
  fc.record({ kind: fc.constant('remove-messages' as const), key, positions: fc.array(fc.nat(8), { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('clear' as const), key }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('compact' as const), key, duplicates: fc.boolean() }),
  fc.record({ kind: fc.constant('rename' as const), key, name: fc.option(text) }),
  fc.record({
    kind: fc.constant('state' as const),
    key,
    state: fc.constantFrom('idle', 'running'),
    turnId: fc.option(text),
  }),
);

type Step =
  | { readonly do: 'edit'; readonly edit: SessionEdit }
  | { readonly do: 'undo' | 'redo'; readonly which: number }
  | { readonly do: 'agent'; readonly key: string; readonly what: 'append' | 'remove' | 'update' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), edit }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('undo' as const, 'redo' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('agent' as const),
      key,
      what: fc.constantFrom('append' as const, 'remove' as const, 'update' as const),
    }),
  },
);

const refusals = new Set(['no-such-session', 'unsupported']);

function storeOf(age: ZeroclawAge): Promise<Store> {
  return Store.of(age, (database) => {
    fill(database, 'k', 4);
    fill(database, 'ключ', 3);
  });
}

async function tryEdit(store: Store, wanted: SessionEdit): Promise<JournalItem | undefined> {
  try {
    return (await store.apply(wanted)).item;
  } catch (error) {
    assert.ok(refusals.has((error as { code?: string }).code ?? ''), String(error));
    return undefined;
  }
}

suite('sqlite write: any sequence of edits', () => {
  teardown(closeStores);

  for (const age of ['0.4.3', '0.6.9', 'newest'] as const) {
    test(`${age}: all undone in turn, and all made again`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { maxLength: 8 }), async (edits) => {
          const store = await storeOf(age);
          const states = [store.dump()];
          const items: JournalItem[] = [];
          for (const each of edits) {
            store.now += 1000;
            const item = await tryEdit(store, each);
            if (!item) assert.equal(store.dump(), states.at(-1));
            else {
              items.push(item);
              states.push(store.dump());
            }
            store.verify();
          }
          for (let place = items.length - 1; place >= 0; place--) {
            assert.equal(await store.tryReverse(items[place] as JournalItem, 'undo'), undefined);
            assert.equal(store.dump(), states[place]);
          }
          store.verify();
          for (const [place, item] of items.entries()) {
            assert.equal(await store.tryReverse(item, 'redo'), undefined);
            assert.equal(store.dump(), states[place + 1]);
          }
          store.verify();
          await closeStores();
        }),
        { numRuns: 25 },
      );
    });

    test(`${age}: undone and made again in any order, beside an agent`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const store = await storeOf(age);
          const items: { item: JournalItem; isDone: boolean }[] = [];
          let clock = time + 7_200_000;
          for (const each of steps) {
            store.now += 1000;
            clock += 1000;
            if (each.do === 'edit') {
              const item = await tryEdit(store, each.edit);
              if (item) items.push({ item, isDone: true });
            } else if (each.do === 'agent') {
              if (each.what === 'append') append(store.agent, each.key, 'user', `agent ${clock}`, clock);
              else if (each.what === 'remove') removeLast(store.agent, each.key);
              // Up to 0.7.3 the agent has no update, and no trigger for it.
              else if (age === 'newest') updateLast(store.agent, each.key, 'user', `agent ${clock}`, clock);
            } else {
              const wanted = items.filter(({ isDone }) => isDone === (each.do === 'undo'));
              const chosen = wanted[each.which % Math.max(1, wanted.length)];
              if (!chosen) continue;
              const before = store.dump();
              const agents = messagesOfAgent(store);
              const conflict = await store.tryReverse(chosen.item, each.do);
              if (!conflict) chosen.isDone = !chosen.isDone;
              else {
                assert.equal(store.dump(), before);
                const [choice] = conflict.choices;
                if (choice !== undefined) {
                  await store.reverse(chosen.item, each.do, choice as 'keep-new');
                  chosen.isDone = !chosen.isDone;
                }
              }
              // What the agent wrote goes only with a message or session that is taken away knowingly.
              const lost = agents.filter((content) => !messagesOfAgent(store).includes(content));
              if (lost.length > 0) {
                const kind = store.journal.entry(chosen.item.entry)?.operation;
                assert.equal(each.do, 'redo', `an undo of ${kind} lost ${lost.join()}`);
              }
            }
            store.verify();
          }
          await closeStores();
        }),
        { numRuns: 40 },
      );
    });
  }
});

function messagesOfAgent(store: Store): unknown[] {
  return store.agent.prepare("SELECT content FROM sessions WHERE content LIKE 'agent %'").pluck().all();
}
