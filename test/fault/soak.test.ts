import assert from 'node:assert/strict';
import { runSoak } from './soak';

suite('beside running agents', () => {
  test('nothing is lost, nothing doubled, and no append fails', async () => {
    const result = await runSoak({ messages: 600, operations: 25, seed: Date.now() % 1_000_000 });
    assert.deepEqual(result.problems, []);
    assert.equal(result.locked, 0);
    assert.ok(result.meanwhile >= 15, `only ${result.meanwhile} operations ran beside the agents`);
  });
});
