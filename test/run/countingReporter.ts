/** mocha's `spec` output, plus the counts as JSON for the program that runs all layers. */
import * as fs from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly pending: number;
}

/** How a layer's program is told things: by environment, since VS Code hands nothing else through. */
export const variables = {
  /** File for the counts. */
  result: 'ASI_RESULT_FILE',
  /** File for the readable lines, where the console reaches nobody. */
  output: 'ASI_OUTPUT_FILE',
  color: 'ASI_COLOR',
  grep: 'ASI_GREP',
} as const;

const { Base, Spec } = Mocha.reporters;

const output = process.env[variables.output];
if (output) {
  Base.consoleLog = (...args: unknown[]) => fs.appendFileSync(output, `${format(...args)}\n`);
  Base.useColors = process.env[variables.color] === '1';
}

export default class CountingReporter extends Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env[variables.result];
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats ?? { passes: 0, failures: 1, pending: 0 };
      const counts: Counts = { passed: passes, failed: failures, pending };
      if (file) fs.writeFileSync(file, JSON.stringify(counts));
    });
  }
}
