/**
 * Writes to sessions as zeroclaw does, for tests of what happens beside it: opens the path for appending each time, one
 * write for the line, closes (facts of `session_store.rs`). Messages are numbered, so that a lost or doubled one is found.
 * Arguments: a JSON object, see `AgentOptions`. Prints one line of JSON at the end, see `AgentReport`.
 */
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentOptions, AgentReport } from './jsonlAgent';

const options = JSON.parse(process.argv[2] ?? '{}') as AgentOptions;

async function run(): Promise<AgentReport> {
  let longest = 0;
  let appended = 0;
  const end = options.milliseconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.milliseconds;
  for (let number = 0; number < options.count && performance.now() < end; number++) {
    const file = options.files[number % options.files.length] ?? '';
    const content = `${options.name} ${number} ${'é'.repeat(options.filler ?? 0)}`;
    const line = `${JSON.stringify({ role: number % 2 ? 'assistant' : 'user', content })}\n`;
    const begin = performance.now();
    const { O_WRONLY, O_APPEND, O_CREAT } = fs.constants;
    const fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT, 0o666);
    const opened = performance.now();
    // Between open and write: what makes a line reach a file that has been exchanged meanwhile.
    if (options.heldOpen) await sleep(Math.random() * options.heldOpen);
    const writing = performance.now();
    fs.writeSync(fd, line);
    fs.closeSync(fd);
    longest = Math.max(longest, opened - begin + performance.now() - writing);
    appended++;
    if (number === 0) process.stdout.write('\n');
    if (options.pause) await sleep(Math.random() * options.pause);
  }
  return { appended, longestMilliseconds: longest };
}

void run().then((report) => process.stdout.write(`${JSON.stringify(report)}\n`));
