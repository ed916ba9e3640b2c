import assert from 'node:assert/strict';
import { formatDuration, messageTime, parseStatedTime, parseTime } from '../../../media/conversation/text/format';

const now = Date.parse('2026-11-20T12:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

suite('page: times', () => {
  test('durations, two units at the most', () => {
    const cases: [number, string][] = [
      [0, '0 ms'],
      [850, '850 ms'],
      [4200, '4.2 s'],
      [9949, '9.9 s'],
      [9950, '10 s'],
      [59_400, '59 s'],
      [59_600, '1 min'],
      [192_000, '3 min 12 s'],
      [2 * hour + 5 * minute, '2 h 5 min'],
      [hour - 200, '1 h'],
      [76 * hour, '3 d 4 h'],
    ];
    for (const [milliseconds, text] of cases) assert.equal(formatDuration(milliseconds), text);
  });

  test('a message of today is so long ago; an older one has a clock time', () => {
    assert.equal(messageTime(now - 5 * minute, now), '5 min ago');
    assert.equal(messageTime(now - 3 * hour, now), '3 h ago');
    assert.match(messageTime(now - 30 * hour, now), /^yesterday, \d\d:\d\d$/);
    assert.match(messageTime(now - 60 * 24 * hour, now), /^21 Sept?, \d\d:\d\d$/);
  });

  test('times that a store writes', () => {
    assert.equal(parseTime('2026-11-20T12:00:00.123456789+00:00'), now + 123);
    assert.equal(parseTime('2026-11-20T13:00:00+01:00'), now);
    for (const text of [null, undefined, '', 'yesterday', '2026-99-99T00:00:00Z', '42'])
      assert.equal(parseTime(text), null);
  });

  test('times that the agent wrote, whatever their zone is called', () => {
    const time = new Date(2026, 7, 20, 10, 0, 5).getTime();
    for (const zone of ['CEST', '+02:00', 'UTC', ''])
      assert.equal(parseStatedTime(`2026-08-20 10:00:05 ${zone}`), time);
    assert.equal(parseStatedTime('noon'), null);
    assert.equal(parseStatedTime(undefined), null);
  });
});
