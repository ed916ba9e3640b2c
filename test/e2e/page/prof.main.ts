import { launchBrowser } from '../../host/browser';
import { FakeHost, session } from './fakeHost';
import { plainRow } from './sampleRows';
(async () => {
  const browser = await launchBrowser();
  const total = 1_000_000;
  const host = await FakeHost.open(browser, { bundle: '/tmp/pw/distdev' });
  await host.open(session(total, (row) => plainRow(row, total)), { at: 'row', row: 500000, offset: 0 });
  await host.settled();
  const cdp = await host.context.newCDPSession(host.page);
  await cdp.send('Profiler.enable'); await cdp.send('Profiler.setSamplingInterval', { interval: 200 });
  await cdp.send('Profiler.start');
  await host.probe('probe.scrollFrames(120, 300)');
  const { profile } = (await cdp.send('Profiler.stop')) as any;
  const self = new Map<string, number>();
  const total_ = new Map<string, number>();
  const byId = new Map(profile.nodes.map((n: any) => [n.id, n]));
  const parent = new Map<number, number>();
  for (const n of profile.nodes) for (const c of n.children ?? []) parent.set(c, n.id);
  profile.samples.forEach((id: number, i: number) => {
    const dt = profile.timeDeltas[i] / 1000;
    let n: any = byId.get(id); const name = n.callFrame.functionName || '(anon)';
    self.set(name, (self.get(name) ?? 0) + dt);
    const seen = new Set();
    for (let k: any = id; k !== undefined; k = parent.get(k)) { const f = (byId.get(k) as any).callFrame.functionName || '(anon)' + (byId.get(k) as any).callFrame.lineNumber; if (!seen.has(f)) { seen.add(f); total_.set(f, (total_.get(f) ?? 0) + dt); } }
  });
  const top = (m: Map<string, number>) => [...m].sort((a, b) => b[1] - a[1]).slice(0, 30).map(([k, v]) => `${v.toFixed(0)} ${k}`).join('\n');
  console.log('SELF\n' + top(self)); console.log('TOTAL\n' + top(total_));
  await browser.close();
})();
