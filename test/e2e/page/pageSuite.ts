import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../host/browser';
import { FakeHost, type PageOptions } from './fakeHost';

/**
 * Set-up of a suite on the conversation page: one browser for all its tests, a page for each. After each test nothing
 * may have broken the policy, thrown, or asked for anything from outside.
 */
export function pageSuite(): { open(options?: PageOptions): Promise<FakeHost> } {
  let browser: Browser;
  let host: FakeHost | undefined;

  suiteSetup(async function () {
    this.timeout(120_000);
    browser = await launchBrowser();
  });
  suiteTeardown(() => browser?.close());
  teardown(async () => {
    assert.ok(host, 'the test has opened no page');
    const seen = await host.probe<{ violations: string[]; errors: string[] }>('probe.seen');
    await host.context.close();
    assert.deepEqual(seen.violations, []);
    assert.deepEqual(seen.errors, []);
    assert.deepEqual(host.strangers, []);
    host = undefined;
  });

  return {
    async open(options = {}) {
      host = await FakeHost.open(browser, options);
      return host;
    },
  };
}
