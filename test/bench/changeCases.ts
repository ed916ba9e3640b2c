/** What the product promises about changes, journal included. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { temporaryFolder } from '../support/project';
import { BAD_KEY, badWorkspace, databaseWorkspace } from './corpora';
import { median, milliseconds, percentile, spread } from './statistics';

export type Report = (name: string, bound: string, measured: string, reached: boolean) => void;

function changeCase<T>(name: string, file: string): T {
  const script = path.join(__dirname, 'changeCase.main.js');
  return JSON.parse(
    execFileSync(process.execPath, [script, name, file, temporaryFolder('bench')], { encoding: 'utf8' }),
  ) as T;
}

/** Edits in a copy of the big database. */
export function edits(report: Report): void {
  const folder = temporaryFolder('bench');
  fs.cpSync(path.join(databaseWorkspace(), 'sessions'), folder, { recursive: true });
  const times = changeCase<Record<'rename' | 'idle' | 'removeLast' | 'remove' | 'undo', number[]>>(
    'edits',
    path.join(folder, 'sessions.db'),
  );
  fs.rmSync(folder, { recursive: true });
  const rows: [keyof typeof times, string, number][] = [
    ['rename', 'rename a session, 1,000,000 messages in the database', 5],
    ['idle', 'the same: mark idle', 5],
    ['removeLast', 'the same: remove the last message', 5],
    ['remove', 'the same: delete a session of 1,000 messages', 50],
    ['undo', 'the same: undo of it', 100],
  ];
  for (const [what, name, bound] of rows) {
    report(name, milliseconds(bound), spread(times[what]), median(times[what]) <= bound);
  }
}

export function compaction(report: Report): void {
  type Result = { copies: number[]; time: number; undo: number; memory: number; size: number; dropped: number };
  const file = path.join(badWorkspace(), 'sessions', `${BAD_KEY}.jsonl`);
  const runs = Array.from({ length: 3 }, () => changeCase<Result>('compact', file));
  const copy = median(runs.flatMap(({ copies }) => copies));
  const ratios = runs.map(({ time }) => time / copy);
  const memory = Math.max(...runs.map((run) => run.memory));
  const [first] = runs;
  report(
    `compact a session of ${Math.round((first?.size ?? 0) / 1e6)} MB with 1 % bad lines`,
    '2 times cp and fsync',
    `${spread(runs.map(({ time }) => time))}; cp and fsync ${milliseconds(copy)}: ${median(ratios).toFixed(1)} times`,
    percentile(ratios, 0.5) <= 2,
  );
  report('the same: memory over the start of the process', '100 MB', `${Math.round(memory)} MB`, memory < 100);
  report('the same: undo of it', '', spread(runs.map(({ undo }) => undo)), true);
}
