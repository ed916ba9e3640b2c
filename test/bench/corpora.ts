/** The corpora of the benchmark, made once by the project's own generators and kept out of git. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../support/project';
import { makeBigSession, makeJsonlFolder } from './corpus/jsonl';
import { makeSearchDatabase, makeSearchFiles } from './corpus/search';
import { makeDatabase } from './corpus/sqlite';

const root = path.join(projectRoot, '.vscode-test', 'corpora-1');

/** Fills a folder unless an earlier run has; a run that was cut off leaves nothing that looks finished. */
function made(name: string, make: (folder: string) => void): string {
  const folder = path.join(root, name);
  if (fs.existsSync(folder)) return folder;
  console.log(`Making the corpus ${name} ...`);
  const unfinished = `${folder}.unfinished`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  fs.mkdirSync(path.join(unfinished, 'sessions'), { recursive: true });
  make(path.join(unfinished, 'sessions'));
  fs.renameSync(unfinished, folder);
  return folder;
}

/** 10,000 sessions and 1,000,000 messages in one database. A workspace folder. */
export const databaseWorkspace = (): string =>
  made('database', (folder) =>
    makeDatabase(path.join(folder, 'sessions.db'), { sessions: 10_000, messagesPerSession: 100 }),
  );

/** 10,000 files of 100 messages. */
export const filesWorkspace = (): string =>
  made('files', (folder) => makeJsonlFolder(folder, { sessions: 10_000, messagesPerSession: 100 }));

export const BIG_KEY = 'telegram_4711_big';

/** One session of 1,000,000 lines and about 500 MB, and small ones beside it. */
export const bigWorkspace = (): string =>
  made('big', (folder) => {
    makeJsonlFolder(folder, { sessions: 20, messagesPerSession: 40 });
    makeBigSession(path.join(folder, `${BIG_KEY}.jsonl`), { lines: 1_000_000, bytes: 500_000_000 });
  });

export const BAD_KEY = 'telegram_4711_bad';

/** The same with every hundredth line unreadable. */
export const badWorkspace = (): string =>
  made('bad', (folder) =>
    makeBigSession(path.join(folder, `${BAD_KEY}.jsonl`), { lines: 1_000_000, bytes: 500_000_000, badEvery: 100 }),
  );

const SEARCH_SIZE = { sessions: 10_000, messagesPerSession: 100, average: 540 };

/** 1,000,000 messages and 500 MB of text with words of known frequency, in a database. */
export const searchDatabaseWorkspace = (): string =>
  made('search-database', (folder) => makeSearchDatabase(path.join(folder, 'sessions.db'), SEARCH_SIZE));

/** The same messages in 10,000 files. */
export const searchFilesWorkspace = (): string =>
  made('search-files', (folder) => makeSearchFiles(folder, SEARCH_SIZE));

export const LONG_KEY = 'telegram_000000_user';

/** One session of 100,000 messages, about 54 MB, in a file. */
export const longSessionWorkspace = (): string =>
  made('search-long', (folder) => makeSearchFiles(folder, { sessions: 1, messagesPerSession: 100_000, average: 540 }));

/** The same in a database. */
export const longDatabaseWorkspace = (): string =>
  made('search-long-database', (folder) =>
    makeSearchDatabase(path.join(folder, 'sessions.db'), { sessions: 1, messagesPerSession: 100_000, average: 540 }),
  );
