import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import type { Finder } from '../../../media/conversation/find/finder';
import { findMatches, placeIn } from '../../../media/conversation/find/matches';
import { firstSpot, partsOf, spotOf } from '../../../media/conversation/find/parts';
import { Results } from '../../../media/conversation/find/results';
import { Conversation } from '../../../media/conversation/store/conversation';
import { parseContent } from '../../../src/backend/content/parse';
import { visibleParts } from '../../../src/backend/search/match/projection';
import type { ContentBlock } from '../../../src/shared/content';
import type { FromPage, RowRange } from '../../../src/shared/conversationProtocol';
import type { Found } from '../../../src/shared/search/answer';
import { header, message, text } from '../../e2e/page/sampleRows';
import { projectRoot } from '../../support/project';

type FindRequest = Extract<FromPage, { type: 'find' }>;

function found(places: readonly (readonly [row: number, count: number])[], generation = 1): Found {
  return {
    generation,
    total: 1000,
    rows: places.map(([row]) => row),
    counts: places.map(([, count]) => count),
    matches: places.reduce((sum, [, count]) => sum + count, 0),
    complete: true,
  };
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Where each piece begins, and where the last one ends. */
function startsOf(pieces: readonly string[]): number[] {
  return Array.from({ length: pieces.length + 1 }, (_, index) => pieces.slice(0, index).join('').length);
}

suite('page: places that were found', () => {
  const results = new Results(
    found([
      [3, 2],
      [10, 1],
      [11, 3],
    ]),
  );

  test('are one numbered list', () => {
    assert.deepEqual(
      Array.from({ length: 6 }, (_, index) => results.at(index)),
      [
        { row: 3, nth: 0, stored: 2 },
        { row: 3, nth: 1, stored: 2 },
        { row: 10, nth: 0, stored: 1 },
        { row: 11, nth: 0, stored: 3 },
        { row: 11, nth: 1, stored: 3 },
        { row: 11, nth: 2, stored: 3 },
      ],
    );
    assert.equal(results.at(6), null);
    assert.equal(results.at(-1), null);
  });

  test('begin at a row, go on and back, and wrap', () => {
    assert.equal(results.from(0), 0);
    assert.equal(results.from(4), 2);
    assert.equal(results.from(11), 3);
    assert.equal(results.from(12), 0, 'from the top again');
    assert.equal(results.step(5, 1), 0);
    assert.equal(results.step(0, -1), 5);
    assert.equal(results.step(0, 13), 1);
    assert.equal(results.near(11, 1), 4);
    assert.equal(results.near(3, 9), 1, 'the row has fewer now');
    assert.equal(results.near(5, 1), 2, 'the row has none now');
  });

  test('none', () => {
    const none = new Results(found([]));
    assert.deepEqual(
      [none.count, none.from(0), none.step(0, 1), none.at(0), none.near(1, 1)],
      [0, null, null, null, null],
    );
  });

  test('each number leads to its row and back', () => {
    const places = fc.uniqueArray(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 9 })), {
      selector: ([row]) => row,
      maxLength: 60,
    });
    fc.assert(
      fc.property(places, (unsorted) => {
        const sorted = [...unsorted].sort(([a], [b]) => a - b);
        const all = new Results(found(sorted));
        const plain = sorted.flatMap(([row, count]) => Array.from({ length: count }, (_, nth) => [row, nth] as const));
        assert.equal(all.count, plain.length);
        for (const [index, [row, nth]] of plain.entries()) {
          assert.deepEqual([all.at(index)?.row, all.at(index)?.nth], [row, nth]);
          assert.equal(all.near(row, nth), index);
        }
      }),
    );
  });
});

suite('page: matches over split text', () => {
  test('begin and end in the pieces of their first and last character', () => {
    const pieces = ['a sp', 'lit', 'wo', 'rd', ' end'];
    const starts = startsOf(pieces);
    const [[from, to] = [0, 0]] = findMatches(/splitword/g, pieces.join(''));
    assert.deepEqual(placeIn(starts, from, false), { piece: 0, offset: 2 });
    assert.deepEqual(placeIn(starts, to, true), { piece: 3, offset: 2 });
    assert.deepEqual(placeIn(starts, 4, false), { piece: 1, offset: 0 });
    assert.deepEqual(placeIn(starts, 4, true), { piece: 0, offset: 4 });
  });

  test('what the pieces hold between the two places is the match', () => {
    const pieces = fc.array(fc.stringMatching(/^[ab]{1,4}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(pieces, fc.stringMatching(/^[ab]{1,3}$/), (parts, wanted) => {
        const starts = startsOf(parts);
        for (const [from, to] of findMatches(new RegExp(wanted, 'g'), parts.join(''))) {
          const [a, b] = [placeIn(starts, from, false), placeIn(starts, to, true)];
          const between = parts
            .map((piece, index) =>
              index < a.piece || index > b.piece
                ? ''
                : piece.slice(index === a.piece ? a.offset : 0, index === b.piece ? b.offset : undefined),
            )
            .join('');
          assert.equal(between, wanted);
        }
      }),
    );
  });

  test('places without a length are none, and end', () => {
    assert.deepEqual(findMatches(/x*/gu, 'a😀xx'), [[3, 5]]);
    assert.deepEqual(findMatches(/^/gm, 'a\nb'), []);
  });
});

suite('page: the part that holds a match', () => {
  const blocks: ContentBlock[] = [
    { type: 'thinking', text: 'x', words: 1 },
    text('x and x'),
    { type: 'toolCall', id: '1', name: 'x', arguments: '{"x": 1}', json: true, summary: 'x' },
    { type: 'toolResult', callId: '9', name: null, status: null, text: 'x x', size: 3, cut: { totalBytes: 9 } },
    { type: 'marker', kind: 'summary', label: 'x', text: 'x' },
  ];
  const parts = partsOf(message(0, 'assistant', blocks));

  test('block by block, with the fold that hides it', () => {
    const spots = Array.from({ length: 10 }, (_, nth) => spotOf(parts, /x/g, nth, 9));
    assert.deepEqual(
      spots.map((spot) => spot && [spot.part.block, spot.part.name, spot.nth, spot.part.fold]),
      [
        [0, 'text', 0, 'thinking 0'],
        [1, 'text', 0, null],
        [1, 'text', 1, null],
        [2, 'tool', 0, null],
        [2, 'arguments', 0, 'call 2'],
        [3, 'result', 0, 'result 3'],
        [3, 'result', 1, 'result 3'],
        [4, 'label', 0, null],
        [4, 'text', 0, 'marker 4'],
        null,
      ],
    );
  });

  test('what the store has more of is behind the cut, and what follows moves on', () => {
    const spots = Array.from({ length: 14 }, (_, nth) => spotOf(parts, /x/g, nth, 13));
    assert.deepEqual(
      spots.slice(5).map((spot) => spot && [spot.part.block, spot.part.name, spot.beyond]),
      [
        [3, 'result', false],
        [3, 'result', false],
        [3, 'result', true],
        [3, 'result', true],
        [3, 'result', true],
        [3, 'result', true],
        [4, 'label', false],
        [4, 'text', false],
        null,
      ],
    );
  });

  test('of several patterns the rarest leads; one that is nowhere is behind a cut', () => {
    assert.deepEqual(firstSpot(parts, [/x/g, /and/g])?.pattern, /and/g);
    assert.deepEqual(firstSpot(parts, [/x/g, /nowhere/g])?.pattern, /x/g);
    assert.equal(firstSpot(parts, [/nowhere/g])?.beyond, true);
    assert.equal(firstSpot([], [/x/g]), null);
    assert.equal(firstSpot(parts, []), null);
  });
});

suite('page: the parts of a message', () => {
  test('are the texts that the backend searches, in its order', () => {
    const folder = path.join(projectRoot, 'test', 'fixtures', 'zeroclaw');
    const messages = fs
      .globSync('*/sessions/**/*.jsonl', { cwd: folder })
      .flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').split('\n'))
      .flatMap((line): readonly (readonly [string, string])[] => {
        try {
          const value: unknown = JSON.parse(line);
          const { role, content } = value as { role?: unknown; content?: unknown };
          return typeof role === 'string' && typeof content === 'string' ? [[role, content]] : [];
        } catch {
          return [];
        }
      });
    const call = { id: 'c', name: 'shell', arguments: '{"command": "a\\n\\"b\\""}' };
    const own: readonly (readonly [string, string])[] = [
      ['assistant', JSON.stringify({ content: 'Now', reasoning_content: 'Why', tool_calls: [call] })],
      ['assistant', '{"some": "json", "of": ["its", "own"]}'],
      ['tool', JSON.stringify({ tool_call_id: 'c', content: 'done\n\n[receipt: zc-receipt-1-abc]' })],
      ['user', '[2026-08-20 10:00:00 CEST] [Ada] hello [IMAGE:/tmp/a b.png] [Document: x.pdf] /tmp/x.pdf'],
      ['user', '[Voice] words that were spoken'],
    ];
    assert.ok(messages.length > 50);
    for (const [role, content] of [...messages, ...own]) {
      const meaning = parseContent(role, content);
      const row = { ...message(0, role, meaning.blocks), ...meaning };
      assert.deepEqual(
        partsOf(row).flatMap((part) => (part.text === '' ? [] : [part.text])),
        visibleParts(role, content).map((part) => part.text),
        content,
      );
    }
  });
});

suite('page: the find bar', () => {
  function page(total = 1000): { conversation: Conversation; find: Finder; asked: FindRequest[] } {
    const asked: FindRequest[] = [];
    const row = (number: number) => message(number, 'user', [text(`Row ${number}`)]);
    const rows = Array.from({ length: 20 }, (_, index) => row(total - 20 + index));
    const range: RowRange = { generation: 1, complete: true, total, first: total - 20, rows };
    const show = { type: 'show' as const, show: 1, header: header(), range, place: { at: 'end' as const } };
    const conversation = new Conversation(
      show,
      () => {},
      (asking) => void (asking.type === 'find' && asked.push(asking)),
    );
    return { conversation, find: conversation.find, asked };
  }
  const last = (asked: readonly FindRequest[]): FindRequest => {
    const request = asked.at(-1);
    assert.ok(request);
    return request;
  };

  test('asks once for what is typed quickly, and drops the answer to an older text', async () => {
    const { find, asked } = page();
    find.open();
    for (const typed of ['n', 'ne', 'nee']) find.set({ text: typed });
    await wait(80);
    assert.deepEqual(
      asked.map(({ pattern }) => pattern.text),
      ['nee'],
    );
    find.set({ text: 'need' });
    find.found(last(asked).request, found([[1, 1]]));
    assert.equal(find.results, null);
    await wait(80);
    find.found(last(asked).request, found([[2, 1]]));
    assert.equal(find.target?.row, 2);
    find.close();
  });

  test('a wrong expression is not asked for', async () => {
    const { find, asked } = page();
    find.open();
    find.set({ text: '(', regex: true });
    await wait(80);
    assert.equal(asked.length, 0);
    assert.ok(find.failure);
    find.set({ regex: false });
    assert.equal(find.failure, null);
    find.close();
  });

  test('an expression is drawn only after it has been through the conversation', async () => {
    const { find, asked } = page();
    find.open();
    find.set({ text: 'n.+d', regex: true });
    assert.equal(find.marks.length, 0);
    await wait(80);
    find.found(last(asked).request, found([[2, 1]]));
    assert.equal(find.marks.length, 1);
    find.close();
  });

  test('typing on looks from where it began; a scroll and a step move that', async () => {
    const { find, asked } = page();
    let top = 500;
    find.firstInView = () => top;
    find.open();
    const type = async (typed: string, ...rows: number[]): Promise<number | undefined> => {
      find.set({ text: typed });
      await wait(80);
      find.found(last(asked).request, found(rows.map((row) => [row, 1])));
      return find.target?.row;
    };
    assert.equal(await type('a', 100, 700, 800), 700);
    top = 695;
    assert.equal(await type('ab', 510, 800), 510, 'not from the match of the shorter text');
    find.step(1);
    assert.equal(find.target?.row, 800);
    assert.equal(await type('abc', 510, 810), 810);
    find.moved();
    assert.equal(find.target, null);
    top = 50;
    assert.equal(await type('abcd', 60, 810), 60);
    assert.equal(await type('abcde', 10), 10, 'from the top again');
    find.close();
  });

  test('a conversation that grows is followed once at a time, the match stays', async () => {
    const { conversation, find, asked } = page();
    const asks = async (count: number): Promise<void> => {
      for (let waited = 0; asked.length < count && waited < 2000; waited += 10) await wait(10);
      assert.equal(asked.length, count);
    };
    find.open();
    find.set({ text: 'a' });
    await wait(80);
    find.found(
      last(asked).request,
      found([
        [10, 2],
        [990, 2],
      ]),
    );
    find.step(1);
    const { current } = find;
    find.target = null;
    for (let burst = 0; burst < 5; burst++) find.changed();
    await asks(2);
    find.changed();
    find.changed();
    find.found(
      last(asked).request,
      found([
        [4, 3],
        [10, 2],
        [990, 2],
        [1005, 1],
      ]),
    );
    assert.equal(find.current, (current ?? 0) + 3);
    assert.equal(find.target, null, 'nothing moves');
    await asks(3); // what came meanwhile is searched as well
    find.failed(last(asked).request, 'busy');
    assert.equal(find.failure, null);
    assert.equal(conversation.find.results?.count, 8);
    find.close();
  });

  test('closed, nothing is marked and nothing more is asked', async () => {
    const { find, asked } = page();
    find.land({ row: 5, patterns: [{ text: 'a', matchCase: false, wholeWord: false, regex: false }] });
    assert.equal(find.marks.length, 1);
    assert.equal(find.target?.row, 5);
    find.open();
    assert.equal(find.pattern.text, 'a');
    find.close();
    await wait(80);
    assert.deepEqual([find.marks.length, find.isActive, find.target, asked.length], [0, false, null, 0]);
  });
});
