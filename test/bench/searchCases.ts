/** The search, measured: corpora of 1,000,000 messages and 500 MB of text, as a database and as files. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { temporaryFolder } from '../support/project';
import { longDatabaseWorkspace, longSessionWorkspace, searchDatabaseWorkspace, searchFilesWorkspace } from './corpora';
import { COMMON_WORDS, RARE_WORDS } from './corpus/search';
import { searchAsYouType } from './screenCases';
import { median, milliseconds, percentile, spread } from './statistics';

type Report = (name: string, bound: string, measured: string, reached: boolean) => void;

interface Times {
  readonly first: number[];
  readonly final: number[];
  readonly hits: number[];
}

type Words = Record<'rare' | 'common' | 'rareWhole' | 'commonWhole' | 'inside' | 'regex', Times>;

function searchCase<T>(name: string, workspace: string, dataFolder: string): T {
  const script = path.join(__dirname, 'searchCase.main.js');
  const output = execFileSync(process.execPath, [script, name, workspace, dataFolder], { encoding: 'utf8' });
  return JSON.parse(output) as T;
}

const p95 = (values: readonly number[]): string => `p95 ${milliseconds(percentile(values, 0.95))}, ${spread(values)}`;

function words(report: Report, what: string, workspace: string, dataFolder: string): void {
  const { rare, common, rareWhole, commonWhole, inside, regex } = searchCase<Words>('words', workspace, dataFolder);
  const within = (values: readonly number[], bound: number) => percentile(values, 0.95) <= bound;
  report(
    `${what}: first 50 ranked hits of a word in 0.1 % of the messages`,
    'p95 30 ms',
    p95(rare.first),
    within(rare.first, 30),
  );
  report('the same of a word in 6 %', 'p95 80 ms', p95(common.first), within(common.first, 80));
  const final = [...rare.final, ...common.final, ...inside.final];
  report('the same: exact totals, insides of words included', '1.5 s', spread(final), median(final) <= 1500);
  report(
    'the same: exact totals of a whole word in 0.1 %',
    '100 ms',
    spread(rareWhole.final),
    median(rareWhole.final) <= 100,
  );
  report(
    'the same: exact totals of a whole word in 6 %',
    '100 ms',
    spread(commonWhole.final),
    median(commonWhole.final) <= 100,
  );
  report('the same: first hits of a part of a word', '100 ms', spread(inside.first), median(inside.first) <= 100);
  report(
    'the same: regular expressions, first hits and exact totals',
    '100 ms and 1.5 s',
    `${spread(regex.first)}; ${spread(regex.final)}`,
    median(regex.first) <= 100 && median(regex.final) <= 1500,
  );
}

/** The first texts warm up and are not counted. */
async function typing(report: Report, what: string, workspace: string, dataFolder: string): Promise<void> {
  const texts = [...RARE_WORDS, ...COMMON_WORDS];
  const times = (await searchAsYouType(workspace, [...texts, ...texts, ...texts], dataFolder)).slice(4);
  const name = `key stroke to the first rows in the Quick Pick, ${what}`;
  report(name, 'p95 100 ms', p95(times), percentile(times, 0.95) <= 100);
}

export async function searchScreen(report: Report): Promise<void> {
  const data = temporaryFolder('bench');
  await typing(report, 'that database', searchDatabaseWorkspace(), data);
  searchCase('build', searchFilesWorkspace(), data);
  await typing(report, 'those files', searchFilesWorkspace(), data);
}

export function search(report: Report): void {
  const data = temporaryFolder('bench');
  words(report, 'search, 1,000,000 messages with 500 MB of text in a database', searchDatabaseWorkspace(), data);
  type Build = { megabytes: number; seconds: number; cores: number; memory: number; delay: number };
  const build = searchCase<Build>('build', searchFilesWorkspace(), data);
  const rate = build.megabytes / build.seconds;
  report(
    `index of 10,000 JSONL files (${Math.round(build.megabytes)} MB) built from nothing`,
    '20 MB/s, under 200 MB of memory',
    `${rate.toFixed(1)} MB/s with ${build.cores.toFixed(2)} cores, ${Math.round(build.memory)} MB; the process answered within ${milliseconds(build.delay)} all the time`,
    rate / Math.max(1, build.cores) >= 20 && build.memory < 200,
  );
  words(report, 'search, those messages in 10,000 JSONL files', searchFilesWorkspace(), data);
  const { found } = searchCase<{ found: number[] }>('append', searchFilesWorkspace(), data);
  report('one line appended to one of them, found', '200 ms', spread(found), median(found) <= 200);
  for (const [what, workspace] of [
    ['a file', longSessionWorkspace()],
    ['a database', longDatabaseWorkspace()],
  ] as const) {
    const { found } = searchCase<{ found: number[] }>('find', workspace, temporaryFolder('bench'));
    report(`find in a conversation of 100,000 messages in ${what}`, '150 ms', spread(found), median(found) <= 150);
  }
}
