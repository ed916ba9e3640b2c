/** Runs in the extension host: how long `activate` takes, with the loading of the bundle, and what it has opened. */
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension';

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<Api>('agent-session-inspector.agent-session-inspector');
  if (!extension) throw new Error('the extension is not installed');
  if (extension.isActive) throw new Error('the extension was active before it was asked for');
  // The window itself is still starting: that is not ours.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const start = performance.now();
  const api = await extension.activate();
  const time = performance.now() - start;
  const result = { time, serviceStarted: api.client.pid !== undefined };
  fs.writeFileSync(process.env.ASI_BENCH_RESULT ?? '', JSON.stringify(result));
}
