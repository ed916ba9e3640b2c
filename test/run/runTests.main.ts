/**
 * `npm test`: the unit tests in plain Node, killed and crowded processes, the integration tests in a real extension host, the browser tests.
 * --only=LAYER[,LAYER]  --grep=TEXT  --desktop (a desktop VS Code instead of the server from npm)
 * The last line and the exit code tell the result.
 */
import { parseArgs } from 'node:util';
import { endWithParent } from '../host/children';
import type { Counts } from './countingReporter';
import { type LayerName, runLayer } from './layers';

const layers: readonly LayerName[] = ['unit', 'fault', 'integration', 'e2e'];

function chosen(list: string | undefined): readonly LayerName[] {
  const only = list?.split(',');
  const unknown = only?.find((name) => !layers.some((layer) => layer === name));
  if (unknown !== undefined) throw new Error(`--only=${unknown}: there are ${layers.join(', ')}`);
  return only ? layers.filter((layer) => only.includes(layer)) : layers;
}

async function main(): Promise<number> {
  endWithParent();
  const { values } = parseArgs({
    options: { only: { type: 'string' }, grep: { type: 'string' }, desktop: { type: 'boolean' } },
  });
  const summary: string[] = [];
  const total = { passed: 0, failed: 0 };
  for (const layer of chosen(values.only)) {
    console.log(`\n=== ${layer} ===`);
    const started = Date.now();
    const counts: Counts = await runLayer(layer, values);
    total.passed += counts.passed;
    total.failed += counts.failed;
    const skipped = counts.pending > 0 ? `, ${counts.pending} skipped` : '';
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    summary.push(`${layer}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)`);
  }
  console.log(`\n${summary.join('\n')}`);
  console.log(`tests: ${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    console.log('tests: 0 passed, 1 failed');
    process.exit(1);
  },
);
