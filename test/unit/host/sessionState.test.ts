import assert from 'node:assert/strict';
import { formatSize, plural, relativeTime } from '../../../src/shared/format';
import { storeId, storeOfId } from '../../../src/shared/session';
import { channelOf, displayState, labelOf, stuckIn } from '../../../src/shared/sessionState';
import { visibleLine } from '../../../src/shared/visibleText';

const NOW = Date.parse('2026-08-20T12:00:00Z');

suite('what the screen says', () => {
  test('stuck is running for longer than the setting', () => {
    const running = (turnStartedAt: string | null) => displayState({ state: 'running', turnStartedAt }, NOW, 600);
    assert.equal(running('2026-08-20T11:55:00.123456789+00:00'), 'running');
    assert.equal(running('2026-08-20T11:49:59+00:00'), 'stuck');
    assert.equal(running(null), 'running');
    assert.equal(running('garbage'), 'running');
    const other = (state: string | null) => displayState({ state, turnStartedAt: null }, NOW, 600);
    assert.deepEqual([null, 'idle', 'error', 'paused'].map(other), ['none', 'idle', 'error', 'other']);
  });

  test('a running session says when it will be stuck', () => {
    const wait = (state: string, turnStartedAt: string | null) => stuckIn({ state, turnStartedAt }, NOW, 600);
    assert.equal(wait('running', '2026-08-20T11:59:00+00:00'), 540_050);
    assert.equal(wait('running', '2026-08-20T11:49:00+00:00'), null, 'it is already');
    assert.equal(wait('running', null), null);
    assert.equal(wait('idle', '2026-08-20T11:59:00+00:00'), null);
    assert.equal(wait('running', '2027-08-20T11:59:00+00:00'), null, 'farther away than a timer can wait');
  });

  test('a session is called by its name, its first words, or its key', () => {
    assert.equal(labelOf({ key: 'k', name: 'N', title: 't' }), 'N');
    assert.equal(labelOf({ key: 'k', name: '  ', title: 't' }), 't');
    assert.equal(labelOf({ key: 'k', name: null, title: null }), 'k');
  });

  test('the channel comes from the store, else from a known beginning of the key', () => {
    assert.equal(channelOf({ key: 'x', attributes: { channel_id: 'discord.clamps' } }), 'discord.clamps');
    assert.equal(channelOf({ key: 'telegram_1_a', attributes: {} }), 'Telegram');
    assert.equal(channelOf({ key: 'slack/thread:1', attributes: {} }), 'Slack');
    assert.equal(channelOf({ key: 'team_alpha', attributes: {} }), null);
    assert.equal(channelOf({ key: 'constructor_x', attributes: {} }), null);
  });

  test('times, sizes, counts', () => {
    const ago = (milliseconds: number) => relativeTime(NOW - milliseconds, NOW);
    assert.deepEqual([0, 59_999, 60_000, 3_599_000, 3_600_000, 86_400_000, 2 * 86_400_000].map(ago), [
      'now',
      'now',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      'yesterday',
      '2 days ago',
    ]);
    assert.match(ago(40 * 86_400_000), /^11 Jul$/);
    assert.match(ago(400 * 86_400_000), /2025$/);
    assert.deepEqual([0, 999, 1000, 12_345, 999_999, 15_000_000, 2e9].map(formatSize), [
      '0 B',
      '999 B',
      '1.0 kB',
      '12 kB',
      '1.0 MB',
      '15 MB',
      '2.0 GB',
    ]);
    assert.equal(plural(12_431, 'message'), '12,431 messages');
    assert.equal(plural(1, 'message'), '1 message');
  });

  test('nothing in a line is hidden, and scripts and emoji stay whole', () => {
    assert.equal(visibleLine('a\u202eb\u0000c'), 'a⟨RLO⟩b⟨NUL⟩c');
    assert.equal(visibleLine('one\n\ttwo'), 'one two');
    for (const text of ['Алиса', 'مرحبا', '👩‍👩‍👧', 'नमस्ते', '你好 🦀']) assert.equal(visibleLine(text), text);
    assert.equal(visibleLine('x\u{e0041}'), 'x⟨U+E0041⟩');
  });

  test('ids of stores go and come back', () => {
    for (const location of [
      { kind: 'jsonl', path: '/a b/sessions', role: 'live' },
      { kind: 'sqlite', path: 'C:\\x\\sessions.db', role: 'live' },
    ] as const) {
      assert.deepEqual(storeOfId(storeId(location)), location);
    }
    assert.equal(storeOfId('http://x'), null);
    assert.equal(storeOfId('jsonl:'), null);
  });
});
