/** What VS Code calls in its extension host: mocha over the bundled tests beside this file. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';
import CountingReporter, { variables } from '../run/countingReporter';

/** Resolves when all tests have passed; VS Code ends with an error when it rejects. */
export async function run(): Promise<void> {
  const grep = process.env[variables.grep];
  const mocha = new Mocha({ ui: 'tdd', timeout: 20_000, reporter: CountingReporter, ...(grep ? { grep } : {}) });
  const files = fs
    .readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(__dirname, file));
  await mocha.loadFilesAsync();
  const failed = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failed > 0) throw new Error(`${failed} failed`);
}
