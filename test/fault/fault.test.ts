import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { temporaryFolder } from '../support/project';
import { CASES } from './cases';
import { instants } from './instants';
import { type Prepared, prepareAll, runPoint } from './point';

/** In all; the long form is `npm run fault`. */
const POINTS = 60;

suite('killed in the middle', () => {
  let folder: string;
  let prepared: Prepared[];
  const chosen = [...instants(CASES.length, POINTS, Date.now() % 1_000_000)];

  suiteSetup(async function () {
    this.timeout(120_000);
    folder = temporaryFolder('fault');
    prepared = await prepareAll(folder);
  });
  suiteTeardown(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const [index, fault] of CASES.entries()) {
    test(`${fault.name}: each session is as before or as after, and can be taken back`, async () => {
      const own = prepared[index];
      assert.ok(own);
      for (const point of chosen.filter((each) => each.index === index)) {
        const { instant, problems } = await runPoint(own, point.instant);
        assert.deepEqual(problems, [], `killed at ${instant}`);
      }
    });
  }
});
