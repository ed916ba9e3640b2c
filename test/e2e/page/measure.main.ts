/** Figures of the page alone, without the extension: `node out/test/e2e/page/measure.main.js [BUNDLE]`. */
import { launchBrowser } from '../../host/browser';
import { FakeHost, session } from './fakeHost';
import { plainRow } from './sampleRows';

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) * 10) / 10;
}

async function main(): Promise<void> {
  const browser = await launchBrowser();
  const figures: Record<string, unknown> = {};
  for (const total of [60, 5000, 1_000_000]) {
    const times: number[] = [];
    const host = await FakeHost.open(browser, { bundle: process.argv[2] });
    const shown = session(total, (row) => plainRow(row, total));
    for (let run = 0; run < 8; run++) {
      host.forget('drawn');
      await host.open(shown);
      times.push(host.of('drawn')[0]?.milliseconds ?? 0);
      await host.settled();
    }
    figures[`show to drawn, ${total} rows, ms`] = { first: Math.round(times[0] ?? 0), median: percentile(times, 0.5) };
    const jumps: number[] = [];
    for (let jump = 0; jump < 20 && total > 60; jump++) {
      const from = performance.now();
      await host.probe(`probe.scrollTo(${((jump * 7) % 20) / 20})`);
      await host.until(
        () => host.probe<boolean>('probe.rows().length > 0 && probe.rows().every(({loaded}) => loaded)'),
        'rows',
      );
      jumps.push(performance.now() - from);
    }
    if (jumps.length > 0)
      figures[`jump to rows in view, ${total} rows, ms`] = {
        median: percentile(jumps, 0.5),
        worst: percentile(jumps, 1),
      };
    await host.open(shown, { at: 'row', row: Math.floor(total / 2), offset: 0 });
    await host.settled();
    for (const step of [40, 120, 600]) {
      const frames = await host.probe<number[]>(`probe.scrollFrames(${step}, 200)`);
      figures[`frames at ${step} px a frame, ${total} rows, ms`] = {
        median: percentile(frames, 0.5),
        p95: percentile(frames, 0.95),
        p99: percentile(frames, 0.99),
        worst: percentile(frames, 1),
      };
    }
    const memory = await host.probe<number>('Math.round(performance.memory.usedJSHeapSize / 1e6)');
    figures[`heap, ${total} rows, MB`] = memory;
    await host.context.close();
  }
  console.log(JSON.stringify(figures, null, 2));
  await browser.close();
}

void main();
