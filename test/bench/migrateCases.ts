/** What the product promises about migrations. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { temporaryFolder } from '../support/project';
import type { Report } from './changeCases';
import { median, milliseconds, spread } from './statistics';

const ROUNDS = 5;

/** Both in turns, so that what else the machine does meets both. */
export function migration(report: Report): void {
  const root = temporaryFolder('bench');
  const run = <T>(name: string): T =>
    JSON.parse(
      execFileSync(process.execPath, [path.join(__dirname, 'migrateCase.main.js'), name, root], { encoding: 'utf8' }),
    ) as T;
  run('make');
  const plain: number[] = [];
  const migrated: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(run<{ time: number }>('rowByRow').time);
    migrated.push(run<{ time: number }>('migrate').time);
  }
  const beside = run<{ time: number; longestHold: number; longestWait: number; appended: number }>('beside');
  fs.rmSync(root, { recursive: true });
  const ratio = median(plain) / median(migrated);
  report(
    'migrate 200 JSONL sessions of 1,000 messages (100 MB), full-text index and verification included',
    'half of row by row',
    `${spread(migrated)}; row by row ${spread(plain)}: ${ratio.toFixed(2)} times as fast`,
    ratio >= 2,
  );
  report(
    'the same beside an agent that appends: write lock held',
    '250 ms',
    `${milliseconds(beside.longestHold)} at most; ${beside.appended} appends waited ${milliseconds(beside.longestWait)} at most`,
    beside.longestHold <= 250 && beside.longestWait <= 300,
  );
}
