import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isHidden, joinTools } from '../../../media/conversation/list/joinTools';
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';

function call(id: string | null, name = 'shell'): ContentBlock {
  return { type: 'toolCall', id, name, arguments: '{}', json: true, summary: '' };
}

function result(callId: string | null, name: string | null = null, text = 'out'): ContentBlock {
  return { type: 'toolResult', callId, name, status: 'ok', text, size: text.length };
}

function text(value: string): ContentBlock {
  return { type: 'text', text: value };
}

function row(number: number, role: string, ...blocks: ContentBlock[]): ConversationRow {
  return { kind: 'message', row: number, role, createdAt: null, size: 1, place: `line ${number + 1}`, blocks };
}

function outcomes(rows: ConversationRow[], start = true, total = rows.length): string[] {
  const joins = joinTools(rows, start, total);
  return rows.flatMap(({ row: number }) =>
    [...(joins.get(number)?.outcomes ?? [])].map(
      ([block, outcome]) => `${number}.${block} ${outcome.kind}${outcome.kind === 'result' ? ` ${outcome.row}` : ''}`,
    ),
  );
}

suite('page: tool results join their calls', () => {
  test('by id, in any order', () => {
    const rows = [
      row(0, 'user', text('go')),
      row(1, 'assistant', text('on it'), call('a'), call('b')),
      row(2, 'tool', result('b')),
      row(3, 'tool', result('a')),
      row(4, 'assistant', text('done')),
    ];
    assert.deepEqual(outcomes(rows), ['1.2 result 2', '1.1 result 3']);
    const joins = joinTools(rows, true, 5);
    assert.deepEqual(
      rows.map((one) => isHidden(one, joins.get(one.row))),
      [false, false, true, true, false],
    );
  });

  test('ids repeat: only the latest calls count', () => {
    const rows = [
      row(0, 'assistant', call('call_1')),
      row(1, 'tool', result('call_1')),
      row(2, 'assistant', call('call_1')),
      row(3, 'tool', result('call_1')),
      row(4, 'assistant', call('call_1')),
      row(5, 'assistant', call('call_1')),
      row(6, 'tool', result('call_1')),
    ];
    assert.deepEqual(outcomes(rows), ['0.0 result 1', '2.0 result 3', '4.0 none', '5.0 result 6']);
  });

  test('prompt mode: by name, then by order, in a user row', () => {
    const rows = [
      row(0, 'assistant', call(null, 'shell'), call(null, 'read'), call(null, 'shell')),
      row(1, 'user', result(null, 'read'), result(null, 'shell', 'one'), result(null, 'shell', 'two')),
    ];
    assert.deepEqual(outcomes(rows), ['0.1 result 1', '0.0 result 1', '0.2 result 1']);
    assert.equal(isHidden(rows[1] ?? row(1, 'user'), joinTools(rows, true, 2).get(1)), true);
  });

  test('a result with the wrong id stays by itself, and its call without one', () => {
    const rows = [row(0, 'assistant', call('a')), row(1, 'tool', result('x')), row(2, 'user', text('hm'))];
    assert.deepEqual(outcomes(rows), ['0.0 none']);
    const join = joinTools(rows, true, 3).get(1);
    assert.equal(join?.joined.size, 0);
    assert.equal(join?.unresolved, false);
  });

  test('words beside a result keep the row on the page', () => {
    const rows = [row(0, 'assistant', call('a')), row(1, 'user', result('a'), text('and now?'))];
    const joins = joinTools(rows, true, 2);
    assert.equal(isHidden(rows[1] ?? row(1, 'user'), joins.get(1)), false);
    assert.deepEqual([...(joins.get(1)?.joined ?? [])], [0]);
  });

  test('rows that are not at hand leave the question open', () => {
    assert.deepEqual(outcomes([row(50, 'assistant', call('a'))], true, 100), ['50.0 unknown']);
    const late = [row(50, 'tool', result('a')), row(51, 'assistant', call('b')), row(52, 'tool', result('z'))];
    const joins = joinTools(late, true, 100);
    assert.equal(joins.get(50)?.unresolved, true);
    assert.equal(joins.get(52)?.unresolved, false);
    assert.equal(joinTools([row(0, 'tool', result('a'))], false, 1).get(0)?.unresolved, true);
  });

  test('unreadable and blank rows between them do not part them', () => {
    const rows: ConversationRow[] = [
      row(0, 'assistant', call('a')),
      { kind: 'blank', row: 1 },
      { kind: 'unreadable', row: 2, place: 'line 3', reason: 'no', size: 1, excerpt: '' },
      row(3, 'tool', result('a')),
    ];
    assert.deepEqual(outcomes(rows), ['0.0 result 3']);
  });

  test('any rows at all: each result and each call is used at most once', () => {
    const id = fc.constantFrom('a', 'b', null);
    const block = fc.oneof(
      id.map((value) => call(value)),
      fc.tuple(id, fc.constantFrom('shell', 'read', null)).map(([value, name]) => result(value, name)),
      fc.constant(text('x')),
    );
    const rows = fc
      .array(
        fc.tuple(
          fc.constantFrom('user', 'assistant', 'tool', 'system'),
          fc.array(block, { maxLength: 4 }),
          fc.boolean(),
        ),
      )
      .map((list) => {
        let number = -1;
        return list.map(([role, blocks, gap]) => {
          number += gap ? 2 : 1;
          return row(number, role, ...blocks);
        });
      });
    fc.assert(
      fc.property(rows, (list) => {
        const total = (list.at(-1)?.row ?? -1) + 1;
        const joins = joinTools(list, true, total);
        const used = new Set<string>();
        let joined = 0;
        for (const [number, join] of joins) {
          joined += join.joined.size;
          for (const outcome of join.outcomes.values()) {
            if (outcome.kind !== 'result') continue;
            assert.ok(outcome.row >= number);
            const blocks = list.find((one) => one.row === outcome.row);
            assert.ok(blocks?.kind === 'message');
            used.add(`${outcome.row} ${blocks.blocks.indexOf(outcome.result)}`);
          }
        }
        assert.equal(used.size, joined);
        for (const one of list) {
          if (one.kind !== 'message') continue;
          const calls = one.blocks.filter(({ type }) => type === 'toolCall').length;
          assert.equal(joins.get(one.row)?.outcomes.size ?? 0, calls);
        }
      }),
    );
  });
});
