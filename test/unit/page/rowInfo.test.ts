import assert from 'node:assert/strict';
import { type RowInfo, rowInfos } from '../../../media/conversation/list/rowInfo';
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { message, text } from '../../e2e/page/sampleRows';

const call: ContentBlock = { type: 'toolCall', id: 'a', name: 'shell', arguments: '{}', json: true, summary: '' };
const result: ContentBlock = { type: 'toolResult', callId: 'a', name: null, status: 'ok', text: '', size: 0 };

function infos(
  rows: readonly ConversationRow[],
  start = true,
  old: ReadonlyMap<number, RowInfo> = new Map(),
): Map<number, RowInfo> {
  return rowInfos(rows, old, start, (rows.at(-1)?.row ?? -1) + 1);
}

function at(time: string | null): string | null {
  return time === null ? null : `2026-11-${time}:00Z`;
}

function rules(times: readonly (string | null)[], start = true): (string | null)[] {
  const rows = times.map((time, number) => message(number, 'user', [text('x')], at(time)));
  return [...infos(rows, start).values()].map(({ rule }) => rule);
}

suite('page: what stands between rows', () => {
  test('a rule for a day and for a long silence', () => {
    const found = rules(['18T10:00', '18T10:30', '18T12:00', null, '18T12:10', '20T12:00']);
    assert.deepEqual(
      found,
      ['Wednesday 18 November 2026', null, '1 h 30 min later', null, null, 'Friday 20 November 2026'].map(
        (label) => label?.replace('day ', 'day, ') ?? null,
      ),
    );
  });

  test('no rule where nobody knows what came before', () => {
    assert.deepEqual(rules(['18T10:00', '18T10:30'], false), [null, null]);
  });

  test('a rule waits for the next row that is drawn', () => {
    const rows = [
      message(0, 'assistant', [call], at('18T10:00')),
      message(1, 'tool', [result], at('18T12:00')),
      message(2, 'assistant', [text('x')], at('18T12:01')),
    ];
    const found = infos(rows);
    assert.equal(found.get(1)?.hidden, true);
    assert.equal(found.get(2)?.rule, '2 h later');
  });

  test('the same speaker goes on; calls right below calls stack', () => {
    const rows = [
      message(0, 'assistant', [text('x'), call]),
      message(1, 'tool', [result]),
      message(2, 'assistant', [call]),
      message(3, 'tool', [result]),
      message(4, 'assistant', [text('y')]),
      message(5, 'user', [text('z')]),
      message(7, 'assistant', [text('after a gap')]),
    ];
    const found = infos(rows);
    const flags = [0, 2, 4, 5, 7].map((row) => [found.get(row)?.continues, found.get(row)?.stacks]);
    assert.deepEqual(flags, [
      [false, false],
      [true, true],
      [true, false],
      [false, false],
      [false, false],
    ]);
  });

  test('what did not change keeps its object', () => {
    const rows = [message(0, 'assistant', [call]), message(1, 'tool', [result]), message(2, 'user', [text('x')])];
    const before = infos(rows);
    const after = infos([...rows, message(3, 'user', [text('y')])], true, before);
    for (const row of [0, 1, 2]) assert.equal(after.get(row), before.get(row));
  });
});
