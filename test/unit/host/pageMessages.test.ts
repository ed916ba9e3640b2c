import assert from 'node:assert/strict';
import { pageMessage, savedPage } from '../../../src/conversation/pageMessages';

suite('page messages', () => {
  test('what a page may send', () => {
    for (const message of [
      { type: 'ready', saved: null },
      { type: 'ready', saved: { version: 1, storeId: 'jsonl:/x', key: 'k', label: 'l', place: { at: 'end' } } },
      { type: 'requestRows', show: 1, request: 2, first: 0, count: 50 },
      { type: 'openLink', show: 1, url: 'https://example.com' },
      { type: 'action', show: 1, action: 'retry' },
      { type: 'revealInTree', show: 3 },
    ]) {
      assert.deepEqual(pageMessage(message), message);
    }
  });

  test('what it may not', () => {
    for (const message of [
      null,
      'ready',
      {},
      { type: 'constructor', show: 1 },
      { type: 'toString', show: 1 },
      { type: 'unknown', show: 1 },
      { type: 'ready', saved: { version: 2 } },
      { type: 'requestRows', show: 1, request: 2, first: -1, count: 50 },
      { type: 'requestRows', show: 1, request: 2, first: 0.5, count: 50 },
      { type: 'requestRows', show: '1', request: 2, first: 0, count: 50 },
      { type: 'openLink', show: 1, url: 7 },
      { type: 'action', show: 1, action: 'format' },
      { type: 'copyMessage', show: 1, request: 1, row: Number.NaN },
    ]) {
      assert.equal(pageMessage(message), null, JSON.stringify(message));
    }
  });

  test('a saved page of another version, or broken, is none', () => {
    const good = {
      version: 1,
      storeId: 'sqlite:/x.db',
      key: 'k',
      label: 'l',
      place: { at: 'row', row: 5, offset: -12.5 },
    };
    assert.deepEqual(savedPage(good), good);
    assert.equal(savedPage({ ...good, place: { at: 'row', row: -5, offset: 0 } }), null);
    assert.equal(savedPage({ ...good, key: undefined }), null);
    assert.equal(savedPage({ ...good, version: 0 }), null);
  });
});
